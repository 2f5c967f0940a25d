// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include "agents/kernels/attention.h"
#include "agents/networks.h"

namespace cusched {

// Scaled dot-product attention of each row's K candidates to its valid ones, in `heads` heads
// (Vaswani et al. 2017): qkv (M, rows, K, 3H) holds queries, keys and values; the result is
// (M, rows, K, H), zeros where no candidate is valid.
//
// The weights of kTile queries of each row are in memory at once, and the backward pass makes them
// again: memory grows with K, not with its square.
template <class S>
class SelfAttention {
 public:
  SelfAttention(int slots, int width, int heads)
      : K_(slots),
        H_(width),
        heads_(heads),
        T_(std::min(kTile, slots)),
        scale_(static_cast<S>(1 / std::sqrt(static_cast<double>(width / heads)))) {}

  // Numbers of a tile for each row: forward needs one tile, backward two.
  int64_t tile() const { return int64_t{T_} * K_; }

  void forward(const NetCall<S>& call, const S* qkv, S* seen, S* tile) const {
    for_tiles([&](int head, int first, int queries) {
      weigh(call, qkv, head, first, queries, tile);
      matrix_products<S>(call.on, call.on.total(), queries, width(), K_, Flip::kNo,
                         weights<const S>(tile, queries), Flip::kNo, part(qkv, kValues, head, 0),
                         false, of(seen, head, first));
    });
  }

  // dqkv is written, not added to.
  void backward(const NetCall<S>& call, const S* qkv, const S* dseen, S* dqkv, S* tiles) const {
    const Exec& exec = call.on.exec;
    const int64_t rows = call.on.total();
    S* const dtile = tiles + rows * tile();
    for_tiles([&](int head, int first, int queries) {
      const bool more = first > 0;  // keys and values gather from all tiles
      const auto p = weights<const S>(tiles, queries), ds = weights<const S>(dtile, queries);
      const auto dout = of(dseen, head, first);
      weigh(call, qkv, head, first, queries, tiles);
      matrix_products<S>(call.on, rows, K_, width(), queries, Flip::kYes, p, Flip::kNo, dout, more,
                         part(dqkv, kValues, head, 0));
      matrix_products<S>(call.on, rows, queries, K_, width(), Flip::kNo, dout, Flip::kYes,
                         part(qkv, kValues, head, 0), false, weights<S>(dtile, queries));
      for_rows<S>(exec, rows * queries, 1, AttentionLogitsGradient<S>{tiles, dtile, scale_, K_});
      matrix_products<S>(call.on, rows, queries, width(), K_, Flip::kNo, ds, Flip::kNo,
                         part(qkv, kKeys, head, 0), false, part(dqkv, kQueries, head, first));
      matrix_products<S>(call.on, rows, K_, width(), queries, Flip::kYes, ds, Flip::kNo,
                         part(qkv, kQueries, head, first), more, part(dqkv, kKeys, head, 0));
    });
  }

 private:
  static constexpr int kTile = 32;
  enum Part { kQueries, kKeys, kValues };

  int width() const { return H_ / heads_; }

  // A head's share of candidates first, first + 1, ... in qkv, and in a (rows, K, H) buffer.
  template <class P>
  Matrices<P> part(P* qkv, Part which, int head, int first) const {
    return {qkv + (int64_t{first} * 3 + which) * H_ + head * width(), 3 * int64_t{H_},
            int64_t{K_} * 3 * H_};
  }
  template <class P>
  Matrices<P> of(P* codes, int head, int first) const {
    return {codes + int64_t{first} * H_ + head * width(), H_, int64_t{K_} * H_};
  }
  template <class P>
  Matrices<P> weights(P* tile, int queries) const {
    return {tile, K_, int64_t{queries} * K_};
  }

  // f(head, first query, queries) for all tiles.
  template <class F>
  void for_tiles(const F& f) const {
    for (int head = 0; head < heads_; ++head)
      for (int first = 0; first < K_; first += T_) f(head, first, std::min(T_, K_ - first));
  }

  // The weights of a tile's queries: softmax over valid keys of q k^T / sqrt(width).
  void weigh(const NetCall<S>& call, const S* qkv, int head, int first, int queries,
             S* tile) const {
    const Exec& exec = call.on.exec;
    const int64_t rows = call.on.total(), each = rows * queries;
    matrix_products<S>(call.on, rows, queries, K_, width(), Flip::kNo,
                       part(qkv, kQueries, head, first), Flip::kYes, part(qkv, kKeys, head, 0),
                       false, weights<S>(tile, queries));
    for_rows<S>(exec, each, 1, AttentionLogits<S>{tile, call.valid, scale_, queries, K_});
    exponential(exec, each * K_, tile);
    for_rows<S>(exec, each, 1, AttentionWeights<S>{tile, call.valid, queries, K_});
  }

  int K_, H_, heads_, T_;
  S scale_;
};

}  // namespace cusched
