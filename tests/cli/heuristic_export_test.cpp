// SPDX-License-Identifier: MIT
#include "cli/heuristic_export.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/evaluate.h"
#include "cuda/error.h"
#include "envs/registry.h"
#include "export/torchscript_policy.h"
#include "tests/cli/cli_test_util.h"

// Heuristics as policy files: that they decide as the heuristic does, limited to the first K, and
// that commands take them for what they are.
namespace cusched::test {
namespace {

using nlohmann::json;

const EnvEntry& admission() { return find_environment("admission"); }

int index_of(const std::string& heuristic) {
  const auto& all = admission().heuristics;
  return static_cast<int>(std::find(all.begin(), all.end(), heuristic) - all.begin());
}

struct Case {
  std::string heuristic;
  std::vector<EnvValue> values;
};

// A crowded cluster.
Case by_order(const std::string& heuristic, const std::string& order) {
  return {heuristic,
          {{"slots", "10", ""},
           {"window", "head", ""},
           {"load", "1.3", ""},
           {"queue-order", order, ""}}};
}
Case by_score(const std::string& heuristic) {
  Case c = by_order(heuristic, "priority");
  c.values.push_back({"features", "fits,scores", ""});
  return c;
}
std::vector<Case> cases() {
  std::vector<Case> all = {by_order("fcfs", "arrival"), by_order("fifo-skip", "arrival"),
                           by_order("priority", "priority")};
  for (const char* heuristic :
       {"f1", "sjf", "saf", "wfp3", "unicep", "smallest-first", "largest-first"})
    all.push_back(by_score(heuristic));
  // Not among the rules by default.
  for (const char* heuristic : {"best-fit", "fcfs"}) {
    all.push_back(by_score(heuristic));
    all.back().values.push_back({"score-rules", std::string("sjf,") + heuristic + ",f1", ""});
  }
  return all;
}

// Rows in which something else than the first allowed candidate is chosen.
int64_t not_the_first(const HeuristicDecisions& d) {
  int64_t count = 0;
  const int actions = d.rows.slots + 1;
  for (size_t r = 0; r < d.action.size(); ++r) {
    const uint8_t* const mask = d.rows.mask.data() + r * static_cast<size_t>(actions);
    count += std::find(mask, mask + actions, 1) - mask != d.action[r];
  }
  return count;
}

class HeuristicFile : public FolderTest {};

TEST_F(HeuristicFile, DecidesAsTheHeuristicIn10000StatesThatRandomReaches) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.heuristic);
    const HeuristicDecisions d = heuristic_decisions(admission(), c.values, index_of(c.heuristic),
                                                     index_of("random-feasible"), 100, 100, 3);
    ASSERT_EQ(d.rows.rows, 10000);
    HeuristicRule rule = exported_rule(admission(), c.values, c.heuristic);
    EvaluationSetup setup;
    setup.entry = &admission();
    setup.values = c.values;
    const HeuristicExport file = {c.heuristic, rule.text(), probe_evaluation(setup).schema_json,
                                  R"({"config":{},"seeds":[],"commit":""})"};
    write_heuristic(at("h.pt"), rule, file, d);
    std::vector<int32_t> action(10000, -1);
    load_policy(at("h.pt"), Device{})
        ->act({}, 10000, d.rows.obs.data(), d.rows.mask.data(), action.data());
    EXPECT_EQ(action, d.action);
    // States in which a wrong rule would show, and wrong rules.
    if (rule.column < 0) continue;
    EXPECT_GT(not_the_first(d), 50);
    for (const int step : {-1, 1}) {
      HeuristicRule wrong = rule;
      wrong.column += step;
      EXPECT_THROW(write_heuristic(at("wrong.pt"), wrong, file, d), Error) << step;
    }
  }
}

TEST_F(HeuristicFile, EvaluatesToTheNumbersOfTheLimitedHeuristic) {
  const std::vector<std::vector<std::string>> exports = {
      {"priority", "--slots", "6", "--horizon-s", "7200", "--window", "head"},
      {"f1", "--slots", "6", "--horizon-s", "7200", "--features", "fits,scores"}};
  for (const std::vector<std::string>& words : exports) {
    std::vector<std::string> command = {"export", "--out", at("h.pt"), "--heuristic"};
    command.insert(command.end(), words.begin(), words.end());
    const Outcome written = cusched_command(command);
    ASSERT_EQ(written.code, 0) << written.err;
    EXPECT_TRUE(contains(written.out, ", the heuristic " + words[0] + ": the ")) << written.out;
    EXPECT_TRUE(contains(written.out, "2,560 decisions on cpu")) << written.out;
    const Outcome o =
        cusched_command({"eval", "--policy", at("h.pt"), "--baselines", words[0], "--limited",
                         "--episodes", "4", "--device", "cpu", "--json", at("e.json")});
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "+ h.pt")) << o.out;
    EXPECT_TRUE(contains(o.out, "+ a heuristic's file")) << o.out;
    EXPECT_TRUE(contains(o.err, "is the heuristic " + words[0])) << o.err;
    EXPECT_TRUE(contains(o.err, "was exported: ")) << o.err;
    EXPECT_FALSE(contains(o.err, "was trained:")) << o.err;
    const json e = json::parse(read("e.json"));
    json file, limited;
    for (const json& policy : e["policies"]) {
      if (policy["name"] == "h.pt") file = policy;
      if (policy["name"] == words[0] + "@6") limited = policy;
    }
    EXPECT_EQ(file["heuristic"], words[0]);
    EXPECT_FALSE(limited.contains("heuristic"));
    ASSERT_TRUE(file["per_episode"]["wait_mean_s"].is_array());
    EXPECT_EQ(file["per_episode"], limited["per_episode"]);
  }
}

