// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/rows.h"

namespace cusched {

// Elementwise pieces of self-attention over candidates. A tile is (R, T, K): T queries of each of R
// rows against all K keys. A key that is not valid gets weight 0, and all do where none is valid.

// What the softmax's exponential is taken of: scale * (tile - its largest over valid keys); 0 for
// keys that are not valid. Not below -80, where exponentials leave float's normal range and cost
// forty times as much. Row = r * T + query, column unused.
template <class S>
struct AttentionLogits {
  S* tile;
  const uint8_t* valid;  // (R, K)
  S scale;
  int T, K;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)column;
    S* s = tile + row * K;
    const uint8_t* use = valid + row / T * K;
    bool any = false;
    S top = 0;
    for (int k = 0; k < K; ++k) {
      if (use[k] && (!any || s[k] > top)) top = s[k];
      any = any || use[k];
    }
    for (int k = 0; k < K; ++k) {
      const S v = (s[k] - top) * scale;
      s[k] = use[k] ? (v < S(-80) ? S(-80) : v) : S(0);
    }
  }
};

template <class S>
struct Exponential {
  S* x;  // (n)
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)row;
    x[column] = static_cast<S>(std::exp(x[column]));
  }
};

// Divides exponentials by their sum over valid keys. Row = r * T + query, column unused.
template <class S>
struct AttentionWeights {
  S* tile;
  const uint8_t* valid;  // (R, K)
  int T, K;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)column;
    S* p = tile + row * K;
    const uint8_t* use = valid + row / T * K;
    S total = 0;
    for (int k = 0; k < K; ++k) {
      p[k] = use[k] ? p[k] : S(0);
      total += p[k];
    }
    const S inverse = total > S(0) ? S(1) / total : S(0);
    for (int k = 0; k < K; ++k) p[k] *= inverse;
  }
};

// The gradient of the products behind a tile, in place of that of its weights p:
// ds = scale * p (dp - sum of p dp). Row = r * T + query, column unused.
template <class S>
struct AttentionLogitsGradient {
  const S* tile;  // p
  S* dtile;
  S scale;
  int K;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)column;
    const S* p = tile + row * K;
    S* d = dtile + row * K;
    S total = 0;
    for (int k = 0; k < K; ++k) total += p[k] * d[k];
    for (int k = 0; k < K; ++k) d[k] = scale * p[k] * (d[k] - total);
  }
};

// to (n) += from (n): a residual connection.
template <class S>
struct AddTo {
  const S* from;
  S* to;
  CUSCHED_HD void operator()(int64_t row, int64_t column) const {
    (void)row;
    to[column] += from[column];
  }
};

}  // namespace cusched
