// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cuda/device.h"

namespace cusched {

// State of many lanes as columns in one block of device memory. A field is named once, in a list
// (an X-macro beside the environment); the list drives allocation, copy, hash, diff and snapshot.
//
//   struct Columns { int32_t* now; Job* job; ... };       // base pointers, passed to kernels by
//   value visit_fields(columns, caps, [](const char* name, auto*& base, int per_lane) { ... });
//
// Column layout: element i of lane l is base[l * per_lane + i]. `T` has no padding
// (std::has_unique_object_representations), because hash and diff read bytes.

struct FieldInfo {
  std::string name;
  int element_bytes = 0;
  int per_lane = 0;   // elements per lane
  size_t offset = 0;  // bytes from the start of the arena

  size_t lane_bytes() const { return static_cast<size_t>(element_bytes) * per_lane; }
};

class Arena {
 public:
  // Collects fields, then allocates zeroed memory for `lanes` lanes at 256-byte boundaries.
  void add(const std::string& name, int element_bytes, int per_lane);
  void allocate(const Device& device, int64_t lanes);

  const std::vector<FieldInfo>& fields() const { return fields_; }
  int64_t lanes() const { return lanes_; }
  size_t bytes() const { return memory_.size(); }
  size_t field_bytes(int field) const {
    return fields_[field].lane_bytes() * static_cast<size_t>(lanes_);
  }
  void* base(int field) const { return static_cast<char*>(memory_.data()) + fields_[field].offset; }

  // One field of all lanes, as it lies in the arena, to the host. Asynchronous.
  void read(const Exec& exec, int field, void* to) const;
  // Sets every byte to zero, as it was after allocate(). Asynchronous.
  void clear(const Exec& exec);

  // The whole state as bytes, and back. Synchronise.
  std::vector<uint8_t> snapshot(const Exec& exec) const;
  void restore(const Exec& exec, const std::vector<uint8_t>& bytes);

  // 64-bit hash of each lane's bytes, in field order.
  std::vector<uint64_t> hashes(const std::vector<uint8_t>& snapshot) const;

  // "field NAME, lane L, element I, byte B: 12 != 13" for the first difference; empty when equal.
  std::string diff(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const;

 private:
  std::vector<FieldInfo> fields_;
  size_t total_bytes_ = 0;
  int64_t lanes_ = 0;
  DeviceMemory memory_;
};

}  // namespace cusched