TEST_F(HeuristicFile, TakesTheSettingsOfAPolicysTraining) {
  const Outcome trained = cusched_command(
      {"train", "--out",           at("run"), "--envs",        "64",      "--steps",
       "2k",    "--horizon-s",     "3600",    "--hidden",      "8",       "--device",
       "cpu",   "--slots",         "7",       "--queue-order", "arrival", "--select-episodes",
       "0",     "--verdict=false", "--quiet", "--window",      "head"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Outcome o = cusched_command(
      {"export", "--heuristic", "fcfs", "--policy", at("run/policy.pt"), "--out", at("fcfs.pt")});
  ASSERT_EQ(o.code, 0) << o.err;
  const json described = json::parse(read_policy_schema(at("fcfs.pt")).json);
  EXPECT_EQ(described["K"], 7);
  EXPECT_EQ(described["training"]["config"]["horizon-s"], "3600");
  EXPECT_EQ(described["training"]["config"]["queue-order"], "arrival");
  const Outcome tells = cusched_command({"export", "--describe", at("fcfs.pt")});
  EXPECT_TRUE(contains(tells.out, "\"heuristic\": \"fcfs\"")) << tells.out << tells.err;
  const Outcome played = cusched_command({"play", "--policy", at("fcfs.pt"), "--against", "sjf"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_TRUE(contains(played.err, "is the heuristic fcfs")) << played.err;
}

TEST_F(HeuristicFile, WhatCannotBeIsRefusedAndNothingIsWritten) {
  const struct {
    std::vector<std::string> words;
    std::string problem;
  } cases[] = {
      {{"--heuristic", "best-fit"}, "--heuristic: the observation has no field behind_best_fit"},
      {{"--heuristic", "drf-aging"}, "--heuristic: drf-aging decides by more"},
      {{"--heuristic", "fcfs", "--window", "head"},
       "no field behind_fcfs, by which fcfs decides, and the queue has another order"},
      {{"--heuristic", "priority"}, "and its jobs are not in the queue's order"},
      {{"--heuristic", "sfj"}, "Did you mean 'sjf'?"},
      {{"--heuristic", "fgd", "--env", "placement"}, "Only heuristics of admission"},
      {{"--heuristic", "priority", "--describe", "x.pt"}, "two things to do"},
      {{"--heuristic", "priority", "--member", "1"}, "--member: has no effect"},
      {{"run/checkpoint", "--slots", "4"}, "--slots: has no effect without --heuristic"},
      {{"run/checkpoint", "--env", "admission"}, "--env: has no effect without --heuristic"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> words = {"export", "--out", at("h.pt")};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Outcome o = cusched_command(words);
    EXPECT_EQ(o.code, kExitBadInput) << o.err;
    EXPECT_TRUE(contains(o.err, c.problem)) << o.err;
    EXPECT_FALSE(std::filesystem::exists(at("h.pt")));
  }
}

TEST(ExportCommandLine, AsksForTheFeaturesThatAreMissing) {
  const auto line = [](const std::string& heuristic, const std::vector<EnvValue>& values) {
    return export_command_line(admission(), values, heuristic, "runs/a b/policy.pt", "h.pt");
  };
  EXPECT_EQ(line("priority", {{"window", "head", ""}}),
            "cusched export --heuristic priority --policy 'runs/a b/policy.pt' --out h.pt");
  // The rules of preset default and one more.
  EXPECT_TRUE(line("priority", {})
                  .ends_with(" --score-rules f1,sjf,saf,wfp3,unicep,smallest-first,largest-first,"
                             "tuned,easy,priority --out h.pt"));
  EXPECT_EQ(line("f1", {{"features", "fits,pods", ""}}),
            "cusched export --heuristic f1 --policy 'runs/a b/policy.pt' --features "
            "fits,pods,scores --out h.pt");
  EXPECT_EQ(line("f1", {{"features", "scores", ""}}),
            "cusched export --heuristic f1 --policy 'runs/a b/policy.pt' --out h.pt");
  // A rule that is not among those of the training, and more of them than there may be.
  EXPECT_TRUE(line("best-fit", {{"features", "scores", ""}, {"score-rules", "sjf", ""}})
                  .ends_with(" --score-rules sjf,best-fit --out h.pt"));
  EXPECT_EQ(line("easy-backfill", {}), "");
}

}  // namespace
}  // namespace cusched::test
