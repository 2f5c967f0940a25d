// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>

#include <limits>
#include <string>

#include "cuda/cuda_check.h"
#include "cuda/device_guard.h"
#include "cuda/group.cuh"
#include "cuda/launch.h"
#include "cuda/team.cuh"

namespace cusched {

// Kernel parameters live in constant memory; this much fits whatever the driver.
constexpr size_t kMaxFunctorBytes = 4000;

template <class F>
__global__ void elements_kernel(const __grid_constant__ F f, int64_t n) {
  const int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < n) f(i);
}

template <class F>
__global__ void teams_kernel(const __grid_constant__ F f) {
  f(BlockTeam{}, int64_t{blockIdx.x});
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

// Puts a kernel on the stream of `exec`: `blocks` (1 to 2^31 - 1) of `threads`.
template <class... Parameters>
void launch_kernel(const Exec& exec, int64_t blocks, int threads, void (*kernel)(Parameters...),
                   const Parameters&... arguments) {
  CUSCHED_CHECK(blocks <= std::numeric_limits<int32_t>::max(),
                "a kernel is launched with " + std::to_string(blocks) + " blocks",
                "a grid has at most 2^31 - 1");
  const DeviceGuard guard(exec.device);
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.stream = exec.stream;
  CUSCHED_CUDA(cudaLaunchKernelEx(&config, kernel, arguments...));
}

template <class F>
void launch_elements_cuda(const Exec& exec, int64_t n, const F& f) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= kMaxFunctorBytes);
  constexpr int kBlock = 256;
  if (n > 0) launch_kernel(exec, (n + kBlock - 1) / kBlock, kBlock, elements_kernel<F>, f, n);
}

template <class F>
void launch_teams_cuda(const Exec& exec, int64_t n, const F& f) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= kMaxFunctorBytes);
  if (n > 0) launch_kernel(exec, n, kTeam, teams_kernel<F>, f);
}

template <int W, class F>
void launch_lanes_cuda(const Exec& exec, int64_t begin, int64_t end, const F& f) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= kMaxFunctorBytes);
  constexpr int kBlock = 128;  // small blocks spread 4,096 lanes over all multiprocessors
  const int64_t threads = (end - begin) * W;
  if (threads > 0)
    launch_kernel(exec, (threads + kBlock - 1) / kBlock, kBlock, lanes_kernel<W, F>, f, begin, end);
}

}  // namespace cusched

#define CUSCHED_INSTANTIATE_ELEMENTS(F) \
  template void cusched::launch_elements_cuda<F>(const ::cusched::Exec&, int64_t, const F&)
#define CUSCHED_INSTANTIATE_TEAMS(F) \
  template void cusched::launch_teams_cuda<F>(const ::cusched::Exec&, int64_t, const F&)
#define CUSCHED_INSTANTIATE_LANES(W, F) \
  template void cusched::launch_lanes_cuda<W, F>(const ::cusched::Exec&, int64_t, int64_t, const F&)
