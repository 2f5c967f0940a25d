// SPDX-License-Identifier: MIT
#include "tests/emulation/stream.h"

#include <utility>

#include "tests/emulation/fault.h"
#include "tests/emulation/memory.h"

namespace cusched::emulation {
namespace {

CUstream_st& legacy_stream() {
  static auto* const stream = new CUstream_st;  // used by static objects that end at exit
  return *stream;
}

void do_next(CUstream_st& stream) {
  const Work work = std::move(stream.queue.front());
  stream.queue.pop_front();
  const OpenMemory open;
  work.run();
}

bool captures_here(const CUstream_st& stream) {
  return stream.capture != nullptr && stream.capture->owner == std::this_thread::get_id();
}

bool forbids_here(const CUstream_st& stream) {
  if (stream.capture == nullptr) return false;
  const cudaStreamCaptureMode mode = stream.capture->mode;
  return mode == cudaStreamCaptureModeGlobal ||
         (mode == cudaStreamCaptureModeThreadLocal && captures_here(stream));
}

}  // namespace

Handles<CUstream_st>& streams() {
  static auto* const all = new Handles<CUstream_st>;
  return *all;
}
Handles<CUevent_st>& events() {
  static auto* const all = new Handles<CUevent_st>;
  return *all;
}

CUstream_st* find_stream(cudaStream_t handle) {
  if (handle == nullptr) return &legacy_stream();
  return streams().valid(handle) ? handle : nullptr;
}

cudaError_t put(cudaStream_t handle, Work work) {
  CUstream_st* const stream = find_stream(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) {
    if (stream->capture->invalidated) return cudaErrorStreamCaptureInvalidated;
    stream->capture->nodes.push_back(std::move(work));
    return cudaSuccess;
  }
  for (const CUstream_st* const other : streams().all())
    if (captures_here(*other))
      fault("work is put on a stream while this thread captures another: the graph would lack it");
  stream->queue.push_back(std::move(work));
  return cudaSuccess;
}

void finish(CUstream_st& stream) {
  const OpenMemory open;
  while (!stream.queue.empty()) do_next(stream);
}

void finish_all() {
  finish(legacy_stream());
  for (CUstream_st* const stream : streams().all()) finish(*stream);
}

void reach(const Mark& mark) {
  const OpenMemory open;
  while (!mark.reached) do_next(*mark.stream);
}

bool advance(const Mark& mark) {
  if (!mark.reached) do_next(*mark.stream);
  return mark.reached;
}

cudaError_t refuse_in_capture() {
  bool refused = false;
  for (CUstream_st* const stream : streams().all()) {
    if (!forbids_here(*stream)) continue;
    stream->capture->invalidated = refused = true;
  }
  return refused ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

cudaError_t refuse_if_captured(CUstream_st& stream, cudaError_t error) {
  if (stream.capture == nullptr) return cudaSuccess;
  stream.capture->invalidated = true;
  return error;
}

}  // namespace cusched::emulation
