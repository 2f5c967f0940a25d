// SPDX-License-Identifier: MIT
#include "agents/linear.h"

#include <algorithm>
#include <type_traits>

#include "agents/host_product.h"
#include "agents/kernels/attention.h"
#include "cuda/team.h"

namespace cusched {
namespace {

// y (rows, width) = the row `b` in every row: each copy doubles what is there.
template <class S>
void repeat(const S* b, int64_t rows, int64_t width, S* y) {
  std::copy_n(b, width, y);
  for (int64_t done = 1; done < rows; done *= 2)
    std::copy_n(y, std::min(done, rows - done) * width, y + done * width);
}

// Column sums of dy (rows, out) in the order of ColumnPartials and ColumnTotals, some columns at a
// time, so that the inner loops are vectors.
template <class S>
void column_sums(int64_t rows, int out, const S* dy, S* db, bool accumulate) {
  constexpr int kColumns = 64;
  const int64_t blocks = sum_blocks(rows);
  const int ways = static_cast<int>(std::min<int64_t>(blocks, kTeam));
  S part[kTeam][kColumns];
  for (int first = 0; first < out; first += kColumns) {
    const int n = std::min(kColumns, out - first);
    for (int w = 0; w < ways; ++w) std::fill_n(part[w], n, S(0));
    for (int64_t block = 0; block < blocks; ++block) {
      S total[kColumns] = {};
      const int64_t end = std::min(rows, (block + 1) * kSumBlock);
      for (int64_t r = block * kSumBlock; r < end; ++r)
        for (int j = 0; j < n; ++j) total[j] += dy[r * out + first + j];
      for (int j = 0; j < n; ++j) part[block % kTeam][j] += total[j];
    }
    for (int d = kTeam / 2; d > 0; d /= 2)
      for (int w = 0; w < d && w + d < ways; ++w)
        for (int j = 0; j < n; ++j) part[w][j] += part[w + d][j];
    for (int j = 0; j < n; ++j)
      db[first + j] = (accumulate ? db[first + j] : S(0)) + (ways > 0 ? part[0][j] : S(0));
  }
}

template <class S>
void bias_gradient(const Rows<S>& on, const S* dy, const Layer<S>& grad, bool accumulate) {
  const int out = grad.out;
  if constexpr (std::is_same_v<S, float>) {
    if (on.exec.device.is_cuda()) {
      const int64_t blocks = sum_blocks(on.rows);
      launch_rows(on.exec, on.members * blocks, out,
                  ColumnPartials<S>{dy, on.column_scratch, on.rows, blocks, out});
      launch_teams(
          on.exec, int64_t{on.members} * out,
          ColumnTotals<S>{on.column_scratch, grad.b, blocks, out, grad.stride, accumulate});
      return;
    }
  }
  for (int m = 0; m < on.members; ++m)
    column_sums(on.rows, out, dy + m * on.rows * out, grad.b + m * grad.stride, accumulate);
}

}  // namespace

template <class S>
void matrix_products(const Rows<S>& on, int64_t batch, int64_t m, int64_t n, int64_t k, Flip flip_a,
                     const Matrices<const S>& a, Flip flip_b, const Matrices<const S>& b,
                     bool accumulate, const Matrices<S>& c) {
  const char ta = static_cast<char>(flip_a), tb = static_cast<char>(flip_b);
  if constexpr (std::is_same_v<S, float>) {
    if (on.exec.device.is_cuda()) {
      on.blas->products(on.exec, batch, m, n, k, {a.at, a.ld, a.stride, ta},
                        {b.at, b.ld, b.stride, tb}, accumulate, c.at, c.ld, c.stride);
      return;
    }
  }
  for (int64_t i = 0; i < batch; ++i)
    host_product<S>(ta, tb, m, n, k, a.at + i * a.stride, a.ld, b.at + i * b.stride, b.ld,
                    accumulate ? S(1) : S(0), c.at + i * c.stride, c.ld);
}

template <class S>
void linear(const Rows<S>& on, const S* x, const Layer<const S>& layer, S* y, Activation after) {
  const int64_t in = layer.in, out = layer.out, rows = on.rows;
  const bool cuda = on.exec.device.is_cuda(), bias = layer.b != nullptr;
  if (!cuda && bias && rows > 0)  // the product is added to it
    for (int m = 0; m < on.members; ++m)
      repeat(layer.b + m * layer.stride, rows, out, y + m * rows * out);
  matrix_products<S>(on, on.members, rows, out, in, Flip::kNo, {x, in, rows * in}, Flip::kYes,
                     {layer.w, layer.ld, layer.stride}, !cuda && bias, {y, out, rows * out});
  if (!cuda) {
    if (after != Activation::kNone) activate(on, after, layer.out, y);
  } else if (bias || after != Activation::kNone) {
    for_rows<S>(on.exec, on.total(), out,
                BiasActivate<S>{layer.b, y, rows, out, layer.stride, after});
  }
}

template <class S>
void linear_input_gradient(const Rows<S>& on, const S* dy, const Layer<const S>& layer, S* dx,
                           bool accumulate) {
  const int64_t in = layer.in, out = layer.out, rows = on.rows;
  matrix_products<S>(on, on.members, rows, in, out, Flip::kNo, {dy, out, rows * out}, Flip::kNo,
                     {layer.w, layer.ld, layer.stride}, accumulate, {dx, in, rows * in});
}

template <class S>
void linear_weight_gradient(const Rows<S>& on, const S* dy, const S* x, const Layer<S>& grad,
                            bool accumulate) {
  const int64_t in = grad.in, out = grad.out, rows = on.rows;
  if (grad.b != nullptr) bias_gradient(on, dy, grad, accumulate);
  matrix_products<S>(on, on.members, out, in, rows, Flip::kYes, {dy, out, rows * out}, Flip::kNo,
                     {x, in, rows * in}, accumulate, {grad.w, grad.ld, grad.stride});
}

template <class S>
void activate(const Rows<S>& on, Activation kind, int width, S* x) {
  const int64_t n = on.total() * width;
  if constexpr (std::is_same_v<S, float>) {
    if (!on.exec.device.is_cuda() && kind == Activation::kTanh) {
      host_tanh(n, x);
      return;
    }
  }
  for_rows<S>(on.exec, 1, n, ActivateElement<S>{x, kind});
}

template <class S>
void exponential(const Exec& exec, int64_t n, S* x) {
  if constexpr (std::is_same_v<S, float>) {
    if (!exec.device.is_cuda()) {
      host_exp(n, x);
      return;
    }
  }
  for_rows<S>(exec, 1, n, Exponential<S>{x});
}

#define CUSCHED_LINEAR(S)                                                                          \
  template void linear<S>(const Rows<S>&, const S*, const Layer<const S>&, S*, Activation);        \
  template void linear_input_gradient<S>(const Rows<S>&, const S*, const Layer<const S>&, S*,      \
                                         bool);                                                    \
  template void linear_weight_gradient<S>(const Rows<S>&, const S*, const S*, const Layer<S>&,     \
                                          bool);                                                   \
  template void activate<S>(const Rows<S>&, Activation, int, S*);                                  \
  template void exponential<S>(const Exec&, int64_t, S*);                                          \
  template void matrix_products<S>(const Rows<S>&, int64_t, int64_t, int64_t, int64_t, Flip,       \
                                   const Matrices<const S>&, Flip, const Matrices<const S>&, bool, \
                                   const Matrices<S>&);
CUSCHED_LINEAR(float)
CUSCHED_LINEAR(double)
#undef CUSCHED_LINEAR

}  // namespace cusched
