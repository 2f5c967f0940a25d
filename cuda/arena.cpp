// SPDX-License-Identifier: MIT
#include "cuda/arena.h"

#include <cstring>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr size_t kAlignment = 256;

// 64-bit mixing step of MurmurHash3's finaliser family; order-sensitive.
uint64_t mix(uint64_t hash, uint64_t word) {
  hash ^= word;
  hash *= 0xff51afd7ed558ccdull;
  hash ^= hash >> 32;
  return hash;
}

uint64_t hash_bytes(uint64_t hash, const uint8_t* bytes, size_t count) {
  while (count >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    hash = mix(hash, word);
    bytes += 8;
    count -= 8;
  }
  if (count > 0) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    hash = mix(hash, word);
  }
  return hash;
}

}  // namespace

void Arena::add(const std::string& name, int element_bytes, int per_lane) {
  CUSCHED_CHECK(lanes_ == 0, "a field is added to an arena that is already allocated");
  fields_.push_back({name, element_bytes, per_lane, 0});
}

void Arena::allocate(const Device& device, int64_t lanes) {
  size_t offset = 0;
  for (FieldInfo& field : fields_) {
    field.offset = offset;
    const size_t bytes = field.lane_bytes() * static_cast<size_t>(lanes);
    offset += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  total_bytes_ = offset;
  lanes_ = lanes;
  memory_ = DeviceMemory(device, offset);
}

void Arena::read(const Exec& exec, int field, void* to) const {
  copy_bytes(exec, to, base(field), field_bytes(field));
}

void Arena::clear(const Exec& exec) { fill_bytes(exec, memory_.data(), 0, total_bytes_); }

std::vector<uint8_t> Arena::snapshot(const Exec& exec) const {
  std::vector<uint8_t> bytes(total_bytes_);
  copy_bytes(exec, bytes.data(), memory_.data(), total_bytes_);
  synchronize(exec);
  return bytes;
}

void Arena::restore(const Exec& exec, const std::vector<uint8_t>& bytes) {
  CUSCHED_CHECK(bytes.size() == total_bytes_,
                "a snapshot of " + std::to_string(bytes.size()) + " bytes does not fit this batch",
                "its state has " + std::to_string(total_bytes_) + " bytes",
                "Use the environment, sizes and capacities the snapshot was taken with");
  copy_bytes(exec, memory_.data(), bytes.data(), total_bytes_);
  synchronize(exec);
}

std::vector<uint64_t> Arena::hashes(const std::vector<uint8_t>& snapshot) const {
  std::vector<uint64_t> hashes(static_cast<size_t>(lanes_), 0x9E3779B97F4A7C15ull);
  for (const FieldInfo& field : fields_)
    for (int64_t lane = 0; lane < lanes_; ++lane)
      hashes[lane] =
          hash_bytes(hashes[lane], snapshot.data() + field.offset + field.lane_bytes() * lane,
                     field.lane_bytes());
  return hashes;
}

std::string Arena::diff(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const {
  if (a.size() != b.size()) return "the snapshots have different sizes";
  for (const FieldInfo& field : fields_) {
    const size_t bytes = field.lane_bytes() * static_cast<size_t>(lanes_);
    for (size_t i = 0; i < bytes; ++i) {
      if (a[field.offset + i] == b[field.offset + i]) continue;
      const size_t element = i / field.element_bytes;
      return "field " + field.name + ", lane " + std::to_string(element / field.per_lane) +
             ", element " + std::to_string(element % field.per_lane) + ", byte " +
             std::to_string(i % field.element_bytes) + ": " + std::to_string(a[field.offset + i]) +
             " != " + std::to_string(b[field.offset + i]);
    }
  }
  return "";
}

}  // namespace cusched
