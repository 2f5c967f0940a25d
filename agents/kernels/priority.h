// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "agents/kernels/replay.h"
#include "agents/kernels/rows.h"
#include "agents/kernels/schedule.h"
#include "cuda/team.h"

namespace cusched {

// Proportional prioritised replay (Schaul et al. 2016): a transition is drawn with a probability
// proportional to its priority (|TD error| + kPriorityFloor)^alpha, which is what is stored; a new
// one has the largest priority its member ever had.
inline constexpr float kPriorityFloor = 1e-6f;

// Sums of priorities in a tree of 16 children a node. Each sum is made anew from its children, in
// order, so it does not depend on the history of changes and nothing drifts. Leaf row * envs + env
// of a member is the transition of ring row `row`; 0: it cannot be sampled.
struct PriorityTree {
  static constexpr int kFan = 16, kMaxLevels = 10;
  float* leaf;   // (P, leaves)
  double* node;  // (P, nodes): the lowest level first, the root last
  int64_t leaves, nodes;
  int64_t begin[kMaxLevels], size[kMaxLevels];  // of a level in node
  int levels;                                   // of nodes, at least 1

  void shape(int64_t leaf_count) {
    leaves = leaf_count;
    nodes = levels = 0;
    int64_t below = leaf_count;
    do {
      begin[levels] = nodes;
      size[levels] = below = (below + kFan - 1) / kFan;
      nodes += below;
      ++levels;
    } while (below > 1);
  }
  CUSCHED_HD double total(int64_t p) const { return node[p * nodes + nodes - 1]; }
  // What a level is made of: children of level 0 are leaves.
  CUSCHED_HD double child(int64_t p, int level, int64_t i) const {
    return level == 0 ? double{leaf[p * leaves + i]} : node[p * nodes + begin[level - 1] + i];
  }
  CUSCHED_HD int64_t children(int level) const { return level == 0 ? leaves : size[level - 1]; }
  CUSCHED_HD void refresh(int64_t p, int level, int64_t i) const {
    const int64_t first = i * kFan, all = children(level);
    const int64_t end = first + kFan < all ? first + kFan : all;
    double sum = 0;
    for (int64_t c = first; c < end; ++c) sum += child(p, level, c);
    node[p * nodes + begin[level] + i] = sum;
  }
  // The leaf whose share of [0, total) holds `target`. Never one of priority 0 while the total is
  // positive: rounding may leave the target above the last sum, then it is the last one with any.
  CUSCHED_HD int64_t find(int64_t p, double target) const {
    int64_t at = 0;
    for (int level = levels - 1; level >= 0; --level) {
      const int64_t first = at * kFan, all = children(level);
      const int64_t end = first + kFan < all ? first + kFan : all;
      at = -1;
      int64_t last = first;
      for (int64_t c = first; c < end && at < 0; ++c) {
        const double sum = child(p, level, c);
        if (!(sum > 0)) continue;
        last = c;
        if (target < sum) {
          at = c;
        } else {
          target -= sum;
        }
      }
      if (at < 0) {
        at = last;
        target = 1e300;
      }
    }
    return at;
  }
};

// Priorities after a rollout of `steps` steps was stored: the largest for transitions whose n steps
// are complete now, 0 for those that wait and for what was overwritten. These are the ring rows of
// times head - span() + 1 .. head. Index = (p * span() + k) * envs + env.
struct OpenPriorities {
  ReplayView replay;
  PriorityTree tree;
  const double* largest;  // (P)
  int64_t steps;
  int n_step;
  CUSCHED_HD int64_t span() const { return steps + n_step; }
  // Ring row of the k-th of those times; -1: before the first.
  CUSCHED_HD int64_t row(int64_t k) const {
    const int64_t time = replay.counters->head - span() + 1 + k;
    return time < 0 ? -1 : time % replay.rows;
  }
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / (span() * replay.envs), k = i / replay.envs % span();
    const int64_t at = row(k);
    if (at < 0) return;
    tree.leaf[p * tree.leaves + at * replay.envs + i % replay.envs] =
        k < steps ? static_cast<float>(largest[p]) : 0.0f;
  }
};

// The sums of one level over those leaves. Index = (p * span() + k) * width + j, where width() is
// the most nodes of that level that a ring row touches. Neighbouring rows may share a node: both
// write the same sum. (On the CPU one thread does a member's.)
struct SumOpened {
  OpenPriorities opened;
  int level;
  int64_t stretch;  // leaves under a node of this level: kFan^(level + 1)
  CUSCHED_HD int64_t width() const { return (opened.replay.envs - 1) / stretch + 2; }
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t envs = opened.replay.envs, p = i / (opened.span() * width());
    const int64_t row = opened.row(i / width() % opened.span());
    if (row < 0) return;
    const int64_t node = row * envs / stretch + i % width();
    if (node <= ((row + 1) * envs - 1) / stretch) opened.tree.refresh(p, level, node);
  }
};

