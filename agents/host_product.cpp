// SPDX-License-Identifier: MIT
#include "agents/host_product.h"

#include <ATen/ATen.h>

#include <type_traits>
#include <vector>

// LibTorch brings a BLAS. Called directly where its library exports it, because a product of a
// chunk of rows is small and ATen's dispatch costs several microseconds; where it does not, ATen is
// used.
extern "C" {
__attribute__((weak)) void sgemm_(const char*, const char*, const int*, const int*, const int*,
                                  const float*, const float*, const int*, const float*, const int*,
                                  const float*, float*, const int*);
__attribute__((weak)) void dgemm_(const char*, const char*, const int*, const int*, const int*,
                                  const double*, const double*, const int*, const double*,
                                  const int*, const double*, double*, const int*);
}

namespace cusched {
namespace {

void blas(char ta, char tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
          float beta, float* c, int ldc) {
  const float one = 1;
  sgemm_(&ta, &tb, &m, &n, &k, &one, a, &lda, b, &ldb, &beta, c, &ldc);
}
void blas(char ta, char tb, int m, int n, int k, const double* a, int lda, const double* b, int ldb,
          double beta, double* c, int ldc) {
  const double one = 1;
  dgemm_(&ta, &tb, &m, &n, &k, &one, a, &lda, b, &ldb, &beta, c, &ldc);
}

// A view of raw memory; strides in elements.
template <class S>
at::Tensor view(const S* data, at::IntArrayRef sizes, at::IntArrayRef strides) {
  return at::for_blob(const_cast<S*>(data), sizes)
      .strides(strides)
      .options(at::TensorOptions().dtype(std::is_same_v<S, float> ? at::kFloat : at::kDouble))
      .make_tensor();
}

}  // namespace

template <class S>
void host_product(char ta, char tb, int64_t m, int64_t n, int64_t k, const S* a, int64_t lda,
                  const S* b, int64_t ldb, S beta, S* c, int64_t ldc) {
  // In BLAS's column-major eyes this is c^T = op(b)^T op(a)^T.
  const bool has_blas = std::is_same_v<S, float> ? sgemm_ != nullptr : dgemm_ != nullptr;
  if (has_blas) {
    blas(tb, ta, static_cast<int>(n), static_cast<int>(m), static_cast<int>(k), b,
         static_cast<int>(ldb), a, static_cast<int>(lda), beta, c, static_cast<int>(ldc));
    return;
  }
  at::Tensor va = ta == 'T' ? view(a, {k, m}, {lda, 1}).t() : view(a, {m, k}, {lda, 1});
  at::Tensor vb = tb == 'T' ? view(b, {n, k}, {ldb, 1}).t() : view(b, {k, n}, {ldb, 1});
  at::Tensor vc = view(c, {m, n}, {ldc, 1});
  if (beta == 0) {
    at::mm_out(vc, va, vb);
  } else {
    at::addmm_out(vc, vc, va, vb);
  }
}

template void host_product<float>(char, char, int64_t, int64_t, int64_t, const float*, int64_t,
                                  const float*, int64_t, float, float*, int64_t);
template void host_product<double>(char, char, int64_t, int64_t, int64_t, const double*, int64_t,
                                   const double*, int64_t, double, double*, int64_t);

void warm_up_vector_functions() {
  [[maybe_unused]] static const bool warm = [] {
    std::vector<float> x(64);
    at::Tensor v = view(x.data(), {64}, {1});
    at::tanh_out(v, v);
    at::exp_out(v, v);
    return true;
  }();
}

void host_tanh(int64_t n, float* x) {
  warm_up_vector_functions();
  at::Tensor v = view(x, {n}, {1});
  at::tanh_out(v, v);
}

void host_exp(int64_t n, float* x) {
  warm_up_vector_functions();
  at::Tensor v = view(x, {n}, {1});
  at::exp_out(v, v);
}

}  // namespace cusched
