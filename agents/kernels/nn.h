// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/rows.h"
#include "cuda/team.h"

namespace cusched {

enum class Activation : uint8_t { kNone, kTanh, kRelu };

// Elementwise pieces of the networks, on row-major matrices. R rows = members * rows of a call.

template <class S>
CUSCHED_HD S activated(Activation kind, S v) {
  if (kind == Activation::kTanh) return static_cast<S>(std::tanh(v));
  return kind == Activation::kNone || v > S(0) ? v : S(0);
}

template <class S>
struct ActivateElement {
  S* x;  // (n)
  Activation kind;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)row;
    x[column] = activated(kind, x[column]);
  }
};

// y (M, rows, out) = activation(y + bias) after a product. Row = m * rows + r.
template <class S>
struct BiasActivate {
  const S* b;  // (out) at b + m * stride, null: none
  S* y;
  int64_t rows, out, stride;
  Activation kind;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    const S bias = b == nullptr ? S(0) : b[row / rows * stride + column];
    S& to = y[row * out + column];
    to = activated(kind, to + bias);
  }
};

// dx *= activation'(pre-activation), written with the activation's value y.
template <class S>
struct ActivationGradient {
  const S* y;  // (n)
  S* dy;       // (n)
  Activation kind;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)row;
    const S v = y[column], d = dy[column];
    // Not d times 1 or 0: g++ makes that a branch, this a vector.
    dy[column] = kind == Activation::kTanh ? d * (S(1) - v * v) : (v > S(0) ? d : S(0));
  }
};

// Column sums of dy (M, rows, out) over blocks of kSumBlock rows: partial (M, blocks, out).
// Row = m * blocks + block.
template <class S>
struct ColumnPartials {
  const S* dy;
  S* partial;
  int64_t rows, blocks, out;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    const int64_t m = row / blocks, begin = (row % blocks) * kSumBlock;
    const int64_t end = begin + kSumBlock < rows ? begin + kSumBlock : rows;
    S total = 0;
    for (int64_t r = begin; r < end; ++r) total += dy[(m * rows + r) * out + column];
    partial[row * out + column] = total;
  }
};
// Their sum, added to or put into a member's bias gradient. Team = m * out + column.
template <class S>
struct ColumnTotals {
  const S* partial;
  S* db;  // (out) at db + m * stride
  int64_t blocks, out, stride;
  bool accumulate;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t m = i / out, column = i % out;
    const S total =
        team.sum(blocks, [&](int64_t b) { return partial[(m * blocks + b) * out + column]; });
    S& to = db[m * stride + column];
    team.once([&] { to = accumulate ? to + total : total; });
  }
};

// Input of the candidate encoder: [globals, candidate k] from x (R, D). Row = r * K + k.
template <class S>
struct CandidateInput {
  const S* x;
  S* in;  // (R, K, G + F)
  int K, G, F;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    const int64_t r = row / K, k = row % K;
    const S* from = x + r * (G + int64_t{K} * F);
    in[row * (G + F) + column] = column < G ? from[column] : from[G + k * F + (column - G)];
  }
};

// Context c = [mean of e_k over valid k, max of e_k over valid k, globals]. Row = r, column over
// 2H + G. Zeros for mean and max where no candidate is valid.
template <class S>
struct PoolContext {
  const S* e;            // (R, K, H)
  const S* x;            // (R, D)
  const uint8_t* valid;  // (R, K)
  S* c;                  // (R, 2H + G)
  int K, G, F, H;
  CUSCHED_HD void operator()(int64_t r, int64_t column) const {
    S value = 0;
    if (column >= 2 * H) {
      value = x[r * (G + int64_t{K} * F) + column - 2 * H];
    } else {
      const bool mean = column < H;
      const int64_t h = mean ? column : column - H;
      int count = 0;
      for (int k = 0; k < K; ++k) {
        if (!valid[r * K + k]) continue;
        const S v = e[(r * K + k) * H + h];
        value = mean ? value + v : (count == 0 || v > value ? v : value);
        ++count;
      }
      if (mean && count > 0) value /= static_cast<S>(count);
    }
    c[r * (2 * H + G) + column] = value;
  }
  // The same bits for the CPU: candidates outside, so that the inner loops are vectors.
  void whole_row(int64_t r) const {
    S* __restrict mean = c + r * (2 * H + G);
    S* __restrict top = mean + H;
    int count = 0;
    for (int h = 0; h < 2 * H; ++h) mean[h] = 0;
    for (int k = 0; k < K; ++k) {
      if (!valid[r * K + k]) continue;
      const S* __restrict v = e + (r * K + k) * H;
      for (int h = 0; h < H; ++h) mean[h] += v[h];
      if (count++ == 0) {
        for (int h = 0; h < H; ++h) top[h] = v[h];
      } else {
        for (int h = 0; h < H; ++h) top[h] = v[h] > top[h] ? v[h] : top[h];
      }
    }
    for (int h = 0; count > 0 && h < H; ++h) mean[h] /= static_cast<S>(count);
    for (int g = 0; g < G; ++g) top[H + g] = x[r * (G + int64_t{K} * F) + g];
  }
};

