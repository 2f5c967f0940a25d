// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device.h"

// CUB's calls behind a header that knows no CUB: segment_sums.cu is the one file that pays for it.
// `segments` and `length` > 0; `bytes` is the size of `workspace`. Used by segment_sums.cpp only.
namespace cusched::cub_calls {

size_t segment_sums_bytes(int64_t segments, int64_t length);
void segment_sums(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in,
                  int64_t* out, int64_t segments, int64_t length);

}  // namespace cusched::cub_calls
