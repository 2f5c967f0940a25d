// SPDX-License-Identifier: MIT
#include "bench/env_speed.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "agents/ppo.h"
#include "bench/rollout_memory.h"
#include "cuda/error.h"
#include "cuda/stream.h"
#include "envs/group_width.h"
#include "envs/json_text.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

BatchOptions batch_options(const BenchEnvironments& e) {
  BatchOptions options;
  options.members = e.members;
  options.envs = e.envs;
  options.device = e.device;
  options.seed = e.seed;
  options.width = e.width;
  return options;
}

int heuristic_index(const Batch& batch, const std::string& name) {
  const auto& names = batch.heuristics();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  std::string known;
  for (const std::string& n : names) known += (known.empty() ? "" : ", ") + n;
  throw InputError("--heuristic", "environment " + batch.name() + " has no heuristic " + name,
                   "Choose one of: " + known);
}

std::unique_ptr<Policy> bench_policy(const EnvSpeedOptions& options, Batch& batch,
                                     const Exec& exec) {
  if (!options.policy_file.empty())
    return load_policy(options.policy_file, exec.device, batch.name(), batch.shape());
  PpoConfig config;
  config.rollout_steps = 1;
  config.minibatch = batch.shape().envs;
  return make_policy(make_ppo(batch, exec, NetworkConfig{}, config, 1)->policy(0), exec.device);
}

// A piece of the measured work: T steps of every environment.
class Driver {
 public:
  explicit Driver(const EnvSpeedOptions& options)
      : options_(options),
        batch_(options.environments.make()),
        stream_(options.environments.device),
        exec_(stream_.exec()),
        memory_(*batch_, options.steps),
        heuristic_(heuristic_index(*batch_, options.heuristic)) {
    // The policy's trainer starts episodes of its own: made first, reset after.
    if (options.driver == EnvDriver::kPolicy) policy_ = bench_policy(options, *batch_, exec_);
    batch_->reset(exec_, memory_.at(options.steps - 1));
    wait();
  }

  // Heuristic steps: far cheaper than a policy's, and the backlog is as long.
  void warm_up() {
    for (int64_t done = 0; done < options_.warmup_steps; done += options_.steps) run_heuristic();
    wait();
    batch_->take_stats(exec_);
  }

  int64_t run() {
    if (options_.driver == EnvDriver::kPolicy) {
      run_policy();
    } else if (options_.driver == EnvDriver::kStepwise) {
      for (int64_t t = 0; t < options_.steps; ++t)
        batch_->run_heuristic(exec_, heuristic_, 1, memory_.action(t), one_row(t));
    } else {
      run_heuristic();
    }
    return batch_->shape().lanes() * options_.steps;
  }

  void wait() const { synchronize(exec_); }
  RolloutFacts facts() const { return memory_.facts(exec_); }
  BatchStats stats() { return batch_->take_stats(exec_); }
  const Batch& batch() const { return *batch_; }

 private:
  void run_heuristic() {
    batch_->run_heuristic(exec_, heuristic_, options_.steps, memory_.action(0), memory_.rows());
  }
  void run_policy() {
    for (int64_t t = 0; t < options_.steps; ++t) {
      const StepBuffers seen = memory_.at(t == 0 ? options_.steps - 1 : t - 1);
      policy_->act(exec_, batch_->shape().lanes(), seen.obs, seen.mask, memory_.action(t));
      batch_->step(exec_, memory_.action(t), memory_.at(t));
    }
  }
  RolloutBuffers one_row(int64_t t) const {
    RolloutBuffers row = memory_.rows();
    row.first = memory_.at(t);
    return row;
  }

  EnvSpeedOptions options_;
  std::unique_ptr<Batch> batch_;
  Stream stream_;
  Exec exec_;
  RolloutMemory memory_;
  int heuristic_;
  std::unique_ptr<Policy> policy_;
};

// Mean queue length over simulated time of the episodes that ended; null where none did or the
// environment has no queue.
Json mean_queue(const BatchStats& stats) {
  const auto sum = [&](const char* name) {
    double total = 0;
    for (size_t i = 0; i < stats.sum.size(); ++i)
      if (stats.names[i % stats.names.size()] == name) total += stats.sum[i];
    return total;
  };
  const double seconds = sum("duration_s");
  return seconds > 0 ? Json(sum("queue_s") / seconds) : Json();
}

