// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cuda/arena.h"
#include "cuda/error.h"
#include "envs/batch.h"
#include "envs/batch_view.h"
#include "envs/env.h"
#include "envs/member_totals.h"
#include "envs/registry.h"

namespace cusched {

// Everything of a Batch that does not depend on the back end. A back end launches functors.
template <class Env>
class BatchImpl : public Batch {
 public:
  BatchImpl(const std::vector<EnvValue>& values, const BatchOptions& options)
      : options_(checked(options)), totals_(options.device, options.members, options.envs) {
    built_ = Env::build(values, options,
                        [this](const void* data, size_t bytes) { return place(data, bytes); });
    built_.shape.members = options.members;
    built_.shape.envs = options.envs;
    const int64_t lanes = built_.shape.lanes();
    Env::visit_fields(columns_, built_.caps, [&]<class T>(const char* name, T*&, int n) {
      arena_.add(name, sizeof(T), n);
    });
    arena_.allocate(options.device, lanes);
    columns_ = columns_at(arena_.base(0));
    params_ = static_cast<const typename Env::Params*>(
        place(built_.params.data(), built_.params.size() * sizeof(typename Env::Params)));
    weights_ =
        DeviceMemory(options.device,
                     sizeof(float) * entry_.reward_terms.size() * options.members + sizeof(float));
    std::vector<float> weights(entry_.reward_terms.size());
    for (size_t term = 0; term < weights.size(); ++term) {
      const auto named = built_.reward_weights.find(entry_.reward_terms[term]);
      if (named != built_.reward_weights.end()) weights[term] = named->second;
    }
    set_reward_weights(weights);
    add_inputs();
  }

  const BatchShape& shape() const override { return built_.shape; }
  const std::string& name() const override { return entry_.name; }
  Device device() const override { return options_.device; }
  const std::vector<std::string>& heuristics() const override { return entry_.heuristics; }
  const std::vector<std::string>& reward_terms() const override { return entry_.reward_terms; }
  const std::vector<std::string>& stat_names() const override { return entry_.stats; }
  const std::vector<std::string>& notes() const override { return built_.notes; }
  const std::vector<InputPart>& inputs() const override { return built_.inputs; }
  const std::vector<std::string>& pod_names() const override { return built_.pod_names; }
  const std::vector<std::string>& episodes() const override { return built_.episodes; }
  const WorkloadSummary& summary() const override { return built_.summary; }
  int32_t tick_s() const override { return built_.tick_s; }
  std::string schema_json() const override { return built_.schema_json; }

  int64_t max_truncations(int64_t steps) const override {
    // A staggered first episode may end at once.
    return std::min(steps, steps / built_.min_episode_steps + 2);
  }

  void set_reward_weights(const std::vector<float>& weights) override {
    const size_t terms = entry_.reward_terms.size();
    std::vector<float> all(terms * options_.members);
    CUSCHED_CHECK(weights.size() == terms || weights.size() == all.size(),
                  "reward weights are one list for all members, or one per member");
    for (size_t i = 0; i < all.size(); ++i) all[i] = weights[i % weights.size()];
    for (float w : all)
      if (!std::isfinite(w))
        throw InputError("reward weights", "a weight is not a finite number", "Give a number");
    const Exec exec{options_.device, nullptr};
    copy_bytes(exec, weights_.data(), all.data(), all.size() * sizeof(float));
    synchronize(exec);
    weights_in_force_ = std::move(all);
  }

  std::vector<float> reward_weights() const override { return weights_in_force_; }

  BatchStats take_stats(const Exec& exec) override {
    return totals_.take(exec, columns_, built_.params);
  }

  bool all_ended(const Exec& exec) const override {
    std::vector<uint32_t> episodes(static_cast<size_t>(arena_.lanes()));
    copy_bytes(exec, episodes.data(), columns_.episode, episodes.size() * sizeof(uint32_t));
    synchronize(exec);
    return std::all_of(episodes.begin(), episodes.end(), [](uint32_t e) { return e > 0; });
  }

  EpisodeMetrics episode_metrics(const Exec& exec) const override {
    const HostColumns episode = read_columns(exec, is_metric_column);
    const std::vector<std::string> names = Env::metric_names();
    EpisodeMetrics out{names, std::vector<double>(names.size() * arena_.lanes())};
    for (int64_t lane = 0; lane < arena_.lanes(); ++lane)
      Env::metrics(lane_columns(episode.columns, lane), built_.caps,
                   built_.params[lane / options_.envs], out.values.data() + lane * names.size());
    return out;
  }

  std::vector<std::vector<int32_t>> start_times(const Exec& exec) const override {
    const HostColumns episode = read_columns(exec, is_metric_column);
    std::vector<std::vector<int32_t>> times;
    for (int64_t lane = 0; lane < arena_.lanes(); ++lane)
      times.push_back(Env::start_times(lane_columns(episode.columns, lane), built_.caps));
    return times;
  }

