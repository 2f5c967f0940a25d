// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

#include "cuda/macros.h"

namespace cusched {

// A lane (one environment) is served by a group of W threads. Code between closures is uniform:
// every thread runs it with the same values and writes no memory. Memory is written in `once` (one
// thread) or `for_each` (each index by one thread). Closures that write begin and end with a
// barrier: what uniform code read before them, no thread finds overwritten. Keys and sums are
// integers (or a comparison of doubles), so W never changes a result.
//
//   for_each(n, f)     f(i) for i in 0..n-1, in any order
//   once(f)            f() by one thread
//   sum(n, f)          sum of the int64 f(i)
//   any(n, f)          whether f(i) holds for some i
//   argmin(n, f)       index of the smallest f(i), the lowest index on ties; -1 when n is 0
//   first(n, f)        the lowest i for which f(i) holds, n when none does
//   scan(n, in, out)   out(i, sum of in(j) for j < i); returns the sum over all
//   move(to, from, n)  moves n elements between ranges that may overlap

// One thread a lane: the host back end, and W = 1 on the device.
struct SerialGroup {
  static constexpr int kWidth = 1;

  template <class F>
  CUSCHED_HD void for_each(int n, const F& f) const {
    for (int i = 0; i < n; ++i) f(i);
  }
  template <class F>
  CUSCHED_HD void once(const F& f) const {
    f();
  }
  template <class F>
  CUSCHED_HD int64_t sum(int n, const F& f) const {
    int64_t total = 0;
    for (int i = 0; i < n; ++i) total += f(i);
    return total;
  }
  template <class F>
  CUSCHED_HD bool any(int n, const F& f) const {
    for (int i = 0; i < n; ++i)
      if (f(i)) return true;
    return false;
  }
  template <class F>
  CUSCHED_HD int argmin(int n, const F& f) const {
    if (n <= 0) return -1;
    int best = 0;
    auto key = f(0);
    for (int i = 1; i < n; ++i) {
      const auto k = f(i);
      if (k < key) {
        key = k;
        best = i;
      }
    }
    return best;
  }
  template <class F>
  CUSCHED_HD int first(int n, const F& f) const {
    for (int i = 0; i < n; ++i)
      if (f(i)) return i;
    return n;
  }
  template <class In, class Out>
  CUSCHED_HD int64_t scan(int n, const In& in, const Out& out) const {
    int64_t total = 0;
    for (int i = 0; i < n; ++i) {
      const int64_t value = in(i);
      out(i, total);
      total += value;
    }
    return total;
  }
  template <class T>
  CUSCHED_HD void move(T* to, const T* from, int n) const {
#if CUSCHED_DEVICE_CODE
    if (to < from) {
      for (int i = 0; i < n; ++i) to[i] = from[i];
    } else {
      for (int i = n - 1; i >= 0; --i) to[i] = from[i];
    }
#else
    if (n > 0) std::memmove(to, from, sizeof(T) * static_cast<size_t>(n));
#endif
  }
};

// Host emulation of 32 threads: indices are dealt to threads as on the device, and the threads of a
// closure run one after the other in an order drawn anew for each closure (`shuffle`), or 0..31.
// A closure whose iterations depend on each other then gives another hash.
struct EmulatedGroup {
  static constexpr int kWidth = 32;
  bool shuffle = false;
  mutable uint32_t state = 0x9E3779B9u;

  explicit EmulatedGroup(bool shuffled = false, uint32_t seed = 1)
      : shuffle(shuffled), state(seed * 0x9E3779B9u + 1u) {}

  template <class F>
  void for_each(int n, const F& f) const {
    const Order order = next_order();
    for (int r = 0; r < kWidth; ++r)
      for (int i = order.thread[r]; i < n; i += kWidth) f(i);
  }
  template <class F>
  void once(const F& f) const {
    f();
  }
  template <class F>
  int64_t sum(int n, const F& f) const {
    int64_t total = 0;
    for_each(n, [&](int i) { total += f(i); });
    return total;
  }
  template <class F>
  bool any(int n, const F& f) const {
    bool found = false;
    for_each(n, [&](int i) { found |= static_cast<bool>(f(i)); });
    return found;
  }
  template <class F>
  int argmin(int n, const F& f) const {
    if (n <= 0) return -1;
    int best = -1;
    decltype(f(0)) key{};
    for_each(n, [&](int i) {
      const auto k = f(i);
      if (best < 0 || k < key || (!(key < k) && i < best)) {
        key = k;
        best = i;
      }
    });
    return best;
  }
  template <class F>
  int first(int n, const F& f) const {
    int best = n;
    for_each(n, [&](int i) {
      if (i < best && f(i)) best = i;
    });
    return best;
  }
  template <class In, class Out>
  int64_t scan(int n, const In& in, const Out& out) const {
    return SerialGroup{}.scan(n, in, out);
  }
  template <class T>
  void move(T* to, const T* from, int n) const {
    SerialGroup{}.move(to, from, n);
  }

 private:
  struct Order {
    uint8_t thread[kWidth];
  };
  Order next_order() const {
    Order order;
    for (int i = 0; i < kWidth; ++i) order.thread[i] = static_cast<uint8_t>(i);
    if (!shuffle) return order;
    for (int i = kWidth - 1; i > 0; --i) {
      state = state * 1664525u + 1013904223u;
      const int j = static_cast<int>((uint64_t{state} * static_cast<uint32_t>(i + 1)) >> 32);
      const uint8_t t = order.thread[i];
      order.thread[i] = order.thread[j];
      order.thread[j] = t;
    }
    return order;
  }
};

}  // namespace cusched
