// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/rows.h"
#include "cuda/team.h"

namespace cusched {

// Which running statistic each observation number belongs to: its own (mlp), or that of its global
// or candidate feature (pointer), over valid candidates.
struct ObsLayout {
  int slots, globals, features;  // K, G, F
  bool shared;                   // pointer
  CUSCHED_HD int obs() const { return globals + slots * features; }
  CUSCHED_HD int stats() const { return shared ? globals + features : obs(); }
  CUSCHED_HD int stat_of(int d) const {
    return !shared || d < globals ? d : globals + (d - globals) % features;
  }
  // A candidate is valid when any of its raw numbers is not zero.
  CUSCHED_HD bool valid(const float* obs, int k) const {
    const float* candidate = obs + globals + k * features;
    for (int f = 0; f < features; ++f)
      if (candidate[f] != 0) return true;
    return false;
  }
};

// Running mean and squared deviations of one statistic.
struct Moments {
  double count, mean, m2;
};

// Which raw observation feeds a row of a call: index[m * index_stride + r] (-1: none) or, without
// an index, base + m * member_rows + r.
struct ObsRows {
  const float* obs;
  const int32_t* index;
  int64_t index_stride, base, member_rows, rows;
  CUSCHED_HD int64_t at(int64_t row) const {
    const int64_t m = row / rows, r = row % rows;
    return index != nullptr ? index[m * index_stride + r] : base + m * member_rows + r;
  }
};

// x (M, rows, D) = clamp((raw - mean) / sqrt(var + 1e-8), -10, 10); zeros where there is no row.
// Row = m * rows + r.
struct NormaliseRow {
  ObsRows from;
  const float* mean;   // (M, D), one per observation number
  const float* scale;  // (M, D): 1 / sqrt(var + 1e-8)
  float* x;
  int obs;
  CUSCHED_HD void operator()(int64_t row, int64_t d) const {
    const int64_t at = from.at(row), s = row / from.rows * obs + d;
    x[row * obs + d] = at < 0 ? 0.0f : normalised(from.obs[at * obs + d], mean[s], scale[s]);
  }
  CUSCHED_HD static float normalised(float raw, float mean, float scale) {
    const float v = (raw - mean) * scale;
    return v < -10.0f ? -10.0f : (v > 10.0f ? 10.0f : v);
  }
  // For the CPU. The rows of a minibatch lie anywhere in memory: those needed soon are asked for
  // now.
  void whole_row(int64_t row) const {
    constexpr int64_t kAhead = 6, kLine = 16;  // rows; floats of a cache line
    if (from.index != nullptr && row % from.rows + kAhead < from.rows) {
      const int64_t soon = from.at(row + kAhead);
      for (int64_t d = 0; soon >= 0 && d < obs; d += kLine)
        __builtin_prefetch(from.obs + soon * obs + d);
    }
    const int64_t at = from.at(row), s = row / from.rows * obs;
    float* __restrict to = x + row * obs;
    if (at < 0) {
      for (int64_t d = 0; d < obs; ++d) to[d] = 0;
      return;
    }
    const float* __restrict raw = from.obs + at * obs;
    const float* __restrict m = mean + s;
    const float* __restrict f = scale + s;
    for (int64_t d = 0; d < obs; ++d) to[d] = normalised(raw[d], m[d], f[d]);
  }
};

// Marks the valid candidates and puts zeros back into the others. Row = m * rows + r, column = k.
struct MarkValid {
  ObsRows from;
  float* x;        // (M, rows, D), normalised
  uint8_t* valid;  // (M, rows, K)
  ObsLayout layout;
  CUSCHED_HD void operator()(int64_t row, int64_t k) const {
    const int64_t at = from.at(row);
    const int d = layout.obs(), slot = static_cast<int>(k);
    const bool valid_slot = at >= 0 && layout.valid(from.obs + at * d, slot);
    valid[row * layout.slots + k] = valid_slot ? 1 : 0;
    if (valid_slot) return;
    float* candidate = x + row * d + layout.globals + slot * layout.features;
    for (int f = 0; f < layout.features; ++f) candidate[f] = 0;
  }
};

// Count, sum and sum of squares of (raw - running mean) over blocks of kObsBlock samples:
// partial (P, blocks, stats, 3). Row = p * blocks + block, column = statistic. Sample s of member p
// is step s / E of environment s % E.
inline constexpr int64_t kObsBlock = 512;
struct ObsSums {
  const float* obs;        // (T, P, E, D)
  const Moments* moments;  // (P, stats)
  double* partial;
  int64_t samples, blocks;
  int members, envs;
  ObsLayout layout;

