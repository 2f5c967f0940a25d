// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/policy.h"
#include "agents/warm_start_report.h"
#include "cuda/graph.h"

namespace cusched {

// Statistics of the latest finished iteration, per member, e.g. "policy_loss", "grad_norm",
// "learning_rate", "reward_mean".
struct TrainStats {
  std::vector<std::string> names;
  std::vector<float> values;  // (P, names)
};

// A part of an iteration whose graph was captured, e.g. "rollout", and what a replay does.
struct PhaseGraph {
  std::string name;
  GraphStats stats;
};

// A population of P members that learn on one Batch. P = 1 is the same code.
class Trainer {
 public:
  virtual ~Trainer() = default;

  // One iteration: rollout, then gradient steps. On CUDA it only replays graphs: no
  // synchronisation, no device-to-host copy; while a warm start imitates, one after it.
  virtual void iterate() = 0;
  // Share of the training that lies behind, 0 to 1, by the clock: what a linear schedule without a
  // number of steps follows. Asynchronous.
  virtual void set_done_share(double) {}
  virtual int64_t iterations() const = 0;
  virtual int64_t steps_per_iteration() const = 0;  // environment steps, all members together

  // How the training's imitation of a heuristic goes; nothing where it began cold.
  virtual std::optional<WarmStartReport> warm_start() const { return std::nullopt; }

  // What the user should know of the training, e.g. how large its replay is.
  virtual std::vector<std::string> notes() const { return {}; }

  // Parts of an iteration on CUDA, from the third iteration on; empty where none is captured.
  virtual std::vector<PhaseGraph> graphs() const { return {}; }

  // Synchronises; call it every so often, not every iteration.
  virtual TrainStats stats() = 0;

  // Everything a bit-equal resume needs, environments included. Synchronise.
  virtual std::vector<uint8_t> save() = 0;
  virtual void load(const std::vector<uint8_t>& bytes) = 0;

  virtual PolicyWeights policy(int member) = 0;
};

}  // namespace cusched
