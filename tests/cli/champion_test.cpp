// SPDX-License-Identifier: MIT
#include "cli/champion.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/wrap.h"
#include "tests/cli/training_child.h"

// Which of policy and heuristic a training says to deploy.
namespace cusched::test {
namespace {

using nlohmann::json;

// A policy whose mean wait differs from the heuristic's by `differences`, s, in episodes of 100 s.
Evaluation evaluation(const std::vector<double>& differences) {
  Evaluation e;
  e.env = "admission";
  e.headline = "wait_mean_s";
  e.metrics = {{"wait_mean_s", "s", "", MetricInfo::Better::kLower, "mean wait"}};
  PolicyResult policy, rule;
  policy.name = "policy";
  policy.learned = true;
  rule.name = "f1";
  policy.samples = rule.samples = {{}};
  for (const double d : differences) {
    policy.samples[0].push_back(100 + d);
    rule.samples[0].push_back(100);
    e.episodes.push_back(std::to_string(e.episodes.size()));
  }
  e.policies = {policy, rule};
  return e;
}

Champion champion(const std::vector<double>& differences) {
  Champion c;
  c.policy = "runs/x/policy.pt";
  c.heuristic = "f1";
  c.heuristics = 9;
  c.metric = "wait_mean_s";
  c.slots = 32;
  c.jobs.text = "4 fresh episodes (seed 90002)";
  c.jobs.episodes = {0, 1, 2, 3};
  c.comparison = compare_entries(evaluation(differences), c.metric, 0, 1);
  c.command = "cusched export --heuristic f1 --policy runs/x/policy.pt --out runs/x/f1.pt";
  return c;
}

// Text as one line.
std::string joined(std::string text) {
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n'))
    text.replace(at, std::min(text.size() - at, text.find_first_not_of("\n ", at) - at), " ");
  return text;
}

TEST(Champion, ThatBeatsTheRuleIsDeployed) {
  const Champion c = champion({-20, -22, -18, -20});
  EXPECT_TRUE(c.deploys_policy());
  const std::string text = joined(champion_text(c));
  EXPECT_TRUE(contains(text,
                       "deploy runs/x/policy.pt: by mean wait it beats f1 by 20 % (95 % interval "
                       "17 to 23 %), on 4 fresh episodes (seed 90002)."))
      << text;
  EXPECT_TRUE(contains(text, "f1 was the best of 9 heuristics")) << text;
  EXPECT_FALSE(contains(text, "cusched export")) << text;
  const json j = champion_json(c);
  EXPECT_EQ(j["deploy"], "policy");
  EXPECT_EQ(j["standing"], "beats");
  EXPECT_DOUBLE_EQ(j["gain"]["mean"].get<double>(), 0.2);
  EXPECT_LT(j["gain"]["ci95"][0], j["gain"]["mean"]);
  EXPECT_EQ(j["episodes"], 4);
  EXPECT_EQ(j["verdict_agrees"], true);
}

TEST(Champion, ATieGoesToTheRuleWhichIsSimpler) {
  const Champion c = champion({-2, 2, -2, 1});
  EXPECT_FALSE(c.deploys_policy());
  const std::string text = joined(champion_text(c));
  EXPECT_TRUE(contains(text,
                       "deploy f1, which is simpler than runs/x/policy.pt: by mean wait the policy "
                       "ties with f1 (0.2 % better, 95 % interval -3.0 to 3.5 %), on 4"))
      << text;
  EXPECT_TRUE(contains(text, "which sees 32 jobs: " + c.command)) << text;
  EXPECT_EQ(champion_json(c)["deploy"], "heuristic");
  EXPECT_EQ(champion_json(c)["standing"], "ties");
  EXPECT_EQ(champion_json(c)["command"], c.command);
  // The same numbers, and an interval that tells nothing.
  EXPECT_TRUE(contains(joined(champion_text(champion({0, 0, 0, 0}))), "does exactly as f1"));
  EXPECT_TRUE(contains(joined(champion_text(champion({-60, 50, -40, 30}))), "not told apart"));
}

TEST(Champion, ARuleThatBeatsThePolicyIsDeployedWithItsCommand) {
  Champion c = champion({10, 12, 9, 11});
  std::string text = joined(champion_text(c));
  EXPECT_TRUE(
      contains(text, "deploy f1, not runs/x/policy.pt: by mean wait the policy loses to f1 by"))
      << text;
  EXPECT_TRUE(contains(champion_text(c), "\n  " + c.command + "\n")) << text;
  EXPECT_EQ(champion_json(c)["standing"], "loses");
  c.command.clear();
  text = joined(champion_text(c));
  EXPECT_TRUE(contains(text, "No policy file can hold f1")) << text;
  EXPECT_TRUE(champion_json(c)["command"].is_null());
}

TEST(Champion, TellsOfTheRuleItBeganWithAndWhereOnlyOneWasPlayed) {
  Champion c = champion({-20, -22, -18, -20});
  c.heuristics = 1;
  c.tuned = compare_entries(evaluation({-1, 1, -1, 1}), c.metric, 0, 1);
  c.tuned_command = "cusched export --heuristic tuned --policy p.pt --out tuned.pt";
  const std::string text = joined(champion_text(c));
  EXPECT_TRUE(contains(text, "Only f1 was played in the looks: compare with all")) << text;
  EXPECT_TRUE(contains(text, "the rule that it began with, compared: it ties with")) << text;
  EXPECT_TRUE(contains(champion_text(c), "\n  " + c.tuned_command + "\n")) << text;
  EXPECT_EQ(champion_json(c)["tuned"]["standing"], "ties");
  EXPECT_EQ(champion_json(c)["deploy"], "policy");
  const std::string advice = champion_advice(c);
  EXPECT_EQ(advice.rfind("Deploy runs/x/policy.pt: by mean wait", 0), 0u) << advice;
  EXPECT_TRUE(contains(advice, "Only f1 was played")) << advice;
  EXPECT_TRUE(champion_json(champion({1, 1, 1, 1}))["tuned"].is_null());
}

TEST(Champion, SaysWhereTheVerdictContradicts) {
  const auto after_verdict = [](const std::vector<double>& here, const std::vector<double>& there) {
    Champion c = champion(here);
    TrainVerdict verdict;
    verdict.evaluation = evaluation(there);
    compare_with_verdict(verdict, &c);
    return c;
  };
  const std::vector<double> better = {-20, -22, -18, -20}, worse = {10, 12, 9, 11},
                            level = {-2, 2, -2, 1};
  EXPECT_TRUE(contains(joined(champion_text(after_verdict(better, worse))),
                       "verdict's jobs say otherwise: there the policy loses to f1 by 1"));
  EXPECT_TRUE(contains(joined(champion_text(after_verdict(worse, better))),
                       "say otherwise: there the policy beats f1 by 20 %"));
  EXPECT_EQ(champion_json(after_verdict(better, worse))["verdict_agrees"], false);
  for (const auto& there : {better, level})
    EXPECT_FALSE(contains(champion_text(after_verdict(better, there)), "otherwise"));
  EXPECT_FALSE(contains(champion_text(after_verdict(level, worse)), "otherwise"));
}

TEST(Champion, TakesAQuarterOfAMinuteOrATwentiethOfTheTraining) {
  EXPECT_EQ(champion_time_s(20), 15);
  EXPECT_EQ(champion_time_s(900), 45);
}

class ChampionJobsTest : public FolderTest {
 protected:
  EvaluationSetup looks(int jobs, int episodes, const std::string& length) const {
    std::ofstream file(at("jobs.csv"));
    file << "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < jobs; ++i)
      file << 60 * i << "," << 30 + (i * 7) % 400 << "," << 1000 * (1 + i % 4) << ",512\n";
    EvaluationSetup setup;
    setup.entry = &find_environment("admission");
    setup.values = {{"trace", at("jobs.csv"), ""},
                    {"nodes", "2x4c16g", ""},
                    {"length", length, ""},
                    {"part", "validation", ""},
                    {"split", "0.7", ""}};
    setup.episodes = episodes;
    setup.seed = 90001;
    return setup;
  }
};

TEST_F(ChampionJobsTest, OfAGeneratorHaveASeedThatNobodyUsed) {
  EvaluationSetup generated;
  generated.entry = &find_environment("admission");
  generated.episodes = 16;
  generated.seed = 90001;
  const ChampionJobs jobs = champion_jobs(generated, {1, 90001, 90002});
  EXPECT_EQ(jobs.play.seed, 90003u);
  EXPECT_EQ(jobs.episodes.size(), 128u);
  EXPECT_TRUE(jobs.fresh);
  EXPECT_EQ(jobs.text, "128 fresh episodes (seed 90003)");
}

TEST_F(ChampionJobsTest, OfATraceAreWindowsThatNoLookPlayed) {
  // The part validation has 250 jobs: 25 windows of 10 jobs, of which looks play 4.
  const ChampionJobs jobs = champion_jobs(looks(2857, 4, "10"), {1});
  EXPECT_TRUE(jobs.fresh);
  EXPECT_EQ(jobs.play.episodes, 25);
  EXPECT_EQ(jobs.text, "21 windows of the part validation that no look played");
  EXPECT_EQ(jobs.episodes.size(), 21u);
  for (const int e : {0, 8, 16, 24})  // those of the looks
    EXPECT_EQ(std::count(jobs.episodes.begin(), jobs.episodes.end(), e), 0) << e;
}

TEST_F(ChampionJobsTest, OfAShortTraceAreThoseOfTheLooksAndItSaysSo) {
  const ChampionJobs jobs = champion_jobs(looks(600, 16, "20"), {1});
  EXPECT_FALSE(jobs.fresh);
  EXPECT_EQ(jobs.episodes.size(), 16u);
  EXPECT_EQ(jobs.text, "the 16 windows of the part validation that chose it, for lack of others");
}

class ChampionOfTraining : public FolderTest {
 protected:
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"train",    "--out",       at("run"),
                                      "--envs",   "64",          "--steps",
                                      "4k",       "--horizon-s", "600",
                                      "--hidden", "8",           "--device",
                                      "cpu",      "--quiet",     "--select-episodes",
                                      "2",        "--json",      at("result.json")};
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  }
};

