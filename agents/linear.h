// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/blas.h"
#include "agents/kernels/nn.h"
#include "cuda/device.h"

namespace cusched {

// The one seam for matrix products. All matrices are row-major with a leading member axis. On the
// CPU each member's product is made by itself, so its bits do not depend on the members beside it,
// and the calling thread makes all of it when it runs inside host_parallel_for; on CUDA the members
// make one batched product of cuBLAS on the stream of `exec`. S is float, or double on the host
// (tests).

// What a call runs on: M members x `rows` rows.
template <class S>
struct Rows {
  Exec exec;
  int members = 1;
  int64_t rows = 0;
  S* column_scratch =
      nullptr;  // CUDA: members * sum_blocks(rows) * widest output, for bias gradients
  const Blas* blas = nullptr;  // CUDA: of the trainer or policy

  int64_t total() const { return members * rows; }
  Rows times(int n) const { return {exec, members, rows * n, column_scratch, blas}; }
};

// A layer's weight (out, in), rows `ld` apart, and bias (out, null: none); member m's lie m *
// stride further. S is const where they are only read.
template <class S>
struct Layer {
  S* w = nullptr;
  S* b = nullptr;
  int in = 0, out = 0;
  int64_t ld = 0, stride = 0;
};

// y (M, rows, out) = after(x (M, rows, in) w^T + b). On CUDA bias and activation are one pass.
template <class S>
void linear(const Rows<S>& on, const S* x, const Layer<const S>& layer, S* y,
            Activation after = Activation::kNone);

// dx (M, rows, in) = dy w, or += where `accumulate`.
template <class S>
void linear_input_gradient(const Rows<S>& on, const S* dy, const Layer<const S>& layer, S* dx,
                           bool accumulate);

// grad.w = dy^T x and grad.b = column sums of dy, or += where `accumulate`.
template <class S>
void linear_weight_gradient(const Rows<S>& on, const S* dy, const S* x, const Layer<S>& grad,
                            bool accumulate);

// x (M, rows, width) = activation(x).
template <class S>
void activate(const Rows<S>& on, Activation kind, int width, S* x);

// x (n) = exp(x).
template <class S>
void exponential(const Exec& exec, int64_t n, S* x);

// One matrix of each of a batch: rows lie `ld` numbers apart, matrices `stride`.
template <class S>
struct Matrices {
  S* at = nullptr;
  int64_t ld = 0, stride = 0;
};
enum class Flip : char { kNo = 'N', kYes = 'T' };  // whether a factor is taken transposed

// c (m, n) = a (m, k) b (k, n), or += where `accumulate`, for each of `batch` matrices, each made
// by itself on the CPU. A flipped factor is stored the other way round.
template <class S>
void matrix_products(const Rows<S>& on, int64_t batch, int64_t m, int64_t n, int64_t k, Flip flip_a,
                     const Matrices<const S>& a, Flip flip_b, const Matrices<const S>& b,
                     bool accumulate, const Matrices<S>& c);

}  // namespace cusched
