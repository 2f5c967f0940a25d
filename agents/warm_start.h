// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/gradient.h"
#include "agents/kernels/imitation.h"
#include "agents/learner.h"
#include "agents/on_policy.h"
#include "agents/rollout.h"
#include "agents/warm_start_report.h"

namespace cusched {

// The memory and the work of a warm start. A trainer has one, which does nothing where the
// configuration has none. Host calls come between iterations; launches may be captured.
class WarmStart {
 public:
  explicit WarmStart(Learner& learner);

  bool on() const { return config_.on(); }
  WarmStage stage() const { return report_.stage; }
  const WarmStartReport& report() const { return report_; }
  // Names of its statistics in a plan, after the algorithm's own: none where it is off.
  static std::vector<std::string> stat_names(const WarmStartConfig& config);
  // Adds its memory to learner.own; `stat`: of the first of its statistics among the algorithm's
  // own.
  void add_fields(int stat);
  // After learner.own has memory.
  void start();

  // ---- Work of an iteration ----
  // After the policy chose the actions of those lanes: labels, agreement and, in an imitation, the
  // heuristic's actions for its lanes.
  void label(const ChoiceCall& call);
  // Before an anchored iteration's gradient steps: learning rates and anchor.
  void set_rates();
  // Loss and backward input of an imitated row in place of the algorithm's (stage.terms too).
  void imitate(const OnPolicy& own, const GradientCall& call) const;
  // Adds the pull to a policy loss's stage.dlogits.
  void pull(const OnPolicy& own, const GradientCall& call) const;
  // The rows of a gradient call with labels; `sample` null: every row counts.
  LabelledRows rows(const GradientCall& call, const int32_t* index,
                    const PolicySample<float>* sample) const;
  const float* anchor() const { return anchor_; }
  // At the end of an iteration.
  void write_stats();

  // ---- Between iterations ----
  // After `iterations`, of which `clock_share` of the time is gone: goes to the next stage where it
  // is due, true then. Synchronises while it imitates.
  bool advance(int64_t iterations, double clock_share);

  // What a resume needs. load throws InputError where the bytes are no such state.
  std::vector<uint8_t> save() const;
  void load(const uint8_t* bytes, size_t size);

 private:
  double done(int64_t iterations, double clock_share) const;
  void end_imitation(double done);
  void restore_rates();

  Learner& learner_;
  WarmStartConfig config_;
  WarmStartReport report_;
  double begin_done_ = 0;  // share of the training when the imitation ended
  std::vector<double> base_rate_;
  int stat_ = 0;
  int32_t* label_ = nullptr;                   // (T, P, E)
  Agreement* agreement_ = nullptr;             // (T, P, E)
  double *begin_ = nullptr, *rate_ = nullptr;  // (1), (P)
  float* anchor_ = nullptr;                    // (1)
};

}  // namespace cusched
