// SPDX-License-Identifier: MIT
#include "agents/linear.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "agents/kernels/attention.h"

#if CUSCHED_WITH_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

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

template <class S>
constexpr at::ScalarType kScalar = std::is_same_v<S, float> ? at::kFloat : at::kDouble;

// A view of raw memory; strides in elements.
template <class S>
at::Tensor view(const Exec& exec, const S* data, at::IntArrayRef sizes, at::IntArrayRef strides) {
  const at::Device device =
      exec.device.is_cuda() ? at::Device(at::kCUDA, static_cast<at::DeviceIndex>(exec.device.index))
                            : at::Device(at::kCPU);
  return at::for_blob(const_cast<S*>(data), sizes)
      .strides(strides)
      .target_device(device)
      .options(at::TensorOptions().dtype(kScalar<S>).device(device))
      .make_tensor();
}

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

// y (rows, width) = the row `b` in every row: each copy doubles what is there.
template <class S>
void repeat(const S* b, int64_t rows, int64_t width, S* y) {
  std::copy_n(b, width, y);
  for (int64_t done = 1; done < rows; done *= 2)
    std::copy_n(y, std::min(done, rows - done) * width, y + done * width);
}

// Row-major c (m, n) = beta c + op(a) op(b), where op transposes if asked to: a is (m, k) or, for
// 'T', (k, m) with rows lda apart. In BLAS's column-major eyes this is c^T = op(b)^T op(a)^T.
template <class S>
void host_product(char ta, char tb, int64_t m, int64_t n, int64_t k, const S* a, int64_t lda,
                  const S* b, int64_t ldb, S beta, S* c, int64_t ldc) {
  const bool has_blas = std::is_same_v<S, float> ? sgemm_ != nullptr : dgemm_ != nullptr;
  if (has_blas) {
    blas(tb, ta, static_cast<int>(n), static_cast<int>(m), static_cast<int>(k), b,
         static_cast<int>(ldb), a, static_cast<int>(lda), beta, c, static_cast<int>(ldc));
    return;
  }
  const Exec host;
  at::Tensor va = ta == 'T' ? view(host, a, {k, m}, {lda, 1}).t() : view(host, a, {m, k}, {lda, 1});
  at::Tensor vb = tb == 'T' ? view(host, b, {n, k}, {ldb, 1}).t() : view(host, b, {k, n}, {ldb, 1});
  at::Tensor vc = view(host, c, {m, n}, {ldc, 1});
  if (beta == 0) {
    at::mm_out(vc, va, vb);
  } else {
    at::addmm_out(vc, vc, va, vb);
  }
}

// The same for small matrices, where a call of the BLAS costs more than the work.
template <class S>
void small_product(Flip flip_a, Flip flip_b, int64_t m, int64_t n, int64_t k, const S* a,
                   int64_t lda, const S* b, int64_t ldb, bool accumulate, S* c, int64_t ldc) {
  const int64_t a_row = flip_a == Flip::kNo ? lda : 1, a_column = flip_a == Flip::kNo ? 1 : lda;
  for (int64_t i = 0; i < m; ++i) {
    S* __restrict ci = c + i * ldc;
    if (!accumulate) std::fill_n(ci, n, S(0));
    if (flip_b == Flip::kNo) {
      for (int64_t p = 0; p < k; ++p) {
        const S av = a[i * a_row + p * a_column];
        const S* __restrict bp = b + p * ldb;
        for (int64_t j = 0; j < n; ++j) ci[j] += av * bp[j];
      }
      continue;
    }
    for (int64_t j = 0; j < n; ++j) {
      const S* bj = b + j * ldb;
      S part[4] = {};  // sums of every fourth product: vectors
      int64_t p = 0;
      for (; p + 4 <= k; p += 4)
        for (int q = 0; q < 4; ++q) part[q] += a[i * a_row + (p + q) * a_column] * bj[p + q];
      for (; p < k; ++p) part[0] += a[i * a_row + p * a_column] * bj[p];
      ci[j] += (part[0] + part[1]) + (part[2] + part[3]);
    }
  }
}

