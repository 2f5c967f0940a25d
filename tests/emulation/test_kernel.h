// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/cuda/gpu.h"

// What tests of the emulation share: kernels of their own, on the legacy default stream.
namespace cusched::emulation {

inline const Exec kExec{{DeviceKind::kCuda, 0}, nullptr};

template <class... Parameters, class... Arguments>
cudaError_t launch_on(cudaStream_t stream, dim3 grid, dim3 block, void (*kernel)(Parameters...),
                      Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, Parameters(arguments)...);
}

// Launches a kernel and waits for it.
template <class... Parameters, class... Arguments>
void run(dim3 grid, dim3 block, void (*kernel)(Parameters...), Arguments... arguments) {
  EXPECT_EQ(launch_on(nullptr, grid, block, kernel, arguments...), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
}

// Numbers in device memory.
class Numbers {
 public:
  explicit Numbers(const std::vector<int>& values) : memory_(test::to_device(kExec, values)) {}
  explicit Numbers(size_t count) : Numbers(std::vector<int>(count, -1)) {}

  int* at() const { return static_cast<int*>(memory_.data()); }
  std::vector<int> read() const { return test::to_host<int>(kExec, memory_); }

 private:
  DeviceMemory memory_;
};

}  // namespace cusched::emulation
