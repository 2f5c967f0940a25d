// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/device.h"

namespace cusched {

// Arrays of a learner in one piece of device memory, zero at first. The list drives allocation,
// save and load.
class FieldList {
 public:
  // `pointer` is set by allocate(). A saved array is part of a checkpoint.
  template <class T>
  void add(T*& pointer, int64_t count, bool saved = false) {
    add_bytes(reinterpret_cast<void**>(&pointer), static_cast<size_t>(count) * sizeof(T), saved);
  }
  void allocate(const Device& device);

  size_t bytes() const { return bytes_; }
  size_t saved_bytes() const;
  // Appends the saved arrays. Synchronises.
  void save(const Exec& exec, std::vector<uint8_t>& bytes) const;
  // Where a saved array lies in those bytes, from their begin.
  template <class T>
  size_t saved_offset(const T* array) const {
    return offset_of(array);
  }
  // Reads saved_bytes() bytes; returns what follows. Synchronise before `bytes` goes away.
  const uint8_t* load(const Exec& exec, const uint8_t* bytes) const;

 private:
  struct Field {
    void** pointer;
    size_t bytes, offset;
    bool saved;
  };
  size_t offset_of(const void* array) const;
  void add_bytes(void** pointer, size_t bytes, bool saved);

  std::vector<Field> fields_;
  size_t bytes_ = 0;
  DeviceMemory memory_;
};

}  // namespace cusched