#if CUSCHED_WITH_CUDA
// ATen works on its current stream: ours, for the length of a call.
struct OnStream {
  c10::cuda::CUDAStreamGuard guard;
  explicit OnStream(const Exec& exec)
      : guard(c10::cuda::getStreamFromExternal(exec.stream,
                                               static_cast<c10::DeviceIndex>(exec.device.index))) {}
};
#endif

template <class S>
void bias_gradient(const Rows<S>& on, const S* dy, const Layer<S>& grad, bool accumulate) {
  const int out = grad.out;
  if (!on.exec.device.is_cuda()) {
    for (int m = 0; m < on.members; ++m) {
      S* db = grad.b + m * grad.stride;
      if (!accumulate) std::fill_n(db, out, S(0));
      const S* row = dy + m * on.rows * out;
      for (int64_t r = 0; r < on.rows; ++r, row += out)
        for (int j = 0; j < out; ++j) db[j] += row[j];
    }
    return;
  }
  const int64_t blocks = sum_blocks(on.rows);
  for_rows<S>(on.exec, on.members * blocks, out,
              ColumnPartials<S>{dy, on.column_scratch, on.rows, blocks, out});
  for_rows<S>(on.exec, on.members, out,
              ColumnTotals<S>{on.column_scratch, grad.b, blocks, out, grad.stride, accumulate});
}

}  // namespace

template <class S>
void linear(const Rows<S>& on, const S* x, const Layer<const S>& layer, S* y) {
  const int64_t in = layer.in, out = layer.out, rows = on.rows;
#if CUSCHED_WITH_CUDA
  if (on.exec.device.is_cuda()) {
    const OnStream stream(on.exec);
    at::Tensor vy = view(on.exec, y, {on.members, rows, out}, {rows * out, out, 1});
    const at::Tensor vx = view(on.exec, x, {on.members, rows, in}, {rows * in, in, 1});
    const at::Tensor wt =
        view(on.exec, layer.w, {on.members, in, out}, {layer.stride, 1, layer.ld});
    if (layer.b == nullptr) {
      at::bmm_out(vy, vx, wt);
    } else {
      vy.copy_(view(on.exec, layer.b, {on.members, rows, out}, {layer.stride, 0, 1}));
      at::baddbmm_out(vy, vy, vx, wt);
    }
    return;
  }
#endif
  for (int m = 0; m < on.members; ++m) {
    S* ym = y + m * rows * out;
    const S* b = layer.b == nullptr ? nullptr : layer.b + m * layer.stride;
    if (b != nullptr && rows > 0) repeat(b, rows, out, ym);
    host_product<S>('N', 'T', rows, out, in, x + m * rows * in, in, layer.w + m * layer.stride,
                    layer.ld, b == nullptr ? S(0) : S(1), ym, out);
  }
}

template <class S>
void linear_input_gradient(const Rows<S>& on, const S* dy, const Layer<const S>& layer, S* dx,
                           bool accumulate) {
  const int64_t in = layer.in, out = layer.out, rows = on.rows;
#if CUSCHED_WITH_CUDA
  if (on.exec.device.is_cuda()) {
    const OnStream stream(on.exec);
    at::Tensor vx = view(on.exec, dx, {on.members, rows, in}, {rows * in, in, 1});
    const at::Tensor vy = view(on.exec, dy, {on.members, rows, out}, {rows * out, out, 1});
    const at::Tensor w = view(on.exec, layer.w, {on.members, out, in}, {layer.stride, layer.ld, 1});
    if (accumulate) {
      at::baddbmm_out(vx, vx, vy, w);
    } else {
      at::bmm_out(vx, vy, w);
    }
    return;
  }
#endif
  for (int m = 0; m < on.members; ++m)
    host_product<S>('N', 'N', rows, in, out, dy + m * rows * out, out, layer.w + m * layer.stride,
                    layer.ld, accumulate ? S(1) : S(0), dx + m * rows * in, in);
}

