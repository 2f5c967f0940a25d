// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/device.h"

namespace cusched {

// Sums of the rows of a matrix of integers in device memory: out[s] = in[s * length] + ... +
// in[(s + 1) * length - 1], modulo 2^64. Integers, so a result does not depend on the device or on
// the number of threads.
//
// The object owns the work space: run() allocates nothing, does not synchronise and may be captured
// in a graph, which must not outlive the object. Runs of one object come one after the other (one
// stream); the CPU version runs on the calling thread.
class SegmentSums {
 public:
  // `segments` x `length` numbers, either at most 2^31 - 1. On CUDA it runs once on memory of its
  // own and waits, so that CUB's kernels are loaded before a graph is captured.
  SegmentSums(const Device& device, int64_t segments, int64_t length);

  // in (segments, length), out (segments); they do not overlap.
  void run(const Exec& exec, const int64_t* in, int64_t* out);

 private:
  void warm_up();

  Device device_;
  int64_t segments_, length_;
  DeviceMemory workspace_;
};

}  // namespace cusched
