// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agents/host_pool.h"
#include "agents/learner.h"
#include "agents/rollout.h"
#include "agents/trainer.h"
#include "agents/update.h"
#include "cuda/error.h"
#include "cuda/graph.h"
#include "cuda/nvtx.h"
#include "cuda/pinned.h"

namespace cusched {
namespace {

void check_list(const char* name, const std::vector<float>& values, int members, float low,
                float high, const char* range) {
  const std::string field = std::string("ppo.") + name;
  if (values.size() != 1 && values.size() != static_cast<size_t>(members))
    throw InputError(
        field,
        std::to_string(values.size()) + " values for " + std::to_string(members) + " members",
        "Give one value for all members, or one for each");
  for (const float v : values)
    if (!std::isfinite(v) || v < low || v > high)
      throw InputError(field, "value " + std::to_string(v) + " is out of range",
                       std::string("Use a number ") + range);
}

void check_config(const PpoConfig& c, int members) {
  const auto at_least = [](const char* name, int64_t value, int64_t low) {
    if (value < low)
      throw InputError(std::string("ppo.") + name, std::to_string(value) + " is too small",
                       "Use at least " + std::to_string(low));
  };
  at_least("rollout_steps", c.rollout_steps, 1);
  at_least("epochs", c.epochs, 1);
  at_least("minibatch", c.minibatch, 1);
  at_least("total_steps", c.total_steps, 0);
  constexpr float kHuge = 1e30f;
  check_list("learning_rate", c.learning_rate, members, 0, 1, "from 0 to 1");
  check_list("gamma", c.gamma, members, 0, 1, "from 0 to 1");
  check_list("lambda", c.lambda, members, 0, 1, "from 0 to 1");
  check_list("clip", c.clip, members, 0, kHuge, "from 0");
  check_list("entropy", c.entropy, members, -kHuge, kHuge, "that is finite");
  check_list("value_coef", c.value_coef, members, 0, kHuge, "from 0");
  check_list("max_grad_norm", c.max_grad_norm, members, 0, kHuge, "from 0 (0: no clip)");
  check_list("target_kl", c.target_kl, members, 0, kHuge, "from 0 (0: never stops)");
  if (!(c.adam_eps > 0)) throw InputError("ppo.adam_eps", "not a positive number", "Use e.g. 1e-5");
  if (c.schedule != "linear" && c.schedule != "constant")
    throw InputError("ppo.schedule", "unknown schedule \"" + c.schedule + "\"",
                     "Use linear or constant");
  if (c.discount != "step" && c.discount != "time")
    throw InputError("ppo.discount", "unknown discount \"" + c.discount + "\"", "Use step or time");
}

class Ppo final : public Trainer {
 public:
  Ppo(Batch& batch, const Exec& exec, const NetworkConfig& network, const PpoConfig& config,
      uint64_t seed, int member_offset)
      : learner_(batch, exec, network, config, seed, member_offset),
        host_stats_(exec.device,
                    static_cast<size_t>(learner_.sizes.members) * kStats * sizeof(float)) {
    start_environments(learner_);
  }

  void iterate() override {
    const NvtxRange range("iteration");
    const bool graphs = learner_.exec.device.is_cuda() && learner_.config.cuda_graphs &&
                        learner_.exec.stream != nullptr;
    // The first iteration runs eagerly: it makes LibTorch allocate what its products need on this
    // stream, which must not happen while a graph is captured.
    if (graphs && warm_ && !rollout_.captured()) capture();
    if (graphs && warm_) {
      replay();
    } else {
      run_rollout(learner_);
      compute_advantages(learner_);
      for (int64_t i = 0; i < updates(); ++i) run_minibatch(learner_);
      finish_iteration(learner_);
      warm_ = true;
    }
    ++iterations_;
  }
  void set_done_share(double share) override {
    if (learner_.config.schedule == "linear")
      launch_elements(learner_.exec, 1, SetDoneShare{learner_.counters, share});
  }
  int64_t iterations() const override { return iterations_; }
  int64_t steps_per_iteration() const override {
    return learner_.sizes.samples * learner_.sizes.members;
  }

  TrainStats stats() override {
    copy_bytes(learner_.exec, host_stats_.data(), learner_.stats, host_stats_.size());
    synchronize(learner_.exec);
    TrainStats out;
    out.names.assign(kStatNames, kStatNames + kStats);
    out.values.resize(host_stats_.size() / sizeof(float));
    std::memcpy(out.values.data(), host_stats_.data(), host_stats_.size());
    return out;
  }

