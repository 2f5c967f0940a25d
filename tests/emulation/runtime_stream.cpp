// SPDX-License-Identifier: MIT
// The runtime's calls about streams and events.
#include <chrono>

#include "tests/emulation/fault.h"
#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

namespace cusched::emulation {
namespace {

double now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

// For calls that wait for, or ask about, work: none may while a capture forbids it.
cudaError_t check_wait(CUstream_st* stream) {
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  const cudaError_t own = refuse_if_captured(*stream, cudaErrorStreamCaptureUnsupported);
  return own != cudaSuccess ? own : refuse_in_capture();
}

cudaError_t check_event(cudaEvent_t event) {
  return events().valid(event) ? refuse_in_capture() : cudaErrorInvalidResourceHandle;
}

}  // namespace
}  // namespace cusched::emulation

using namespace cusched::emulation;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return runtime_call([&] {
    // Others wait for the legacy default stream, which is not emulated.
    if (flags != cudaStreamNonBlocking) return cudaErrorNotSupported;
    *stream = streams().make();
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return runtime_call([&] {
    if (!streams().valid(stream)) return cudaErrorInvalidResourceHandle;
    finish(*stream);
    streams().destroy(stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  return runtime_call([&] {
    CUstream_st* const stream = find_stream(handle);
    const cudaError_t refused = check_wait(stream);
    if (refused == cudaSuccess) finish(*stream);
    return refused;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return runtime_call([&] {
    const cudaError_t refused = refuse_in_capture();
    if (refused == cudaSuccess) finish_all();
    return refused;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  return runtime_call([&] {
    CUstream_st* const target = find_stream(stream);
    if (target == nullptr || !events().valid(event)) return cudaErrorInvalidResourceHandle;
    if (target->capture != nullptr)  // the event is recorded outside: captures follow no others
      return refuse_if_captured(*target, cudaErrorStreamCaptureIsolation);
    if (event->mark == nullptr) return cudaSuccess;
    return put(stream, {cudaGraphNodeTypeWaitEvent, [mark = event->mark] { reach(*mark); }});
  });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return runtime_call([&] {
    *event = events().make((flags & cudaEventDisableTiming) == 0);
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return runtime_call(
      [&] { return events().destroy(event) ? cudaSuccess : cudaErrorInvalidResourceHandle; });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return runtime_call([&] {
    CUstream_st* const target = find_stream(stream);
    if (target == nullptr || !events().valid(event)) return cudaErrorInvalidResourceHandle;
    if (target->capture != nullptr)
      fault("an event is recorded in a capture, which the emulation does not follow");
    const auto mark = std::make_shared<Mark>(Mark{target});
    event->mark = mark;
    return put(stream, {cudaGraphNodeTypeEventRecord, [mark] {
                          mark->reached = true;
                          mark->time_ms = now_ms();
                        }});
  });
}

// Each question does one piece of the work before the event, so that a loop that asks ends.
cudaError_t cudaEventQuery(cudaEvent_t event) {
  return runtime_call([&] {
    const cudaError_t refused = check_event(event);
    if (refused != cudaSuccess || event->mark == nullptr) return refused;
    return advance(*event->mark) ? cudaSuccess : cudaErrorNotReady;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return runtime_call([&] {
    const cudaError_t refused = check_event(event);
    if (refused == cudaSuccess && event->mark != nullptr) reach(*event->mark);
    return refused;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return runtime_call([&] {
    for (const cudaEvent_t event : {start, end})
      if (!events().valid(event) || !event->timing || event->mark == nullptr)
        return cudaErrorInvalidResourceHandle;
    if (!start->mark->reached || !end->mark->reached) return cudaErrorNotReady;
    *milliseconds = static_cast<float>(end->mark->time_ms - start->mark->time_ms);
    return cudaSuccess;
  });
}
