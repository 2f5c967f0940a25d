// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "envs/batch.h"
#include "envs/registry.h"

// Batches to test and records of what they write.
namespace cusched::contract {

// Settings under which an environment is tested.
struct Variant {
  std::string name;
  std::vector<EnvValue> values;
};

// Every preset that needs no file, and settings that reach what the presets do not.
std::vector<Variant> variants(const EnvEntry& env);

std::unique_ptr<Batch> make(const EnvEntry& env, const Variant& variant,
                            const BatchOptions& options);

// E environments, other options at their defaults.
BatchOptions lanes(int envs, uint64_t seed = 7);

// Index of a heuristic.
int heuristic(const Batch& batch, const std::string& name);

// Everything a rollout of T steps writes, on the host.
struct Record {
  std::vector<float> obs, reward, final_obs;  // (T, P, E, D), (T, P, E), (P, E, rows, D)
  std::vector<uint8_t> mask, done;            // (T, P, E, A), (T, P, E)
  std::vector<uint8_t> final_mask;            // (P, E, rows, A)
  std::vector<int32_t> elapsed_s, final_index, final_count, action;
  int final_rows = 0;

  bool operator==(const Record&) const = default;
  // The first array and element that differ, "" when all are equal.
  std::string difference(const Record& other) const;
};

// What reset() writes: a record of one step without rewards.
Record reset(Batch& batch);

// T steps chosen by a heuristic. `whole`: false leaves every buffer out but the actions.
Record rollout(Batch& batch, const std::string& heuristic, int steps, bool whole = true);

// The same with `final_rows` rows of a lane for final observations, in memory that has more.
Record rollout_with_rows(Batch& batch, const std::string& heuristic, int steps, int final_rows);

// T steps with given actions (T, P, E), one call of step() each; `pieces`: lanes of a call, 0 for
// the call that steps all lanes.
Record replay(Batch& batch, const std::vector<int32_t>& action, int pieces = 0);

// Names the first difference of two batches' states.
std::string state_difference(const Batch& a, const Batch& b);

}  // namespace cusched::contract