  // [length][learner][length][environments][iterations]
  std::vector<uint8_t> save() override {
    std::vector<uint8_t> bytes;
    put_block(bytes, learner_.save());
    put_block(bytes, learner_.batch.snapshot(learner_.exec));
    put_number(bytes, static_cast<uint64_t>(iterations_));
    return bytes;
  }
  void load(const std::vector<uint8_t>& bytes) override {
    size_t at = 0;
    const auto [learner, learner_size] = take_block(bytes, at);
    const auto [state, state_size] = take_block(bytes, at);
    const uint64_t iterations = take_number(bytes, at);
    if (at != bytes.size()) refuse();
    const std::vector<uint8_t> environments(state, state + state_size);
    learner_.load(learner, learner_size);
    learner_.batch.restore(learner_.exec, environments);
    iterations_ = static_cast<int64_t>(iterations);
  }

  PolicyWeights policy(int member) override {
    const NetworkLayout& layout = learner_.layout;
    CUSCHED_CHECK(member >= 0 && member < learner_.sizes.members,
                  "no such member of the population");
    std::vector<float> params(static_cast<size_t>(layout.size));
    std::vector<Moments> moments(static_cast<size_t>(layout.stats()));
    copy_bytes(learner_.exec, params.data(), learner_.params + member * layout.size,
               params.size() * sizeof(float));
    copy_bytes(learner_.exec, moments.data(), learner_.moments + member * layout.stats(),
               moments.size() * sizeof(Moments));
    synchronize(learner_.exec);
    PolicyWeights out;
    out.network = layout.config;
    out.shape = learner_.batch.shape();
    out.weights = to_tensors(layout, params.data());
    for (const Moments& m : moments) {
      out.obs_mean.push_back(static_cast<float>(m.mean));
      out.obs_var.push_back(m.count > 0 ? static_cast<float>(m.m2 / m.count) : 1.0f);
    }
    return out;
  }

 private:
  int64_t updates() const { return learner_.sizes.epochs * learner_.sizes.minibatches; }

  void capture() {
    rollout_.capture(learner_.exec, [this] { run_rollout(learner_); });
    advantages_.capture(learner_.exec, [this] { compute_advantages(learner_); });
    minibatch_.capture(learner_.exec, [this] { run_minibatch(learner_); });
    finish_.capture(learner_.exec, [this] { finish_iteration(learner_); });
    // A copy to the host inside an iteration would make every replay wait for the device.
    for (const Graph* graph : {&rollout_, &advantages_, &minibatch_, &finish_})
      CUSCHED_CHECK(graph->stats().copies_to_host == 0, "a training graph copies to the host");
  }
  void replay() {
    rollout_.replay(learner_.exec);
    advantages_.replay(learner_.exec);
    for (int64_t i = 0; i < updates(); ++i) minibatch_.replay(learner_.exec);
    finish_.replay(learner_.exec);
  }

  [[noreturn]] static void refuse() {
    throw InputError("checkpoint", "the trainer's state is cut off or has another layout",
                     "Resume from a checkpoint that this version of cusched wrote");
  }
  static void put_number(std::vector<uint8_t>& bytes, uint64_t n) {
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(n >> (8 * i)));
  }
  static void put_block(std::vector<uint8_t>& bytes, const std::vector<uint8_t>& block) {
    put_number(bytes, block.size());
    bytes.insert(bytes.end(), block.begin(), block.end());
  }
  static uint64_t take_number(const std::vector<uint8_t>& bytes, size_t& at) {
    if (bytes.size() - at < 8) refuse();
    uint64_t n = 0;
    for (int i = 0; i < 8; ++i) n |= uint64_t{bytes[at++]} << (8 * i);
    return n;
  }
  static std::pair<const uint8_t*, size_t> take_block(const std::vector<uint8_t>& bytes,
                                                      size_t& at) {
    const uint64_t n = take_number(bytes, at);
    if (n > bytes.size() - at) refuse();
    const uint8_t* begin = bytes.data() + at;
    at += static_cast<size_t>(n);
    return {begin, static_cast<size_t>(n)};
  }

  Learner learner_;
  PinnedMemory host_stats_;
  Graph rollout_, advantages_, minibatch_, finish_;
  int64_t iterations_ = 0;
  bool warm_ = false;
};

}  // namespace

std::unique_ptr<Trainer> make_ppo(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const PpoConfig& config, uint64_t seed, int member_offset) {
  check_config(config, batch.shape().members);
  install_torch_pool();
  return std::make_unique<Ppo>(batch, exec, network, config, seed, member_offset);
}

}  // namespace cusched
