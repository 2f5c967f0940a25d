// SPDX-License-Identifier: MIT
#include "bench/train_speed.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "cuda/error.h"
#include "cuda/stream.h"
#include "envs/json_text.h"

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
  const auto trainer =
      options.algorithm->make_trainer(*batch, stream.exec(), options.network, e.seed, 0);
  for (int i = 0; i < options.warmup_iterations; ++i) trainer->iterate();
  check_finite(trainer->stats());

  BenchResult result;
  result.metric = std::string("train_") + options.algorithm->name();
  result.device = e.device;
  result.steps_per_s =
      measure_speed(options.timing, {[&] {
                                       trainer->iterate();
                                       return trainer->steps_per_iteration();
                                     },
                                     [&] { synchronize(stream.exec()); }, nullptr});
  const TrainStats stats = trainer->stats();
  check_finite(stats);

  const double iterations_per_s =
      result.steps_per_s.median / static_cast<double>(trainer->steps_per_iteration());
  const auto updates = std::find(stats.names.begin(), stats.names.end(), "updates");
  result.details_json = json_text(
      Json{{"iterations_per_s", iterations_per_s},
           {"updates_per_s", iterations_per_s * stats.values[updates - stats.names.begin()]},
           {"statistics", statistics_json(stats)}});
  Json config = Json::parse(e.config_json());
  config["algorithm"] = options.algorithm->name();
  config["network"] = options.network.kind;
  config["hidden"] = options.network.hidden;
  config["activation"] = options.network.activation;
  for (const ConfigField& field : options.algorithm->all_fields()) {
    std::string name = field.name == "rollout" ? "rollout_steps" : field.name;
    std::replace(name.begin(), name.end(), '-', '_');
    config[name] = Json::parse(field_json(field));
  }
  config["precision"] = "float32";
  config["repetitions"] = options.timing.repetitions;
  config["seconds_each"] = options.timing.seconds;
  result.config_json = json_text(config);
  return result;
}

}  // namespace cusched
