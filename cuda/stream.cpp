// SPDX-License-Identifier: MIT
#include "cuda/stream.h"

#include <chrono>

#include "cuda/error.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include "cuda/device_guard.h"
#endif

namespace cusched {
namespace {

int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// In a build without CUDA nothing can hold a CUDA device but a mistake.
void expect_backend([[maybe_unused]] const Device& device) {
#if !CUSCHED_WITH_CUDA
  if (device.is_cuda())
    throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
#endif
}

}  // namespace

Stream::Stream(const Device& device) : device_(device) {
  expect_backend(device);
#if CUSCHED_WITH_CUDA
  if (!device.is_cuda()) return;
  const DeviceGuard guard(device);
  CUSCHED_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
#endif
}

Stream::~Stream() {
#if CUSCHED_WITH_CUDA
  if (stream_ != nullptr) (void)cudaStreamDestroy(stream_);  // at exit the driver may be gone
#endif
}

Event::Event(const Device& device, bool timing) : device_(device), timing_(timing) {
  expect_backend(device);
#if CUSCHED_WITH_CUDA
  if (!device.is_cuda()) return;
  const DeviceGuard guard(device);
  CUSCHED_CUDA(
      cudaEventCreateWithFlags(&event_, timing ? cudaEventDefault : cudaEventDisableTiming));
#endif
}

Event::~Event() {
#if CUSCHED_WITH_CUDA
  if (event_ != nullptr) (void)cudaEventDestroy(event_);
#endif
}

Event::Event(Event&& other) noexcept
    : device_(other.device_),
      event_(std::exchange(other.event_, nullptr)),
      timing_(other.timing_),
      host_ns_(other.host_ns_) {}

void Event::record([[maybe_unused]] const Exec& exec) {
#if CUSCHED_WITH_CUDA
  if (event_ != nullptr) {
    const DeviceGuard guard(device_);
    CUSCHED_CUDA(cudaEventRecord(event_, exec.stream));
    return;
  }
#endif
  host_ns_ = now_ns();
}

void Event::wait([[maybe_unused]] const Exec& exec) const {
#if CUSCHED_WITH_CUDA
  if (event_ == nullptr) return;
  if (!exec.device.is_cuda()) {
    synchronize();  // CPU work starts when its call does
    return;
  }
  const DeviceGuard guard(exec.device);
  CUSCHED_CUDA(cudaStreamWaitEvent(exec.stream, event_, 0));
#endif
}

bool Event::reached() const {
#if CUSCHED_WITH_CUDA
  if (event_ != nullptr) {
    const cudaError_t status = cudaEventQuery(event_);
    if (status == cudaErrorNotReady) {
      (void)cudaGetLastError();  // an answer, not a failure
      return false;
    }
    CUSCHED_CUDA(status);
  }
#endif
  return true;
}

void Event::synchronize() const {
#if CUSCHED_WITH_CUDA
  if (event_ != nullptr) CUSCHED_CUDA(cudaEventSynchronize(event_));
#endif
}

double Event::elapsed_s(const Event& since) const {
  CUSCHED_CHECK(timing_ && since.timing_, "elapsed time of an event made without timing");
#if CUSCHED_WITH_CUDA
  if (event_ != nullptr) {
    float milliseconds = 0;
    CUSCHED_CUDA(cudaEventElapsedTime(&milliseconds, since.event_, event_));
    return milliseconds * 1e-3;
  }
#endif
  return static_cast<double>(host_ns_ - since.host_ns_) * 1e-9;
}

}  // namespace cusched
