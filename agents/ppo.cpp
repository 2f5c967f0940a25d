// SPDX-License-Identifier: MIT
#include "agents/ppo.h"

#include <algorithm>
#include <string>

#include "agents/algorithm.h"
#include "agents/gradient.h"
#include "agents/iteration.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/ppo_loss.h"
#include "agents/on_policy.h"
#include "agents/population_trainer.h"
#include "agents/rollout.h"
#include "cuda/error.h"

namespace cusched {
namespace {

std::vector<ConfigField> ppo_fields(PpoConfig& c) {
  return {
      {.name = "epochs",
       .target = &c.epochs,
       .help = "passes over a rollout",
       .min = 1,
       .max = 1000},
      {.name = "minibatch",
       .target = &c.minibatch,
       .help = "samples per member and gradient step",
       .unit = "samples",
       .min = 1},
      {.name = "lambda",
       .target = &c.lambda,
       .help = "of generalised advantage estimation",
       .min = 0,
       .max = 1},
      {.name = "clip", .target = &c.clip, .help = "ratio clip", .min = 0, .max = 10},
      {.name = "clip-value", .target = &c.clip_value, .help = "clip the value loss like the ratio"},
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
      {.name = "target-kl",
       .target = &c.target_kl,
       .help = "stops a member's epochs above 1.5 x this; 0: never",
       .min = 0},
      {.name = "normalise-advantage",
       .target = &c.normalise_advantage,
       .help = "in each minibatch"},
  };
}

LearnerPlan make_plan(const Batch& batch, const PpoConfig& config) {
  const int64_t samples = int64_t{config.rollout_steps} * batch.shape().envs;
  const int64_t wanted = std::min(config.minibatch, samples);
  const int64_t minibatches = (samples + wanted - 1) / wanted;
  LearnerPlan plan;
  plan.pool = samples;
  plan.rows = (samples + minibatches - 1) / minibatches;
  plan.terms.assign(kPpoTermNames, kPpoTermNames + kPpoTerms);
  plan.stop_term = kApproxKl;
  plan.stats = OnPolicy::stat_names(config.warm);
  return plan;
}

class Ppo final : public PopulationTrainer {
 public:
  Ppo(Batch& batch, const Exec& exec, const NetworkConfig& network, const PpoConfig& config,
      uint64_t seed, int member_offset)
      : PopulationTrainer(batch, exec, network, config, make_plan(batch, config), seed,
                          member_offset),
        config_(config),
        half_(Permutation::half_bits(static_cast<uint32_t>(learner.sizes.samples))) {
    own_.add_fields(learner, /*log_prob=*/true);
    warm.add_fields(kOnPolicyStats);
    learner.own.add(params_, learner.sizes.members);
    learner.own.add(keys_, learner.sizes.members);
    learner.own.allocate(exec.device);
    upload_params();
    warm.start();
    set_phases(phases(WarmStage::kFree));
    if (warm.on()) set_warm_phases(phases(WarmStage::kImitation), phases(WarmStage::kAnchored));
  }

 private:
  std::vector<Phase> phases(WarmStage stage) {
    const bool labelled = stage != WarmStage::kFree;
    return {{"rollout",
             [this, labelled] {
               run_rollout(learner, [this, labelled](const ChoiceCall& call) {
                 sample_actions(learner, call, own_.view.log_prob);
                 if (labelled) warm.label(call);
               });
             }},
            {"advantages",
             [this, stage] {
               if (stage == WarmStage::kAnchored) warm.set_rates();
               compute_advantages(learner, own_);
             }},
            {"minibatch", [this, stage] { minibatch(stage); },
             [this, stage](int64_t) { return epochs(stage) * learner.step.minibatches; }},
            {"finish", [this, labelled] {
               if (labelled) warm.write_stats();
               finish_iteration(learner);
             }}};
  }

  // Of most decisions nothing can be learnt, because there is one action: an imitation goes over
  // the others more often.
  int64_t epochs(WarmStage stage) const {
    constexpr int kImitationEpochs = 8;
    return stage == WarmStage::kImitation ? std::max(config_.epochs, kImitationEpochs)
                                          : config_.epochs;
  }

  void upload_params() {
    const int P = learner.sizes.members;
    std::vector<OnPolicyParams> shared;
    std::vector<PpoParams> own;
    std::vector<MemberParams> members(static_cast<size_t>(P));
    copy_bytes(learner.exec, members.data(), learner.member_params,
               members.size() * sizeof(MemberParams));
    synchronize(learner.exec);
    for (int p = 0; p < P; ++p) {
      shared.push_back({per_member(config_.lambda, p), per_member(config_.entropy, p),
                        per_member(config_.value_coef, p)});
      own.push_back({per_member(config_.clip, p), config_.clip_value ? 1u : 0u});
      members[static_cast<size_t>(p)].stop_above = 1.5 * per_member(config_.target_kl, p);
    }
    upload(learner.exec, own_.params, shared);
    upload(learner.exec, params_, own);
    upload(learner.exec, learner.member_params, members);
  }

