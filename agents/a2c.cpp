// SPDX-License-Identifier: MIT
#include "agents/a2c.h"

#include <string>

#include "agents/algorithm.h"
#include "agents/gradient.h"
#include "agents/iteration.h"
#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/permutation.h"
#include "agents/on_policy.h"
#include "agents/population_trainer.h"
#include "agents/rollout.h"

namespace cusched {
namespace {

std::vector<ConfigField> a2c_fields(A2cConfig& c) {
  return {
      {.name = "lambda",
       .target = &c.lambda,
       .help = "of the advantages; 1: exact n-step returns",
       .min = 0,
       .max = 1},
      {.name = "entropy",
       .target = &c.entropy,
       .help = "entropy coefficient",
       .min = 0,
       .max = 100},
      {.name = "value-coef",
       .target = &c.value_coef,
       .help = "value loss coefficient",
       .min = 0,
       .max = 100},
      {.name = "normalise-advantage",
       .target = &c.normalise_advantage,
       .help = "over each rollout"},
  };
}

LearnerPlan make_plan(const Batch& batch, const A2cConfig& config) {
  LearnerPlan plan;
  plan.pool = plan.rows = int64_t{config.rollout_steps} * batch.shape().envs;
  plan.terms.assign(kA2cTermNames, kA2cTermNames + kA2cTerms);
  plan.stats = OnPolicy::stat_names(config.warm);
  return plan;
}

class A2c final : public PopulationTrainer {
 public:
  A2c(Batch& batch, const Exec& exec, const NetworkConfig& network, const A2cConfig& config,
      uint64_t seed, int member_offset)
      : PopulationTrainer(batch, exec, network, config, make_plan(batch, config), seed,
                          member_offset),
        config_(config) {
    const LearnerSizes& s = learner.sizes;
    own_.add_fields(learner, /*log_prob=*/false);
    warm.add_fields(kOnPolicyStats);
    learner.own.allocate(exec.device);
    std::vector<OnPolicyParams> params;
    for (int p = 0; p < s.members; ++p)
      params.push_back({per_member(config_.lambda, p), per_member(config_.entropy, p),
                        per_member(config_.value_coef, p)});
    upload(exec, own_.params, params);
    // A gradient step is the whole rollout, in the order in which it lies in memory.
    launch_rows(exec, s.members, s.samples,
                SequentialIndex{own_.index, 0, s.samples, s.samples, 0, s.members, s.envs});
    warm.start();
    set_phases(phases(WarmStage::kFree));
    if (warm.on()) set_warm_phases(phases(WarmStage::kImitation), phases(WarmStage::kAnchored));
  }

 private:
  // Gradient steps of an imitation on a rollout: A2C's one would make it slow.
  static constexpr int64_t kImitationSteps = 8;

  std::vector<Phase> phases(WarmStage stage) {
    const bool labelled = stage != WarmStage::kFree;
    const int64_t steps = stage == WarmStage::kImitation ? kImitationSteps : 1;
    return {{"rollout",
             [this, labelled] {
               run_rollout(learner, [this, labelled](const ChoiceCall& call) {
                 sample_actions(learner, call, nullptr);
                 if (labelled) warm.label(call);
               });
             }},
            {"advantages",
             [this, stage] {
               if (stage == WarmStage::kAnchored) warm.set_rates();
               compute_advantages(learner, own_);
               advantage_moments(learner, own_, config_.normalise_advantage);
             }},
            {"update",
             [this, stage] {
               gradient_step(learner,
                             [this, stage](const GradientCall& call) { gradient(call, stage); });
             },
             [steps](int64_t) { return steps; }},
            {"finish", [this, labelled] {
               if (labelled) warm.write_stats();
               finish_iteration(learner);
             }}};
  }

  void gradient(const GradientCall& c, WarmStage stage) {
    const Learner& l = learner;
    const NetCall<float> net = forward_rows(l, own_, c);
    if (stage == WarmStage::kImitation) {
      warm.imitate(own_, c);
      backward_rows(l, net, c);
      return;
    }
    launch_elements(
        l.exec, c.members * c.rows,
        A2cLossRows{l.data.mask, own_.view.sample, own_.params, l.state, own_.index, c.stage.logits,
                    c.stage.value, c.stage.dlogits, c.stage.dvalue, c.stage.terms, l.sizes.samples,
                    c.rows, c.first, c.member0, l.layout.actions()});
    if (stage == WarmStage::kAnchored) warm.pull(own_, c);
    backward_rows(l, net, c);
  }

  A2cConfig config_;
  OnPolicy own_;
};

class A2cAlgorithm final : public Algorithm {
 public:
  const char* name() const override { return "a2c"; }
  const char* title() const override { return "A2C"; }
  LearnerConfig& shared() override { return config_; }
  std::vector<ConfigField> fields() override { return a2c_fields(config_); }
  std::vector<Recipe> recipes() const override {
    // Their value loss is the squared error, ours half of it: a coefficient of 0.5 is 1 here.
    const Recipe sb3{"sb3-a2c",
                     "Stable-Baselines3's defaults",
                     {{"envs", "1"},
                      {"rollout", "5"},
                      {"learning-rate", "7e-4"},
                      {"schedule", "constant"},
                      {"gamma", "0.99"},
                      {"lambda", "1"},
                      {"entropy", "0"},
                      {"value-coef", "1"},
                      {"max-grad-norm", "0.5"},
                      {"optimiser", "rmsprop"},
                      {"optimiser-eps", "1e-5"},
                      {"rmsprop-alpha", "0.99"},
                      {"normalise-advantage", "false"},
                      {"normalise-obs", "false"},
                      {"scale-reward", "false"},
                      {"network", "mlp"},
                      {"hidden", "64,64"},
                      {"activation", "tanh"}}};
    return {sb3, changed(sb3, "skrueue-a2c", "SKRueue's, for 50 to 99 observation numbers",
                         {{"rollout", "8"},
                          {"entropy", "0.01"},
                          {"value-coef", "0.5"},
                          {"hidden", "256,256,128"}})};
  }
  std::unique_ptr<Trainer> make_trainer(Batch& batch, const Exec& exec,
                                        const NetworkConfig& network, uint64_t seed,
                                        int member_offset) const override {
    return make_a2c(batch, exec, network, config_, seed, member_offset);
  }

 private:
  A2cConfig config_;
};

}  // namespace

CUSCHED_ALGORITHM(a2c, A2cAlgorithm)

std::unique_ptr<Trainer> make_a2c(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const A2cConfig& config, uint64_t seed, int member_offset) {
  A2cConfig checked = config;
  prepare_trainer("a2c", checked, a2c_fields(checked), batch.shape().members);
  return std::make_unique<A2c>(batch, exec, network, config, seed, member_offset);
}

}  // namespace cusched
