// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// A team reduces many numbers to one: a block of kTeam threads on the device, one thread on the
// host. Sums of floating-point numbers are made in one order everywhere, so both give the same
// bits: part w adds the numbers w, w + kTeam, w + 2 kTeam ... one by one, then parts are added in
// pairs, w and w + kTeam / 2, w and w + kTeam / 4, ... All threads run a functor; memory is written
// in `once` (one thread) or `for_each` (each index by one thread).
//
//   sum(n, f)         sum of the f(i) for i in 0..n-1 in that order, for all threads
//   most(n, none, f)  the largest f(i), `none` when n is 0; the f(i) are no NaN
//   for_each(n, f)    f(i) for i in 0..n-1, in any order
//   once(f)           f() by one thread
inline constexpr int kTeam = 128;

// N numbers that are summed side by side: f(i) may return them.
template <int N>
struct Sums {
  double v[N];
  CUSCHED_HD Sums& operator+=(const Sums& other) {
    for (int i = 0; i < N; ++i) v[i] += other.v[i];
    return *this;
  }
};

struct SerialTeam {
  template <class F>
  auto sum(int64_t n, const F& f) const {
    using T = decltype(f(n));
    T part[kTeam] = {};
    for (int64_t begin = 0; begin < n; begin += kTeam) {
      const int width = static_cast<int>(n - begin < kTeam ? n - begin : kTeam);
      for (int w = 0; w < width; ++w) part[w] += f(begin + w);
    }
    for (int d = kTeam / 2; d > 0; d /= 2)
      for (int w = 0; w < d; ++w) part[w] += part[w + d];
    return part[0];
  }
  template <class T, class F>
  T most(int64_t n, T none, const F& f) const {
    T largest = n > 0 ? f(0) : none;
    for (int64_t i = 1; i < n; ++i) {
      const T value = f(i);
      largest = value > largest ? value : largest;
    }
    return largest;
  }
  template <class F>
  void for_each(int64_t n, const F& f) const {
    for (int64_t i = 0; i < n; ++i) f(i);
  }
  template <class F>
  void once(const F& f) const {
    f();
  }
};

}  // namespace cusched
