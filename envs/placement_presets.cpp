// SPDX-License-Identifier: MIT
#include "envs/placement_presets.h"

namespace cusched::placement {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"default", "what counts where no preset is named: GPUs are filled", "allocation", {}},
      {"selsched",
       "SelSched's task: small static clusters, rounds, SKIP",
       "allocation",
       {{"sample-nodes", "16", ""}, {"lookahead", "false", ""}, {"features", "scores,kept", ""}}},
      {"dynamic",
       "placed pods leave again, for a day",
       "wait",
       {{"mode", "dynamic", ""}, {"sample-nodes", "16", ""}}},
      {"openb",
       "the protocol of FGD's experiments (Weng et al., USENIX ATC 2023): one pass over a list of "
       "pods, no departures, no SKIP; needs --nodes and --pods",
       "allocation",
       {{"nodes", "", ""},
        {"pods", "", ""},
        {"sample-nodes", "0", ""},
        {"order", "synth", ""},
        {"rounds", "1", ""},
        {"skip", "false", ""},
        {"lookahead", "false", ""},
        {"features", "scores,kept", ""}}},
      {"openb-sample",
       "the same on clusters of 16 nodes drawn from the list, for training; needs --nodes and "
       "--pods",
       "allocation",
       {{"nodes", "", ""},
        {"pods", "", ""},
        {"sample-nodes", "16", ""},
        {"rounds", "1", ""},
        {"skip", "false", ""},
        {"lookahead", "false", ""},
        {"features", "scores,kept", ""}}},
  };
  return all;
}

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> all = {
      {"allocation",
       "GPU in use at the end: its change in a step, whose sum is the metric, with 0.5 x less "
       "fragmentation and 0.01 x fewer skips, which guide learning",
       "gpu_allocation",
       {{"allocation", 1.0f}, {"fragmentation", 0.5f}, {"skips", 0.01f}},
       {},
       {}},
      {"fragmentation",
       "GPU that a typical pod could not use: minus its increase, whose sum is the metric's, with "
       "the allocation, without which no pod would be placed",
       "fragmentation",
       {{"fragmentation", 1.0f}, {"allocation", 1.0f}},
       {},
       {}},
      {"success",
       "pods placed, of those submitted: the sum is the metric (mode static)",
       "success_rate",
       {{"success", 1.0f}},
       {},
       {}},
      {"wait",
       "mean wait of a pod (mode dynamic): minus the pod-hours pending, whose sum is the pods' "
       "total wait, with 0.5 x less fragmentation and 0.01 x fewer skips",
       "wait_mean_s",
       {{"pending", 0.01f}, {"fragmentation", 0.5f}, {"skips", 0.01f}},
       {},
       {}},
  };
  return all;
}

}  // namespace cusched::placement
