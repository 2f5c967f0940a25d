// SPDX-License-Identifier: MIT
#include "envs/option_effects.h"

#include <gtest/gtest.h>

#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

using Texts = std::vector<std::string>;

const std::vector<OptionEffect> kNone = {{"load", false, "a trace brings its own", "use another"}};

// Notes about `load` after a preset's value and the user's.
Texts check(const std::string& preset, const EnvValue& given,
            const std::vector<OptionEffect>& effects = kNone) {
  OptionValues values({{"load", "auto", ""}});
  if (!preset.empty()) values.set({"load", preset, ""}, false);
  if (!given.value.empty()) values.set(given, true);
  Texts notes;
  check_effects(values, effects, &notes);
  return notes;
}

TEST(OptionEffects, WhatTheUserGaveIsRefusedWithItsPlace) {
  EXPECT_EQ(input_error([] {
              check("", {"load", "0.9", "run.yaml:7"});
            }),
            error_message("run.yaml:7: load 0.9 has no effect: a trace brings its own", "",
                          "Leave it out, or use another"));
}

TEST(OptionEffects, WhatAPolicyWasTrainedWithIsTold) {
  EXPECT_EQ(
      check("", {"load", "0.9", "a.pt, training configuration", /*trained=*/true}),
      (Texts{"a.pt, training configuration: load 0.9 has no effect: a trace brings its own"}));
}

TEST(OptionEffects, PresetsDefaultsAndEffectiveOnesSayNothing) {
  EXPECT_EQ(check("0.5", {}), Texts{});
  EXPECT_EQ(check("0.5", {"load", "0.5", "--load"}), Texts{});
  EXPECT_EQ(check("0.5", {"load", "auto", "--load"}), Texts{});
  EXPECT_EQ(check("", {"load", "0.9", "--load"}, {{"load", true, "", ""}}), Texts{});
}

// Names of the options of a workload that do nothing.
Texts idle(const WorkloadConfig& config) {
  Texts names;
  for (const OptionEffect& effect : workload_effects(config))
    if (!effect.has_effect) names.push_back(effect.option);
  return names;
}

TEST(OptionEffects, OfWorkloads) {
  WorkloadConfig config;
  EXPECT_EQ(
      idle(config),
      (Texts{"length", "part", "split", "warm-up", "starts", "trace-ranges", "augment-load",
             "augment-arrivals", "augment-users", "augment-jitter", "augment-model", "oversize",
             "memory-per-proc-mib", "max-procs", "fit-trace", "fit-first", "fit-count"}));
  config.name = "lublin";
  EXPECT_EQ(idle(config),
            (Texts{"length", "part", "split", "warm-up", "starts", "trace-ranges", "augment-load",
                   "augment-arrivals", "augment-users", "augment-jitter", "augment-model",
                   "oversize", "fit-first", "fit-count"}));
  config.fit_file = "t.swf";
  EXPECT_EQ(idle(config), (Texts{"length", "part", "split", "warm-up", "starts", "trace-ranges",
                                 "augment-load", "augment-arrivals", "augment-users",
                                 "augment-jitter", "augment-model", "oversize"}));
  config = {};
  config.name = "swf";
  config.jobs = std::make_shared<Trace>();
  EXPECT_EQ(idle(config), (Texts{"load", "tenants", "job-limit", "augment-users", "max-procs",
                                 "fit-trace", "fit-first", "fit-count"}));
}

}  // namespace
}  // namespace cusched
