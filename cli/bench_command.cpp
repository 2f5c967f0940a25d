// SPDX-License-Identifier: MIT
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "bench/env_speed.h"
#include "bench/train_speed.h"
#include "cli/command.h"
#include "cli/env_options.h"
#include "cli/learner_options.h"
#include "cli/output.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/group_width.h"

namespace cusched {
namespace {

// What both benchmarks have in common.
class BenchCommand : public Command {
 public:
  using Command::Command;

  void before_settings(const std::vector<Setting>& settings) override { settings_.take(settings); }

 protected:
  void declare_common(const EnvEntry& entry) {
    OptionTable& t = options();
    environments_.env = entry.name;
    t.start_group("Benchmark");
    t.add("env", &environments_.env, "environment");
    t.add("envs", &environments_.envs, "E: environments of a member")
        .unit("count")
        .min(1)
        .max(1 << 24);
    t.add("members", &environments_.members, "P").unit("count").min(1).max(1 << 16);
    t.add("seed", &environments_.seed, "of all random draws");
    t.add("device", &device_, "auto, cpu, cuda or cuda:N");
    t.add("threads", &threads_, "CPU threads; 0: all").min(0).max(4096);
    t.add("repetitions", &timing_.repetitions, "timed repetitions; the median counts")
        .min(5)
        .max(1000);
    t.add("seconds", &timing_.seconds, "least time of a repetition").unit("s").min(0.01);
    add_json_option(t, &json_, "the figures");
  }

  void start() {
    install_torch_pool();
    if (threads_ > 0) set_host_threads(threads_);
    environments_.device = parse_device(device_);
    environments_.values = settings_.values();
    BenchEnvironments one = environments_;  // what is assumed about the input is told once
    one.envs = 1;
    one.device = Device{};
    tell_notes(one.make()->notes());
  }
  static void tell_notes(const std::vector<std::string>& notes) {
    for (const std::string& note : notes) say_note(note);
  }

  int tell(const BenchResult& result) const {
    const Speeds& speeds = result.steps_per_s;
    std::fprintf(people(json_), "%s: %s steps/s (median; %s to %s; %zu repetitions) on %s\n",
                 result.metric.c_str(), short_number(speeds.median).c_str(),
                 short_number(speeds.min).c_str(), short_number(speeds.max).c_str(),
                 speeds.per_s.size(), describe(result.device).c_str());
    const auto details = nlohmann::json::parse(result.details_json);  // items() only refers to it
    for (const auto& [name, value] : details.items())
      if (value.is_number())
        std::fprintf(people(json_), "  %s: %s\n", name.c_str(),
                     short_number(value.get<double>()).c_str());
    emit_json(json_, nlohmann::json::parse(bench_json(result)));
    return kExitOk;
  }

  EnvSettings settings_;
  BenchEnvironments environments_;
  Timing timing_;
  std::string device_ = "auto", json_;
  int threads_ = 0;
};

class BenchEnvCommand : public BenchCommand {
 public:
  BenchEnvCommand() : BenchCommand("bench env", "speed of the environments") {}

  void prepare(const std::vector<std::string>& words) override {
    const EnvEntry& entry = environment_of(words);
    declare_common(entry);
    OptionTable& t = options();
    t.add("steps", &speed_.steps, "T: steps a launch").unit("steps").min(1).max(1 << 20);
    t.add("warmup", &speed_.warmup_steps, "untimed steps of each environment, to build a backlog")
        .unit("steps")
        .min(0);
    t.add("driver", &driver_, "heuristic: T steps a launch; stepwise: one; policy: greedy actions")
        .choices({"heuristic", "stepwise", "policy"});
    t.add("heuristic", &speed_.heuristic, "who chooses").choices(entry.heuristics);
    t.add("policy", &speed_.policy_file, "policy.pt of driver policy; default: untrained 64-64")
        .input();
    t.add("width", &width_, "CUDA: threads that serve an environment; auto: by their number")
        .choices(widths());
    settings_.declare(t, entry);
    add_config_options();
  }

  int run() override {
    if (is_changed(options().get("policy", "--policy")) && driver_ != "policy")
      throw InputError("--policy", "has no effect: the driver is " + driver_,
                       "Leave it out, or add --driver policy");
    if (is_changed(options().get("heuristic", "--heuristic")) && driver_ == "policy")
      throw InputError("--heuristic", "has no effect: a policy drives",
                       "Leave it out, or leave out --driver policy");
    start();
    if (width_ != "auto") {
      if (!environments_.device.is_cuda())
        throw InputError("--width", "has no effect on the CPU: one thread serves an environment",
                         "Leave it out, or run with --device cuda");
      environments_.width = std::stoi(width_);
    }
    speed_.environments = environments_;
    speed_.timing = timing_;
    speed_.driver = driver_ == "stepwise" ? EnvDriver::kStepwise
                    : driver_ == "policy" ? EnvDriver::kPolicy
                                          : EnvDriver::kHeuristic;
    return tell(measure_env_speed(speed_));
  }

 private:
  static std::vector<std::string> widths() {
    std::vector<std::string> words = {"auto"};
    for (const int width : group_widths()) words.push_back(std::to_string(width));
    return words;
  }

  EnvSpeedOptions speed_;
  std::string driver_ = "heuristic", width_ = "auto";
};

class BenchTrainCommand : public BenchCommand {
 public:
  BenchTrainCommand() : BenchCommand("bench train", "speed of learning, everything included") {}

  void prepare(const std::vector<std::string>& words) override {
    const EnvEntry& entry = environment_of(words);
    declare_common(entry);
    options().add("warmup", &speed_.warmup_iterations, "untimed iterations").min(1).max(1000);
    learner_.declare(options(), algorithm_of(words));
    settings_.declare(options(), entry);
    add_config_options();
  }

  void before_settings(const std::vector<Setting>& settings) override {
    BenchCommand::before_settings(settings);
    learner_.apply_recipe(options(), settings);
  }

  void validate() override {
    learner_.validate(options(), environments_.envs, environments_.members);
  }

  int run() override {
    start();
    tell_notes(LearnerSettings::idle_options(options()));
    speed_.environments = environments_;
    speed_.network = learner_.network;
    speed_.algorithm = learner_.algorithm;
    speed_.timing = timing_;
    return tell(measure_train_speed(speed_));
  }

 private:
  LearnerSettings learner_;
  TrainSpeedOptions speed_;
};

}  // namespace

std::unique_ptr<Command> make_bench_env_command() { return std::make_unique<BenchEnvCommand>(); }
std::unique_ptr<Command> make_bench_train_command() {
  return std::make_unique<BenchTrainCommand>();
}

}  // namespace cusched
