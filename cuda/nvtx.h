// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/macros.h"

namespace cusched {

#if CUSCHED_WITH_CUDA
void nvtx_push(const char* name);
void nvtx_pop();
#endif

// A named range on this thread's line of a profiler (Nsight Systems) for the scope's time, e.g.
// "rollout". Without a profiler it costs a few nanoseconds, in a build without CUDA nothing.
class NvtxRange {
 public:
#if CUSCHED_WITH_CUDA
  explicit NvtxRange(const char* name) { nvtx_push(name); }
  ~NvtxRange() { nvtx_pop(); }
#else
  explicit NvtxRange(const char*) {}
#endif
  NvtxRange(const NvtxRange&) = delete;  // a range ends once
  NvtxRange& operator=(const NvtxRange&) = delete;
};

}  // namespace cusched
