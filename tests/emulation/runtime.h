// SPDX-License-Identifier: MIT
#pragma once

#include <cuda_runtime_api.h>

#include <mutex>

namespace cusched::emulation {

// Calls come one at a time, whatever thread of the host makes them.
std::recursive_mutex& runtime_lock();

// Keeps an error for cudaGetLastError of this thread of the host; returns it.
cudaError_t keep_error(cudaError_t error);

// The body of a call of the runtime: `body` under the lock, its error kept.
template <class Body>
cudaError_t runtime_call(const Body& body) {
  const std::lock_guard<std::recursive_mutex> lock(runtime_lock());
  return keep_error(body());
}

}  // namespace cusched::emulation
