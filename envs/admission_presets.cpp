// SPDX-License-Identifier: MIT
#include "envs/admission_presets.h"

namespace cusched::admission {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"default", {}, {}},
      // Which of the jobs that fit goes first, for short waits: a window that large queues do not
      // clog (K = 10 does at load 0.9: SJF waits 2.5 times as long with it), and no idling.
      {"short-waits",
       {{"slots", "32", ""}, {"features", "fits,pods,scales", ""}, {"idle", "false", ""}},
       {{"throughput", 0.0f},
        {"utilization", 0.0f},
        {"wait_penalty", 0.0f},
        {"failure_penalty", 0.0f},
        {"waiting", 0.1f},
        {"slowdown", 1.0f}}},
      {"skrueue", {{"advance", "tick", ""}, {"clip-reward", "true", ""}}, {}},
      {"skrueue-templates",
       {{"workload", "skrueue-templates", ""},
        {"advance", "tick", ""},
        {"clip-reward", "true", ""}},
       {}},
      {"skrueue-legacy",
       {{"workload", "skrueue-legacy", ""}, {"advance", "tick", ""}, {"clip-reward", "true", ""}},
       {}},
      {"rlscheduler",
       {{"workload", "swf", ""},
        {"nodes", "pool", ""},
        {"slots", "128", ""},
        {"queue-order", "arrival", ""},
        {"commit", "true", ""},
        {"features", "fits,scales", ""},
        {"length", "256", ""},
        {"horizon-s", "0", ""},
        {"tenants", "1", ""},
        {"queue-capacity", "auto", ""},
        {"running-capacity", "auto", ""}},
       {{"throughput", 0.0f},
        {"utilization", 0.0f},
        {"wait_penalty", 0.0f},
        {"failure_penalty", 0.0f},
        {"slowdown", 1.0f}}},
  };
  return all;
}

}  // namespace cusched::admission
