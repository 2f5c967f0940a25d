// SPDX-License-Identifier: MIT
// What train and eval say before they begin, and that --dry-run does nothing else.
#include <nlohmann/json.hpp>

#include "cli/wrap.h"
#include "tests/cli/cli_test_util.h"

namespace cusched::test {
namespace {

class EvalCommand : public FolderTest {
 protected:
  // A policy of a training that is as short as it can be.
  void train(const std::string& run) const {
    const Outcome o = cusched_command({"train", "--out", at(run), "--envs", "64", "--steps", "2k",
                                       "--horizon-s", "3600", "--hidden", "8", "--device", "cpu",
                                       "--slots", "10", "--select-episodes", "0", "--quiet"});
    ASSERT_EQ(o.code, 0) << o.err;
  }
  // Files and folders below the test's folder.
  int entries() const {
    int n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(at("")))
      n += entry.exists();
    return n;
  }
};

size_t widest(const std::string& text) {
  size_t width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, text_width(line));
  return width;
}

const std::vector<std::string> kEval = {"eval",        "--baselines", "all",      "--episodes", "2",
                                        "--horizon-s", "3600",        "--device", "cpu"};
std::vector<std::string> eval(const std::vector<std::string>& more) {
  std::vector<std::string> words = kEval;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST_F(EvalCommand, TellsTheRunThenATableAndSentencesIn80Columns) {
  const Outcome o = cusched_command(kEval);
  ASSERT_EQ(o.code, 0) << o.err;
  for (const char* label : {"jobs:", "cluster:", "policy:", "objective:", "device:", "budget:"})
    EXPECT_TRUE(contains(o.err, label)) << o.err;
  EXPECT_TRUE(contains(o.err, "2 episodes each")) << o.err;
  EXPECT_TRUE(contains(o.out, " is the best of ")) << o.out;
  EXPECT_TRUE(contains(o.out, "limited to the first K jobs")) << o.out;
  EXPECT_FALSE(contains(o.out, "fifo@")) << o.out;
  EXPECT_LE(widest(o.out), 80u) << o.out;
  EXPECT_LE(widest(o.err), 80u) << o.err;

  const Outcome limited = cusched_command(eval({"--limited", "--quiet"}));
  EXPECT_TRUE(contains(limited.out, "fifo@")) << limited.out << limited.err;
  EXPECT_FALSE(contains(limited.err, "budget:")) << limited.err;
}

TEST_F(EvalCommand, TheMetricsOfTheUserSortAndStayInTheirOrder) {
  const Outcome o =
      cusched_command({"eval", "--baselines", "fifo,sjf", "--episodes", "2", "--horizon-s", "3600",
                       "--device", "cpu", "--metrics", "wait_max_s,oom_kills", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const auto json = nlohmann::json::parse(o.out);
  EXPECT_EQ(json["headline"], "wait_max_s");
  EXPECT_EQ(json["run"]["metric"], "wait_max_s");
  EXPECT_TRUE(json["run"]["estimate_s"].is_number());
  EXPECT_EQ(json["ranking"].size(), 4u);
  EXPECT_LT(o.err.find("longest wait"), o.err.find("OOM kills")) << o.err;
}

TEST_F(EvalCommand, ADryRunChecksAndWritesNothing) {
  const int before = entries();
  Outcome o =
      cusched_command(eval({"--dry-run", "--report", at("r.html"), "--json", at("e.json")}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "");
  EXPECT_TRUE(contains(o.err, "budget:")) << o.err;
  o = cusched_command(eval({"--dry-run", "--quiet", "--json"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(nlohmann::json::parse(o.out)["dry_run"], true);
  EXPECT_FALSE(contains(o.err, "budget:")) << o.err;
  write("bad.pt", "no policy");
  o = cusched_command({"eval", "--dry-run", "--env", "admission", "--policy", at("bad.pt")});
  EXPECT_EQ(o.code, 2) << o.err;
  EXPECT_EQ(entries(), before + 1);  // bad.pt
}

TEST_F(EvalCommand, ADryRunOfATrainingLeavesItsFolderAsItWas) {
  const int before = entries();
  const std::vector<std::string> words = {
      "train",       "--out", at("runs/first"), "--envs", "64",       "--steps", "20k",
      "--horizon-s", "3600",  "--hidden",       "8",      "--device", "cpu",     "--dry-run"};
  Outcome o = cusched_command(words);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(entries(), before);
  EXPECT_TRUE(contains(o.err, "20,000 steps")) << o.err;
  EXPECT_TRUE(contains(o.err, "an estimate from")) << o.err;
  std::vector<std::string> bad = words;
  bad.insert(bad.end(), {"--learning-rate", "-1"});
  EXPECT_EQ(cusched_command(bad).code, 2);
}

TEST_F(EvalCommand, PoliciesMayBePatternsAndPlayOnce) {
  train("runs/a");
  train("runs/b");
  Outcome o =
      cusched_command({"eval", "--policy", at("runs/*/policy.pt"), at("runs/a/policy.pt"),
                       "--baselines", "fifo", "--episodes", "1", "--device", "cpu", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const auto json = nlohmann::json::parse(o.out);
  ASSERT_EQ(json["policies"].size(), 4u);
  std::vector<std::string> names;
  for (const auto& policy : json["policies"]) names.push_back(policy["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"a/policy", "b/policy", "fifo", "fifo@10"}));
  EXPECT_TRUE(contains(o.err, "is named twice; it is played once")) << o.err;
  EXPECT_TRUE(contains(o.err, "One episode: there is no interval")) << o.err;
  o = cusched_command({"eval", "--policy", at("runs/c*/policy.pt"), "--baselines", "none"});
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(contains(o.err, "no file matches '" + at("runs/c*/policy.pt") + "'")) << o.err;
}

}  // namespace
}  // namespace cusched::test
