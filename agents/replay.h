// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/field_list.h"
#include "agents/kernels/priority.h"
#include "agents/kernels/replay.h"
#include "envs/batch.h"

namespace cusched {

struct ReplayConfig {
  int64_t transitions = 0;  // kept per member; 0: kReplayDefault, or what fits in the memory
  int n_step = 1;
  bool prioritised = false;
  int64_t samples = 1;  // drawn of each member at a time
};
inline constexpr int64_t kReplayDefault = 1000000;

struct ReplaySizes {
  int64_t rows = 0;        // ring rows: kept steps of a lane, and one
  int64_t final_rows = 0;  // kept final observations of a lane
  int64_t bytes = 0;       // all members together
};
// Without a number of transitions the replay takes at most half of a GPU's memory, or an eighth of
// the machine's, where a checkpoint takes as much again: a share of what is there, not of what is
// free, so that a run can be repeated.
// `rollout_steps`: T of a rollout, which has to fit, with n_step more. Throws InputError
// ("replay-size") where it cannot.
ReplaySizes replay_sizes(const Batch& batch, const ReplayConfig& config, int64_t rollout_steps,
                         int64_t memory_bytes);

// What the members of a population saw, on their device.
class Replay {
 public:
  Replay(const Batch& batch, const Exec& exec, const ReplayConfig& config, int64_t rollout_steps);

  const ReplayView& view() const { return view_; }
  int64_t capacity() const { return (view_.rows - 1) * view_.envs; }  // transitions of a member
  // e.g. "replay: 1,000,448 transitions per member, 549.1 MiB".
  std::string note() const;

  // Takes a finished rollout. May be captured in a graph, as all that follow.
  void store(const RolloutView& data);
  // Draws transitions of each member: their storage rows and weights, (P, samples).
  void sample(int32_t* index, TdSample* sample, uint32_t seed, int member_offset,
              const LinearMove* beta, const Progress& progress);
  // New priorities from the TD errors of what was drawn. Prioritised replay only.
  void prioritise(const int32_t* index, const float* td_error, const float* alpha);

  // What of it is filled. Synchronise.
  void save(std::vector<uint8_t>& bytes) const;
  // Reads what save wrote, up to `end`; returns what follows. Throws InputError where it does not
  // fit.
  const uint8_t* load(const uint8_t* bytes, const uint8_t* end);

 private:
  struct Part {
    uint8_t* at;
    size_t bytes;
  };
  std::vector<Part> filled(int64_t head, int64_t finals) const;
  // Refuses what would make a sample lie outside of the replay. `bytes`: the filled parts.
  void check(const uint8_t* bytes, int64_t head, int64_t most_finals) const;
  void sum_tree();

  Exec exec_;
  ReplayConfig config_;
  int members_, obs_, actions_;
  ReplaySizes sizes_;
  ReplayView view_{};
  PriorityTree tree_{};
  double* largest_ = nullptr;        // (P): priority
  float* block_priority_ = nullptr;  // (P, blocks)
  FieldList fields_;
};

}  // namespace cusched
