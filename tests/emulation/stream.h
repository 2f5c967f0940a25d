// SPDX-License-Identifier: MIT
#pragma once

#include <driver_types.h>

#include <deque>
#include <memory>

#include "tests/emulation/capture.h"
#include "tests/emulation/handles.h"
#include "tests/emulation/work.h"

namespace cusched::emulation {

// A place in a stream's queue.
struct Mark {
  CUstream_st* stream;
  bool reached = false;
  double time_ms = 0;  // of the host's steady clock, when it was reached
};

}  // namespace cusched::emulation

// A stream is the work that was put on it and is not done. Nothing is done before something waits
// for it, and then no more than that: a program that forgets to wait finds nothing done.
struct CUstream_st {
  std::deque<cusched::emulation::Work> queue = {};
  std::unique_ptr<cusched::emulation::Capture> capture = {};  // while it is captured
};

struct CUevent_st {
  bool timing;
  std::shared_ptr<cusched::emulation::Mark> mark = {};  // null until it is recorded
};

namespace cusched::emulation {

Handles<CUstream_st>& streams();
Handles<CUevent_st>& events();

// The stream of a handle, where null is the legacy default stream; null when there is none.
CUstream_st* find_stream(cudaStream_t handle);

// Puts work at the end of a stream, or into the graph that is captured from it.
cudaError_t put(cudaStream_t stream, Work work);

void finish(CUstream_st& stream);  // does all that is on it
void finish_all();
void reach(const Mark& mark);    // does what comes before it
bool advance(const Mark& mark);  // does one piece of that; whether it is reached

}  // namespace cusched::emulation
