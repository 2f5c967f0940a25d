// SPDX-License-Identifier: MIT
#include "cli/learner_options.h"

#include "cuda/error.h"

namespace cusched {

void add_learner_options(OptionTable& table, NetworkConfig* network, PpoConfig* ppo) {
  table.start_group("Network");
  table.add("network", &network->kind, "mlp: flat; pointer: shared per candidate, any K")
      .choices({"mlp", "pointer"});
  table.add("hidden", &network->hidden, "widths of the hidden layers")
      .unit("neurons")
      .min(1)
      .max(65536);
  table.add("activation", &network->activation, "after each hidden layer")
      .choices({"tanh", "relu"});

  // Limits keep values out that are never meant; a list holds one value per member.
  table.start_group("PPO (lists: one value, or one per member)");
  table.add("rollout", &ppo->rollout_steps, "T: steps per environment and iteration")
      .unit("steps")
      .min(1)
      .max(1 << 20);
  table.add("epochs", &ppo->epochs, "passes over a rollout").min(1).max(1000);
  table.add("minibatch", &ppo->minibatch, "samples per member and gradient step")
      .unit("samples")
      .min(1);
  table.add("learning-rate", &ppo->learning_rate, "Adam's step size").min(0).max(1);
  table.add("schedule", &ppo->schedule, "learning rate: constant, or linear to 0 at --steps")
      .choices({"constant", "linear"});
  table.add("gamma", &ppo->gamma, "discount per step, or per tick of time").min(0).max(1);
  table.add("discount", &ppo->discount, "what gamma counts: decisions, or ticks of simulated time")
      .choices({"step", "time"});
  table.add("lambda", &ppo->lambda, "of generalised advantage estimation").min(0).max(1);
  table.add("clip", &ppo->clip, "ratio clip").min(0).max(10);
  table.add("clip-value", &ppo->clip_value, "clip the value loss like the ratio");
  table.add("entropy", &ppo->entropy, "entropy coefficient").min(0).max(100);
  table.add("value-coef", &ppo->value_coef, "value loss coefficient").min(0).max(100);
  table.add("max-grad-norm", &ppo->max_grad_norm, "global norm a member's gradient is cut to")
      .min(0);
  table.add("target-kl", &ppo->target_kl, "stops a member's epochs above 1.5 x this; 0: never")
      .min(0);
  table.add("adam-eps", &ppo->adam_eps, "Adam's epsilon").min(0).max(1);
  table.add("normalise-obs", &ppo->normalise_obs, "running mean and variance of observations");
  table.add("scale-reward", &ppo->scale_reward, "divide by the deviation of the return");
  table.add("normalise-advantage", &ppo->normalise_advantage, "in each minibatch");
}

void check_learner_options(const NetworkConfig& network, const PpoConfig& ppo, int members) {
  const auto check_list = [members](const char* name, size_t size) {
    if (size == 1 || size == static_cast<size_t>(members)) return;
    throw InputError(
        std::string("--") + name,
        "has " + std::to_string(size) + " values for " + std::to_string(members) + " members",
        "Give one value, or one per member (--members)");
  };
  check_list("learning-rate", ppo.learning_rate.size());
  check_list("gamma", ppo.gamma.size());
  check_list("lambda", ppo.lambda.size());
  check_list("clip", ppo.clip.size());
  check_list("entropy", ppo.entropy.size());
  check_list("value-coef", ppo.value_coef.size());
  check_list("max-grad-norm", ppo.max_grad_norm.size());
  check_list("target-kl", ppo.target_kl.size());
  if (network.hidden.empty() || network.hidden.size() > 16)
    throw InputError("--hidden", "needs 1 to 16 layers", "For example --hidden 64,64");
}

}  // namespace cusched