  CUSCHED_HD const float* sample(int64_t p, int64_t s) const {
    return obs + ((s / envs * members + p) * envs + s % envs) * layout.obs();
  }
  CUSCHED_HD static void add(double* out, float raw, double shift) {
    const double v = raw - shift;
    out[0] += 1;
    out[1] += v;
    out[2] += v * v;
  }
  CUSCHED_HD void operator()(int64_t row, int64_t c) const {
    const int64_t p = row / blocks, begin = row % blocks * kObsBlock;
    const int64_t end = begin + kObsBlock < samples ? begin + kObsBlock : samples;
    const double shift = moments[p * layout.stats() + c].mean;
    double out[3] = {0, 0, 0};
    for (int64_t s = begin; s < end; ++s) {
      const float* raw = sample(p, s);
      if (!layout.shared || c < layout.globals) {
        add(out, raw[c], shift);
        continue;
      }
      for (int k = 0; k < layout.slots; ++k)
        if (layout.valid(raw, k)) add(out, raw[c + k * layout.features], shift);
    }
    double* to = partial + (row * layout.stats() + c) * 3;
    for (int i = 0; i < 3; ++i) to[i] = out[i];
  }
};

// The same sums in the same order for one block, written for a CPU: samples outside, numbers
// inside.
struct ObsBlockSums {
  ObsSums sums;

  void operator()(int64_t row) const {
    const ObsLayout& layout = sums.layout;
    const int stats = layout.stats();
    const int64_t p = row / sums.blocks, begin = row % sums.blocks * kObsBlock;
    const int64_t end = begin + kObsBlock < sums.samples ? begin + kObsBlock : sums.samples;
    const Moments* moments = sums.moments + p * stats;
    double* out = sums.partial + row * stats * 3;
    const int own = layout.shared ? layout.globals : stats;
    for (int first = 0; first < own; first += kColumns)
      add_columns(p, begin, end, first, own - first < kColumns ? own - first : kColumns,
                  moments + first, out + first * 3);
    if (!layout.shared) return;
    for (int i = own * 3; i < stats * 3; ++i) out[i] = 0;
    for (int64_t s = begin; s < end; ++s) {
      const float* raw = sums.sample(p, s);
      for (int k = 0; k < layout.slots; ++k) {
        if (!layout.valid(raw, k)) continue;
        for (int c = own; c < stats; ++c)
          ObsSums::add(out + c * 3, raw[c + k * layout.features], moments[c].mean);
      }
    }
  }

 private:
  static constexpr int kColumns = 128;
  // Numbers first .. first + n - 1 of samples begin .. end - 1, in arrays of their own: vectors.
  void add_columns(int64_t p, int64_t begin, int64_t end, int first, int n, const Moments* moments,
                   double* out) const {
    double shift[kColumns], sum[kColumns], square[kColumns];
    for (int c = 0; c < n; ++c) {
      shift[c] = moments[c].mean;
      sum[c] = square[c] = 0;
    }
    for (int64_t s = begin; s < end; ++s) {
      const float* raw = sums.sample(p, s) + first;
      for (int c = 0; c < n; ++c) {
        const double v = raw[c] - shift[c];
        sum[c] += v;
        square[c] += v * v;
      }
    }
    for (int c = 0; c < n; ++c) {
      out[c * 3] = static_cast<double>(end - begin);
      out[c * 3 + 1] = sum[c];
      out[c * 3 + 2] = square[c];
    }
  }
};

// Adds samples with the given count, sum and sum of squares about the old mean (Chan et al. 1979).
CUSCHED_HD void merge_moments(Moments* moments, double count, double sum, double square) {
  if (count <= 0) return;
  const double total = moments->count + count, shift = sum / count;
  const double spread = square - sum * shift;
  moments->m2 += (spread > 0 ? spread : 0) + shift * shift * moments->count * count / total;
  moments->mean += shift * count / total;
  moments->count = total;
}

// Merges the blocks of an iteration into the running statistics. Team = p * stats + statistic.
struct MergeObsSums {
  const double* partial;  // (P, blocks, stats, 3)
  Moments* moments;       // (P, stats)
  int64_t blocks;
  int stats;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t p = i / stats, c = i % stats;
    const Sums<3> total = team.sum(blocks, [&](int64_t b) {
      const double* const from = partial + ((p * blocks + b) * stats + c) * 3;
      return Sums<3>{{from[0], from[1], from[2]}};
    });
    team.once([&] { merge_moments(moments + i, total.v[0], total.v[1], total.v[2]); });
  }
};

// What NormaliseRow reads, from the running statistics. Row = p, column = observation number.
struct FreezeMoments {
  const Moments* moments;
  float *mean, *scale;  // (P, D)
  ObsLayout layout;
  CUSCHED_HD void operator()(int64_t p, int64_t d) const {
    const Moments& m = moments[p * layout.stats() + layout.stat_of(static_cast<int>(d))];
    const int64_t i = p * layout.obs() + d;
    mean[i] = static_cast<float>(m.mean);
    const double var = m.count > 0 ? m.m2 / m.count : 1.0;
    scale[i] = static_cast<float>(1.0 / std::sqrt(var + 1e-8));
  }
};

}  // namespace cusched
