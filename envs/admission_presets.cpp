// SPDX-License-Identifier: MIT
#include "envs/admission_presets.h"

namespace cusched::admission {
namespace {

// SKRueue's observation of 67 numbers, its ticks and its clipped reward.
std::vector<EnvValue> skrueue(const char* workload) {
  return {{"workload", workload, ""},
          {"slots", "10", ""},
          {"features", "none", ""},
          {"advance", "tick", ""},
          {"clip-reward", "true", ""}};
}

// What a policy sees that starts from the best rule: all there is, of the jobs that rule prefers.
std::vector<EnvValue> from_a_rule() {
  return {{"features", "fits,pods,scales,ready,gpus,tenant,urgent,models,scores,behind", ""},
          {"score-rules", "f1,sjf,saf,wfp3,unicep,smallest-first,largest-first,tuned,easy", ""},
          {"window", "tuned", ""}};
}

// What works on a trace that nobody has seen: no value depends on which one it is.
std::vector<EnvValue> of_a_trace() {
  std::vector<EnvValue> values = from_a_rule();
  const std::vector<EnvValue> own = {{"nodes", "auto", ""},
                                     {"oversize", "drop", ""},
                                     {"augment-load", "0.8,1.25", ""},
                                     {"augment-arrivals", "0.2", ""},
                                     {"augment-users", "true", ""},
                                     {"augment-jitter", "0.1", ""}};
  values.insert(values.end(), own.begin(), own.end());
  return values;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"default", "what counts where no preset is named: jobs wait little", "wait", from_a_rule()},
      {"short-waits",
       "which of the jobs that fit goes first, for short jobs: no idling",
       "slowdown",
       {{"idle", "false", ""}}},
      {"trace",
       "from a recorded trace (--trace FILE) to a policy: cluster by its jobs, windows varied",
       "slowdown", of_a_trace()},
      {"skrueue",
       "SKRueue's environment on its simulator's jobs: 67 numbers, ticks of 10 s, its reward, "
       "clipped",
       "skrueue", skrueue("skrueue-sim")},
      {"skrueue-templates", "the same on the jobs of SKRueue's templates", "skrueue",
       skrueue("skrueue-templates")},
      {"skrueue-legacy", "the same on the jobs of SKRueue's older simulator", "skrueue",
       skrueue("skrueue-legacy")},
      {"rlscheduler",
       "RLScheduler's protocol (Zhang et al., SC 2020): windows of 256 jobs of an HPC trace, a "
       "chosen job is waited for",
       "slowdown",
       {{"workload", "swf", ""},
        {"nodes", "pool", ""},
        {"slots", "128", ""},
        {"queue-order", "arrival", ""},
        {"commit", "true", ""},
        {"features", "fits,scales", ""},
        {"length", "256", ""},
        {"part", "all", ""},
        {"warm-up", "none", ""},
        {"horizon-s", "0", ""},
        {"tenants", "1", ""},
        {"queue-capacity", "auto", ""},
        {"running-capacity", "auto", ""}}},
  };
  return all;
}

}  // namespace cusched::admission