// All sums of a level. Row = p, column = node.
struct SumLevel {
  PriorityTree tree;
  int level;
  CUSCHED_HD void operator()(int64_t p, int64_t i) const { tree.refresh(p, level, i); }
};

// A minibatch of each member: the total is cut into equal pieces, and one is drawn from each.
// Index = p * samples + r. Rows come in ascending order of their leaves.
struct SamplePrioritised {
  ReplayView replay;
  PriorityTree tree;
  int32_t* index;    // (P, samples): storage rows
  TdSample* sample;  // (P, samples): the weight takes the priority
  int64_t samples;
  uint32_t seed;
  int member_offset;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / samples, r = i % samples;
    const Philox4 bits =
        replay_draw(*replay.counters, seed, static_cast<uint32_t>(member_offset + p), r);
    const double unit =
        (static_cast<double>(bits.v[0]) + static_cast<double>(bits.v[1]) / 4294967296.0) /
        4294967296.0;
    const double piece = (static_cast<double>(r) + unit) / static_cast<double>(samples);
    const int64_t leaf = tree.find(p, piece * tree.total(p));
    const int64_t row = leaf / replay.envs, env = leaf % replay.envs;
    index[i] = static_cast<int32_t>(row * replay.lanes + p * replay.envs + env);
    sample[i].weight = tree.leaf[p * tree.leaves + leaf];
  }
};

// Smallest priority of a minibatch over blocks of kSumBlock samples: partial (P, blocks). Team =
// p * blocks + block.
struct SmallestPriority {
  const TdSample* sample;
  float* partial;
  int64_t samples, blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t begin = i % blocks * kSumBlock;
    const TdSample* const from = sample + i / blocks * samples + begin;
    const float most = team.most(begin + kSumBlock < samples ? kSumBlock : samples - begin, 0.0f,
                                 [&](int64_t r) { return -from[r].weight; });
    team.once([&] { partial[i] = -most; });
  }
};

// Importance weights (N P(i))^-beta, divided by the largest of the minibatch, which is that of the
// smallest priority: (smallest / priority)^beta. Index = p * samples + r.
struct ImportanceWeights {
  TdSample* sample;
  const float* partial;    // (P, blocks)
  const LinearMove* beta;  // (P)
  Progress progress;
  int64_t samples, blocks;
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = i / samples;
    float least = partial[p * blocks];
    for (int64_t b = 1; b < blocks; ++b) {
      const float v = partial[p * blocks + b];
      least = v < least ? v : least;
    }
    sample[i].weight = std::pow(least / sample[i].weight, beta[p].at(progress.done()));
  }
};

// Puts the new priorities of a minibatch. Samples that are there several times are neighbours, and
// the first one's error counts. Index = p * samples + r.
struct PutPriorities {
  ReplayView replay;
  PriorityTree tree;
  const int32_t* index;   // (P, samples)
  const float* td_error;  // (P, samples)
  const float* alpha;     // (P)
  int64_t samples;
  CUSCHED_HD int64_t leaf_of(int64_t i) const {
    return index[i] / replay.lanes * replay.envs + index[i] % replay.lanes % replay.envs;
  }
  CUSCHED_HD float priority(int64_t i) const {
    const float error = std::fabs(td_error[i]);
    // An error that is not finite must not poison the sums.
    return error < 1e15f ? std::pow(error + kPriorityFloor, alpha[i / samples]) : 1.0f;
  }
  CUSCHED_HD void operator()(int64_t i) const {
    if (i % samples > 0 && index[i] == index[i - 1]) return;
    tree.leaf[i / samples * tree.leaves + leaf_of(i)] = priority(i);
  }
};

// The sums of one level over those leaves. Index = p * samples + r; equal nodes get equal sums.
struct SumPut {
  PutPriorities put;
  int level;
  int64_t stretch;  // as in SumOpened
  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t node = put.leaf_of(i) / stretch;
    if (i % put.samples > 0 && put.leaf_of(i - 1) / stretch == node) return;
    put.tree.refresh(i / put.samples, level, node);
  }
};

// Largest priority ever: of blocks of kSumBlock samples, then of a member. Team = p * blocks +
// block, and p.
struct LargestOfBlock {
  PutPriorities put;
  float* partial;  // (P, blocks)
  int64_t blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t i) const {
    const int64_t begin = i % blocks * kSumBlock, first = i / blocks * put.samples + begin;
    const float most = team.most(begin + kSumBlock < put.samples ? kSumBlock : put.samples - begin,
                                 0.0f, [&](int64_t r) { return put.priority(first + r); });
    team.once([&] { partial[i] = most; });
  }
};
struct RaiseLargest {
  const float* partial;  // (P, blocks)
  double* largest;       // (P)
  int64_t blocks;
  template <class Team>
  CUSCHED_HD void operator()(const Team& team, int64_t p) const {
    const float most = team.most(blocks, 0.0f, [&](int64_t b) { return partial[p * blocks + b]; });
    team.once([&] { largest[p] = most > largest[p] ? double{most} : largest[p]; });
  }
};

}  // namespace cusched
