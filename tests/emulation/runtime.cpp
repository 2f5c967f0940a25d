// SPDX-License-Identifier: MIT
#include "tests/emulation/runtime.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/emulation/memory.h"

namespace cusched::emulation {
namespace {

thread_local cudaError_t last_error = cudaSuccess;

// Says at the end of the program what it has not given back, and makes it fail.
struct LeakReport {
  ~LeakReport() {
    const std::string leaks = describe_leaks();
    if (leaks.empty()) return;
    std::fprintf(stderr, "CUDA emulation: %s were not freed at the end of the program\n",
                 leaks.c_str());
    std::fflush(nullptr);
    std::_Exit(EXIT_FAILURE);
  }
};

}  // namespace

std::recursive_mutex& runtime_lock() {
  static auto* const lock = new std::recursive_mutex;
  // Made by the first call, so that it outlives static objects that free what they allocated then.
  static const LeakReport report;
  return *lock;
}

cudaError_t keep_error(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

}  // namespace cusched::emulation

cudaError_t cudaGetLastError() {
  return std::exchange(cusched::emulation::last_error, cudaSuccess);
}
