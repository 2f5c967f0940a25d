// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

// Fragmentation of a node (FGD, Weng et al., ATC'23): the GPU milli that a pod, drawn from the
// typical pods m, could not use. F(node) = sum over m of freq_m * fragment_m, where the fragment is
// all free GPU milli when m is CPU-only or its model, CPU or GPUs do not fit, and else only what is
// free on GPUs with less left than m asks for.
namespace cusched::placement {

inline constexpr int kMaxGpus = 8;   // of a node
inline constexpr int kMilli = 1000;  // of a GPU
inline constexpr int kBestScore = 100;

struct NodeState {
  int32_t free_cpu_milli, free_memory_mib;
  int16_t left[kMaxGpus];         // free milli of each GPU; 0 where the node has none
  int16_t total, largest;         // sum and maximum of `left`
  uint8_t full, gpus;             // fully free GPUs; GPUs
  uint8_t model, cpu_rank;        // GPU model; typical CPU requests that fit in the free CPU
  int64_t usable;                 // FragView::weight * total - F: see FragView
  int32_t cpu_milli, memory_mib;  // capacity
  int32_t rank;                   // the lowest wins a heuristic's ties
  int32_t row;                    // in the list of nodes
};
static_assert(sizeof(NodeState) == 56, "a record has no padding: state is compared byte by byte");

struct TypicalPod {
  int32_t cpu_milli;
  int16_t milli, gpus;
  uint32_t models;  // bit i: model i will do; 0: any
  int32_t count;    // pods of the list
  double frequency;
};

// Everything in device memory; made by fragmentation.cpp. F is kept as an exact integer, scaled by
// `weight`, the number of pods behind the typical ones:
//   F * weight = weight * total - usable,
//   usable = sum over GPUs of left * share[model][cpu][milli] + 1000 * full *
//   whole[model][cpu][full]
// where `share` counts the one-GPU pods that fit in the CPU and in what the GPU has left, and
// `whole` the pods of 2..full GPUs that fit in the CPU.
struct FragView {
  const TypicalPod* typical;   // (typical_count)
  const int32_t* cpu_step;     // (cpu_steps) distinct CPU requests of typical pods, ascending
  const uint8_t* cpu_hint;     // (kHints) rank of CPU milli i << kHintShift
  const uint8_t* milli_rank;   // (kMilli + 1) distinct GPU requests up to that many milli
  const int32_t* share;        // (models + 1, cpu_steps + 1, milli_steps + 1)
  const int32_t* whole;        // (models + 1, cpu_steps + 1, kMaxGpus + 1)
  const double* score_at;      // (kBestScore + 1) milli: least decrease of F of each FGD score
  const int64_t* score_from;   // (kBestScore + 1) the same, scaled by `weight`
  const int64_t* score_doubt;  // (kBestScore + 1) scaled decreases whose score rounding decides
  int64_t weight;
  int32_t typical_count, cpu_steps, milli_steps;

  static constexpr int kHintShift = 9;
  static constexpr int kHints = 256;

  CUSCHED_HD int cpu_rank(int32_t cpu_milli) const {
    const int32_t slot = cpu_milli >> kHintShift;
    int rank = cpu_hint[slot < kHints ? slot : kHints - 1];
    while (rank < cpu_steps && cpu_step[rank] <= cpu_milli) ++rank;
    return rank;
  }

  // What typical pods could use of the node's GPUs, for a rank of its CPU.
  CUSCHED_HD const int32_t* share_row(int model, int rank) const {
    return share + (model * (cpu_steps + 1) + rank) * (milli_steps + 1);
  }
  CUSCHED_HD int64_t part(const int32_t* row, int left) const {
    return int64_t{left} * row[milli_rank[left]];
  }
  CUSCHED_HD int64_t whole_part(int model, int rank, int full) const {
    return int64_t{kMilli} * full * whole[(model * (cpu_steps + 1) + rank) * (kMaxGpus + 1) + full];
  }
  CUSCHED_HD int64_t usable_of(const NodeState& n, int rank) const {
    const int32_t* const row = share_row(n.model, rank);
    int64_t sum = whole_part(n.model, rank, n.full);
    for (int g = 0; g < n.gpus; ++g) sum += part(row, n.left[g]);
    return sum;
  }
  CUSCHED_HD int64_t scaled(const NodeState& n) const { return weight * n.total - n.usable; }

