// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device.h"

// CUB's calls behind a header that knows no CUB: collectives.cu is the one file that pays for it.
// `count` > 0; `bytes` is the size of `workspace`. Used by collectives.cpp only.
namespace cusched::cub_calls {

// Work space that any of the calls needs for `count` elements.
size_t workspace_bytes(int64_t count);

void exclusive_scan(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in,
                    int64_t* out, int64_t count);
void sum(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in, int64_t* out,
         int64_t count);
template <class Key>  // uint32_t, uint64_t
void sort_pairs(CUstream_st* stream, void* workspace, size_t bytes, const Key* keys,
                const int32_t* values, Key* sorted_keys, int32_t* sorted_values, int64_t count);

}  // namespace cusched::cub_calls
