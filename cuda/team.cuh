// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/team.h"

namespace cusched {

// The threads of a block of kTeam as a team.
struct BlockTeam {
  __device__ static int rank() { return static_cast<int>(threadIdx.x); }

  template <class F>
  __device__ auto sum(int64_t n, const F& f) const {
    using T = decltype(f(n));
    __shared__ T part[kTeam];
    T total{};
    for (int64_t i = rank(); i < n; i += kTeam) total += f(i);
    part[rank()] = total;
    for (int d = kTeam / 2; d > 0; d /= 2) {
      __syncthreads();
      if (rank() < d) part[rank()] += part[rank() + d];
    }
    return result(part);
  }
  template <class T, class F>
  __device__ T most(int64_t n, T none, const F& f) const {
    __shared__ T part[kTeam];
    T largest = rank() < n ? f(rank()) : none;
    for (int64_t i = rank() + kTeam; i < n; i += kTeam) {
      const T value = f(i);
      largest = value > largest ? value : largest;
    }
    part[rank()] = largest;
    const int used = n < kTeam ? static_cast<int>(n) : kTeam;  // parts that hold a number
    for (int d = kTeam / 2; d > 0; d /= 2) {
      __syncthreads();
      if (rank() < d && rank() + d < used && part[rank() + d] > part[rank()])
        part[rank()] = part[rank() + d];
    }
    return result(part);
  }
  template <class F>
  __device__ void for_each(int64_t n, const F& f) const {
    __syncthreads();
    for (int64_t i = rank(); i < n; i += kTeam) f(i);
    __syncthreads();
  }
  template <class F>
  __device__ void once(const F& f) const {
    __syncthreads();
    if (rank() == 0) f();
    __syncthreads();
  }

 private:
  // part[0], for all threads; the last barrier keeps the next reduction from overwriting it.
  template <class T>
  __device__ static T result(const T* part) {
    __syncthreads();
    const T value = part[0];
    __syncthreads();
    return value;
  }
};

}  // namespace cusched
