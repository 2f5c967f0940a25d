// SPDX-License-Identifier: MIT
#pragma once

namespace cusched {

// A training that begins with the imitation of a heuristic (agents/warm_start.h). Shares are of the
// whole training, 0..1.
struct WarmStartConfig {
  int heuristic = -1;       // index into Batch::heuristics(); -1: none, a cold start
  double share = 0.15;      // of the training that the imitation may take
  double agreement = 0.99;  // with the heuristic on the policy's own states, which ends it before
  float smoothing = 0.03f;  // probability that the imitated policy leaves to other actions
  float anchor = 0.1f;  // coefficient of the pull to the heuristic afterwards, at first; 0: none
  double anchor_share = 0.3;  // of the training in which it falls to 0

  bool on() const { return heuristic >= 0; }
};

}  // namespace cusched
