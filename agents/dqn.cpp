// SPDX-License-Identifier: MIT
#include "agents/dqn.h"

#include <algorithm>
#include <string>

#include "agents/algorithm.h"
#include "agents/gradient.h"
#include "agents/iteration.h"
#include "agents/kernels/dqn_stats.h"
#include "agents/kernels/epsilon.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/td_loss.h"
#include "agents/population_trainer.h"
#include "agents/replay.h"
#include "agents/rollout.h"
#include "cuda/error.h"

namespace cusched {

DqnConfig::DqnConfig() {
  rollout_steps = 16;
  learning_rate = {1e-3f};
  schedule = "constant";
  max_grad_norm = {10.0f};
}

namespace {

std::vector<ConfigField> dqn_fields(DqnConfig& c) {
  return {
      {.name = "replay-size",
       .target = &c.replay_size,
       .help = "kept per member; 0: a million, or what fits in the memory",
       .unit = "transitions",
       .min = 0},
      {.name = "minibatch",
       .target = &c.minibatch,
       .help = "samples per member and gradient step",
       .unit = "samples",
       .min = 1,
       .max = 1 << 24},
      {.name = "gradient-steps",
       .target = &c.gradient_steps,
       .help = "minibatches after --rollout steps (the train frequency); 0: one sample a step",
       .min = 0,
       .max = 1 << 20},
      {.name = "learning-starts",
       .target = &c.learning_starts,
       .help = "steps per member with random actions before the first gradient step",
       .unit = "steps",
       .min = 0},
      {.name = "n-step",
       .target = &c.n_step,
       .help = "rewards of a return before the target network follows",
       .unit = "steps",
       .min = 1,
       .max = 1000},
      {.name = "double", .target = &c.double_q, .help = "double DQN: two networks agree on Q"},
      {.name = "dueling", .target = &c.dueling, .help = "Q from a value and advantages"},
      {.name = "prioritised",
       .target = &c.prioritised,
       .help = "replay in proportion to TD errors"},
      {.name = "epsilon-start",
       .target = &c.epsilon_start,
       .help = "share of random actions at first",
       .min = 0,
       .max = 1},
      {.name = "epsilon-end",
       .target = &c.epsilon_end,
       .help = "share of random actions from --epsilon-fraction on",
       .min = 0,
       .max = 1},
      {.name = "epsilon-fraction",
       .target = &c.epsilon_fraction,
       .help = "of the training, in which the share falls",
       .min = 0,
       .max = 1},
      {.name = "huber",
       .target = &c.huber,
       .help = "threshold of Huber's loss; 0: squared errors",
       .min = 0},
      {.name = "target-update",
       .target = &c.target_update,
       .help = "gradient steps between two updates of the target network",
       .unit = "steps",
       .min = 1},
      {.name = "tau",
       .target = &c.tau,
       .help = "share of the online weights in such an update; 1: a copy",
       .min = 0,
       .max = 1},
      {.name = "priority-alpha",
       .target = &c.priority_alpha,
       .help = "exponent of priorities; 0: uniform",
       .min = 0,
       .max = 10},
      {.name = "priority-beta",
       .target = &c.priority_beta,
       .help = "exponent of importance weights at first; 1 at the end",
       .min = 0,
       .max = 1},
  };
}

LearnerPlan make_plan(const DqnConfig& config) {
  LearnerPlan plan;
  plan.pool = plan.rows = config.minibatch;
  plan.terms.assign(kTdTermNames, kTdTermNames + kTdTerms);
  plan.stats.assign(kDqnStatNames, kDqnStatNames + kDqnStats);
  for (const std::string& name : WarmStart::stat_names(config.warm)) plan.stats.push_back(name);
  plan.head = config.dueling ? PolicyHead::kDueling : PolicyHead::kQValues;
  return plan;
}

class Dqn final : public PopulationTrainer {
 public:
  Dqn(Batch& batch, const Exec& exec, const NetworkConfig& network, const DqnConfig& config,
      uint64_t seed, int member_offset)
      : PopulationTrainer(batch, exec, network, config, make_plan(config), seed, member_offset),
        config_(config),
        replay_(batch, exec,
                {config.replay_size, config.n_step, config.prioritised, config.minibatch},
                config.rollout_steps) {
    // A policy that can do something explores by epsilon's last value, from the first step.
    if (config_.warm.on()) {
      config_.learning_starts = 0;
      config_.epsilon_start = config_.epsilon_end;
    }
    add_fields();
    upload_params();
    warm.start();
    set_phases(phases(WarmStage::kFree));
    if (warm.on()) set_warm_phases(phases(WarmStage::kImitation), phases(WarmStage::kAnchored));
  }

