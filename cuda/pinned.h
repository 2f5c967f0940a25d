// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

#include "cuda/device.h"

namespace cusched {

// Host memory that a CUDA device reads and writes without staging (page-locked), zeroed: what a
// copy must use to be asynchronous for the host and to be captured in a graph. Plain memory on the
// CPU.
class PinnedMemory {
 public:
  PinnedMemory() = default;
  PinnedMemory(const Device& device, size_t bytes);
  ~PinnedMemory();
  PinnedMemory(PinnedMemory&& other) noexcept { swap(other); }
  PinnedMemory& operator=(PinnedMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  PinnedMemory(const PinnedMemory&) = delete;  // as DeviceMemory
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  void* data() const { return pinned_ != nullptr ? pinned_ : plain_.data(); }
  size_t size() const { return bytes_; }

 private:
  void swap(PinnedMemory& other) noexcept {
    std::swap(pinned_, other.pinned_);
    std::swap(bytes_, other.bytes_);
    std::swap(plain_, other.plain_);
  }

  void* pinned_ = nullptr;
  size_t bytes_ = 0;
  DeviceMemory plain_;
};

}  // namespace cusched
