// SPDX-License-Identifier: MIT
#include "cuda/nvtx.h"

#if CUSCHED_WITH_CUDA

// NVTX comes with the toolkit, but as a package of its own: a toolkit without it builds all the
// same.
#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>

namespace cusched {
void nvtx_push(const char* name) { (void)nvtxRangePushA(name); }
void nvtx_pop() { (void)nvtxRangePop(); }
}  // namespace cusched
#else
namespace cusched {
void nvtx_push(const char*) {}
void nvtx_pop() {}
}  // namespace cusched
#endif

#endif
