// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "cuda/device.h"

// First line of a test that needs a GPU: shows as skipped where there is none.
#define CUSCHED_SKIP_WITHOUT_GPU() \
  if (::cusched::cuda_device_count() == 0) GTEST_SKIP() << "no GPU: " << ::cusched::cuda_problem()

namespace cusched::test {

// A size of such a test. An emulated GPU runs kernels a hundred times slower than a CPU does.
template <class T>
T gpu_size(const T& real, const T& emulated) {
  return cuda_is_emulated() ? emulated : real;
}

template <class T>
DeviceMemory to_device(const Exec& exec, const std::vector<T>& values) {
  DeviceMemory memory(exec.device, values.size() * sizeof(T));
  copy_bytes(exec, memory.data(), values.data(), memory.size());
  synchronize(exec);
  return memory;
}

template <class T>
std::vector<T> to_host(const Exec& exec, const DeviceMemory& memory) {
  std::vector<T> values(memory.size() / sizeof(T));
  copy_bytes(exec, values.data(), memory.data(), values.size() * sizeof(T));
  synchronize(exec);
  return values;
}

}  // namespace cusched::test
