// SPDX-License-Identifier: MIT
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>

#include <cub/device/device_segmented_reduce.cuh>

#include "cuda/cuda_check.h"
#include "cuda/segment_sums_cub.h"

namespace cusched::cub_calls {
namespace {

using Wide = long long;  // CUB's shuffles know long long, not long
static_assert(sizeof(Wide) == sizeof(int64_t));

// Where a segment begins.
struct Begin {
  int64_t length;
  __host__ __device__ int64_t operator()(int64_t segment) const { return segment * length; }
};

void sum(void* workspace, size_t& bytes, const int64_t* in, int64_t* out, int64_t segments,
         int64_t length, CUstream_st* stream) {
  const auto begins =
      thrust::make_transform_iterator(thrust::make_counting_iterator(int64_t{0}), Begin{length});
  CUSCHED_CUDA(cub::DeviceSegmentedReduce::Sum(workspace, bytes, reinterpret_cast<const Wide*>(in),
                                               reinterpret_cast<Wide*>(out), segments, begins,
                                               begins + 1, stream));
}

}  // namespace

size_t segment_sums_bytes(int64_t segments, int64_t length) {
  size_t bytes = 0;
  sum(nullptr, bytes, nullptr, nullptr, segments, length, nullptr);
  return bytes;
}

void segment_sums(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in,
                  int64_t* out, int64_t segments, int64_t length) {
  sum(workspace, bytes, in, out, segments, length, stream);
}

}  // namespace cusched::cub_calls
