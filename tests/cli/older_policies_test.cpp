// SPDX-License-Identifier: MIT
#include "cli/older_policies.h"

#include <map>
#include <string>

#include "agents/checkpoint.h"
#include "cli/trained_settings.h"
#include "export/torchscript_policy.h"
#include "tests/cli/training_child.h"

// Policies that an earlier version of their environment made.
namespace cusched::test {
namespace {

using Flags = std::map<std::string, std::string>;

PolicySchema made_by(int version, const std::string& training) {
  PolicySchema schema;
  schema.environment = "admission";
  schema.environment_version = version;
  schema.json = R"({"training":)" + training + "}";
  return schema;
}

TEST(OlderPolicies, HaveTheDefaultsOfTheirVersion) {
  EXPECT_EQ(training_flags(made_by(1, R"({"config":{"load":"1.5","gamma":["0.99"]}})")),
            (Flags{{"load", "1.5"},
                   {"slots", "10"},
                   {"features", "none"},
                   {"idle", "true"},
                   {"length", "0"},
                   {"horizon-s", "86400"},
                   {"part", "all"},
                   {"warm-up", "none"},
                   {"window", "head"}}));
  Flags waits = training_flags(made_by(1, R"({"config":{"preset":"short-waits","slots":"64"}})"));
  EXPECT_EQ(waits["slots"], "64") << "what the training was given";
  EXPECT_EQ(waits["features"], "fits,pods,scales");
  EXPECT_EQ(waits["idle"], "false");
  Flags windows = training_flags(made_by(1, R"({"config":{"preset":"rlscheduler"}})"));
  EXPECT_EQ(windows["slots"], "128");
  EXPECT_EQ(windows["length"], "256");
  EXPECT_EQ(windows["horizon-s"], "0");
  EXPECT_EQ(windows.count("window"), 0u) << "its preset is what it was";
  EXPECT_EQ(training_flags(made_by(2, R"({"config":{"load":"1.5"}})")),
            (Flags{{"load", "1.5"},
                   {"features", "fits,pods,scales,ready,gpus,tenant,urgent,models"},
                   {"window", "head"}}));
  EXPECT_EQ(training_flags(made_by(2, R"({"config":{"preset":"short-waits"}})")),
            (Flags{{"preset", "short-waits"}}));
}

TEST(OlderPolicies, WhatATrainingRecordedCounts) {
  Flags flags = training_flags(made_by(
      1, R"({"config":{},"inputs":[{"name":"--slots","text":"12"},{"name":"trace","text":"9 jobs"},
             {"name":"--features","text":"fits"},{"name":"--load","text":"0.5"}]})"));
  EXPECT_EQ(flags["slots"], "12");
  EXPECT_EQ(flags["features"], "fits");
  EXPECT_EQ(flags.count("load"), 0u) << "its default is what it was";
  EXPECT_EQ(flags["horizon-s"], "86400");
}

TEST(OlderPolicies, AnOptionMayHaveHadAnotherName) {
  EXPECT_EQ(training_flags(made_by(2, R"({"config":{"train-share":"0.6"}})"))["split"], "0.6");
  EXPECT_EQ(training_flags(made_by(2, R"({"config":{"train-share":"0.6"}})")).count("train-share"),
            0u);
  OptionTable table;
  EnvSettings settings;
  settings.declare(table, find_environment("admission"));
  const std::vector<Setting> read = parse_yaml(table, "train-share: 0.6\n", "run.yaml");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].option->name(), "split");
  EXPECT_EQ(read[0].words, (std::vector<std::string>{"0.6"}));
  EXPECT_EQ(inputs_from_json("checkpoint",
                             R"([{"name":"--train-share","text":"0.6","hash":"","from":""}])")[0]
                .name,
            "--split");
}

TEST(OlderPolicies, TodaysSayWhatTheyWereGiven) {
  EXPECT_EQ(training_flags(made_by(3, R"({"config":{"load":"1.5"}})")), (Flags{{"load", "1.5"}}));
  EXPECT_EQ(training_flags(made_by(1, R"({"seeds":[1]})")), Flags{});
}

struct OfTheTree {
  const char* file;
  int version, slots, slot_features;
};

class PublishedPolicy : public ::testing::TestWithParam<OfTheTree> {};

TEST_P(PublishedPolicy, IsPlayed) {
  const std::string path =
      std::string(CUSCHED_SOURCE_DIR "/bench/results/policies/") + GetParam().file;
  const PolicySchema schema = read_policy_schema(path);
  EXPECT_EQ(schema.environment_version, GetParam().version);
  EXPECT_EQ(schema.shape.slots, GetParam().slots);
  // The files to which the jobs of a training were fitted are not here.
  std::vector<std::string> jobs = {"--workload", "lublin", "--max-procs", "64"};
  if (training_flags(schema)["preset"] != "rlscheduler") jobs = {};
  {
    OptionTable table;
    EnvSettings settings;
    settings.declare(table, find_environment("admission"));
    std::vector<Setting> given;
    for (size_t i = 0; i < jobs.size(); i += 2)
      given.push_back({&table.get(jobs[i].substr(2), "test"), {jobs[i + 1]}, jobs[i]});
    settings.take(given);
    prefer_training(path, &settings);
    std::vector<EnvValue> values = settings.values();
    values.push_back({"job-limit", "50", "test"});
    const BatchShape shape = settings.entry().create(values, {})->shape();
    EXPECT_EQ(shape.slots, schema.shape.slots);
    EXPECT_EQ(shape.globals, schema.shape.globals);
    EXPECT_EQ(shape.slot_features, schema.shape.slot_features);
    EXPECT_EQ(shape.slot_features, GetParam().slot_features);
  }
  std::vector<std::string> words = {
      "eval", "--policy", path, "--baselines", "fifo", "--job-limit", "50", "--episodes", "2"};
  words.insert(words.end(), jobs.begin(), jobs.end());
  const Outcome o = cusched_command(words);
  EXPECT_EQ(o.code, 0) << o.err;
}

INSTANTIATE_TEST_SUITE_P(OlderPolicies, PublishedPolicy,
                         ::testing::Values(OfTheTree{"short_waits.pt", 1, 32, 13},
                                           OfTheTree{"rlscheduler_seed1.pt", 1, 48, 13},
                                           OfTheTree{"wait.pt", 2, 32, 19}));

}  // namespace
}  // namespace cusched::test
