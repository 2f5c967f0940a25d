// SPDX-License-Identifier: MIT
#include "cuda/collectives.h"

#include <limits>
#include <utility>

#include "cuda/error.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include "cuda/collectives_cub.h"
#include "cuda/device_guard.h"
#endif

namespace cusched {
namespace {

// Unsigned, so that overflow wraps as on the device.
int64_t add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// Radix sort from the lowest byte up, between the output and a spare pair of arrays; a byte that
// all keys share is skipped, so small keys cost little.
template <class Key>
void radix_sort(const Key* keys, const int32_t* values, Key* out_keys, int32_t* out_values,
                Key* spare_keys, int32_t* spare_values, int64_t count) {
  constexpr int kDigits = static_cast<int>(sizeof(Key));
  int64_t histogram[kDigits][256] = {};
  for (int64_t i = 0; i < count; ++i) {
    out_keys[i] = keys[i];
    out_values[i] = values[i];
    for (int d = 0; d < kDigits; ++d) ++histogram[d][(keys[i] >> (8 * d)) & 255];
  }
  Key* from_keys = out_keys;
  int32_t* from_values = out_values;
  for (int d = 0; d < kDigits; ++d) {
    int64_t* const bins = histogram[d];
    if (bins[(from_keys[0] >> (8 * d)) & 255] == count) continue;
    int64_t before = 0;
    for (int b = 0; b < 256; ++b) before += std::exchange(bins[b], before);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = bins[(from_keys[i] >> (8 * d)) & 255]++;
      spare_keys[at] = from_keys[i];
      spare_values[at] = from_values[i];
    }
    std::swap(from_keys, spare_keys);
    std::swap(from_values, spare_values);
  }
  if (from_keys == out_keys) return;
  for (int64_t i = 0; i < count; ++i) {
    out_keys[i] = from_keys[i];
    out_values[i] = from_values[i];
  }
}

size_t workspace_size(const Device& device, int64_t count) {
  if (count == 0) return 0;
#if CUSCHED_WITH_CUDA
  if (device.is_cuda()) {
    const DeviceGuard guard(device);
    return cub_calls::workspace_bytes(count);
  }
#endif
  (void)device;
  return static_cast<size_t>(count) * (sizeof(uint64_t) + sizeof(int32_t));
}

int64_t checked_count(int64_t count) {
  CUSCHED_CHECK(count >= 0 && count <= std::numeric_limits<int32_t>::max(),
                "a collective over " + std::to_string(count) + " elements",
                "counts are 0 to 2^31 - 1");
  return count;
}

}  // namespace

Collectives::Collectives(const Device& device, int64_t max_count)
    : device_(device),
      max_count_(checked_count(max_count)),
      workspace_(device, workspace_size(device, max_count)) {}

void Collectives::check(const Exec& exec, int64_t count) const {
  CUSCHED_CHECK(count >= 0 && count <= max_count_,
                "a collective is given " + std::to_string(count) + " elements",
                "its work space is for " + std::to_string(max_count_));
  CUSCHED_CHECK(exec.device.kind == device_.kind && exec.device.index == device_.index,
                "a collective is run on " + to_string(exec.device),
                "its work space is on " + to_string(device_));
}

void Collectives::exclusive_scan(const Exec& exec, const int64_t* in, int64_t* out, int64_t count) {
  check(exec, count);
  if (count == 0) return;
#if CUSCHED_WITH_CUDA
  if (device_.is_cuda()) {
    const DeviceGuard guard(device_);
    cub_calls::exclusive_scan(exec.stream, workspace_.data(), workspace_.size(), in, out, count);
    return;
  }
#endif
  int64_t before = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t value = in[i];
    out[i] = before;
    before = add(before, value);
  }
}

void Collectives::sum(const Exec& exec, const int64_t* in, int64_t* out, int64_t count) {
  check(exec, count);
#if CUSCHED_WITH_CUDA
  if (device_.is_cuda()) {
    if (count == 0) {
      fill_bytes(exec, out, 0, sizeof *out);
      return;
    }
    const DeviceGuard guard(device_);
    cub_calls::sum(exec.stream, workspace_.data(), workspace_.size(), in, out, count);
    return;
  }
#endif
  int64_t total = 0;
  for (int64_t i = 0; i < count; ++i) total = add(total, in[i]);
  *out = total;
}

template <class Key>
void Collectives::sort_any(const Exec& exec, const Key* keys, const int32_t* values,
                           Key* sorted_keys, int32_t* sorted_values, int64_t count) {
  check(exec, count);
  if (count == 0) return;
#if CUSCHED_WITH_CUDA
  if (device_.is_cuda()) {
    const DeviceGuard guard(device_);
    cub_calls::sort_pairs(exec.stream, workspace_.data(), workspace_.size(), keys, values,
                          sorted_keys, sorted_values, count);
    return;
  }
#endif
  Key* const spare_keys = static_cast<Key*>(workspace_.data());
  int32_t* const spare_values = reinterpret_cast<int32_t*>(spare_keys + max_count_);
  radix_sort(keys, values, sorted_keys, sorted_values, spare_keys, spare_values, count);
}

void Collectives::sort_pairs(const Exec& exec, const uint32_t* keys, const int32_t* values,
                             uint32_t* sorted_keys, int32_t* sorted_values, int64_t count) {
  sort_any(exec, keys, values, sorted_keys, sorted_values, count);
}

void Collectives::sort_pairs(const Exec& exec, const uint64_t* keys, const int32_t* values,
                             uint64_t* sorted_keys, int32_t* sorted_values, int64_t count) {
  sort_any(exec, keys, values, sorted_keys, sorted_values, count);
}

}  // namespace cusched
