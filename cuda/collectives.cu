// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_scan.cuh>

#include "cuda/collectives_cub.h"
#include "cuda/cuda_check.h"

namespace cusched::cub_calls {
namespace {

using Wide = long long;  // CUB's atomics and shuffles know long long, not long
static_assert(sizeof(Wide) == sizeof(int64_t));

const Wide* wide(const int64_t* p) { return reinterpret_cast<const Wide*>(p); }
Wide* wide(int64_t* p) { return reinterpret_cast<Wide*>(p); }

template <class Key>
size_t sort_bytes(int64_t count) {
  size_t bytes = 0;
  CUSCHED_CUDA(cub::DeviceRadixSort::SortPairs(
      nullptr, bytes, static_cast<const Key*>(nullptr), static_cast<Key*>(nullptr),
      static_cast<const int32_t*>(nullptr), static_cast<int32_t*>(nullptr), count));
  return bytes;
}

size_t bytes_for(int64_t count) {
  size_t scan = 0, sum = 0;
  CUSCHED_CUDA(cub::DeviceScan::ExclusiveSum(nullptr, scan, static_cast<const Wide*>(nullptr),
                                             static_cast<Wide*>(nullptr), count));
  CUSCHED_CUDA(cub::DeviceReduce::Sum(nullptr, sum, static_cast<const Wide*>(nullptr),
                                      static_cast<Wide*>(nullptr), count));
  return std::max({scan, sum, sort_bytes<uint32_t>(count), sort_bytes<uint64_t>(count)});
}

}  // namespace

size_t workspace_bytes(int64_t count) {
  // CUB picks its algorithm by size and does not promise that fewer elements need less.
  size_t most = bytes_for(count);
  for (int64_t smaller = 1; smaller < count; smaller *= 2)
    most = std::max(most, bytes_for(smaller));
  return most;
}

void exclusive_scan(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in,
                    int64_t* out, int64_t count) {
  CUSCHED_CUDA(cub::DeviceScan::ExclusiveSum(workspace, bytes, wide(in), wide(out), count, stream));
}

void sum(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in, int64_t* out,
         int64_t count) {
  CUSCHED_CUDA(cub::DeviceReduce::Sum(workspace, bytes, wide(in), wide(out), count, stream));
}

template <class Key>
void sort_pairs(CUstream_st* stream, void* workspace, size_t bytes, const Key* keys,
                const int32_t* values, Key* sorted_keys, int32_t* sorted_values, int64_t count) {
  constexpr int kBits = static_cast<int>(sizeof(Key)) * 8;
  CUSCHED_CUDA(cub::DeviceRadixSort::SortPairs(workspace, bytes, keys, sorted_keys, values,
                                               sorted_values, count, 0, kBits, stream));
}

template void sort_pairs<uint32_t>(CUstream_st*, void*, size_t, const uint32_t*, const int32_t*,
                                   uint32_t*, int32_t*, int64_t);
template void sort_pairs<uint64_t>(CUstream_st*, void*, size_t, const uint64_t*, const int32_t*,
                                   uint64_t*, int32_t*, int64_t);

}  // namespace cusched::cub_calls
