// SPDX-License-Identifier: MIT
#include "cuda/pinned.h"

#include <cstring>

#include "cuda/error.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include "cuda/device_guard.h"
#endif

namespace cusched {

PinnedMemory::PinnedMemory(const Device& device, size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  if (!device.is_cuda()) {
    plain_ = DeviceMemory(device, bytes);
    return;
  }
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(device);
  CUSCHED_CUDA(cudaMallocHost(&pinned_, bytes));
  std::memset(pinned_, 0, bytes);
#else
  throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
#endif
}

PinnedMemory::~PinnedMemory() {
#if CUSCHED_WITH_CUDA
  if (pinned_ != nullptr) (void)cudaFreeHost(pinned_);  // at exit the driver may be gone
#endif
}

}  // namespace cusched