 protected:
  std::vector<std::string> own_notes() const override { return {replay_.note()}; }
  bool follows_clock() const override { return true; }  // epsilon does
  void save_more(std::vector<uint8_t>& bytes) const override { replay_.save(bytes); }
  void load_more(const uint8_t* bytes, const uint8_t* end) override {
    if (replay_.load(bytes, end) != end)
      throw InputError("checkpoint", "its replay is longer than it says",
                       "Resume from a checkpoint that this version of cusched wrote");
  }

 private:
  // Lists of the configuration that the kernels read, (P).
  struct Params {
    LinearMove *epsilon, *beta;
    float *huber, *tau, *alpha;
  };

  std::vector<Phase> phases(WarmStage stage) {
    const bool labelled = stage != WarmStage::kFree;
    return {{"rollout",
             [this, labelled] {
               run_rollout(learner, [this, labelled](const ChoiceCall& c) {
                 choose(c);
                 if (labelled) warm.label(c);
               });
             }},
            {"store",
             [this, stage] {
               if (stage == WarmStage::kAnchored) warm.set_rates();
               store();
             }},
            {"minibatch", [this, stage] { minibatch(stage); },
             [this](int64_t iteration) { return learns(iteration) ? gradient_steps() : 0; }},
            {"finish", [this, labelled] {
               if (labelled) warm.write_stats();
               finish();
             }}};
  }

  void add_fields() {
    Learner& l = learner;
    const int64_t P = l.sizes.members, B = config_.minibatch;
    const int64_t final_masks = l.sizes.lanes * l.sizes.final_rows * l.layout.actions();
    l.own.add(target_, P * l.layout.size, /*saved=*/true);
    l.own.add(l.data.final_mask, final_masks);
    l.own.add(index_, P * B);
    l.own.add(next_index_, P * B);
    l.own.add(next_action_, P * B);
    l.own.add(sample_, P * B);
    l.own.add(target_value_, P * B);
    l.own.add(td_error_, P * B);
    warm.add_fields(kDqnStats);
    if (warm.on()) {
      l.own.add(label_index_, P * B);
      l.own.add(label_keys_, P);
    }
    l.own.add(params_.epsilon, P);
    l.own.add(params_.beta, P);
    l.own.add(params_.huber, P);
    l.own.add(params_.tau, P);
    l.own.add(params_.alpha, P);
    l.own.allocate(l.exec.device);
    copy_bytes(l.exec, target_, l.params, static_cast<size_t>(P * l.layout.size) * sizeof(float));
    // Without masks nothing writes them.
    if (!config_.action_mask)
      fill_bytes(l.exec, l.data.final_mask, 1, static_cast<size_t>(final_masks));
  }

  void upload_params() {
    std::vector<LinearMove> epsilon, beta;
    std::vector<float> huber, tau, alpha;
    for (int p = 0; p < learner.sizes.members; ++p) {
      epsilon.push_back({per_member(config_.epsilon_start, p), per_member(config_.epsilon_end, p),
                         per_member(config_.epsilon_fraction, p)});
      beta.push_back({per_member(config_.priority_beta, p), 1, 1});
      huber.push_back(per_member(config_.huber, p));
      tau.push_back(per_member(config_.tau, p));
      alpha.push_back(per_member(config_.priority_alpha, p));
    }
    upload(learner.exec, params_.epsilon, epsilon);
    upload(learner.exec, params_.beta, beta);
    upload(learner.exec, params_.huber, huber);
    upload(learner.exec, params_.tau, tau);
    upload(learner.exec, params_.alpha, alpha);
  }

  Progress progress() const {
    return {learner.counters, learner.sizes.samples, static_cast<double>(config_.total_steps)};
  }
  // Whether iteration i (from 0) ends with gradient steps: its rollout is stored by then.
  bool learns(int64_t iteration) const {
    const int64_t steps = (iteration + 1) * learner.sizes.steps;
    return steps >= config_.n_step && steps * learner.sizes.envs > config_.learning_starts;
  }

  int64_t gradient_steps() const {
    if (config_.gradient_steps > 0) return config_.gradient_steps;
    return std::max<int64_t>(1, learner.sizes.samples / config_.minibatch);
  }

