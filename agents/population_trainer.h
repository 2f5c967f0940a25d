// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agents/config_field.h"
#include "agents/learner.h"
#include "agents/trainer.h"
#include "agents/warm_start.h"
#include "cuda/graph.h"
#include "cuda/pinned.h"

namespace cusched {

// A part of an iteration. It only launches work on the learner's Exec: on CUDA it is captured in a
// graph and replayed.
struct Phase {
  const char* name;  // in profiles
  std::function<void()> run;
  // How often it runs in iteration i (from 0), known on the host; null: once.
  std::function<int64_t(int64_t)> times = nullptr;
};

// The trainer of all algorithms: an algorithm derives from it, says what memory it needs, adds its
// own arrays to learner.own and hands over its phases. The rest is here: iterations, graphs,
// statistics, checkpoints, policies.
class PopulationTrainer : public Trainer {
 public:
  void iterate() final;
  void set_done_share(double share) final;
  int64_t iterations() const final { return iterations_; }
  int64_t steps_per_iteration() const final;
  std::vector<PhaseGraph> graphs() const final;
  // Starts with the memory that the learner takes.
  std::vector<std::string> notes() const final;
  TrainStats stats() final;
  std::optional<WarmStartReport> warm_start() const final;
  std::vector<uint8_t> save() final;
  void load(const std::vector<uint8_t>& bytes) final;
  PolicyWeights policy(int member) override;

 protected:
  // Starts the environments.
  PopulationTrainer(Batch& batch, const Exec& exec, const NetworkConfig& network,
                    const LearnerConfig& config, const LearnerPlan& plan, uint64_t seed,
                    int member_offset);
  // Phases run in this order. A constructor ends with it.
  void set_phases(std::vector<Phase> phases);
  // Those of the stages before, where there is a warm start.
  void set_warm_phases(std::vector<Phase> imitation, std::vector<Phase> anchored);
  // Whether set_done_share matters: a linear schedule follows it, and what an algorithm has beside.
  virtual bool follows_clock() const { return learner.config.schedule == "linear"; }
  // Notes of the algorithm, after those of all.
  virtual std::vector<std::string> own_notes() const { return {}; }
  // What a resume needs besides the arrays of the learner; `bytes` has all of it. Synchronise.
  virtual void save_more(std::vector<uint8_t>& /*bytes*/) const {}
  virtual void load_more(const uint8_t* bytes, const uint8_t* end);

  Learner learner;
  WarmStart warm;

 private:
  struct Runner {
    Phase phase;
    Graph graph;
    bool warm = false;
  };
  void run_phase(Runner& runner, bool graphs);
  std::deque<Runner>& running() { return runners_[static_cast<size_t>(warm.stage())]; }

  std::array<std::deque<Runner>, 3> runners_;  // by WarmStage
  double clock_share_ = 0;                     // of set_done_share
  PinnedMemory host_stats_;
  int64_t iterations_ = 0;
};

// What a make_ function of an algorithm does first: checks the configuration, the fields that all
// algorithms share and its own (InputError names ALGORITHM.FIELD), and hands parallel loops to
// LibTorch's pool. Changes nothing in `config`, which its fields point into.
void prepare_trainer(const std::string& algorithm, LearnerConfig& config,
                     const std::vector<ConfigField>& own, int members);

}  // namespace cusched
