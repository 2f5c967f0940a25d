// SPDX-License-Identifier: MIT
#include "envs/admission_presets.h"

namespace cusched::admission {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"default", "the defaults of the options", "wait", {}},
      // A window that large queues do not clog: K = 10 does at load 0.9, SJF waits 2.5 times as
      // long with it.
      {"short-waits",
       "which of the jobs that fit goes first, for short jobs: K = 32, no idling",
       "slowdown",
       {{"slots", "32", ""}, {"features", "fits,pods,scales", ""}, {"idle", "false", ""}}},
      {"skrueue",
       "SKRueue's environment on its simulator's jobs: ticks of 10 s, its reward, clipped",
       "skrueue",
       {{"advance", "tick", ""}, {"clip-reward", "true", ""}}},
      {"skrueue-templates",
       "the same on the jobs of SKRueue's templates",
       "skrueue",
       {{"workload", "skrueue-templates", ""},
        {"advance", "tick", ""},
        {"clip-reward", "true", ""}}},
      {"skrueue-legacy",
       "the same on the jobs of SKRueue's older simulator",
       "skrueue",
       {{"workload", "skrueue-legacy", ""}, {"advance", "tick", ""}, {"clip-reward", "true", ""}}},
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