  void choose(const ChoiceCall& c) {
    const Learner& l = learner;
    const int64_t at = c.t * l.data.lanes, A = l.layout.actions();
    forward_actor(l, c);
    launch_elements(
        l.exec, c.members * c.rows,
        EpsilonGreedy{c.stage.logits, l.data.mask + at * A, l.data.action + at, params_.epsilon,
                      progress(), c.lane0, c.t, l.sizes.steps, config_.learning_starts, l.seed,
                      l.member_offset, l.sizes.envs, l.layout.actions()});
  }

  void store() {
    replay_.store(learner.data);
    track_rewards(learner);
    begin_updates(learner);
  }

  // One minibatch of every member.
  void minibatch(WarmStage stage) {
    Learner& l = learner;
    const int64_t P = l.sizes.members, B = config_.minibatch;
    if (stage != WarmStage::kFree) sample_labels();
    replay_.sample(index_, sample_, l.seed, l.member_offset, params_.beta, progress());
    launch_elements(l.exec, P * B,
                    GatherReturns{replay_.view(), l.member_params, l.state, index_, next_index_,
                                  sample_, B, config_.n_step, l.by_time},
                    2048);
    gradient_step(l, [this, stage](const GradientCall& call) {
      gradient(call);
      if (stage != WarmStage::kFree) margin(call, stage);
    });
    if (config_.prioritised) replay_.prioritise(index_, td_error_, params_.alpha);
    launch_rows(l.exec, P, l.layout.size,
                UpdateTarget{l.params, target_, params_.tau, replay_.view().counters, l.layout.size,
                             config_.target_update},
                1);
    launch_elements(l.exec, 1, AdvanceDraws{replay_.view().counters});
  }

  // Rows of the newest rollout whose labels the running gradient step imitates, all different.
  void sample_labels() {
    const Learner& l = learner;
    const LearnerSizes& s = l.sizes;
    launch_elements(
        l.exec, s.members,
        EpochKeys{label_keys_, l.counters, gradient_steps(), 1, l.seed, l.member_offset});
    const int half = Permutation::half_bits(static_cast<uint32_t>(s.samples));
    launch_rows(l.exec, s.members, config_.minibatch,
                MinibatchIndex{label_keys_, l.counters, label_index_, config_.minibatch, s.samples,
                               1, s.members, s.envs, half},
                2048);
  }

  // Adds the gradient of the margin loss on those rows.
  void margin(const GradientCall& c, WarmStage stage) {
    const Learner& l = learner;
    const Stage& s = c.stage;
    const int64_t B = config_.minibatch;
    l.load_obs(s, c.member0, c.members,
               ObsRows{l.data.obs, label_index_ + c.member0 * B + c.first, B, 0, 0, c.rows});
    const NetCall<float> net = l.call(s, c.member0, c.members, c.rows);
    l.net->actor(net, s.actor_work, s.logits);
    launch_elements(
        l.exec, c.members * c.rows,
        MarginRows{warm.rows(c, label_index_, nullptr),
                   stage == WarmStage::kAnchored ? warm.anchor() : nullptr, s.logits, s.dlogits});
    l.net->actor_backward(net, s.actor_work, s.scratch, s.dlogits, c.grads, /*accumulate=*/true);
  }

  // Forward pass of stage.x, by the weights `params` (P, n): stage.logits and, dueling,
  // stage.value.
  NetCall<float> forward(const GradientCall& c, const float* params) const {
    const Learner& l = learner;
    NetCall<float> net = l.call(c.stage, c.member0, c.members, c.rows);
    net.params = params + c.member0 * l.layout.size;
    l.net->actor(net, c.stage.actor_work, c.stage.logits);
    if (config_.dueling) l.net->critic(net, c.stage.critic_work, c.stage.value);
    return net;
  }
  void load_obs(const GradientCall& c, const int32_t* index) const {
    const int64_t B = config_.minibatch;
    learner.load_obs(c.stage, c.member0, c.members,
                     ObsRows{replay_.view().obs, index + c.member0 * B + c.first, B, 0, 0, c.rows});
  }