std::string metric_name(const EnvSpeedOptions& options) {
  if (options.driver == EnvDriver::kPolicy) return "rollout_policy";
  if (options.driver == EnvDriver::kStepwise) return "env_stepwise";
  std::string name = "env_" + options.heuristic;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::unique_ptr<Batch> BenchEnvironments::make() const {
  return find_environment(env).create(values, batch_options(*this));
}

std::string BenchEnvironments::config_json() const {
  BenchEnvironments one = *this;
  one.envs = one.members = 1;
  one.device = Device{};
  one.width = 0;
  const auto batch = one.make();
  const BatchShape& shape = batch->shape();
  Json options = Json::object();  // what was given; the commit says what the others are
  for (const EnvValue& value : values) options[value.name] = value.value;
  const Json schema = Json::parse(batch->schema_json());
  Json config{{"env", env},
              {"options", options},
              {"workload", schema.contains("workload") ? schema["workload"] : Json()},
              {"members", members},
              {"envs", envs},
              {"K", shape.slots},
              {"observation_numbers", shape.obs()},
              {"device", to_string(device)},
              {"threads", device.is_cuda() ? 1 : host_threads()},
              {"seed", seed}};
  if (device.is_cuda()) config["width"] = group_width(width, int64_t{members} * envs);
  return json_text(config);
}

BenchEnvironments validation_batch(const BenchEnvironments& environments) {
  const BenchEnvironments& timed = environments;
  BenchEnvironments small = timed;
  if (timed.device.is_cuda())
    small.width = group_width(timed.width, int64_t{timed.members} * timed.envs);
  small.envs = 33;  // no multiple of any width but 1, so that tails are met
  small.members = std::min(timed.members, 2);
  return small;
}

void validate_env_speed(const BenchEnvironments& environments, const std::string& heuristic) {
  constexpr int64_t kSteps = 64;
  const auto run = [&](const Device& device, bool single, std::vector<int32_t>* actions) {
    BenchEnvironments small = validation_batch(environments);
    small.device = device;
    if (!device.is_cuda()) small.width = 0;
    const auto batch = small.make();
    const Stream stream(device);
    const RolloutMemory memory(*batch, kSteps);
    const size_t lanes = static_cast<size_t>(batch->shape().lanes());
    const size_t bytes = lanes * kSteps * sizeof(int32_t);
    batch->reset(stream.exec(), memory.at(0));
    if (single) {
      copy_bytes(stream.exec(), memory.action(0), actions->data(), bytes);
      for (int64_t t = 0; t < kSteps; ++t)
        batch->step(stream.exec(), memory.action(t), memory.at(t));
    } else {
      batch->run_heuristic(stream.exec(), heuristic_index(*batch, heuristic), kSteps,
                           memory.action(0), memory.rows());
      actions->resize(lanes * kSteps);
      copy_bytes(stream.exec(), actions->data(), memory.action(0), bytes);
      synchronize(stream.exec());
    }
    return batch->hashes(stream.exec());
  };
  const Device device = environments.device;
  std::vector<int32_t> actions, on_cpu;
  const auto timed = run(device, false, &actions);
  CUSCHED_CHECK(timed == run(device, true, &actions),
                "steps of " + environments.env + " run together differ from single steps",
                "a speed of wrong results would mean nothing", "Please report this");
  CUSCHED_CHECK(
      !device.is_cuda() || (timed == run(Device{}, false, &on_cpu) && on_cpu == actions),
      "steps of " + environments.env + " on " + to_string(device) + " differ from those on the CPU",
      "a speed of wrong results would mean nothing", "Please report this");
}

BenchResult measure_env_speed(const EnvSpeedOptions& options) {
  install_torch_pool();
  const BenchEnvironments& e = options.environments;
  validate_env_speed(e, options.heuristic);
  Driver driver(options);
  driver.warm_up();
  BenchResult result;
  result.metric = metric_name(options);
  result.device = e.device;
  result.steps_per_s = measure_speed(
      options.timing, {[&] { return driver.run(); }, [&] { driver.wait(); }, nullptr});
  const RolloutFacts facts = driver.facts();
  const BatchStats stats = driver.stats();
  const double median = result.steps_per_s.median;
  result.details_json = json_text(Json{{"decisions_per_s", facts.decisions_per_step * median},
                                       {"starts_per_step", facts.starts_per_step},
                                       {"resets_per_step", facts.resets_per_step},
                                       {"mean_queue", mean_queue(stats)},
                                       {"ns_per_step", 1e9 / median}});
  Json config = Json::parse(e.config_json());
  config["steps"] = options.steps;
  config["warmup_steps"] = options.warmup_steps;
  if (options.driver == EnvDriver::kPolicy) {
    config["policy"] = options.policy_file.empty() ? "untrained mlp 64-64" : options.policy_file;
  } else {
    config["heuristic"] = options.heuristic;
  }
  config["repetitions"] = options.timing.repetitions;
  config["seconds_each"] = options.timing.seconds;
  result.config_json = json_text(config);
  return result;
}

}  // namespace cusched
