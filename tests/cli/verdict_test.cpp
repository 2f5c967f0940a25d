// SPDX-License-Identifier: MIT
#include "cli/verdict.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "cli/metric_info.h"

namespace cusched {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
using Samples = std::vector<double>;
using Texts = std::vector<std::string>;

// Entries by name; a '*' in front of it is a learned policy. `samples`: of the metric, in seconds,
// and of the longest wait, where there are two lists.
struct Entry {
  std::string name;
  std::vector<Samples> samples;
};
Evaluation evaluation(const std::vector<std::string>& metrics, const std::vector<Entry>& entries) {
  Evaluation e;
  e.env = "admission";
  e.workload = "skrueue-sim";
  e.metrics = metric_infos(metrics);
  e.headline = metrics[0];
  for (size_t i = 0; i < entries[0].samples[0].size(); ++i) e.episodes.push_back(std::to_string(i));
  for (const Entry& entry : entries) {
    PolicyResult policy;
    policy.learned = entry.name[0] == '*';
    policy.name = entry.name.substr(policy.learned ? 1 : 0);
    policy.limited = policy.name.find('@') != std::string::npos;
    policy.samples = entry.samples;
    e.policies.push_back(policy);
  }
  return e;
}
Evaluation waits(const std::vector<Entry>& entries) { return evaluation({"wait_mean_s"}, entries); }

TEST(Verdict, SaysByHowMuchAPolicyWinsTiesAndLoses) {
  // Differences to easy-backfill: -28, -30, -32 of a mean of 100: -30 % +- 4.302653 * 2 / sqrt(3).
  const Evaluation e = waits({{"*policy", {{62, 70, 78}}},
                              {"easy-backfill", {{90, 100, 110}}},
                              {"sjf", {{61, 71, 78}}},
                              {"f1", {{59, 66, 73}}}});
  const Verdict verdict = verdict_of(e, "wait_mean_s");
  EXPECT_EQ(verdict.sentences,
            Texts({"policy: mean wait 70 s. It loses to f1 by 6.1 % (95 % interval 2.3 to 9.8 %), "
                   "ties with sjf (no difference, -3.5 to 3.5 %) and beats "
                   "easy-backfill by 30 % (25 to 35 %)."}));
}

TEST(Verdict, TellsTheLongestWaitAgainstTheBestHeuristics) {
  const double h = 3600;
  const Evaluation e = evaluation(
      {"wait_mean_s", "wait_max_s"},
      {{"*policy", {{50, 60}, {34 * h, 36 * h}}}, {"fifo", {{100, 110}, {17 * h, 17 * h}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences,
            Texts({"policy: mean wait 55 s. It beats fifo by 48 % (95 % interval 48 to 48 %).",
                   "Its longest wait is 35 h against 17 h with fifo, the best heuristic."}));
}

TEST(Verdict, MoreIsBetterWhereTheMetricSaysSo) {
  const Evaluation e = evaluation({"gpu_utilization"}, {{"*policy", {{0.6, 0.66, 0.72}}},
                                                        {"fifo", {{0.5, 0.55, 0.6}}},
                                                        {"sjf", {{0.7, 0.77, 0.84}}}});
  const Verdict verdict = verdict_of(e, "gpu_utilization");
  ASSERT_EQ(verdict.sentences.size(), 1u);
  EXPECT_EQ(verdict.sentences[0],
            "policy: GPU utilisation 66 %. It loses to sjf by 14 % (95 % interval 11 to 18 %) and "
            "beats fifo by 20 % (15 to 25 %).");
}

TEST(Verdict, OneEpisodeHasNoInterval) {
  const Evaluation e = waits({{"*policy", {{70}}}, {"fifo", {{100}}}, {"sjf", {{56}}}});
  const Verdict verdict = verdict_of(e, "wait_mean_s");
  EXPECT_EQ(verdict.sentences,
            Texts({"policy: mean wait 70 s. It loses to sjf by 25 % and beats fifo by 30 %.",
                   "One episode: there is no interval, and any difference may be chance."}));
}

TEST(Verdict, IsSilentOnEpisodesThatOneSideDoesNotHaveAndSaysWhereNoneAreLeft) {
  const Evaluation e =
      waits({{"*policy", {{50, kNan, 54}}}, {"fifo", {{100, 7, 104}}}, {"sjf", {{kNan, 8, kNan}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences,
            Texts({"policy: mean wait 52 s. It cannot be compared with sjf and beats fifo by 49 % "
                   "(95 % interval 49 to 49 %)."}));
}

TEST(Verdict, AWideIntervalIsNoTie) {
  const Evaluation e = waits({{"*policy", {{50, 100, 150}}}, {"fifo", {{140, 90, 160}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences,
            Texts({"policy: mean wait 100 s. It is not told apart from fifo (23 % better, 95 % "
                   "interval -78 to 124 %)."}));
}

TEST(Verdict, AZeroIsComparedInTheMetricsUnit) {
  const Evaluation e = waits({{"*policy", {{3, 5}}}, {"fifo", {{0, 0}}}});
  EXPECT_EQ(
      verdict_of(e, "wait_mean_s").sentences[0],
      "policy: mean wait 4 s. It ties with fifo (4 s worse, 95 % interval -8.71 s to 16.7 s).");
}

TEST(Verdict, NamesOfOneRuleAreToldOnceAndLimitedOnesNot) {
  const Samples same = {100, 104};
  const Evaluation e = waits({{"*policy", {{50, 52}}},
                              {"fcfs", {same}},
                              {"fifo", {same}},
                              {"fifo@10", {{10, 11}}},
                              {"*twin", {same}}});
  const Texts sentences = verdict_of(e, "wait_mean_s").sentences;
  ASSERT_EQ(sentences.size(), 3u);
  EXPECT_EQ(sentences[0],
            "policy: mean wait 51 s. It beats fifo by 50 % (95 % interval 38 to 62 %).");
  EXPECT_EQ(sentences[1], "twin: mean wait 102 s. It does exactly as fifo.");
  EXPECT_EQ(sentences[2],
            "Of 2 policies policy is the best: it beats twin by 50 % (95 % interval 38 to 62 %); 1 "
            "of them beats fifo, the best heuristic.");
}

TEST(Verdict, OfManyHeuristicsItNamesTheKnownOnesAndCountsAll) {
  const Evaluation e = waits({{"*policy", {{50, 52, 54}}},
                              {"a", {{40, 41, 42}}},
                              {"b", {{60, 62, 64}}},
                              {"c", {{61, 63, 65}}},
                              {"fifo", {{70, 72, 74}}},
                              {"d", {{90, 90, 96}}}});
  const Texts sentences = verdict_of(e, "wait_mean_s").sentences;
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_EQ(sentences[0],
            "policy: mean wait 52 s. It loses to a by 27 % (95 % interval 21 to 33 %) and beats "
            "fifo by 28 % (28 to 28 %).");
  EXPECT_EQ(sentences[1], "Of 5 heuristics it beats 4 and loses to 1.");
}

TEST(Verdict, CountsTheLevelApartFromTheUnclear) {
  const Evaluation e = waits({{"*policy", {{50, 52, 54}}},
                              {"a", {{40, 41, 42}}},
                              {"b", {{70, 72, 74}}},
                              {"c", {{51, 52, 53}}},
                              {"d", {{20, 90, 50}}},
                              {"e", {{90, 20, 50}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences[1],
            "Of 5 heuristics it beats 1, is level with 1, not told apart from 2 and loses to 1.");
  const Evaluation unclear = waits({{"*policy", {{50, 52, 54}}},
                                    {"a", {{70, 72, 74}}},
                                    {"b", {{71, 72, 75}}},
                                    {"c", {{kNan, kNan, kNan}}},
                                    {"d", {{20, 90, 50}}},
                                    {"e", {{90, 20, 50}}}});
  EXPECT_EQ(verdict_of(unclear, "wait_mean_s").sentences[1],
            "Of 5 heuristics it beats 2, is not told apart from 2 and cannot be compared with 1.");
}

TEST(Verdict, SaysAWordOfSeveralOnce) {
  const Evaluation e =
      waits({{"*policy", {{50, 51}}}, {"fifo", {{100, 102}}}, {"sjf", {{80, 81}}}});
  EXPECT_EQ(
      verdict_of(e, "wait_mean_s").sentences,
      Texts({"policy: mean wait 50.5 s. It beats sjf by 37 % (95 % interval 37 to 37 %) and fifo "
             "by 50 % (44 to 56 %)."}));
}

TEST(Verdict, EpisodesThatDoNotDifferAreTold) {
  const Evaluation e = waits({{"*policy", {{50, 50}}}, {"fifo", {{100, 100}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences.back(),
            "All episodes are the same: their intervals mean nothing.");
}

TEST(Verdict, WithoutAPolicyItTellsTheBestHeuristic) {
  const Evaluation e = waits({{"fifo", {{100, 102}}}, {"sjf", {{80, 82}}}});
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences,
            Texts({"sjf is the best of 2 heuristics: mean wait 81 s. It beats fifo by 20 % (95 % "
                   "interval 20 to 20 %)."}));
}

TEST(Verdict, WarnsWherePolicyIsWorseThanWhatNeedsNoTraining) {
  const Evaluation bad = waits({{"*policy", {{120, 121, 122}}},
                                {"random-feasible", {{110, 110, 111}}},
                                {"fifo", {{100, 101, 101}}},
                                {"easy-backfill", {{80, 81, 81}}},
                                {"wfp3", {{90, 90, 90}}}});
  const Texts warnings = verdict_of(bad, "wait_mean_s").warnings;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0],
            "policy is worse than easy-backfill, the best heuristic, by 50 %, fifo by 20 % and "
            "random-feasible by 9.7 % (mean wait). It has not learnt to schedule these jobs: train "
            "longer (--seconds, --steps), with another --algo or --network, or for what is judged "
            "here (--objective)");
  const Evaluation fair = waits({{"*policy", {{88, 88, 89}}},
                                 {"random-feasible", {{110, 110, 111}}},
                                 {"fifo", {{100, 101, 101}}},
                                 {"sjf", {{80, 81, 81}}}});
  const Texts one = verdict_of(fair, "wait_mean_s").warnings;
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].substr(0, one[0].find(" (")),
            "policy is worse than sjf, the best heuristic, by 9.5 %");
  EXPECT_NE(one[0].find("Use sjf, or train longer"), std::string::npos);
  // A tie is no reason to warn.
  const Evaluation tie = waits({{"*policy", {{80, 82, 80}}}, {"sjf", {{80, 81, 81}}}});
  EXPECT_EQ(verdict_of(tie, "wait_mean_s").warnings, Texts());
}

TEST(Verdict, OfAnUnknownMetricItSaysNothing) {
  const Evaluation e = waits({{"*policy", {{1}}}, {"fifo", {{2}}}});
  EXPECT_TRUE(verdict_of(e, "no_such_metric").sentences.empty());
}

TEST(Verdict, IsInTheJsonWithHeadlineAndRanking) {
  const Evaluation e =
      waits({{"*policy", {{70, 71, 72}}}, {"fifo", {{100, 101, 102}}}, {"sjf", {{60, 61, 62}}}});
  const nlohmann::json json = evaluation_json(e);
  EXPECT_EQ(json["headline"], "wait_mean_s");
  EXPECT_EQ(json["ranking"], nlohmann::json({"sjf", "policy", "fifo"}));
  EXPECT_EQ(json["sentences"], nlohmann::json(verdict_of(e, "wait_mean_s").sentences));
  EXPECT_EQ(json["verdict_warnings"].size(), 1u);
  EXPECT_NEAR(json["paired"][0]["metrics"]["wait_mean_s"]["relative"]["mean"], -30.0 / 101, 1e-12);
}

TEST(Verdict, WindowsThatShareJobsAreTold) {
  Evaluation e = waits({{"*policy", {{10, 11, 12, 10, 11, 12, 10, 11}}},
                        {"fifo", {{20, 22, 21, 23, 20, 22, 21, 23}}}});
  EXPECT_EQ(interval_words(e), "");
  const double half = paired_rows(e)[0].metrics[0].half_width();
  e.places.length = 100;
  for (int i = 0; i < 8; ++i) e.places.starts.push_back(50 * i);
  EXPECT_EQ(interval_words(e),
            "The windows overlap: intervals are those of a block bootstrap (10,000 resamples, "
            "blocks of 2 consecutive windows).");
  EXPECT_EQ(verdict_of(e, "wait_mean_s").sentences.back(), interval_words(e));
  EXPECT_NE(paired_rows(e)[0].metrics[0].half_width(), half);
  const nlohmann::json json = evaluation_json(e);
  EXPECT_EQ(json["intervals"]["method"], "block bootstrap");
  EXPECT_EQ(json["intervals"]["block"], 2);
  EXPECT_EQ(json["intervals"]["starts"][7], 350);
  for (int i = 0; i < 8; ++i) e.places.starts[i] = 10 * i;  // each shares jobs with every other
  const Verdict unclear = verdict_of(e, "wait_mean_s");
  EXPECT_NE(unclear.sentences[0].find("is not told apart from fifo"), std::string::npos)
      << unclear.sentences[0];
  EXPECT_EQ(unclear.sentences.back(),
            "The windows overlap, too few of them apart for an interval: any difference may be "
            "chance.");
}

TEST(ValueText, HasThreeDigitsAUnitThatFitsAndThousandsApart) {
  const MetricInfo wait = metric_info("wait_mean_s"), jobs = metric_info("unfinished_jobs"),
                   share = metric_info("gpu_utilization"),
                   slowdown = metric_info("bounded_slowdown");
  EXPECT_EQ(value_text(wait, 0), "0 s");
  EXPECT_EQ(value_text(wait, 41.26), "41.3 s");
  EXPECT_EQ(value_text(wait, 119), "119 s");
  EXPECT_EQ(value_text(wait, 120), "2 min");
  EXPECT_EQ(value_text(wait, 4320), "72 min");
  EXPECT_EQ(value_text(wait, 35 * 3600), "35 h");
  EXPECT_EQ(value_text(wait, 86400 * 1234.0), "1,234 days");
  EXPECT_EQ(value_text(wait, -7200), "-2 h");
  EXPECT_EQ(value_text(wait, kNan), "-");
  EXPECT_EQ(value_text(jobs, 12345), "12,345 jobs");
  EXPECT_EQ(value_text(share, 0.8534), "85.3 %");
  EXPECT_EQ(value_text(slowdown, 1.2345), "1.23");
  EXPECT_EQ(value_text(slowdown, 999.6), "1,000");
}

}  // namespace
}  // namespace cusched