// Adds the gradient of the pooled context to de. The maximum's goes to the lowest k that attains
// it. Row = r, column over H.
template <class S>
struct PoolGradient {
  const S* e;
  const uint8_t* valid;
  const S* dc;  // (R, 2H + G)
  S* de;        // (R, K, H)
  int K, G, H;
  CUSCHED_HD void operator()(int64_t r, int64_t h) const {
    int count = 0, best = -1;
    S top = 0;
    for (int k = 0; k < K; ++k) {
      if (!valid[r * K + k]) continue;
      const S v = e[(r * K + k) * H + h];
      if (best < 0 || v > top) {
        best = k;
        top = v;
      }
      ++count;
    }
    if (count == 0) return;
    const S* d = dc + r * (2 * H + G);
    const S mean = d[h] / static_cast<S>(count);
    for (int k = 0; k < K; ++k)
      if (valid[r * K + k]) de[(r * K + k) * H + h] += k == best ? mean + d[H + h] : mean;
  }
  // The same bits for the CPU, some columns at a time, candidates outside.
  void whole_row(int64_t r) const {
    constexpr int kColumns = 32;
    int count = 0;
    for (int k = 0; k < K; ++k) count += valid[r * K + k] != 0;
    if (count == 0) return;
    const S* d = dc + r * (2 * H + G);
    for (int first = 0; first < H; first += kColumns) {
      const int n = H - first < kColumns ? H - first : kColumns;
      S top[kColumns] = {};
      int best[kColumns];
      S mean[kColumns];
      for (int h = 0; h < n; ++h) best[h] = -1;
      for (int h = 0; h < n; ++h) mean[h] = d[first + h] / static_cast<S>(count);
      for (int k = 0; k < K; ++k) {
        if (!valid[r * K + k]) continue;
        const S* v = e + (r * K + k) * H + first;
        for (int h = 0; h < n; ++h) {
          const bool take = best[h] < 0 || v[h] > top[h];
          best[h] = take ? k : best[h];
          top[h] = take ? v[h] : top[h];
        }
      }
      for (int k = 0; k < K; ++k) {
        if (!valid[r * K + k]) continue;
        S* to = de + (r * K + k) * H + first;
        for (int h = 0; h < n; ++h) to[h] += k == best[h] ? mean[h] + d[H + first + h] : mean[h];
      }
    }
  }
};

// u (R, K, H) += s (R, H), the part of the score layer that all candidates share. Row = r * K + k.
template <class S>
struct AddShared {
  const S* s;
  S* u;
  int K, H;
  CUSCHED_HD void operator()(int64_t row, int64_t h) const { u[row * H + h] += s[row / K * H + h]; }
};
// Its gradient: ds (R, H) = sum over k of du. Row = r.
template <class S>
struct SumShared {
  const S* du;
  S* ds;
  int K, H;
  CUSCHED_HD void operator()(int64_t r, int64_t h) const {
    S total = 0;
    for (int k = 0; k < K; ++k) total += du[(r * K + k) * H + h];
    ds[r * H + h] = total;
  }
};

// logits (R, K + 1) = [score_0 .. score_{K-1}, none], and back. Row = r, column over K + 1.
template <class S>
struct JoinLogits {
  const S *score, *none;  // (R, K), (R)
  S* logits;
  int K;
  CUSCHED_HD void operator()(int64_t r, int64_t k) const {
    logits[r * (K + 1) + k] = k < K ? score[r * K + k] : none[r];
  }
};
template <class S>
struct SplitLogits {
  const S* dlogits;
  S *dscore, *dnone;
  int K;
  CUSCHED_HD void operator()(int64_t r, int64_t k) const {
    const S d = dlogits[r * (K + 1) + k];
    if (k < K) {
      dscore[r * K + k] = d;
    } else {
      dnone[r] = d;
    }
  }
};

}  // namespace cusched
