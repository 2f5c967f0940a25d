// SPDX-License-Identifier: MIT
#pragma once

// Found in place of the toolkit's <cuda_runtime.h> when g++ compiles .cu files for the emulation:
// the device language of our kernels as C++, and the launch. Types and the calls of the runtime are
// the toolkit's own declarations; tests/emulation/runtime_*.cpp define the calls.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstring>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tests/emulation/collectives.h"
#include "tests/emulation/launch.h"

#undef __shared__
#define __shared__ static  // the threads of a block run on one thread of the host, blocks in turn

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;

namespace cusched::emulation {

using Where = std::source_location;

inline void __syncthreads(const Where& where = Where::current()) { meet_block(where); }

inline void __syncwarp(unsigned mask = ~0u, const Where& where = Where::current()) {
  (void)meet_warp(Collective::kSyncWarp, mask, 0, 0, where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, const Where& where = Where::current()) {
  return static_cast<unsigned>(meet_warp(Collective::kBallot, mask, predicate != 0, 0, where));
}

inline int lane_here() {
  const unsigned row = threadIdx.z * blockDim.y + threadIdx.y;
  return static_cast<int>((row * blockDim.x + threadIdx.x) & 31);
}

template <class T>
T shuffle(unsigned mask, T value, int source, const Where& where) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = meet_warp(Collective::kShuffle, mask, bits, source, where);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Shuffles within segments of `width` lanes, as the CUDA C++ Programming Guide has them.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              const Where& where = Where::current()) {
  const int segment = lane_here() & ~(width - 1);
  return shuffle(mask, value, segment | (source & (width - 1)), where);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int flip, int width = 32,
                  const Where& where = Where::current()) {
  const int own = lane_here(), source = own ^ flip;
  const bool later_segment = (source & ~(width - 1)) > (own & ~(width - 1));
  return shuffle(mask, value, later_segment ? own : source, where);
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32,
                 const Where& where = Where::current()) {
  const int own = lane_here(), back = static_cast<int>(distance);
  return shuffle(mask, value, (own & (width - 1)) < back ? own : own - back, where);
}

inline int __ffs(int bits) { return __builtin_ffs(bits); }

}  // namespace cusched::emulation

using cusched::emulation::__ballot_sync;
using cusched::emulation::__ffs;
using cusched::emulation::__shfl_sync;
using cusched::emulation::__shfl_up_sync;
using cusched::emulation::__shfl_xor_sync;
using cusched::emulation::__syncthreads;
using cusched::emulation::__syncwarp;

// As the toolkit's: the arguments become the kernel's parameters here, when it is launched.
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  const std::tuple<std::remove_cv_t<Parameters>...> parameters(
      std::forward<Arguments>(arguments)...);
  return cusched::emulation::launch(*config, {typeid(void(Parameters...)), sizeof(parameters)},
                                    [kernel, parameters] { std::apply(kernel, parameters); });
}
