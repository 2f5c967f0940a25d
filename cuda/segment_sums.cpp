// SPDX-License-Identifier: MIT
#include "cuda/segment_sums.h"

#include <algorithm>
#include <limits>

#include "cuda/error.h"
#include "cuda/macros.h"
#include "cuda/stream.h"

#if CUSCHED_WITH_CUDA
#include "cuda/device_guard.h"
#include "cuda/segment_sums_cub.h"
#endif

namespace cusched {
namespace {

int64_t checked_count(int64_t count) {
  CUSCHED_CHECK(count >= 0 && count <= std::numeric_limits<int32_t>::max(),
                "sums over " + std::to_string(count) + " segments or numbers",
                "there are 0 to 2^31 - 1");
  return count;
}

}  // namespace

SegmentSums::SegmentSums(const Device& device, int64_t segments, int64_t length)
    : device_(device), segments_(checked_count(segments)), length_(checked_count(length)) {
  if (device_.is_cuda() && segments_ > 0 && length_ > 0) warm_up();
}

void SegmentSums::warm_up() {
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(device_);
  // CUB wants a work space of at least a byte: without one it only says how large it is.
  workspace_ =
      DeviceMemory(device_, std::max<size_t>(1, cub_calls::segment_sums_bytes(segments_, length_)));
  const DeviceMemory in(device_, static_cast<size_t>(segments_ * length_) * sizeof(int64_t));
  const DeviceMemory out(device_, static_cast<size_t>(segments_) * sizeof(int64_t));
  const Stream stream(device_);
  run(stream.exec(), static_cast<const int64_t*>(in.data()), static_cast<int64_t*>(out.data()));
  synchronize(stream.exec());
#endif
}

void SegmentSums::run(const Exec& exec, const int64_t* in, int64_t* out) {
  CUSCHED_CHECK(exec.device.kind == device_.kind && exec.device.index == device_.index,
                "sums are run on " + to_string(exec.device),
                "their work space is on " + to_string(device_));
  if (segments_ == 0) return;
#if CUSCHED_WITH_CUDA
  if (device_.is_cuda()) {
    if (length_ == 0) {
      fill_bytes(exec, out, 0, static_cast<size_t>(segments_) * sizeof *out);
      return;
    }
    const DeviceGuard guard(device_);
    cub_calls::segment_sums(exec.stream, workspace_.data(), workspace_.size(), in, out, segments_,
                            length_);
    return;
  }
#endif
  for (int64_t s = 0; s < segments_; ++s) {
    uint64_t total = 0;  // unsigned, so that it wraps as on the device
    for (int64_t i = 0; i < length_; ++i) total += static_cast<uint64_t>(in[s * length_ + i]);
    out[s] = static_cast<int64_t>(total);
  }
}

}  // namespace cusched
