// SPDX-License-Identifier: MIT
// What LibTorch alone costs: an algorithm's forward, loss, backward, clip and Adam on stored random
// data, in the way its documentation writes a training loop (nn::Linear, autograd, optim::Adam).
// There is no environment and nothing of cusched's learner in it, so it is the bar that our own
// iteration, environments included, is measured against. PPO's `--rollout` adds the forward passes
// and the sampling that filling the rollout would take; the others have them always.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/write_file.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

struct BareConfig {
  std::string algo = "ppo";
  int64_t samples = 524288;   // environment steps of one iteration, e.g. 4,096 x 128
  int64_t minibatch = 16384;  // samples per gradient step
  int epochs = 4;             // passes over the samples
  std::vector<int64_t> hidden = {64, 64};
  int64_t obs = 67;
  int64_t actions = 11;
  bool rollout = false;         // also the rollout's forward and sampling
  int64_t rollout_rows = 4096;  // rows of one such forward pass
  int64_t replay = 1000000;     // DQN: stored transitions
  int64_t gradient_steps = 1;   // DQN: minibatches of an iteration
  int64_t target_update = 100;  // DQN: gradient steps between two copies
  Timing timing;                // repetitions and the least time of one
  int threads = 0;              // 0: LibTorch's default
  std::string device = "cpu";
  std::string json;  // result file; empty: stdout
};

torch::nn::Sequential make_network(const BareConfig& config, int64_t outputs) {
  torch::nn::Sequential network;
  int64_t inputs = config.obs;
  for (const int64_t width : config.hidden) {
    network->push_back(torch::nn::Linear(inputs, width));
    network->push_back(torch::nn::Tanh());
    inputs = width;
  }
  network->push_back(torch::nn::Linear(inputs, outputs));
  return network;
}

// One algorithm as a training loop of LibTorch on stored random data.
class BareLoop {
 public:
  virtual ~BareLoop() = default;
  virtual void iterate() = 0;  // config.samples environment steps
};

// What loops of a policy with a value have in common. Stored data: N rows of everything that an
// update reads.
class BareActorCritic : public BareLoop {
 protected:
  explicit BareActorCritic(const BareConfig& config)
      : config_(config),
        device_(config.device),
        actor_(make_network(config, config.actions)),
        critic_(make_network(config, 1)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.samples;
    obs_ = torch::randn({n, config_.obs}, options);
    // Masking by an addition: cheaper in LibTorch than masked_fill, so the higher bar.
    bias_ = -3.4e38 * (torch::rand({n, config_.actions}, options) < 0.5).to(torch::kFloat32);
    bias_.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    action_ = torch::empty({n}, options.dtype(torch::kInt64));
    log_prob_ = torch::empty({n}, options);
    advantage_ = torch::randn({n}, options);
    returns_ = torch::randn({n}, options);
  }

  std::vector<torch::Tensor> to_device() {
    actor_->to(device_);
    critic_->to(device_);
    std::vector<torch::Tensor> parameters = actor_->parameters();
    for (const auto& parameter : critic_->parameters()) parameters.push_back(parameter);
    return parameters;
  }

  torch::Tensor log_probs(const torch::Tensor& obs, const torch::Tensor& bias) {
    return torch::log_softmax(actor_->forward(obs) + bias, 1);
  }

  // What the policy does to fill the rows: action, its log-probability and a value, which has to be
  // computed even though the stored returns stay what they are.
  void rollout() {
    torch::NoGradGuard no_grad;
    for (int64_t row = 0; row < config_.samples; row += config_.rollout_rows) {
      const int64_t end = std::min(row + config_.rollout_rows, config_.samples);
      const torch::Tensor obs = obs_.slice(0, row, end);
      const torch::Tensor all = log_probs(obs, bias_.slice(0, row, end));
      const torch::Tensor action = torch::multinomial(all.exp(), 1);
      action_.slice(0, row, end).copy_(action.squeeze(1));
      log_prob_.slice(0, row, end).copy_(all.gather(1, action).squeeze(1));
      critic_->forward(obs);
    }
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential actor_, critic_;
  torch::Tensor obs_;        // (N, D)
  torch::Tensor bias_;       // (N, A): 0 where the action is allowed, else -3.4e38
  torch::Tensor action_;     // (N) int64
  torch::Tensor log_prob_;   // (N)
  torch::Tensor advantage_;  // (N)
  torch::Tensor returns_;    // (N)
};

// Clip and optimiser step after backward().
template <class Optimiser>
void clip_and_step(Optimiser& optimiser) {
  // On CUDA this waits for the device: the C++ API returns the norm as a number.
  torch::nn::utils::clip_grad_norm_(optimiser.param_groups()[0].params(), 0.5);
  optimiser.step();
}

// PPO: forward, loss, backward, clip and Adam over shuffled minibatches.
class BarePpo final : public BareActorCritic {
 public:
  explicit BarePpo(const BareConfig& config)
      : BareActorCritic(config), adam_(to_device(), torch::optim::AdamOptions(3e-4).eps(1e-5)) {
    rollout();
  }