TEST_F(ChampionOfTraining, IsTheLastThingATrainingSays) {
  const Outcome o = train({"--select-every", "50%"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json champion = json::parse(read("result.json"))["champion"];
  // Of 128, fewer on a machine that is busy.
  EXPECT_TRUE(contains(champion["jobs"], " fresh episodes (seed 90002")) << champion["jobs"];
  EXPECT_EQ(champion["metric"], "wait_mean_s");
  ASSERT_FALSE(champion["deploy"].is_null());
  EXPECT_EQ(champion["policy"], at("run/policy.pt"));
  // The text has the JSON's sentence, after the verdict.
  const size_t verdict = o.out.find("verdict, on "), deploy = o.out.find("\ndeploy ");
  ASSERT_NE(deploy, std::string::npos) << o.out;
  EXPECT_LT(verdict, deploy);
  EXPECT_TRUE(contains(joined(o.out), joined(champion["sentence"].get<std::string>()))) << o.out;
}

TEST_F(ChampionOfTraining, IsNoneWhereNobodyLookedOrNobodyAsks) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--select-every", "0"}, {"--select-every", "50%", "--verdict=false"}}) {
    const Outcome o = train(more);
    ASSERT_EQ(o.code, 0) << o.err;
    EXPECT_FALSE(contains(o.out, "\ndeploy ")) << o.out;
    EXPECT_FALSE(json::parse(read("result.json")).contains("champion"));
    std::filesystem::remove_all(at("run"));
  }
}

}  // namespace
}  // namespace cusched::test
