// SPDX-License-Identifier: MIT
#include "agents/blas.h"

#include <limits>
#include <string>

#include "cuda/error.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include <cublas_v2.h>

#include "cuda/device_guard.h"
#endif

namespace cusched {

#if CUSCHED_WITH_CUDA
namespace {

// What cuBLAS asks for on sm_90 and newer ("Results reproducibility" and cublasSetWorkspace in its
// documentation); older devices ask for less.
constexpr size_t kWorkspaceBytes = size_t{32} << 20;

void check(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(std::string(what) + " failed: " + cublasGetStatusName(status),
              cublasGetStatusString(status));
}

int narrow(int64_t size) {
  CUSCHED_CHECK(size >= 0 && size <= std::numeric_limits<int>::max(),
                "a matrix product over " + std::to_string(size) + " rows or columns",
                "cuBLAS takes at most 2^31 - 1", "Use fewer environments or a smaller minibatch");
  return static_cast<int>(size);
}

}  // namespace

Blas::Blas(const Device& device) : device_(device) {
  if (!device.is_cuda()) return;
  const DeviceGuard guard(device);
  workspace_ = DeviceMemory(device, kWorkspaceBytes);
  check(cublasCreate(&handle_), "cublasCreate");
}

Blas::~Blas() {
  if (handle_ != nullptr) (void)cublasDestroy(handle_);  // at exit the driver may be gone
}

void Blas::products(const Exec& exec, int64_t batch, int64_t m, int64_t n, int64_t k,
                    const Factor& a, const Factor& b, bool accumulate, float* c, int64_t ldc,
                    int64_t stride) const {
  CUSCHED_CHECK(handle_ != nullptr, "a product on CUDA is asked of a BLAS made for the CPU");
  if (batch <= 0 || m <= 0 || n <= 0) return;
  const DeviceGuard guard(exec.device);
  const auto op = [](const Factor& f) { return f.op == 'T' ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const float one = 1, beta = accumulate ? 1.0f : 0.0f;
  // Every change of the stream puts cuBLAS's own work space back, which it may have to allocate.
  check(cublasSetStream(handle_, exec.stream), "cublasSetStream");
  check(cublasSetWorkspace(handle_, workspace_.data(), workspace_.size()), "cublasSetWorkspace");
  // In cuBLAS's column-major eyes this is c^T = op(b)^T op(a)^T.
  check(cublasSgemmStridedBatched(handle_, op(b), op(a), narrow(n), narrow(m), narrow(k), &one,
                                  b.at, narrow(b.ld), b.stride, a.at, narrow(a.ld), a.stride, &beta,
                                  c, narrow(ldc), stride, narrow(batch)),
        "cublasSgemmStridedBatched");
}
#else
Blas::Blas(const Device& device) : device_(device) {}
Blas::~Blas() = default;
void Blas::products(const Exec&, int64_t, int64_t, int64_t, int64_t, const Factor&, const Factor&,
                    bool, float*, int64_t, int64_t) const {
  throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
}
#endif

}  // namespace cusched
