// SPDX-License-Identifier: MIT
#include "bench/train_speed.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "cuda/error.h"
#include "cuda/stream.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

Json statistics_json(const TrainStats& stats) {
  Json members = Json::array();
  for (size_t i = 0; i < stats.values.size(); ++i) {
    const size_t name = i % stats.names.size();
    if (name == 0) members.push_back(Json::object());
    members.back()[stats.names[name]] = stats.values[i];
  }
  return members;
}

void check_finite(const TrainStats& stats) {
  for (size_t i = 0; i < stats.values.size(); ++i)
    CUSCHED_CHECK(std::isfinite(stats.values[i]),
                  "statistic " + stats.names[i % stats.names.size()] + " is not finite",
                  "the training diverged, and its speed would mean nothing");
}

}  // namespace

BenchResult measure_train_speed(const TrainSpeedOptions& options) {
  install_torch_pool();
  const BenchEnvironments& e = options.environments;
  validate_env_speed(e, "random-feasible");
  const auto batch = e.make();
  const Stream stream(e.device);
  const auto trainer = make_ppo(*batch, stream.exec(), options.network, options.ppo, e.seed);
  for (int i = 0; i < options.warmup_iterations; ++i) trainer->iterate();
  check_finite(trainer->stats());

  BenchResult result;
  result.metric = "train_ppo";
  result.device = e.device;
  result.steps_per_s =
      measure_speed(options.timing, {[&] {
                                       trainer->iterate();
                                       return trainer->steps_per_iteration();
                                     },
                                     [&] { synchronize(stream.exec()); }, nullptr});
  const TrainStats stats = trainer->stats();
  check_finite(stats);

  const PpoConfig& ppo = options.ppo;
  const double iterations_per_s =
      result.steps_per_s.median / static_cast<double>(trainer->steps_per_iteration());
  const int64_t samples = int64_t{ppo.rollout_steps} * e.envs;
  const int64_t minibatches = (samples + ppo.minibatch - 1) / std::max<int64_t>(ppo.minibatch, 1);
  result.details_json =
      Json{{"iterations_per_s", iterations_per_s},
           {"updates_per_s", iterations_per_s * static_cast<double>(minibatches * ppo.epochs)},
           {"statistics", statistics_json(stats)}}
          .dump();
  Json config = Json::parse(e.config_json());
  config["algorithm"] = "ppo";
  config["network"] = options.network.kind;
  config["hidden"] = options.network.hidden;
  config["activation"] = options.network.activation;
  config["rollout_steps"] = ppo.rollout_steps;
  config["epochs"] = ppo.epochs;
  config["minibatch"] = ppo.minibatch;
  config["precision"] = "float32";
  config["repetitions"] = options.timing.repetitions;
  config["seconds_each"] = options.timing.seconds;
  result.config_json = config.dump();
  return result;
}

}  // namespace cusched