  // Brings the sums of a node up to date with its CPU and GPUs.
  CUSCHED_HD void refresh(NodeState& n) const {
    int total = 0, largest = 0, full = 0;
    for (int g = 0; g < n.gpus; ++g) {
      total += n.left[g];
      largest = n.left[g] > largest ? n.left[g] : largest;
      full += n.left[g] == kMilli ? 1 : 0;
    }
    n.total = static_cast<int16_t>(total);
    n.largest = static_cast<int16_t>(largest);
    n.full = static_cast<uint8_t>(full);
    n.cpu_rank = static_cast<uint8_t>(cpu_rank(n.free_cpu_milli));
    n.usable = usable_of(n, n.cpu_rank);
  }

  // F in milli as the reference adds it up, whose last digits decide ties: per typical pod, in
  // order, into one of seven sums, then these.
  CUSCHED_HD_NOINLINE double exact(const NodeState& n) const {
    double gpu_and_cpu_short = 0.0, gpu_short = 0.0, cpu_short = 0.0;
    double cpu_only = 0.0, cpu_only_short = 0.0, no_model = 0.0;
    for (int m = 0; m < typical_count; ++m) {
      const TypicalPod& t = typical[m];
      const bool cpu = n.free_cpu_milli >= t.cpu_milli;
      const double all = t.frequency * n.total;
      if (t.gpus == 0) {
        (cpu ? cpu_only : cpu_only_short) += all;
      } else if (t.models != 0 && (t.models >> n.model & 1) == 0) {
        no_model += all;
      } else {
        int fit = 0, too_small = 0;
        for (int g = 0; g < n.gpus; ++g) {
          fit += n.left[g] >= t.milli ? 1 : 0;
          too_small += n.left[g] < t.milli ? n.left[g] : 0;
        }
        if (fit < t.gpus) {
          (cpu ? gpu_short : gpu_and_cpu_short) += all;
        } else if (!cpu) {
          cpu_short += all;
        } else {
          gpu_short += t.frequency * too_small;
        }
      }
    }
    double sum = gpu_and_cpu_short;
    sum += gpu_short;
    sum += cpu_short;
    sum += cpu_only;
    sum += cpu_only_short;
    sum += no_model;
    return sum;
  }

  // trunc(100 * sigmoid(x / 1000)) of the decrease x of F from `before` to `after()`; `decrease`:
  // the same, scaled. Nearly always the integers decide. Where the exact decrease lies on a step
  // (mostly 0), the reference's rounding errors do.
  template <class After>
  CUSCHED_HD int score(const NodeState& before, int64_t decrease, const After& after) const {
    // A quotient of doubles is close enough to look near the right step.
    int k = score_hint(static_cast<double>(decrease) / static_cast<double>(weight));
    while (k < kBestScore && decrease >= score_from[k + 1]) ++k;
    while (k > 0 && decrease < score_from[k]) --k;
    if (decrease != score_doubt[k] && (k == kBestScore || decrease != score_doubt[k + 1])) return k;
    return exact_score(before, after(), k);
  }

 private:
  // Around the middle, where nearly all decreases lie, a step is 40 milli.
  CUSCHED_HD static int score_hint(double milli) {
    if (milli > 1000.0) return 73;
    if (milli < -1000.0) return 26;
    return 50 + static_cast<int>(milli * 0.023);
  }
  CUSCHED_HD_NOINLINE int exact_score(const NodeState& before, const NodeState& after,
                                      int k) const {
    const bool same =
        before.total == 0 || (before.total == after.total && before.cpu_rank == after.cpu_rank);
    const double x = same ? 0.0 : exact(before) - exact(after);
    while (k < kBestScore && x >= score_at[k + 1]) ++k;
    while (k > 0 && x < score_at[k]) --k;
    return k;
  }
};

}  // namespace cusched::placement
