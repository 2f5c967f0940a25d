// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "agents/gradient.h"
#include "agents/kernels/gae.h"
#include "agents/learner.h"

namespace cusched {

// What algorithms own that learn from their newest rollout: its values and advantages.
struct OnPolicy {
  AdvantageView view{};
  OnPolicyParams* params = nullptr;  // (P)
  int32_t* index = nullptr;          // (P, step.rows): storage rows of the running gradient step
  Sums<2>* advantage_partial = nullptr;  // (P, row_blocks)

  static std::vector<std::string> stat_names(const WarmStartConfig& warm);
  // Adds the memory to learner.own. Without log-probabilities view.log_prob stays null.
  void add_fields(Learner& learner, bool log_prob);
};

// Values of all observations (T + 1 rows and the final ones), reward scale, advantages, and the
// statistics of these. May be captured.
void compute_advantages(Learner& learner, const OnPolicy& own);

// Mean and deviation of the running gradient step's advantages, or 0 and 1.
void advantage_moments(Learner& learner, const OnPolicy& own, bool normalise);

// Forward passes of a gradient call: stage.logits and stage.value of the rows in own.index.
NetCall<float> forward_rows(const Learner& learner, const OnPolicy& own, const GradientCall& call);
// Backward passes from stage.dlogits and stage.dvalue.
void backward_rows(const Learner& learner, const NetCall<float>& net, const GradientCall& call);

}  // namespace cusched
