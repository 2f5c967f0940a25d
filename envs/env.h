// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/batch.h"

// The contract of an environment, as a tutorial. A file envs/NAME.h whose line begins with
// CUSCHED_ENVIRONMENT(Name) is found by the build, which generates its back ends, its entry in the
// registry and its tests. It declares a struct with:
//
// - Caps: static shapes shared by all members: K, capacities. Trivially copyable.
// - Params: parameters of one member, immutable while a batch lives. Trivially copyable.
// - Columns: base pointers of the state's columns [lane][n]; visit_fields names each once,
//   visit_totals those that are sums over ended episodes, int64. The batch sums these over the
//   lanes of a member (below 2^63), hands the sums to `stats` and `episode_values`, clears them.
// - Facts: integers that say what a step did; reward terms are functions of them.
// - View: one lane's state, read-only, for heuristics; `items` are what can be chosen.
// - Lane<G>: the dynamics of one lane, served by a Group G (cuda/group.h). Where they stand in
//   envs/NAME_lane.h, a change of them compiles only the kernels again. A reset starts from columns
//   that are all zeros; an episode after another finds what that left and sets what it reads.
// - build: option values -> caps, parameters, shape and schema.
// - metrics, start_times: one lane's episode -> the metrics of a report, from the columns that
//   metric_columns() names; the pointers of all others are null.
//
// All of these are required. Where a state has indices or counts, build gives Built::check, so that
// no checkpoint makes them point anywhere else. Where they make sense: placements (as start_times,
// where the pods went), cluster (one lane's nodes, from columns and parameters in device memory),
// episode_jobs and queue (one lane's, from the columns of metric_columns() and queue_columns()),
// Lane::action_of, the action 0..K - 1 of an item that says more than an action can, and
// Lane::begin_choice and end_choice, around the choice of a heuristic (envs/lane.h).
namespace cusched {

struct Objective;  // envs/objective.h
struct Preset;     // envs/preset.h

// Stands in an environment's header; the build looks for the line.
#define CUSCHED_ENVIRONMENT(Type) static_assert(::cusched::Environment<Type>)

// One setting of an environment: a YAML key and a flag of the same name.
struct EnvOption {
  std::string name;                     // e.g. "horizon_s"
  std::string default_value;            // as text
  std::string help;                     // with the unit
  bool is_list = false;                 // of texts with commas between them, e.g. one per member
  bool is_file = false;                 // may name a file, or a list of them
  std::vector<std::string> words = {};  // what it may be, or a list may hold, where that is closed
};

// A value given by the user and where it stands ("run.yaml:7" or "--horizon_s").
struct EnvValue {
  std::string name, value, where;
  bool trained = false;  // taken over from a policy's training, not given now
};

// Places host bytes in the batch's device memory for as long as the batch lives; null for none.
using Upload = std::function<const void*(const void* data, size_t bytes)>;

// What Env::build makes of the options.
template <class Env>
struct Built {
  typename Env::Caps caps;
  std::vector<typename Env::Params> params;  // one per member
  BatchShape shape;
  int32_t tick_s = 0;
  int64_t min_episode_steps = 1;  // no episode is truncated in fewer steps (stagger aside)
  std::string schema_json;        // Batch::schema_json
  // Of the objective in force; a term that it does not name weighs 0.
  std::map<std::string, float> reward_weights;
  std::vector<std::string> notes;                // for the user: what was dropped or changed
  std::vector<std::string> pod_names, episodes;  // Batch::pod_names, Batch::episodes
  std::vector<std::string> gpu_models;           // ClusterState::gpu_models
  std::vector<InputPart> inputs;                 // Batch::inputs: settings and contents of files
  WorkloadSummary summary;                       // Batch::summary
  // Absolute submit times of a trace's jobs; empty for generators. Env::queue then gives the row of
  // the window's first job as QueueState::origin_s.
  std::vector<int64_t> trace_submit;
  // What is wrong with a member's lane, e.g. "queue_size is 9, not 0 to 8"; "" where nothing is.
  // `lane`: columns in host memory, which may come from a file. Everything that the dynamics use
  // as an index or a count has to be right afterwards. Null: nothing is checked.
  std::function<std::string(const typename Env::Columns& lane, int member)> check;
};

// Key of an episode's draws.
struct LaneKeys {
  RngKey lane;    // everything but the workload
  RngKey stream;  // the workload: member 0 when comparisons are paired
};

template <class Env>
concept Environment = requires {
  { Env::kName } -> std::convertible_to<const char*>;
  { Env::kVersion } -> std::convertible_to<int>;
  typename Env::View;
  requires std::is_trivially_copyable_v<typename Env::Caps>;
  requires std::is_trivially_copyable_v<typename Env::Params>;
  requires std::is_trivially_copyable_v<typename Env::Columns>;
  requires std::is_trivially_copyable_v<typename Env::Facts>;
  { Env::options() } -> std::same_as<std::vector<EnvOption>>;
  { Env::presets() } -> std::same_as<std::vector<Preset>>;
  { Env::objectives() } -> std::same_as<std::vector<Objective>>;
  { Env::stat_names() } -> std::same_as<std::vector<std::string>>;
  { Env::episode_names() } -> std::same_as<std::vector<std::string>>;
  { Env::metric_names() } -> std::same_as<std::vector<std::string>>;
  { Env::metric_columns() } -> std::same_as<std::vector<std::string>>;
};

// A reward term serves an environment when it takes its facts.
template <class Term, class Env>
concept RewardOf = requires(const typename Env::Facts& facts) {
  { Term::value(facts) } -> std::same_as<float>;
};

// A heuristic serves an environment by a score of an item (the lowest allowed one is taken, the
// first on ties; nothing when none is allowed) ...
template <class Heuristic, class Env>
concept ScoreOf = requires(const typename Env::View& view) {
  { Heuristic::score(view, 0) } -> std::same_as<double>;
};
// ... or by a choice, -1 for none, by all threads of a group together. `scratch`: Env's work space;
// `random`: four fresh random words for each step.
template <class Heuristic, class Env, class Group>
concept ChoiceOf = requires(const Group& g, const typename Env::View& view, int32_t* scratch,
                            const Philox4& random) {
  { Heuristic::choose(g, view, scratch, random) } -> std::same_as<int>;
};

}  // namespace cusched