  // One minibatch of every member.
  void minibatch(WarmStage stage) {
    Learner& l = learner;
    const LearnerSizes& s = l.sizes;
    const StepPlan& step = l.step;
    launch_elements(
        l.exec, s.members,
        EpochKeys{keys_, l.counters, epochs(stage), step.minibatches, l.seed, l.member_offset});
    const MinibatchIndex order{keys_,     l.counters, own_.index,
                               step.rows, s.samples,  step.minibatches,
                               s.members, s.envs,     half_};
    launch_elements(l.exec, s.members * step.rows, RowColumn<MinibatchIndex>{order, step.rows},
                    2048);
    advantage_moments(l, own_, config_.normalise_advantage);
    gradient_step(l, [this, stage](const GradientCall& call) { gradient(call, stage); });
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
        PpoLossRows{l.data.mask, own_.view.sample, own_.params, params_, l.state, own_.index,
                    c.stage.logits, c.stage.value, c.stage.dlogits, c.stage.dvalue, c.stage.terms,
                    l.counters, l.step, c.rows, c.first, c.member0, l.layout.actions()});
    if (stage == WarmStage::kAnchored) warm.pull(own_, c);
    backward_rows(l, net, c);
  }

  PpoConfig config_;
  int half_;  // Permutation::half_bits of the samples
  OnPolicy own_;
  PpoParams* params_ = nullptr;  // (P)
  Permutation* keys_ = nullptr;  // (P)
};

class PpoAlgorithm final : public Algorithm {
 public:
  const char* name() const override { return "ppo"; }
  const char* title() const override { return "PPO"; }
  LearnerConfig& shared() override { return config_; }
  std::vector<ConfigField> fields() override { return ppo_fields(config_); }
  std::vector<Recipe> recipes() const override {
    // Their value loss is the squared error, ours half of it: a coefficient of 0.5 is 1 here.
    const Recipe sb3{"sb3-ppo",
                     "Stable-Baselines3's defaults",
                     {{"envs", "1"},
                      {"rollout", "2048"},
                      {"minibatch", "64"},
                      {"epochs", "10"},
                      {"learning-rate", "3e-4"},
                      {"schedule", "constant"},
                      {"gamma", "0.99"},
                      {"lambda", "0.95"},
                      {"clip", "0.2"},
                      {"entropy", "0"},
                      {"value-coef", "1"},
                      {"max-grad-norm", "0.5"},
                      {"optimiser-eps", "1e-5"},
                      {"normalise-advantage", "true"},
                      {"normalise-obs", "false"},
                      {"scale-reward", "false"},
                      {"network", "mlp"},
                      {"hidden", "64,64"},
                      {"activation", "tanh"}}};
    return {sb3, changed(sb3, "skrueue-ppo", "SKRueue's, for 50 to 99 observation numbers",
                         {{"rollout", "1024"}, {"hidden", "256,256,128"}})};
  }
  // The default minibatch is for thousands of environments.
  void fit(int envs, const std::function<bool(const char*)>& was_set) override {
    const int64_t samples = int64_t{envs} * config_.rollout_steps;
    if (config_.minibatch > samples && was_set("minibatch"))
      throw InputError("--minibatch",
                       std::to_string(config_.minibatch) + " is more than a member's rollout of " +
                           std::to_string(samples) + " samples (--rollout x --envs)",
                       "Use a smaller minibatch, or more environments");
    config_.minibatch = std::min(config_.minibatch, samples);
  }
  std::unique_ptr<Trainer> make_trainer(Batch& batch, const Exec& exec,
                                        const NetworkConfig& network, uint64_t seed,
                                        int member_offset) const override {
    return make_ppo(batch, exec, network, config_, seed, member_offset);
  }

 private:
  PpoConfig config_;
};

}  // namespace

CUSCHED_ALGORITHM(ppo, PpoAlgorithm)

std::unique_ptr<Trainer> make_ppo(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                  const PpoConfig& config, uint64_t seed, int member_offset) {
  PpoConfig checked = config;
  prepare_trainer("ppo", checked, ppo_fields(checked), batch.shape().members);
  return std::make_unique<Ppo>(batch, exec, network, config, seed, member_offset);
}

}  // namespace cusched
