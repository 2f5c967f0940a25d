// SPDX-License-Identifier: MIT
// The runtime's calls about captures and graphs.
#include <algorithm>

#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

struct CUgraphNode_st {
  cusched::emulation::Work work;
};
struct CUgraph_st {
  std::vector<CUgraphNode_st> nodes;
};
// Its nodes are shared with launches that are still queued when it is destroyed.
struct CUgraphExec_st {
  std::shared_ptr<const std::vector<CUgraphNode_st>> nodes;
};

namespace cusched::emulation {
namespace {

Handles<CUgraph_st>& graphs() {
  static auto* const all = new Handles<CUgraph_st>;
  return *all;
}
Handles<CUgraphExec_st>& executables() {
  static auto* const all = new Handles<CUgraphExec_st>;
  return *all;
}

}  // namespace
}  // namespace cusched::emulation

using namespace cusched::emulation;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return runtime_call([&] {
    if (stream == nullptr) return cudaErrorStreamCaptureUnsupported;
    if (!streams().valid(stream)) return cudaErrorInvalidResourceHandle;
    if (stream->capture != nullptr) return cudaErrorIllegalState;
    stream->capture = std::make_unique<Capture>(Capture{mode, std::this_thread::get_id()});
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return runtime_call([&] {
    *graph = nullptr;
    if (!streams().valid(stream)) return cudaErrorInvalidResourceHandle;
    if (stream->capture == nullptr) return cudaErrorIllegalState;
    if (stream->capture->mode != cudaStreamCaptureModeRelaxed &&
        stream->capture->owner != std::this_thread::get_id())
      return cudaErrorStreamCaptureWrongThread;
    const std::unique_ptr<Capture> capture = std::move(stream->capture);
    if (capture->invalidated) return cudaErrorStreamCaptureInvalidated;
    *graph = graphs().make();
    for (Work& work : capture->nodes) (*graph)->nodes.push_back({std::move(work)});
    return cudaSuccess;
  });
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) {
  return runtime_call([&] {
    if (!graphs().valid(graph)) return cudaErrorInvalidValue;
    const size_t there = graph->nodes.size();
    for (size_t i = 0; nodes != nullptr && i < *count; ++i)
      nodes[i] = i < there ? &graph->nodes[i] : nullptr;
    *count = nodes == nullptr ? there : std::min(*count, there);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType* type) {
  *type = node->work.type;
  return cudaSuccess;
}

cudaError_t cudaGraphMemcpyNodeGetParams(cudaGraphNode_t node, cudaMemcpy3DParms* parameters) {
  if (node->work.type != cudaGraphNodeTypeMemcpy) return keep_error(cudaErrorInvalidValue);
  *parameters = node->work.copy;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  return runtime_call([&] {
    if (!graphs().valid(graph)) return cudaErrorInvalidValue;
    *executable =
        executables().make(std::make_shared<const std::vector<CUgraphNode_st>>(graph->nodes));
    return cudaSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t executable, cudaStream_t stream) {
  return runtime_call([&] {
    const bool known = executables().valid(executable) && find_stream(stream) != nullptr;
    return known ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return runtime_call([&] {
    if (!executables().valid(executable)) return cudaErrorInvalidValue;
    CUstream_st* const target = find_stream(stream);
    if (target == nullptr) return cudaErrorInvalidResourceHandle;
    if (target->capture != nullptr)  // a graph within a graph is not emulated
      return refuse_if_captured(*target, cudaErrorNotSupported);
    return put(stream, {cudaGraphNodeTypeGraph, [nodes = executable->nodes] {
                          for (const CUgraphNode_st& node : *nodes) node.work.run();
                        }});
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return runtime_call(
      [&] { return executables().destroy(executable) ? cudaSuccess : cudaErrorInvalidValue; });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return runtime_call(
      [&] { return graphs().destroy(graph) ? cudaSuccess : cudaErrorInvalidValue; });
}
