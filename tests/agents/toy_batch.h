// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "cuda/launch.h"
#include "cuda/philox.h"
#include "envs/batch.h"
#include "tests/agents/mdp.h"

namespace cusched {

enum class ToyKind {
  // Each step draws a value in -1..1 for every candidate and which are allowed. Choosing k pays
  // 1 - 3 |value - 0.25|, none pays 0. Optimum: the best payment allowed if it is positive, else
  // none.
  kBandit,
  // Every step pays 1 and nothing matters. An episode is cut after `length` steps: truncated, so
  // that
  // the value is 1 / (1 - gamma), or terminated (the step is in the observation), so that it is
  // lower.
  kConstant,
  // Step 0: candidate 0 pays 0.3 and ends the episode; none waits. Step 1: any action pays 1 and
  // ends it. Optimum: wait when gamma > 0.3, else take candidate 0.
  kCorridor,
  // Plays ToyOptions::mdp from a random state. An episode that does not end by itself is truncated
  // after `length` steps.
  kMdp,
};

struct ToyOptions {
  ToyKind kind = ToyKind::kBandit;
  BatchShape shape{1, 64, 4, 2, 2};  // P, E, K, G, F; F >= 1, G >= 2
  int length = 7;                    // steps of an episode of kBandit and kConstant
  bool truncate = true;              // its end is a truncation, else a termination
  int32_t elapsed_s = 60;            // of each step; kConstant: lanes alternate 1x and 2x this
  int member_offset = 0;
  uint32_t seed = 1;
  bool forbidden_waits = false;              // a forbidden action counts as none; else it throws
  std::shared_ptr<const Mdp> mdp = nullptr;  // its K, G and F are those of `shape`
};

inline ToyOptions mdp_options(const Mdp& mdp, int envs, int length) {
  ToyOptions options;
  options.kind = ToyKind::kMdp;
  options.shape = BatchShape{1, envs, mdp.slots, mdp.globals, mdp.features};
  options.length = length;
  options.mdp = std::make_shared<Mdp>(mdp);
  return options;
}

// A Batch on the CPU whose optimum is known, written directly against the interface.
class ToyBatch final : public Batch {
 public:
  explicit ToyBatch(const ToyOptions& options)
      : options_(options),
        lanes_(static_cast<size_t>(options.shape.lanes())),
        stats_(static_cast<size_t>(options.shape.members) * 2, 0.0) {}

  const BatchShape& shape() const override { return options_.shape; }
  const std::string& name() const override { return name_; }
  Device device() const override { return {}; }
  const std::vector<std::string>& notes() const override { return none_; }

  void reset(const Exec&, const StepBuffers& out) override {
    for (int64_t lane = 0; lane < shape().lanes(); ++lane) {
      lanes_[static_cast<size_t>(lane)] = Lane{};
      observe_next(lane, out);
    }
  }

  void step(const Exec&, LaneRange range, const int32_t* action, const StepBuffers& out) override {
    for (int64_t lane = range.begin; lane < range.end; ++lane) step_lane(lane, action[lane], out);
  }
  void step(const Exec& exec, const int32_t* action, const StepBuffers& out) override {
    host_parallel_for(shape().lanes(), 64, [&](int64_t begin, int64_t end) {
      step(exec, LaneRange{begin, end}, action, out);
    });
  }

  void run_heuristic(const Exec&, int, int64_t, int32_t*, const RolloutBuffers&) override {
    throw Error("the toy has no heuristics");
  }
  // The best action of a decision (kBandit); elsewhere none.
  void suggest(const Exec&, LaneRange range, int, int32_t* action) override {
    for (int64_t lane = range.begin; lane < range.end; ++lane) {
      int chosen = shape().slots;
      float top = 0;
      for (int k = 0; options_.kind == ToyKind::kBandit && k < shape().slots; ++k)
        if (allowed(lane, k) && payment(lane, k) > top) {
          top = payment(lane, k);
          chosen = k;
        }
      action[lane] = chosen;
    }
  }
  void suggest(const Exec& exec, int heuristic, int32_t* action) override {
    suggest(exec, LaneRange{0, shape().lanes()}, heuristic, action);
  }
  const std::vector<std::string>& heuristics() const override { return heuristics_; }
  int64_t max_truncations(int64_t steps) const override {
    return options_.kind == ToyKind::kCorridor ? 0 : steps / options_.length + 1;
  }
  int32_t tick_s() const override { return 60; }
  const std::vector<std::string>& reward_terms() const override { return terms_; }
  void set_reward_weights(const std::vector<float>& weights) override { weights_ = weights; }

