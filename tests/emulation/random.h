// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <numeric>

namespace cusched::emulation {

// Orders of execution: fast, and the same in every run (Marsaglia's xorshift64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull | 1) {}

  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  // 0..n-1; n > 0.
  uint64_t below(uint64_t n) { return next() % n; }

 private:
  uint64_t state_;
};

// Each of 0..n-1 once, in steps of a random length from a random start: a new order costs nothing
// to draw, and of any two numbers either may come first.
class Order {
 public:
  Order(Random& random, uint64_t n) : n_(n), at_(random.below(n)), step_(random.below(n)) {
    while (std::gcd(step_, n_) != 1) ++step_;
  }
  uint64_t next() {
    at_ += step_;  // step_ < n_, for n_ - 1 has no divisor in common with n_
    if (at_ >= n_) at_ -= n_;
    return at_;
  }

 private:
  uint64_t n_, at_, step_;
};

}  // namespace cusched::emulation
