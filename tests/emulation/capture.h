// SPDX-License-Identifier: MIT
#pragma once

#include <driver_types.h>

#include <thread>
#include <vector>

#include "tests/emulation/work.h"

namespace cusched::emulation {

// A stream's work on its way into a graph. All of it is put on that stream: events that draw other
// streams in are not followed.
struct Capture {
  cudaStreamCaptureMode mode;
  std::thread::id owner;
  bool invalidated = false;
  std::vector<Work> nodes = {};
};

// For a call that a capture forbids (one that allocates, waits or asks whether work is done):
// breaks off the captures that are in the way, and returns the error. cudaSuccess where there is
// none.
cudaError_t refuse_in_capture();

// Breaks off the capture of a stream that is captured, and returns `error`; else cudaSuccess.
cudaError_t refuse_if_captured(CUstream_st& stream, cudaError_t error);

}  // namespace cusched::emulation
