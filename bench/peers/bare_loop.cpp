// SPDX-License-Identifier: MIT
// What LibTorch alone costs: an algorithm's forward, loss, backward, clip and Adam on stored random
// data, in the way its documentation writes a training loop (nn::Linear, autograd, optim::Adam).
// There is no environment and nothing of cusched's learner in it, so it is the bar that our own
// iteration, environments included, is measured against. PPO's `--rollout` adds the forward passes
// and the sampling that filling the rollout would take; the others have them always.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "bench/measure.h"
#include "bench/peers/bare_a2c.h"
#include "bench/peers/bare_dqn.h"
#include "bench/peers/bare_ppo.h"
#include "cuda/device.h"
#include "cuda/error.h"

namespace cusched {
namespace {

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
                                     {"minibatch", config.minibatch},
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
  BenchResult result;
  result.metric = !ppo             ? "bare_libtorch_train_" + config.algo
                  : config.rollout ? "bare_libtorch_train_rollout"
                                   : "bare_libtorch_train";
  result.steps_per_s = measure_speed(config.timing, measured);
  result.config_json = settings.dump();
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
