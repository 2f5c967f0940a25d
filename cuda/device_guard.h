// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/cuda_check.h"
#include "cuda/device.h"

namespace cusched {

// Makes a CUDA device current for a scope, and puts the caller's back: LibTorch keeps its own idea
// of the current device in the same place.
class DeviceGuard {
 public:
  explicit DeviceGuard(const Device& device) {
    CUSCHED_CUDA(cudaGetDevice(&before_));
    if (device.index == before_) return;
    CUSCHED_CUDA(cudaSetDevice(device.index));
    changed_ = true;
  }
  ~DeviceGuard() {
    if (changed_) (void)cudaSetDevice(before_);
  }
  DeviceGuard(const DeviceGuard&) = delete;  // a scope ends once
  DeviceGuard& operator=(const DeviceGuard&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

}  // namespace cusched
