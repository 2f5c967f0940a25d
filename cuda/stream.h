// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "cuda/device.h"

struct CUevent_st;  // what a cudaEvent_t points to

namespace cusched {

// An ordered queue of work on a device; it does not wait for the legacy default stream, and can be
// captured (cuda/graph.h). On the CPU it is empty: work is done when its call returns.
class Stream {
 public:
  explicit Stream(const Device& device);
  ~Stream();
  Stream(Stream&& other) noexcept
      : device_(other.device_), stream_(std::exchange(other.stream_, nullptr)) {}
  Stream& operator=(Stream&&) = delete;  // an Exec in use would silently point to another stream
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Exec exec() const { return {device_, stream_}; }

 private:
  Device device_;
  CUstream_st* stream_ = nullptr;
};

// A point in a stream that others may wait for. With `timing`, elapsed_s() between two events is
// the time between them on the device (on the CPU: when record() was called).
class Event {
 public:
  explicit Event(const Device& device, bool timing = false);
  ~Event();
  Event(Event&& other) noexcept;
  Event& operator=(Event&&) = delete;  // as for Stream
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const Exec& exec);               // this event is reached when the stream gets here
  void wait(const Exec& exec) const;           // work put on `exec` later starts after the event
  bool reached() const;                        // without waiting; true where nothing was recorded
  void synchronize() const;                    // blocks the host until the event is reached
  double elapsed_s(const Event& since) const;  // both reached and made with `timing`

 private:
  Device device_;
  CUevent_st* event_ = nullptr;
  bool timing_ = false;
  int64_t host_ns_ = 0;  // steady clock at record(), on the CPU
};

}  // namespace cusched
