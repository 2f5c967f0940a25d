// SPDX-License-Identifier: MIT
// The calls of cuda/segment_sums.cu, whose library (CUB) needs nvcc.
#include "cuda/cuda_check.h"
#include "cuda/segment_sums_cub.h"
#include "tests/emulation/fault.h"
#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

namespace cusched::cub_calls {

size_t segment_sums_bytes(int64_t, int64_t) { return 1; }  // as CUB, which always wants some

void segment_sums(CUstream_st* stream, void* workspace, size_t bytes, const int64_t* in,
                  int64_t* out, int64_t segments, int64_t length) {
  if (workspace == nullptr || bytes < segment_sums_bytes(segments, length))
    emulation::fault("segment_sums is called without its work space");
  const auto sum = [=] {
    for (int64_t s = 0; s < segments; ++s) {
      uint64_t total = 0;  // unsigned, so that overflow wraps as on the device
      for (int64_t i = 0; i < length; ++i) total += static_cast<uint64_t>(in[s * length + i]);
      out[s] = static_cast<int64_t>(total);
    }
  };
  CUSCHED_CUDA(emulation::runtime_call([&] {
    return emulation::put(stream, {cudaGraphNodeTypeKernel, sum});
  }));
}

}  // namespace cusched::cub_calls