  std::vector<std::vector<PodPlacement>> placements(const Exec& exec) const override {
    std::vector<std::vector<PodPlacement>> placed;
    if constexpr (requires(const typename Env::Columns& c) { Env::placements(c, built_.caps); }) {
      const HostColumns episode = read_columns(exec, is_metric_column);
      for (int64_t lane = 0; lane < arena_.lanes(); ++lane)
        placed.push_back(Env::placements(lane_columns(episode.columns, lane), built_.caps));
    }
    return placed;
  }

  ClusterState cluster(const Exec& exec, int64_t lane) const override {
    ClusterState state;
    if constexpr (requires { Env::cluster(exec, columns_, built_.caps, built_.params[0]); }) {
      state = Env::cluster(exec, lane_columns(columns_, lane), built_.caps,
                           built_.params[lane / options_.envs]);
      state.gpu_models = built_.gpu_models;
    }
    return state;
  }

  std::vector<EpisodeJobs> episode_jobs(const Exec& exec) const override {
    std::vector<EpisodeJobs> episodes;
    if constexpr (requires(const typename Env::Columns& c) { Env::episode_jobs(c, built_.caps); }) {
      const HostColumns episode = read_columns(exec, is_metric_column);
      for (int64_t lane = 0; lane < arena_.lanes(); ++lane)
        episodes.push_back(Env::episode_jobs(lane_columns(episode.columns, lane), built_.caps));
    }
    return episodes;
  }

  QueueState queue(const Exec& exec, int64_t lane) const override {
    QueueState state;
    if constexpr (requires { Env::queue_columns(); }) {
      const std::vector<std::string> names = Env::queue_columns();
      const HostColumns columns = read_columns(exec, [&](const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
      });
      state = Env::queue(lane_columns(columns.columns, lane), built_.caps,
                         built_.params[lane / options_.envs]);
      if (!built_.trace_submit.empty() && state.origin_s >= 0)
        state.origin_s = built_.trace_submit[static_cast<size_t>(state.origin_s)];
    }
    return state;
  }

