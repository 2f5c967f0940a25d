// SPDX-License-Identifier: MIT
// The runtime's calls about devices and errors.
#include <cstring>

#include "cuda/device.h"
#include "tests/emulation/memory.h"
#include "tests/emulation/runtime.h"

namespace cusched::emulation {
namespace {

constexpr int kVersion = CUDART_VERSION;  // of the headers it is built with, e.g. 13000

struct ErrorText {
  cudaError_t error;
  const char* name;
  const char* text;
};
#define CUSCHED_ERROR(error, text) \
  { error, #error, text }
constexpr ErrorText kErrors[] = {
    CUSCHED_ERROR(cudaSuccess, "no error"),
    CUSCHED_ERROR(cudaErrorInvalidValue, "invalid argument"),
    CUSCHED_ERROR(cudaErrorMemoryAllocation, "out of memory"),
    CUSCHED_ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    CUSCHED_ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    CUSCHED_ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    CUSCHED_ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    CUSCHED_ERROR(cudaErrorNotReady, "device not ready"),
    CUSCHED_ERROR(cudaErrorNotSupported, "operation not supported"),
    CUSCHED_ERROR(cudaErrorStreamCaptureUnsupported,
                  "operation not permitted when stream is capturing"),
    CUSCHED_ERROR(cudaErrorStreamCaptureInvalidated,
                  "operation failed due to a previous error during capture"),
    CUSCHED_ERROR(cudaErrorStreamCaptureIsolation,
                  "dependency created on uncaptured work in another stream"),
    CUSCHED_ERROR(cudaErrorStreamCaptureWrongThread,
                  "attempt to terminate a thread-local capture sequence from another thread"),
    CUSCHED_ERROR(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
};
#undef CUSCHED_ERROR

const ErrorText& find_error(cudaError_t error) {
  static constexpr ErrorText kUnknown{cudaErrorUnknown, "cudaErrorUnknown", "unknown error"};
  for (const ErrorText& known : kErrors)
    if (known.error == error) return known;
  return kUnknown;
}

cudaError_t check_device(int device) {
  return keep_error(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

}  // namespace
}  // namespace cusched::emulation

using cusched::emulation::check_device;
using cusched::emulation::find_error;
using cusched::emulation::kDeviceMemoryBytes;
using cusched::emulation::runtime_call;

const char* cudaGetErrorName(cudaError_t error) { return find_error(error).name; }
const char* cudaGetErrorString(cudaError_t error) { return find_error(error).text; }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return check_device(device); }

cudaError_t cudaDriverGetVersion(int* version) {
  *version = cusched::emulation::kVersion;
  return cudaSuccess;
}

// What programs here ask of it; nothing that says how fast it is.
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  std::memset(properties, 0, sizeof *properties);
  std::strncpy(properties->name, cusched::kEmulatedDevice, sizeof properties->name - 1);
  properties->major = 9;
  properties->multiProcessorCount = 1;
  properties->totalGlobalMem = kDeviceMemoryBytes;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  return check_device(device);
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int device) {
  *value = 0;
  return check_device(device);
}

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  return runtime_call([&] {
    *total_bytes = kDeviceMemoryBytes;
    *free_bytes = kDeviceMemoryBytes - cusched::emulation::device_bytes_used();
    return cudaSuccess;
  });
}
