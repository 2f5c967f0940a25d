// SPDX-License-Identifier: MIT
#include "agents/field_list.h"

#include "cuda/error.h"

namespace cusched {
namespace {
constexpr size_t kAlignBytes = 256;
}  // namespace

void FieldList::add_bytes(void** pointer, size_t bytes, bool saved) {
  fields_.push_back({pointer, bytes, bytes_, saved});
  bytes_ += (bytes + kAlignBytes - 1) / kAlignBytes * kAlignBytes;
}

void FieldList::allocate(const Device& device) {
  memory_ = DeviceMemory(device, bytes_);
  for (const Field& f : fields_) *f.pointer = static_cast<char*>(memory_.data()) + f.offset;
}

size_t FieldList::saved_bytes() const {
  size_t total = 0;
  for (const Field& f : fields_)
    if (f.saved) total += f.bytes;
  return total;
}

size_t FieldList::offset_of(const void* array) const {
  size_t offset = 0;
  for (const Field& f : fields_) {
    if (!f.saved) continue;
    if (*f.pointer == array) return offset;
    offset += f.bytes;
  }
  throw Error("an array that is not saved has no place in a checkpoint");
}

void FieldList::save(const Exec& exec, std::vector<uint8_t>& bytes) const {
  size_t at = bytes.size();
  bytes.resize(at + saved_bytes());
  for (const Field& f : fields_) {
    if (!f.saved) continue;
    copy_bytes(exec, bytes.data() + at, *f.pointer, f.bytes);
    at += f.bytes;
  }
  synchronize(exec);
}

const uint8_t* FieldList::load(const Exec& exec, const uint8_t* bytes) const {
  for (const Field& f : fields_) {
    if (!f.saved) continue;
    copy_bytes(exec, *f.pointer, bytes, f.bytes);
    bytes += f.bytes;
  }
  return bytes;
}

}  // namespace cusched
