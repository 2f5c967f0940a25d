// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "cuda/device.h"

struct CUgraphExec_st;  // what a cudaGraphExec_t points to

namespace cusched {

// What a captured graph does, by kind of node. Zeros on the CPU.
struct GraphStats {
  int64_t nodes = 0;
  int64_t kernels = 0;
  int64_t copies = 0;
  int64_t copies_to_host = 0;  // of the copies: those whose target is host memory
  int64_t fills = 0;
};

// Work recorded once and replayed with one call. On CUDA it is an executable CUDA graph: `body` is
// run once by capture(), its work is recorded and not done. On the CPU replay() calls `body`. So on
// both, capture() changes no data and each replay() does the work once.
//
// `body` puts all its work on the stream it is captured on (or on streams that wait for it and that
// it waits for), synchronises nothing, and uses only memory that outlives the graph. Work whose
// temporary memory LibTorch allocates is captured with at::cuda::CUDAGraph instead, because
// LibTorch's allocator has to know of the capture.
class Graph {
 public:
  Graph() = default;
  ~Graph();
  Graph(Graph&& other) noexcept;
  Graph& operator=(Graph&& other) noexcept;
  Graph(const Graph&) = delete;  // an executable graph cannot be copied
  Graph& operator=(const Graph&) = delete;

  // Records `body`, in place of what was recorded before. An exception of `body` comes through and
  // leaves the graph empty. `exec` has a stream of its own (cuda/stream.h) on CUDA.
  void capture(const Exec& exec, std::function<void()> body);

  // Does the recorded work on `exec`, which may be another stream of the same device.
  void replay(const Exec& exec) const;

  bool captured() const { return graph_ != nullptr || body_ != nullptr; }
  const GraphStats& stats() const { return stats_; }

 private:
  void clear() noexcept;

  CUgraphExec_st* graph_ = nullptr;
  std::function<void()> body_;  // on the CPU
  GraphStats stats_;
};

}  // namespace cusched