template <class S>
void linear_weight_gradient(const Rows<S>& on, const S* dy, const S* x, const Layer<S>& grad,
                            bool accumulate) {
  const int64_t in = grad.in, out = grad.out, rows = on.rows;
  if (grad.b != nullptr) bias_gradient(on, dy, grad, accumulate);
#if CUSCHED_WITH_CUDA
  if (on.exec.device.is_cuda()) {
    const OnStream stream(on.exec);
    at::Tensor dw = view(on.exec, grad.w, {on.members, out, in}, {grad.stride, grad.ld, 1});
    const at::Tensor vx = view(on.exec, x, {on.members, rows, in}, {rows * in, in, 1});
    const at::Tensor dyt = view(on.exec, dy, {on.members, out, rows}, {rows * out, 1, out});
    if (accumulate) {
      at::baddbmm_out(dw, dw, dyt, vx);
    } else {
      at::bmm_out(dw, dyt, vx);
    }
    return;
  }
#endif
  for (int m = 0; m < on.members; ++m)
    host_product<S>('T', 'N', out, in, rows, dy + m * rows * out, out, x + m * rows * in, in,
                    accumulate ? S(1) : S(0), grad.w + m * grad.stride, grad.ld);
}

template <class S>
void activate(const Rows<S>& on, Activation kind, int width, S* x) {
  const int64_t n = on.total() * width;
  if (!on.exec.device.is_cuda() && kind == Activation::kTanh && std::is_same_v<S, float>) {
    at::Tensor v = view(on.exec, x, {n}, {1});  // ATen's is vectorised for the machine it runs on
    at::tanh_out(v, v);
    return;
  }
  for_rows<S>(on.exec, 1, n, ActivateElement<S>{x, kind});
}

template <class S>
void exponential(const Exec& exec, int64_t n, S* x) {
  if (!exec.device.is_cuda() && std::is_same_v<S, float>) {
    at::Tensor v = view(exec, x, {n}, {1});  // vectorised, like tanh
    at::exp_out(v, v);
    return;
  }
  for_rows<S>(exec, 1, n, Exponential<S>{x});
}

template <class S>
void matrix_products([[maybe_unused]] const Exec& exec, int64_t batch, int64_t m, int64_t n,
                     int64_t k, Flip flip_a, const Matrices<const S>& a, Flip flip_b,
                     const Matrices<const S>& b, bool accumulate, const Matrices<S>& c) {
#if CUSCHED_WITH_CUDA
  if (exec.device.is_cuda()) {
    const OnStream stream(exec);
    const auto factor = [&](const Matrices<const S>& f, Flip flip, int64_t rows, int64_t columns) {
      return flip == Flip::kNo ? view(exec, f.at, {batch, rows, columns}, {f.stride, f.ld, 1})
                               : view(exec, f.at, {batch, rows, columns}, {f.stride, 1, f.ld});
    };
    const at::Tensor va = factor(a, flip_a, m, k), vb = factor(b, flip_b, k, n);
    at::Tensor vc = view(exec, c.at, {batch, m, n}, {c.stride, c.ld, 1});
    if (accumulate) {
      at::baddbmm_out(vc, vc, va, vb);
    } else {
      at::bmm_out(vc, va, vb);
    }
    return;
  }
#endif
  for (int64_t i = 0; i < batch; ++i)
    host_product<S>(static_cast<char>(flip_a), static_cast<char>(flip_b), m, n, k,
                    a.at + i * a.stride, a.ld, b.at + i * b.stride, b.ld, accumulate ? S(1) : S(0),
                    c.at + i * c.stride, c.ld);
}

#define CUSCHED_LINEAR(S)                                                                          \
  template void linear<S>(const Rows<S>&, const S*, const Layer<const S>&, S*);                    \
  template void linear_input_gradient<S>(const Rows<S>&, const S*, const Layer<const S>&, S*,      \
                                         bool);                                                    \
  template void linear_weight_gradient<S>(const Rows<S>&, const S*, const S*, const Layer<S>&,     \
                                          bool);                                                   \
  template void activate<S>(const Rows<S>&, Activation, int, S*);                                  \
  template void exponential<S>(const Exec&, int64_t, S*);                                          \
  template void matrix_products<S>(const Exec&, int64_t, int64_t, int64_t, int64_t, Flip,          \
                                   const Matrices<const S>&, Flip, const Matrices<const S>&, bool, \
                                   const Matrices<S>&);
CUSCHED_LINEAR(float)
CUSCHED_LINEAR(double)
#undef CUSCHED_LINEAR

}  // namespace cusched