  void gradient(const GradientCall& c) {
    const Learner& l = learner;
    const Stage& s = c.stage;
    const int64_t n = c.members * c.rows;
    const float* const value = config_.dueling ? s.value : nullptr;
    const TdRows of{replay_.view().mask, index_,    next_index_,       c.rows, c.first,
                    config_.minibatch,   c.member0, l.layout.actions()};
    load_obs(c, next_index_);
    if (config_.double_q) {
      // Advantages are enough to choose by.
      l.net->actor(l.call(s, c.member0, c.members, c.rows), s.actor_work, s.logits);
      launch_elements(l.exec, n, ChooseNext{of, s.logits, next_action_});
    }
    forward(c, target_);
    launch_elements(l.exec, n,
                    TdTargets{of, sample_, s.logits, value,
                              config_.double_q ? next_action_ : nullptr, target_value_});
    load_obs(c, index_);
    const NetCall<float> net = forward(c, l.params);
    launch_elements(
        l.exec, n,
        TdLossRows{of, sample_, target_value_, params_.huber, s.logits, value, s.dlogits, s.dvalue,
                   s.terms, config_.prioritised ? td_error_ : nullptr});
    l.net->actor_backward(net, s.actor_work, s.scratch, s.dlogits, c.grads, c.accumulate);
    if (config_.dueling)
      l.net->critic_backward(net, s.critic_work, s.scratch, s.dvalue, c.grads, c.accumulate);
  }

  void finish() {
    Learner& l = learner;
    launch_teams(l.exec, l.sizes.members,
                 WriteDqnStats{l.lane_partial, l.state, params_.epsilon, progress(), replay_.view(),
                               l.own_stats(), l.stats_width(), l.lane_blocks()});
    finish_iteration(l);
  }

  DqnConfig config_;
  Replay replay_;
  Params params_{};
  float* target_ = nullptr;  // (P, n): weights of the target network
  // Of the running minibatch, (P, minibatch).
  int32_t *index_ = nullptr, *next_index_ = nullptr, *next_action_ = nullptr;
  TdSample* sample_ = nullptr;
  float *target_value_ = nullptr, *td_error_ = nullptr;
  // Of a warm start.
  int32_t* label_index_ = nullptr;     // (P, minibatch): storage rows of the rollout
  Permutation* label_keys_ = nullptr;  // (P)
};

class DqnAlgorithm final : public Algorithm {
 public:
  const char* name() const override { return "dqn"; }
  const char* title() const override { return "DQN"; }
  LearnerConfig& shared() override { return config_; }
  std::vector<ConfigField> fields() override { return dqn_fields(config_); }
  // Both count target updates in environment steps: 10,000 and 500, of which 4 make a gradient
  // step.
  std::vector<Recipe> recipes() const override {
    using Values = std::vector<std::pair<std::string, std::string>>;
    const Values sb3 = {{"envs", "1"},
                        {"network", "mlp"},
                        {"hidden", "64,64"},
                        {"activation", "relu"},
                        {"init", "torch"},
                        {"rollout", "4"},
                        {"gradient-steps", "1"},
                        {"minibatch", "32"},
                        {"replay-size", "1000000"},
                        {"learning-starts", "100"},
                        {"learning-rate", "1e-4"},
                        {"schedule", "constant"},
                        {"gamma", "0.99"},
                        {"discount", "step"},
                        {"max-grad-norm", "10"},
                        {"optimiser", "adam"},
                        {"optimiser-eps", "1e-8"},
                        {"normalise-obs", "false"},
                        {"scale-reward", "false"},
                        {"n-step", "1"},
                        {"double", "false"},
                        {"dueling", "false"},
                        {"prioritised", "false"},
                        {"epsilon-start", "1"},
                        {"epsilon-end", "0.05"},
                        {"epsilon-fraction", "0.1"},
                        {"huber", "1"},
                        {"target-update", "2500"},
                        {"tau", "1"}};
    Values skrueue = sb3;
    const Values own = {{"hidden", "256,256,128"},
                        {"replay-size", "50000"},
                        {"learning-starts", "1000"},
                        {"epsilon-fraction", "0.5"},
                        {"target-update", "125"}};
    skrueue.insert(skrueue.end(), own.begin(), own.end());  // the later one counts
    return {{"sb3-dqn", "Stable-Baselines3's defaults", sb3},
            {"skrueue-dqn", "SKRueue's, on top of them", skrueue}};
  }
  std::unique_ptr<Trainer> make_trainer(Batch& batch, const Exec& exec,
                                        const NetworkConfig& network, uint64_t seed,
                                        int member_offset) const override {
    return make_dqn(batch, exec, network, config_, seed, member_offset);
  }

 private:
  DqnConfig config_;
};

}  // namespace

CUSCHED_ALGORITHM(dqn, DqnAlgorithm)

std::unique_ptr<Trainer> make_dqn(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const DqnConfig& config, uint64_t seed, int member_offset) {
  DqnConfig checked = config;
  prepare_trainer("dqn", checked, dqn_fields(checked), batch.shape().members);
  return std::make_unique<Dqn>(batch, exec, network, config, seed, member_offset);
}

}  // namespace cusched