  size_t state_bytes() const override { return arena_.bytes(); }
  std::vector<uint8_t> snapshot(const Exec& exec) const override { return arena_.snapshot(exec); }
  void restore(const Exec& exec, const std::vector<uint8_t>& bytes) override {
    check_snapshot(bytes);
    arena_.restore(exec, bytes);
  }
  std::vector<uint64_t> hashes(const Exec& exec) const override {
    return arena_.hashes(arena_.snapshot(exec));
  }
  std::string diff(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const override {
    return arena_.diff(a, b);
  }

 protected:
  BatchView<Env> view() const {
    BatchView<Env> v{};
    v.columns = columns_;
    v.caps = built_.caps;
    v.params = params_;
    v.reward_weights = static_cast<const float*>(weights_.data());
    v.envs = options_.envs;
    v.obs = built_.shape.obs();
    v.actions = built_.shape.actions();
    v.window = options_.whole_queue ? INT32_MAX : built_.shape.slots;
    v.seed = static_cast<uint32_t>(options_.seed ^ (options_.seed >> 32));
    v.member_offset = static_cast<uint32_t>(options_.member_offset);
    v.env_offset = static_cast<uint32_t>(options_.env_offset);
    v.paired = options_.paired;
    v.single_episode = options_.single_episode;
    return v;
  }
  // As view(), for a heuristic that changes nothing: it sees what a policy does, and its work space
  // is no part of the state.
  BatchView<Env> suggest_view() {
    BatchView<Env> v = view();
    v.window = built_.shape.slots;
    if constexpr (requires { v.columns.heuristic_scratch; }) {
      std::call_once(scratch_once_, [&] {
        for (const FieldInfo& field : arena_.fields())
          if (field.name == "heuristic_scratch")
            scratch_ = DeviceMemory(options_.device, field.lane_bytes() * arena_.lanes());
        fill_bytes({options_.device, nullptr}, scratch_.data(), 0, scratch_.size());
        synchronize({options_.device, nullptr});
      });
      v.columns.heuristic_scratch = static_cast<int32_t*>(scratch_.data());
    }
    return v;
  }
  // A reset defines all of the state: an episode writes what it uses, and what it does not use is
  // hashed, compared and saved as well.
  void clear(const Exec& exec) { arena_.clear(exec); }
  const BatchOptions& options() const { return options_; }
  int64_t lanes() const { return arena_.lanes(); }

  void check_heuristic(int heuristic) const {
    CUSCHED_CHECK(heuristic >= 0 && heuristic < static_cast<int>(entry_.heuristics.size()),
                  "there is no heuristic number " + std::to_string(heuristic));
  }

 private:
  static const BatchOptions& checked(const BatchOptions& options) {
    CUSCHED_CHECK(options.members > 0 && options.envs > 0,
                  "a batch needs at least one member and one environment");
    return options;
  }

  // What an environment does not have to say of itself.
  void add_inputs() {
    ContentHash terms, layout;
    size_t lane_bytes = 0;
    for (const std::string& term : entry_.reward_terms) terms.add(term);
    for (const FieldInfo& field : arena_.fields()) {
      layout.add(field.name).add(field.element_bytes).add(field.per_lane);
      lane_bytes += field.lane_bytes();
    }
    std::vector<InputPart>& inputs = built_.inputs;
    inputs.push_back({kEnvironment, entry_.name + " version " + std::to_string(entry_.version)});
    inputs.push_back({"list of reward terms",
                      count_text(static_cast<int64_t>(entry_.reward_terms.size()), "term"),
                      terms.text()});
    inputs.push_back({kStateLayout,
                      count_text(static_cast<int64_t>(lane_bytes), "byte") + " of a lane",
                      layout.text()});
  }

  void check_snapshot(const std::vector<uint8_t>& bytes) const {
    if (bytes.size() != arena_.bytes())
      throw InputError("checkpoint, state of the environments",
                       "has " + std::to_string(bytes.size()) + " bytes, this run's has " +
                           std::to_string(arena_.bytes()),
                       "Use the environment, sizes and capacities it was saved with");
    if (!built_.check) return;
    // Read only.
    const typename Env::Columns columns = columns_at(const_cast<uint8_t*>(bytes.data()));
    for (int64_t lane = 0; lane < lanes(); ++lane) {
      const std::string problem =
          built_.check(lane_columns(columns, lane), static_cast<int>(lane / options_.envs));
      if (!problem.empty())
        throw InputError("checkpoint, state of environment " + std::to_string(lane), problem,
                         "The file is damaged, or of another program: use another checkpoint, or "
                         "train anew");
    }
  }

  // Copies host bytes to the batch's device, for as long as the batch lives.
  const void* place(const void* data, size_t bytes) {
    if (bytes == 0) return nullptr;
    uploads_.emplace_back(options_.device, bytes);
    const Exec exec{options_.device, nullptr};
    copy_bytes(exec, uploads_.back().data(), data, bytes);
    synchronize(exec);
    return uploads_.back().data();
  }

  // Column pointers for an arena image at `base`.
  typename Env::Columns columns_at(void* base) const {
    typename Env::Columns columns{};
    int field = 0;
    Env::visit_fields(columns, built_.caps, [&]<class T>(const char*, T*& pointer, int) {
      pointer = reinterpret_cast<T*>(static_cast<char*>(base) + arena_.fields()[field++].offset);
    });
    return columns;
  }

  // Some columns on the host. The pointers of the others are null.
  struct HostColumns {
    std::vector<uint8_t> bytes;
    typename Env::Columns columns{};
  };
  // Copies the columns whose names `wanted` takes, and no others: a batch's state may be gigabytes.
  template <class Wanted>
  HostColumns read_columns(const Exec& exec, const Wanted& wanted) const {
    HostColumns host;
    std::vector<size_t> offsets;  // by field
    size_t bytes = 0;
    for (size_t f = 0; f < arena_.fields().size(); ++f) {
      offsets.push_back(bytes);
      if (wanted(arena_.fields()[f].name))
        bytes += (arena_.field_bytes(static_cast<int>(f)) + 7) / 8 * 8;  // aligned for any column
    }
    host.bytes.resize(bytes);
    int field = 0;
    Env::visit_fields(host.columns, built_.caps, [&]<class T>(const char* name, T*& pointer, int) {
      const int f = field++;
      if (!wanted(name)) return;
      pointer = reinterpret_cast<T*>(host.bytes.data() + offsets[f]);
      arena_.read(exec, f, pointer);
    });
    synchronize(exec);
    return host;
  }
  static bool is_metric_column(const std::string& name) {
    static const std::vector<std::string> names = Env::metric_columns();
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  // Columns of one lane.
  typename Env::Columns lane_columns(typename Env::Columns columns, int64_t lane) const {
    Env::visit_fields(columns, built_.caps, [&]<class T>(const char*, T*& pointer, int n) {
      if (pointer != nullptr) pointer += lane * n;
    });
    return columns;
  }

  BatchOptions options_;
  const EnvEntry& entry_ = find_environment(Env::kName);
  std::vector<DeviceMemory> uploads_;
  Built<Env> built_;
  Arena arena_;
  typename Env::Columns columns_{};
  MemberTotals<Env> totals_;
  const typename Env::Params* params_ = nullptr;
  DeviceMemory weights_;
  DeviceMemory scratch_;  // of suggest(), made when it is first called
  std::once_flag scratch_once_;
  std::vector<float> weights_in_force_;
};

}  // namespace cusched
