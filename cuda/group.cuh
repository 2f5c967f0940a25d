// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/group.h"

namespace cusched {

// W threads of one warp (W a power of two, at most 32) that serve one lane; `SerialGroup` is W = 1.
template <int W>
struct WarpGroup {
  static_assert(W > 1 && W <= 32 && (W & (W - 1)) == 0, "W is a power of two up to the warp size");
  static constexpr int kWidth = W;

  __device__ static int rank() { return static_cast<int>(threadIdx.x) & (W - 1); }
  __device__ static unsigned mask() {
    return (0xffffffffu >> (32 - W)) << ((threadIdx.x & 31u) & ~static_cast<unsigned>(W - 1));
  }
  __device__ static void barrier() { __syncwarp(mask()); }

  template <class F>
  __device__ __forceinline__ void for_each(int n, const F& f) const {
    barrier();
#pragma unroll 1
    for (int i = rank(); i < n; i += W) f(i);
    barrier();
  }
  template <class F>
  __device__ __forceinline__ void once(const F& f) const {
    barrier();
    if (rank() == 0) f();
    barrier();
  }
  template <class F>
  __device__ __forceinline__ int64_t sum(int n, const F& f) const {
    long long total = 0;
#pragma unroll 1
    for (int i = rank(); i < n; i += W) total += f(i);
    for (int d = W / 2; d > 0; d /= 2) total += __shfl_xor_sync(mask(), total, d, W);
    return total;
  }
  template <class F>
  __device__ __forceinline__ bool any(int n, const F& f) const {
#pragma unroll 1
    for (int base = 0; base < n; base += W) {
      const int i = base + rank();
      if (__ballot_sync(mask(), i < n && f(i)) != 0) return true;
    }
    return false;
  }
  template <class F>
  __device__ __forceinline__ int argmin(int n, const F& f) const {
    int best = -1;
    decltype(f(0)) key{};
#pragma unroll 1
    for (int i = rank(); i < n; i += W) {
      const auto k = f(i);
      if (best < 0 || k < key) {
        key = k;
        best = i;
      }
    }
    for (int d = W / 2; d > 0; d /= 2) {
      const int other = __shfl_xor_sync(mask(), best, d, W);
      const auto k = shuffle_xor(key, d);
      const bool take = other >= 0 && (best < 0 || k < key || (!(key < k) && other < best));
      if (take) {
        best = other;
        key = k;
      }
    }
    return best;
  }
  template <class F>
  __device__ __forceinline__ int first(int n, const F& f) const {
#pragma unroll 1
    for (int base = 0; base < n; base += W) {
      const int i = base + rank();
      const unsigned votes = __ballot_sync(mask(), i < n && f(i)) & mask();
      if (votes != 0) {
        const int start = static_cast<int>(threadIdx.x & 31u) & ~(W - 1);
        return base + __ffs(static_cast<int>(votes)) - 1 - start;
      }
    }
    return n;
  }
  template <class In, class Out>
  __device__ __forceinline__ int64_t scan(int n, const In& in, const Out& out) const {
    long long before = 0;
#pragma unroll 1
    for (int base = 0; base < n; base += W) {
      const int i = base + rank();
      const long long own = i < n ? in(i) : 0;
      long long inclusive = own;
      for (int d = 1; d < W; d *= 2) {
        const long long left = __shfl_up_sync(mask(), inclusive, d, W);
        if (rank() >= d) inclusive += left;
      }
      if (i < n) out(i, before + inclusive - own);
      before += __shfl_sync(mask(), inclusive, W - 1, W);
    }
    barrier();
    return before;
  }
  template <class T>
  __device__ __forceinline__ void move(T* to, const T* from, int n) const {
    const int pieces = (n + W - 1) / W;
    for (int piece = 0; piece < pieces; ++piece) {
      const int i = (to < from ? piece : pieces - 1 - piece) * W + rank();
      T value{};
      if (i < n) value = from[i];
      barrier();
      if (i < n) to[i] = value;
      barrier();
    }
  }

 private:
  // Exchanges a key of any trivially copyable type, word by word.
  template <class T>
  __device__ static T shuffle_xor(const T& value, int d) {
    static_assert(sizeof(T) % 4 == 0, "keys are made of 32-bit words");
    union Words {
      T value;
      unsigned word[sizeof(T) / 4];
      __device__ Words() {}
    } in, out;
    in.value = value;
    for (unsigned w = 0; w < sizeof(T) / 4; ++w)
      out.word[w] = __shfl_xor_sync(mask(), in.word[w], d, W);
    return out.value;
  }
};

}  // namespace cusched
