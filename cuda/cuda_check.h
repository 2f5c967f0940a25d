// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/error.h"

namespace cusched {

// Throws Error with the call, CUDA's name and words for the failure, and where it happened.
inline void cuda_check(cudaError_t status, const char* call, const char* file, int line) {
  if (status == cudaSuccess) return;
  throw Error(std::string(call) + " failed: " + cudaGetErrorName(status),
              std::string(cudaGetErrorString(status)) + " at " + file + ":" + std::to_string(line));
}

}  // namespace cusched

#define CUSCHED_CUDA(call) ::cusched::cuda_check((call), #call, __FILE__, __LINE__)
