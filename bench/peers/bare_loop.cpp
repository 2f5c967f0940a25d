// SPDX-License-Identifier: MIT
// What LibTorch alone costs: PPO's forward, loss, backward, clip and Adam on stored random data, in
// the way its documentation writes a training loop (nn::Linear, autograd, optim::Adam). There is no
// environment and nothing of cusched's learner in it, so it is the bar that our own iteration,
// environments included, is measured against. `--rollout` adds the forward passes and the sampling
// that filling the rollout would take.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "bench/measure.h"
#include "cuda/device.h"
#include "cuda/error.h"

namespace cusched {
namespace {

struct BareConfig {
  int64_t samples = 524288;   // environment steps of one iteration, e.g. 4,096 x 128
  int64_t minibatch = 16384;  // samples per gradient step
  int epochs = 4;             // passes over the samples
  std::vector<int64_t> hidden = {64, 64};
  int64_t obs = 67;
  int64_t actions = 11;
  bool rollout = false;         // also the rollout's forward and sampling
  int64_t rollout_rows = 4096;  // rows of one such forward pass
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

// Stored data: N rows of everything a PPO update reads.
struct Samples {
  torch::Tensor obs;        // (N, D)
  torch::Tensor bias;       // (N, A): 0 where the action is allowed, else -3.4e38
  torch::Tensor action;     // (N) int64
  torch::Tensor log_prob;   // (N)
  torch::Tensor advantage;  // (N)
  torch::Tensor returns;    // (N)
};

class BareLoop {
 public:
  explicit BareLoop(const BareConfig& config)
      : config_(config),
        device_(config.device),
        actor_(make_network(config, config.actions)),
        critic_(make_network(config, 1)),
        adam_(to_device(), torch::optim::AdamOptions(3e-4).eps(1e-5)) {
    torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device_);
    const int64_t n = config_.samples;
    data_.obs = torch::randn({n, config_.obs}, options);
    // Masking by an addition: cheaper in LibTorch than masked_fill, so the higher bar.
    data_.bias = -3.4e38 * (torch::rand({n, config_.actions}, options) < 0.5).to(torch::kFloat32);
    data_.bias.select(1, config_.actions - 1).fill_(0.0);  // "none" is always allowed
    data_.action = torch::empty({n}, options.dtype(torch::kInt64));
    data_.log_prob = torch::empty({n}, options);
    data_.advantage = torch::randn({n}, options);
    data_.returns = torch::randn({n}, options);
    rollout();
  }

  // One iteration: epochs over shuffled minibatches.
  void iterate() {
    if (config_.rollout) rollout();
    for (int epoch = 0; epoch < config_.epochs; ++epoch) {
      const torch::Tensor order = torch::randperm(
          config_.samples, torch::TensorOptions().dtype(torch::kInt64).device(device_));
      for (const torch::Tensor& rows : order.split(config_.minibatch)) update(rows);
    }
  }

  void synchronize() const {
    if (device_.is_cuda()) torch::cuda::synchronize();
  }

 private:
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
      const torch::Tensor obs = data_.obs.slice(0, row, end);
      const torch::Tensor all = log_probs(obs, data_.bias.slice(0, row, end));
      const torch::Tensor action = torch::multinomial(all.exp(), 1);
      data_.action.slice(0, row, end).copy_(action.squeeze(1));
      data_.log_prob.slice(0, row, end).copy_(all.gather(1, action).squeeze(1));
      critic_->forward(obs);
    }
  }

  void update(const torch::Tensor& rows) {
    const torch::Tensor obs = data_.obs.index_select(0, rows);
    const torch::Tensor all = log_probs(obs, data_.bias.index_select(0, rows));
    const torch::Tensor action = data_.action.index_select(0, rows);
    const torch::Tensor log_prob = all.gather(1, action.unsqueeze(1)).squeeze(1);
    torch::Tensor advantage = data_.advantage.index_select(0, rows);
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8);

    const torch::Tensor ratio = (log_prob - data_.log_prob.index_select(0, rows)).exp();
    const torch::Tensor policy_loss =
        -torch::min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean();
    const torch::Tensor value = critic_->forward(obs).squeeze(1);
    const torch::Tensor value_loss = (value - data_.returns.index_select(0, rows)).square().mean();
    const torch::Tensor entropy = -(all.exp() * all).sum(1).mean();
    const torch::Tensor loss = policy_loss + 0.5 * value_loss - 0.01 * entropy;

    adam_.zero_grad();
    loss.backward();
    // On CUDA this waits for the device: the C++ API returns the norm as a number.
    torch::nn::utils::clip_grad_norm_(adam_.param_groups()[0].params(), 0.5);
    adam_.step();
  }

  BareConfig config_;
  torch::Device device_;
  torch::nn::Sequential actor_, critic_;
  torch::optim::Adam adam_;
  Samples data_;
};

BenchResult measure(const BareConfig& config) {
  BareLoop loop(config);
  Measured measured;
  measured.work = [&] {
    loop.iterate();
    return config.samples;
  };
  measured.wait = [&] { loop.synchronize(); };
  const nlohmann::ordered_json settings = {{"samples", config.samples},
                                           {"minibatch", config.minibatch},
                                           {"epochs", config.epochs},
                                           {"hidden", config.hidden},
                                           {"obs", config.obs},
                                           {"actions", config.actions},
                                           {"activation", "tanh"},
                                           {"precision", "float32"},
                                           {"rollout", config.rollout},
                                           {"device", config.device},
                                           {"threads", torch::get_num_threads()},
                                           {"seconds_each", config.timing.seconds},
                                           {"torch", TORCH_VERSION}};
  BenchResult result;
  result.metric = config.rollout ? "bare_libtorch_train_rollout" : "bare_libtorch_train";
  result.steps_per_s = measure_speed(config.timing, measured);
  result.config_json = settings.dump();
  result.device = parse_device(config.device);
  return result;
}

int run(int argc, char** argv) {
  BareConfig config;
  CLI::App app(
      "PPO's update in bare LibTorch on stored random data: what a learner is compared with");
  app.option_defaults()->always_capture_default();
  const CLI::Range positive(int64_t{1}, int64_t{1} << 31);
  app.add_option("--samples", config.samples, "environment steps per iteration")->check(positive);
  app.add_option("--minibatch", config.minibatch, "samples per gradient step")->check(positive);
  app.add_option("--epochs", config.epochs, "passes over the samples")->check(positive);
  app.add_option("--hidden", config.hidden, "widths of the hidden layers")
      ->delimiter(',')
      ->check(positive);
  app.add_option("--obs", config.obs, "numbers of an observation")->check(positive);
  app.add_option("--actions", config.actions, "number of actions")->check(positive);
  app.add_flag("--rollout", config.rollout, "also the rollout's forward passes and sampling");
  app.add_option("--rollout-rows", config.rollout_rows, "environments: rows of such a forward pass")
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
  std::ofstream out(config.json);
  out << text;
  out.flush();
  CUSCHED_CHECK(out.good(), "cannot write " + config.json);
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
