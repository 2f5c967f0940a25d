// SPDX-License-Identifier: MIT
#include "cuda/graph.h"

#include <utility>
#include <vector>

#include "cuda/error.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include "cuda/device_guard.h"
#endif

namespace cusched {

#if CUSCHED_WITH_CUDA
namespace {

// Owns a graph between capture and instantiation.
struct RecordedGraph {
  cudaGraph_t graph = nullptr;
  ~RecordedGraph() {
    if (graph != nullptr) (void)cudaGraphDestroy(graph);
  }
};

bool copies_to_host(cudaGraphNode_t node) {
  cudaMemcpy3DParms copy = {};
  CUSCHED_CUDA(cudaGraphMemcpyNodeGetParams(node, &copy));
  if (copy.kind != cudaMemcpyDefault) return copy.kind == cudaMemcpyDeviceToHost;
  if (copy.dstPtr.ptr == nullptr) return false;  // an array, which is device memory
  cudaPointerAttributes target;
  CUSCHED_CUDA(cudaPointerGetAttributes(&target, copy.dstPtr.ptr));
  return target.type == cudaMemoryTypeHost || target.type == cudaMemoryTypeUnregistered;
}

void add_stats(cudaGraph_t graph, GraphStats* stats) {
  size_t count = 0;
  CUSCHED_CUDA(cudaGraphGetNodes(graph, nullptr, &count));
  std::vector<cudaGraphNode_t> nodes(count);
  CUSCHED_CUDA(cudaGraphGetNodes(graph, nodes.data(), &count));
  for (const cudaGraphNode_t node : nodes) {
    cudaGraphNodeType type;
    CUSCHED_CUDA(cudaGraphNodeGetType(node, &type));
    ++stats->nodes;
    if (type == cudaGraphNodeTypeKernel) ++stats->kernels;
    if (type == cudaGraphNodeTypeMemset) ++stats->fills;
    if (type == cudaGraphNodeTypeMemcpy) {
      ++stats->copies;
      if (copies_to_host(node)) ++stats->copies_to_host;
    }
  }
}

}  // namespace
#endif

Graph::~Graph() { clear(); }

Graph::Graph(Graph&& other) noexcept
    : graph_(std::exchange(other.graph_, nullptr)),
      body_(std::exchange(other.body_, nullptr)),
      stats_(std::exchange(other.stats_, {})) {}

Graph& Graph::operator=(Graph&& other) noexcept {
  std::swap(graph_, other.graph_);
  std::swap(body_, other.body_);
  std::swap(stats_, other.stats_);
  return *this;
}

void Graph::clear() noexcept {
#if CUSCHED_WITH_CUDA
  if (graph_ != nullptr) (void)cudaGraphExecDestroy(graph_);  // at exit the driver may be gone
#endif
  graph_ = nullptr;
  body_ = nullptr;
  stats_ = {};
}

void Graph::capture(const Exec& exec, std::function<void()> body) {
  clear();
  CUSCHED_CHECK(body != nullptr, "there is nothing to capture");
  if (!exec.device.is_cuda()) {
    body_ = std::move(body);
    return;
  }
#if CUSCHED_WITH_CUDA
  CUSCHED_CHECK(exec.stream != nullptr, "the default stream cannot be captured", "",
                "Put the work on a cusched::Stream");
  const DeviceGuard guard(exec.device);
  RecordedGraph recorded;
  // Thread-local: other threads may allocate or copy meanwhile; this one may not.
  CUSCHED_CUDA(cudaStreamBeginCapture(exec.stream, cudaStreamCaptureModeThreadLocal));
  try {
    body();
  } catch (...) {
    (void)cudaStreamEndCapture(exec.stream, &recorded.graph);
    (void)cudaGetLastError();
    throw;
  }
  CUSCHED_CUDA(cudaStreamEndCapture(exec.stream, &recorded.graph));
  CUSCHED_CHECK(recorded.graph != nullptr, "the capture was broken off", "",
                "The work must not synchronise, allocate, or use the default stream");
  GraphStats stats;
  add_stats(recorded.graph, &stats);
  CUSCHED_CUDA(cudaGraphInstantiate(&graph_, recorded.graph, 0));
  stats_ = stats;
  CUSCHED_CUDA(cudaGraphUpload(graph_, exec.stream));  // so that the first replay is not slower
#else
  throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
#endif
}

void Graph::replay([[maybe_unused]] const Exec& exec) const {
  CUSCHED_CHECK(captured(), "a graph is replayed before it is captured");
#if CUSCHED_WITH_CUDA
  if (graph_ != nullptr) {
    const DeviceGuard guard(exec.device);
    CUSCHED_CUDA(cudaGraphLaunch(graph_, exec.stream));
    return;
  }
#endif
  body_();
}

}  // namespace cusched
