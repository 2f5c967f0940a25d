// SPDX-License-Identifier: MIT
// The calls of cuBLAS that the learner makes.
#include <cublas_v2.h>

#include <algorithm>
#include <vector>

#include "tests/emulation/fault.h"
#include "tests/emulation/handles.h"
#include "tests/emulation/memory.h"
#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
  const void* workspace = nullptr;  // the program's, until the next change of the stream
};

namespace cusched::emulation {
namespace {

Handles<cublasContext>& contexts() {
  static auto* const all = new Handles<cublasContext>;
  return *all;
}

// c = alpha op(a) op(b) + beta c for each of `batch` matrices, column-major.
struct Products {
  bool flip_a, flip_b;
  int m, n, k, batch;
  const float *a, *b;
  float* c;
  int lda, ldb, ldc;
  long long stride_a, stride_b, stride_c;
  float alpha, beta;

  bool valid() const {
    return m >= 0 && n >= 0 && k >= 0 && batch >= 0 && lda >= std::max(1, flip_a ? k : m) &&
           ldb >= std::max(1, flip_b ? n : k) && ldc >= std::max(1, m);
  }
  void operator()() const {
    for (int i = 0; i < batch; ++i) one(a + i * stride_a, b + i * stride_b, c + i * stride_c);
  }

 private:
  void one(const float* a_i, const float* b_i, float* c_i) const {
    std::vector<float> columns;  // of op(a), m numbers each, so that the inner loop is a vector
    if (flip_a) {
      columns.resize(static_cast<size_t>(m) * k);
      for (int r = 0; r < m; ++r)
        for (int p = 0; p < k; ++p) columns[at(r, p, m)] = a_i[at(p, r, lda)];
    }
    const float* const left = flip_a ? columns.data() : a_i;
    const int left_ld = flip_a ? m : lda;
    std::vector<float> sum(static_cast<size_t>(m));
    for (int j = 0; j < n; ++j) {
      std::fill(sum.begin(), sum.end(), 0.0f);
      for (int p = 0; p < k; ++p) {
        const float factor = b_i[flip_b ? at(j, p, ldb) : at(p, j, ldb)];
        for (int r = 0; r < m; ++r) sum[static_cast<size_t>(r)] += left[at(r, p, left_ld)] * factor;
      }
      float* const to = c_i + at(0, j, ldc);
      for (int r = 0; r < m; ++r)  // with beta 0, c is not read
        to[r] = alpha * sum[static_cast<size_t>(r)] + (beta == 0 ? 0.0f : beta * to[r]);
    }
  }
  static size_t at(int row, int column, int ld) {
    return static_cast<size_t>(row) + static_cast<size_t>(column) * static_cast<size_t>(ld);
  }
};

cublasStatus_t put_products(const cublasContext& context, const Products& products) {
  if (!products.valid()) return CUBLAS_STATUS_INVALID_VALUE;
  const CUstream_st* const stream = find_stream(context.stream);
  if (stream == nullptr) return CUBLAS_STATUS_EXECUTION_FAILED;
  if (stream->capture != nullptr && context.workspace == nullptr)
    fault(
        "a product is captured, but cuBLAS got no work space since its stream changed: it may "
        "allocate one");
  const cudaError_t error = put(context.stream, {cudaGraphNodeTypeKernel, products});
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

template <class Body>
cublasStatus_t cublas_call(cublasHandle_t handle, const Body& body) {
  const std::lock_guard<std::recursive_mutex> lock(runtime_lock());
  return contexts().valid(handle) ? body() : CUBLAS_STATUS_NOT_INITIALIZED;
}

}  // namespace
}  // namespace cusched::emulation

using namespace cusched::emulation;

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  const std::lock_guard<std::recursive_mutex> lock(runtime_lock());
  if (refuse_in_capture() != cudaSuccess) return CUBLAS_STATUS_ALLOC_FAILED;
  *handle = contexts().make();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return cublas_call(handle, [&] {
    finish_all();
    contexts().destroy(handle);
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  return cublas_call(handle, [&] {
    *handle = {stream, nullptr};
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
  return cublas_call(handle, [&] {
    bool whole = true;
    if (kind_of(workspace, bytes, &whole) != MemoryKind::kDevice || !whole ||
        reinterpret_cast<uintptr_t>(workspace) % 256 != 0)
      return CUBLAS_STATUS_INVALID_VALUE;
    handle->workspace = workspace;
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t op_a,
                                         cublasOperation_t op_b, int m, int n, int k,
                                         const float* alpha, const float* a, int lda,
                                         long long stride_a, const float* b, int ldb,
                                         long long stride_b, const float* beta, float* c, int ldc,
                                         long long stride_c, int batch) {
  return cublas_call(handle, [&] {
    return put_products(*handle, {op_a != CUBLAS_OP_N, op_b != CUBLAS_OP_N, m, n, k, batch, a, b, c,
                                  lda, ldb, ldc, stride_a, stride_b, stride_c, *alpha, *beta});
  });
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    default:
      return "a status that the emulation does not return";
  }
}
const char* cublasGetStatusString(cublasStatus_t status) { return cublasGetStatusName(status); }