  // One iteration: epochs over shuffled minibatches.
  void iterate() override {
    if (config_.rollout) rollout();
    for (int epoch = 0; epoch < config_.epochs; ++epoch) {
      const torch::Tensor order = torch::randperm(
          config_.samples, torch::TensorOptions().dtype(torch::kInt64).device(device_));
      for (const torch::Tensor& rows : order.split(config_.minibatch)) update(rows);
    }
  }

 private:
  void update(const torch::Tensor& rows) {
    const torch::Tensor obs = obs_.index_select(0, rows);
    const torch::Tensor all = log_probs(obs, bias_.index_select(0, rows));
    const torch::Tensor action = action_.index_select(0, rows);
    const torch::Tensor log_prob = all.gather(1, action.unsqueeze(1)).squeeze(1);
    torch::Tensor advantage = advantage_.index_select(0, rows);
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8);

    const torch::Tensor ratio = (log_prob - log_prob_.index_select(0, rows)).exp();
    const torch::Tensor policy_loss =
        -torch::min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean();
    const torch::Tensor value = critic_->forward(obs).squeeze(1);
    const torch::Tensor value_loss = (value - returns_.index_select(0, rows)).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    adam_.zero_grad();
    loss.backward();
    clip_and_step(adam_);
  }

  torch::optim::Adam adam_;
};

// A2C: the rollout's forward passes and sampling, then one step of RMSProp over all its rows.
class BareA2c final : public BareActorCritic {
 public:
  explicit BareA2c(const BareConfig& config)
      : BareActorCritic(config),
        rmsprop_(to_device(), torch::optim::RMSpropOptions(7e-4).alpha(0.99).eps(1e-5)) {}

  void iterate() override {
    rollout();
    const torch::Tensor all = log_probs(obs_, bias_);
    const torch::Tensor log_prob = all.gather(1, action_.unsqueeze(1)).squeeze(1);
    const torch::Tensor policy_loss = -(log_prob * advantage_).mean();
    const torch::Tensor value = critic_->forward(obs_).squeeze(1);
    const torch::Tensor value_loss = (value - returns_).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    rmsprop_.zero_grad();
    loss.backward();
    clip_and_step(rmsprop_);
  }

 private:
  torch::optim::RMSprop rmsprop_;
};

// DQN's iteration on stored random data: forward pass and epsilon-greedy choice of a rollout, then
// gradient steps on minibatches drawn from the stored transitions, each observation stored once.
class BareDqn final : public BareLoop {
 public:
  explicit BareDqn(const BareConfig& config)
      : config_(config),
        device_(config.device),
        online_(make_network(config, config.actions)),
        target_(make_network(config, config.actions)),
        adam_(to_device(), torch::optim::AdamOptions(1e-3).eps(1e-5)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.replay, rows = n + config_.rollout_rows;
    obs_ = torch::randn({rows, config_.obs}, options);
    bias_ = -3.4e38 * (torch::rand({rows, config_.actions}, options) < 0.5).to(torch::kFloat32);
    bias_.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    action_ = torch::randint(config_.actions, {n}, options.dtype(torch::kInt64));
    reward_ = torch::randn({n}, options);
    discount_ = 0.99 * (torch::rand({n}, options) > 0.01).to(torch::kFloat32);
  }

  void iterate() override {
    rollout();
    for (int64_t i = 0; i < config_.gradient_steps; ++i) update();
  }

 private:
  std::vector<torch::Tensor> to_device() {
    online_->to(device_);
    target_->to(device_);
    return online_->parameters();
  }

  // Greedy actions, and with probability 0.1 any allowed one.
  void rollout() {
    torch::NoGradGuard no_grad;
    for (int64_t row = 0; row < config_.samples; row += config_.rollout_rows) {
      const int64_t first = (at_ + row) % config_.replay;
      const int64_t end = std::min(first + config_.rollout_rows, config_.replay);
      const torch::Tensor bias = bias_.slice(0, first, end);
      const torch::Tensor best = (online_->forward(obs_.slice(0, first, end)) + bias).argmax(1);
      const torch::Tensor any = (torch::rand_like(bias) + bias).argmax(1);
      const torch::Tensor explore = torch::rand({end - first}, bias.options()) < 0.1;
      action_.slice(0, first, end).copy_(torch::where(explore, any, best));
    }
    at_ = (at_ + config_.samples) % config_.replay;
  }

