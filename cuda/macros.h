// SPDX-License-Identifier: MIT
#pragma once

// Marks a function that runs on the host and, where the build has CUDA, on the device: the same
// source is compiled by g++ and by nvcc, with neither FMA contraction nor fast math (see
// cmake/CuschedFlags.cmake), so both give the same bits.
#if defined(__CUDACC__)
#define CUSCHED_HD __host__ __device__ inline
// A large function with several callers: one copy in the kernel. (With everything inlined one
// environment's kernels took ptxas more than ten minutes.)
#define CUSCHED_HD_NOINLINE __host__ __device__ __noinline__
#else
#define CUSCHED_HD inline
#define CUSCHED_HD_NOINLINE inline
#endif

// 1 while nvcc compiles device code.
#if defined(__CUDA_ARCH__)
#define CUSCHED_DEVICE_CODE 1
#else
#define CUSCHED_DEVICE_CODE 0
#endif

namespace cusched {
// On the host, asks for the cache line at `address` ahead of its use; any address may be given.
CUSCHED_HD void prefetch(const void* address) {
#if CUSCHED_DEVICE_CODE
  (void)address;
#else
  __builtin_prefetch(address);
#endif
}
}  // namespace cusched

// 1 when the build has the CUDA back end (set by CMake for every translation unit).
#if !defined(CUSCHED_WITH_CUDA)
#define CUSCHED_WITH_CUDA 0
#endif