  BatchStats take_stats(const Exec&) override {
    BatchStats stats{stat_names_, std::vector<double>(stats_.size(), 0.0)};
    for (size_t lane = 0; lane < lanes_.size(); ++lane) {
      const size_t p = lane / static_cast<size_t>(shape().envs);
      stats.sum[2 * p] += static_cast<double>(lanes_[lane].episodes_done);
      stats.sum[2 * p + 1] += lanes_[lane].paid;
      lanes_[lane].episodes_done = 0;
      lanes_[lane].paid = 0;
    }
    return stats;
  }
  const std::vector<std::string>& stat_names() const override { return stat_names_; }

  bool all_ended(const Exec&) const override { return false; }
  EpisodeMetrics episode_metrics(const Exec&) const override { return {}; }
  std::vector<std::vector<int32_t>> start_times(const Exec&) const override { return {}; }

  size_t state_bytes() const override { return lanes_.size() * sizeof(Lane); }
  std::vector<uint8_t> snapshot(const Exec&) const override {
    std::vector<uint8_t> bytes(lanes_.size() * sizeof(Lane));
    std::memcpy(bytes.data(), lanes_.data(), bytes.size());
    return bytes;
  }
  void restore(const Exec&, const std::vector<uint8_t>& bytes) override {
    if (bytes.size() != lanes_.size() * sizeof(Lane))
      throw InputError("snapshot", "wrong size", "Use one of this batch");
    std::memcpy(lanes_.data(), bytes.data(), bytes.size());
  }
  std::vector<uint64_t> hashes(const Exec&) const override {
    std::vector<uint64_t> out;
    for (const Lane& lane : lanes_)
      out.push_back(static_cast<uint64_t>(lane.episode) << 32 | static_cast<uint32_t>(lane.t));
    return out;
  }
  std::string diff(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const override {
    return a == b ? "" : "lanes differ";
  }
  std::string schema_json() const override { return R"({"env":"toy","version":1})"; }

  // Value of candidate k and whether it is allowed, of the decision a lane faces.
  float value(int64_t lane, int k) const { return unit_float(draw(lane, k).v[0]) * 2.0f - 1.0f; }
  bool allowed(int64_t lane, int k) const {
    if (options_.mdp != nullptr) return options_.mdp->allowed(state(lane), k);
    return options_.kind != ToyKind::kBandit || draw(lane, k).v[1] % 4 != 0;
  }
  float payment(int64_t lane, int k) const { return 1 - 3 * std::fabs(value(lane, k) - 0.25f); }
  // What the best action of the decision pays (kBandit).
  float best(int64_t lane) const {
    float top = 0;
    for (int k = 0; k < shape().slots; ++k)
      if (allowed(lane, k)) top = std::max(top, payment(lane, k));
    return top;
  }

 private:
  struct Lane {
    int32_t episode = 0, t = 0;
    int64_t episodes_done = 0;
    double paid = 0;
    int64_t state = 0;  // of the decision process
  };

  int state(int64_t lane) const {
    return static_cast<int>(lanes_[static_cast<size_t>(lane)].state);
  }
  void begin_episode(int64_t lane) {
    if (options_.mdp == nullptr) return;
    const double unit = unit_float(draw(lane, 0).v[2]);
    lanes_[static_cast<size_t>(lane)].state = static_cast<int64_t>(unit * options_.mdp->states);
  }
  // False where the episode ends by itself.
  bool move(int64_t lane, int32_t action) {
    double left = unit_float(draw(lane, 0).v[3]);
    const double* p = options_.mdp->successors(state(lane), action);
    for (int to = 0; to < options_.mdp->states; ++to) {
      left -= p[to];
      if (left < 0) {
        lanes_[static_cast<size_t>(lane)].state = to;
        return true;
      }
    }
    return false;
  }

  Philox4 draw(int64_t lane, int k) const {
    const Lane& l = lanes_[static_cast<size_t>(lane)];
    const RngKey key{options_.seed,
                     static_cast<uint32_t>(options_.member_offset + lane / shape().envs),
                     static_cast<uint32_t>(lane % shape().envs), static_cast<uint32_t>(l.episode)};
    constexpr uint32_t kTestStream = 0x7E570001u;
    return draw4(key, kTestStream, static_cast<uint32_t>(l.t * shape().slots + k));
  }

  void observe(int64_t lane, float* obs, uint8_t* mask) const {
    const BatchShape& s = shape();
    const Lane& l = lanes_[static_cast<size_t>(lane)];
    std::fill_n(obs, s.obs(), 0.0f);
    if (options_.mdp != nullptr) {
      std::copy_n(options_.mdp->obs.data() + state(lane) * s.obs(), s.obs(), obs);
      if (mask != nullptr)
        std::copy_n(options_.mdp->mask.data() + options_.mdp->at(state(lane), 0), s.actions(),
                    mask);
      return;
    }
    obs[0] = 1;
    const bool shown = options_.kind == ToyKind::kCorridor ||
                       (options_.kind == ToyKind::kConstant && !options_.truncate);
    obs[1] = shown ? static_cast<float>(l.t) : 0.0f;
    for (int k = 0; k < s.slots; ++k) {
      const bool may = allowed(lane, k);
      obs[s.globals + k * s.slot_features] =
          options_.kind == ToyKind::kBandit ? (may ? value(lane, k) : 0.0f) : 1.0f;
      if (mask != nullptr) mask[k] = may ? 1 : 0;
    }
    if (mask != nullptr) mask[s.slots] = 1;
  }

  void observe_next(int64_t lane, const StepBuffers& out) const {
    observe(lane, out.obs + lane * shape().obs(),
            out.mask == nullptr ? nullptr : out.mask + lane * shape().actions());
  }

  void step_lane(int64_t lane, int32_t action, const StepBuffers& out) {
    Lane& l = lanes_[static_cast<size_t>(lane)];
    if (action < 0 || action > shape().slots) throw Error("the learner chose no action");
    if (action < shape().slots && !allowed(lane, action)) {
      if (!options_.forbidden_waits)
        throw Error("the learner chose an action that the mask forbids");
      action = shape().slots;
    }
    const bool none = action == shape().slots;
    float reward = 1;
    bool ends = l.t + 1 >= options_.length;
    if (options_.kind == ToyKind::kBandit) reward = none ? 0.0f : payment(lane, action);
    if (options_.kind == ToyKind::kCorridor) {
      ends = l.t == 1 || action == 0;
      reward = l.t == 1 ? 1.0f : (action == 0 ? 0.3f : 0.0f);
    }
    bool stays = true;
    if (options_.mdp != nullptr) {
      reward = options_.mdp->reward[options_.mdp->at(state(lane), action)];
      stays = move(lane, action);
      ends = ends || !stays;
    }
    const bool cut = stays && ends && options_.truncate && options_.kind != ToyKind::kCorridor;
    l.t += 1;
    if (out.final_index != nullptr) out.final_index[lane] = -1;
    if (cut && out.final_obs != nullptr && out.final_count[lane] < out.final_rows) {
      const int32_t row = out.final_count[lane]++;
      const int64_t at = lane * out.final_rows + row;
      observe(lane, out.final_obs + at * shape().obs(),
              out.final_mask == nullptr ? nullptr : out.final_mask + at * shape().actions());
      out.final_index[lane] = row;
    }
    if (ends) {
      l.episode += 1;
      l.t = 0;
      l.episodes_done += 1;
      begin_episode(lane);
    }
    l.paid += reward;
    const int32_t stretch = options_.kind == ToyKind::kConstant ? 1 + lane % 2 : 1;
    out.reward[lane] = reward;
    out.done[lane] =
        static_cast<uint8_t>(!ends ? Done::kRunning : (cut ? Done::kTruncated : Done::kTerminated));
    if (out.elapsed_s != nullptr) out.elapsed_s[lane] = options_.elapsed_s * stretch;
    if (out.obs != nullptr) observe_next(lane, out);
  }

  ToyOptions options_;
  std::vector<Lane> lanes_;
  std::vector<double> stats_;
  std::vector<float> weights_;
  std::string name_ = "toy";
  std::vector<std::string> none_, heuristics_{"best"}, terms_{"paid"},
      stat_names_{"episodes", "paid"};
};

}  // namespace cusched
