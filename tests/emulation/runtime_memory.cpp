// SPDX-License-Identifier: MIT
// The runtime's calls about memory.
#include <cstring>
#include <vector>

#include "tests/emulation/fault.h"
#include "tests/emulation/host_guard.h"
#include "tests/emulation/memory.h"
#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

namespace cusched::emulation {
namespace {

bool fits(cudaMemcpyKind kind, MemoryKind to, MemoryKind from) {
  const bool to_device = to == MemoryKind::kDevice, from_device = from == MemoryKind::kDevice;
  switch (kind) {
    case cudaMemcpyHostToHost:
      return !to_device && !from_device;
    case cudaMemcpyHostToDevice:
      return to_device && !from_device;
    case cudaMemcpyDeviceToHost:
      return !to_device && from_device;
    case cudaMemcpyDeviceToDevice:
      return to_device && from_device;
    default:
      return true;
  }
}

// Runs when the copy's turn comes: the host's bytes must still be those of the call.
void copy_from_host(void* to, const void* from, const std::vector<char>& promised) {
  if (std::memcmp(from, promised.data(), promised.size()) != 0)
    fault("a copy of " + std::to_string(promised.size()) +
          " bytes to the device finds that the host changed or freed them before it was done");
  std::memcpy(to, from, promised.size());
}

cudaError_t put_copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                     cudaStream_t handle) {
  bool to_whole = true, from_whole = true;
  const MemoryKind to_kind = kind_of(to, bytes, &to_whole);
  const MemoryKind from_kind = kind_of(from, bytes, &from_whole);
  if (!to_whole || !from_whole) return cudaErrorInvalidValue;
  if (!fits(kind, to_kind, from_kind)) return cudaErrorInvalidMemcpyDirection;
  CUstream_st* const stream = find_stream(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  const bool captured = stream->capture != nullptr;
  if (captured && (to_kind == MemoryKind::kHost || from_kind == MemoryKind::kHost))
    return refuse_if_captured(*stream, cudaErrorStreamCaptureUnsupported);  // not page-locked

  Work work;
  work.type = cudaGraphNodeTypeMemcpy;
  work.copy.kind = kind;
  work.copy.dstPtr.ptr = to;
  work.copy.srcPtr.ptr = const_cast<void*>(from);
  work.copy.extent = {bytes, 1, 1};
  if (from_kind == MemoryKind::kDevice || captured) {
    work.run = [to, from, bytes] { std::memmove(to, from, bytes); };
  } else {
    const auto* const begin = static_cast<const char*>(from);
    work.run = [to, from, promised = std::vector<char>(begin, begin + bytes)] {
      copy_from_host(to, from, promised);
    };
  }
  return put(handle, std::move(work));
}

cudaError_t put_fill(void* to, int value, size_t bytes, cudaStream_t stream) {
  bool whole = true;
  if (kind_of(to, bytes, &whole) == MemoryKind::kHost || !whole) return cudaErrorInvalidValue;
  Work work;
  work.type = cudaGraphNodeTypeMemset;
  work.run = [to, value, bytes] { std::memset(to, value, bytes); };
  return put(stream, std::move(work));
}

}  // namespace
}  // namespace cusched::emulation

using namespace cusched::emulation;

cudaError_t cudaMalloc(void** to, size_t bytes) {
  return runtime_call([&] {
    *to = nullptr;
    if (const cudaError_t refused = refuse_in_capture(); refused != cudaSuccess) return refused;
    install_host_guard();
    if (bytes > 0) *to = allocate_device(bytes);
    return bytes == 0 || *to != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
  });
}

cudaError_t cudaFree(void* data) {
  return runtime_call([&] {
    if (const cudaError_t refused = refuse_in_capture(); refused != cudaSuccess) return refused;
    finish_all();  // it waits for the device
    if (data != nullptr) free_device(data);
    return cudaSuccess;
  });
}

cudaError_t cudaMallocHost(void** to, size_t bytes) {
  return runtime_call([&] {
    if (const cudaError_t refused = refuse_in_capture(); refused != cudaSuccess) return refused;
    *to = allocate_pinned(bytes);
    return *to != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
  });
}

cudaError_t cudaFreeHost(void* data) {
  return runtime_call([&] {
    if (const cudaError_t refused = refuse_in_capture(); refused != cudaSuccess) return refused;
    finish_all();
    if (data != nullptr) free_pinned(data);
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return runtime_call([&] { return put_copy(to, from, bytes, kind, stream); });
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  return runtime_call([&] { return put_fill(to, value, bytes, stream); });
}

cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  return runtime_call([&] {
    if (const cudaError_t refused = refuse_in_capture(); refused != cudaSuccess) return refused;
    return put_fill(to, value, bytes, nullptr);  // for the host, it may return before it is done
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* data) {
  return runtime_call([&] {
    bool whole = true;
    *attributes = {};
    switch (kind_of(data, 1, &whole)) {
      case MemoryKind::kDevice:
        attributes->type = cudaMemoryTypeDevice;
        break;
      case MemoryKind::kPinned:
        attributes->type = cudaMemoryTypeHost;
        break;
      case MemoryKind::kHost:
        attributes->type = cudaMemoryTypeUnregistered;
        break;
    }
    return cudaSuccess;
  });
}