  void update() {
    const torch::Tensor rows =
        torch::randint(config_.replay, {config_.minibatch},
                       torch::TensorOptions().dtype(torch::kInt64).device(device_));
    torch::Tensor goal;
    {
      torch::NoGradGuard no_grad;
      const torch::Tensor next = rows + config_.rollout_rows;  // the same environment's next step
      const torch::Tensor next_obs = obs_.index_select(0, next);
      const torch::Tensor next_bias = bias_.index_select(0, next);
      const torch::Tensor best = (online_->forward(next_obs) + next_bias).argmax(1, true);
      const torch::Tensor value = target_->forward(next_obs).gather(1, best).squeeze(1);
      goal = reward_.index_select(0, rows) + discount_.index_select(0, rows) * value;
    }
    const torch::Tensor q = online_->forward(obs_.index_select(0, rows))
                                .gather(1, action_.index_select(0, rows).unsqueeze(1))
                                .squeeze(1);
    const torch::Tensor loss = torch::smooth_l1_loss(q, goal);
    adam_.zero_grad();
    loss.backward();
    torch::nn::utils::clip_grad_norm_(online_->parameters(), 10.0);
    adam_.step();
    if (++updates_ % config_.target_update != 0) return;
    torch::NoGradGuard no_grad;
    const std::vector<torch::Tensor> from = online_->parameters(), to = target_->parameters();
    for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential online_, target_;
  torch::optim::Adam adam_;
  torch::Tensor obs_, bias_, action_, reward_, discount_;
  int64_t at_ = 0, updates_ = 0;
};

std::unique_ptr<BareLoop> make_loop(const BareConfig& config) {
  if (config.algo == "a2c") return std::make_unique<BareA2c>(config);
  if (config.algo == "dqn") return std::make_unique<BareDqn>(config);
  return std::make_unique<BarePpo>(config);
}

BenchResult measure(const BareConfig& config) {
  const std::unique_ptr<BareLoop> loop = make_loop(config);
  Measured measured;
  measured.work = [&] {
    loop->iterate();
    return config.samples;
  };
  measured.wait = [&] {
    if (torch::Device(config.device).is_cuda()) torch::cuda::synchronize();
  };
  const bool ppo = config.algo == "ppo", dqn = config.algo == "dqn";
  nlohmann::ordered_json settings = {{"algorithm", config.algo},
                                     {"samples", config.samples},
                                     {"hidden", config.hidden},
                                     {"obs", config.obs},
                                     {"actions", config.actions},
                                     {"activation", "tanh"},
                                     {"precision", "float32"},
                                     {"rollout", !ppo || config.rollout},
                                     {"device", config.device},
                                     {"threads", torch::get_num_threads()},
                                     {"seconds_each", config.timing.seconds},
                                     {"torch", TORCH_VERSION}};
  if (dqn) {
    settings["replay"] = config.replay;
    settings["gradient_steps"] = config.gradient_steps;
  }
  if (ppo) settings["epochs"] = config.epochs;
  if (ppo || dqn) settings["minibatch"] = config.minibatch;
  BenchResult result;
  result.metric = !ppo             ? "bare_libtorch_train_" + config.algo
                  : config.rollout ? "bare_libtorch_train_rollout"
                                   : "bare_libtorch_train";
  result.steps_per_s = measure_speed(config.timing, measured);
  result.config_json = json_text(settings);
  result.device = parse_device(config.device);
  return result;
}

int run(int argc, char** argv) {
  BareConfig config;
  CLI::App app(
      "an algorithm's update in bare LibTorch on stored random data: what a learner is compared "
      "with");
  app.option_defaults()->always_capture_default();
  const CLI::Range positive(int64_t{1}, int64_t{1} << 31);
  app.add_option("--algo", config.algo, "algorithm")->check(CLI::IsMember({"ppo", "a2c", "dqn"}));
  app.add_option("--samples", config.samples, "environment steps per iteration")->check(positive);
  app.add_option("--minibatch", config.minibatch, "samples per gradient step; A2C: all")
      ->check(positive);
  app.add_option("--epochs", config.epochs, "passes over the samples")->check(positive);
  app.add_option("--hidden", config.hidden, "widths of the hidden layers")
      ->delimiter(',')
      ->check(positive);
  app.add_option("--obs", config.obs, "numbers of an observation")->check(positive);
  app.add_option("--actions", config.actions, "number of actions")->check(positive);
  app.add_flag("--rollout", config.rollout, "also the rollout's forward passes and sampling");
  app.add_option("--rollout-rows", config.rollout_rows, "environments: rows of such a forward pass")
      ->check(positive);
  app.add_option("--replay", config.replay, "DQN: stored transitions")->check(positive);
  app.add_option("--gradient-steps", config.gradient_steps, "DQN: minibatches of an iteration")
      ->check(positive);
  app.add_option("--target-update", config.target_update, "DQN: gradient steps between two copies")
      ->check(positive);
  app.add_option("--repetitions", config.timing.repetitions, "repetitions; the median is told")
      ->check(positive);
  app.add_option("--seconds", config.timing.seconds, "least seconds of a repetition")
      ->check(CLI::Range(1e-3, 1e6));
  app.add_option("--threads", config.threads, "threads of LibTorch; 0: its default")
      ->check(CLI::Range(0, 4096));
  app.add_option("--device", config.device, "cpu or cuda");
  app.add_option("--json", config.json, "file for the result; default: standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  (void)parse_device(config.device);  // says in plain words why a device cannot be used
  if (config.threads > 0) torch::set_num_threads(config.threads);
  torch::manual_seed(1);
  const std::string text = bench_json(measure(config));
  if (config.json.empty()) {
    std::cout << text;
    return 0;
  }
  write_file(config.json, text);
  return 0;
}

}  // namespace
}  // namespace cusched

int main(int argc, char** argv) {
  try {
    return cusched::run(argc, argv);
  } catch (const cusched::InputError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
