// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "cuda/cuda_check.h"
#include "cuda/device_guard.h"
#include "cuda/group.cuh"
#include "cuda/launch.h"

namespace cusched {

// Kernel parameters live in constant memory; this much fits whatever the driver.
constexpr size_t kMaxFunctorBytes = 4000;

template <class F>
__global__ void elements_kernel(const __grid_constant__ F f, int64_t n) {
  const int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < n) f(i);
}

template <int W, class F>
__global__ void lanes_kernel(const __grid_constant__ F f, int64_t begin, int64_t end) {
  const int64_t lane = begin + (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / W;
  if (lane >= end) return;  // whole groups leave together: W divides the block
  if constexpr (W == 1) {
    f(SerialGroup{}, lane);
  } else {
    f(WarpGroup<W>{}, lane);
  }
}

template <class F>
void launch_elements_cuda(const Exec& exec, int64_t n, const F& f) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= kMaxFunctorBytes);
  if (n <= 0) return;
  const DeviceGuard guard(exec.device);
  constexpr int kBlock = 256;
  elements_kernel<<<static_cast<unsigned>((n + kBlock - 1) / kBlock), kBlock, 0, exec.stream>>>(f,
                                                                                                n);
  CUSCHED_CUDA(cudaGetLastError());
}

template <int W, class F>
void launch_lanes_cuda(const Exec& exec, int64_t begin, int64_t end, const F& f) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= kMaxFunctorBytes);
  if (end <= begin) return;
  const DeviceGuard guard(exec.device);
  constexpr int kBlock = 128;  // small blocks spread 4,096 lanes over all multiprocessors
  const int64_t threads = (end - begin) * W;
  lanes_kernel<W>
      <<<static_cast<unsigned>((threads + kBlock - 1) / kBlock), kBlock, 0, exec.stream>>>(f, begin,
                                                                                           end);
  CUSCHED_CUDA(cudaGetLastError());
}

}  // namespace cusched

#define CUSCHED_INSTANTIATE_ELEMENTS(F) \
  template void cusched::launch_elements_cuda<F>(const ::cusched::Exec&, int64_t, const F&)
#define CUSCHED_INSTANTIATE_LANES(W, F) \
  template void cusched::launch_lanes_cuda<W, F>(const ::cusched::Exec&, int64_t, int64_t, const F&)
