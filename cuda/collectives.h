// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/device.h"

namespace cusched {

// Scan, sum and sort over arrays in device memory. Keys and sums are integers, so a result does not
// depend on the device or on the number of threads. Arrays of one call must not overlap unless it
// says so; counts are 0 to max_count(). Sums wrap modulo 2^64.
//
// The object owns the work space of its calls: they allocate nothing, do not synchronise and may be
// captured in a graph, which must not outlive the object. Calls on one object run one after the
// other (one stream); the CPU versions run on the calling thread.
class Collectives {
 public:
  // `max_count`: most elements a call will be given, at most 2^31 - 1.
  Collectives(const Device& device, int64_t max_count);

  int64_t max_count() const { return max_count_; }
  size_t workspace_bytes() const { return workspace_.size(); }

  // out[i] = in[0] + ... + in[i - 1]; out may be in.
  void exclusive_scan(const Exec& exec, const int64_t* in, int64_t* out, int64_t count);

  // *out = in[0] + ... + in[count - 1], 0 when count is 0.
  void sum(const Exec& exec, const int64_t* in, int64_t* out, int64_t count);

  // Pairs in ascending order of their keys; equal keys keep their order. The input is not changed.
  void sort_pairs(const Exec& exec, const uint32_t* keys, const int32_t* values,
                  uint32_t* sorted_keys, int32_t* sorted_values, int64_t count);
  void sort_pairs(const Exec& exec, const uint64_t* keys, const int32_t* values,
                  uint64_t* sorted_keys, int32_t* sorted_values, int64_t count);

 private:
  template <class Key>
  void sort_any(const Exec& exec, const Key* keys, const int32_t* values, Key* sorted_keys,
                int32_t* sorted_values, int64_t count);
  void check(const Exec& exec, int64_t count) const;

  Device device_;
  int64_t max_count_ = 0;
  DeviceMemory workspace_;
};

}  // namespace cusched
