// SPDX-License-Identifier: MIT
#include "cli/rule_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/heuristic_scores.h"
#include "cli/statistics.h"
#include "cuda/error.h"
#include "envs/registry.h"

namespace cusched {
namespace {

int index_of(const EnvEntry& entry, const std::string& name) {
  const auto& names = entry.heuristics;
  return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
}

// Half a day of the default workload.
EvaluationSetup small_setup() {
  EvaluationSetup setup;
  setup.entry = &find_environment("admission");
  setup.values = {{"horizon-s", "43200", "test"}, {"load", "1.2", "test"}};
  setup.episodes = 8;
  setup.seed = 5;
  return setup;
}

std::vector<double> waits(EvaluationSetup setup, const std::string& heuristic,
                          const std::string& weights) {
  setup.values.push_back({"tuned-weights", weights, "test"});
  return metric_samples(play_heuristic(setup, index_of(*setup.entry, heuristic), false).metrics,
                        "wait_mean_s");
}

TEST(RuleSearch, KnownRulesInTheTermsAreThoseRules) {
  const EvaluationSetup setup = small_setup();
  EXPECT_EQ(waits(setup, "tuned", "1"), waits(setup, "sjf", "1"));
  // The same weights: what is seen is by tuned.
  EXPECT_EQ(waits(setup, "tuned", "0:1"), waits(setup, "smallest-first", "0:1"));
  const std::string tight = "0:0:0:0:0:0:0:0:0:0:0:0:1";
  EXPECT_EQ(waits(setup, "tuned", tight), waits(setup, "best-fit", tight));
  EXPECT_NE(waits(setup, "tuned", "1"), waits(setup, "smallest-first", "1"));
}

TEST(RuleSearch, FindsARuleThatIsBetterOnItsJobsAndSaysHowMuch) {
  const EvaluationSetup setup = small_setup();
  RuleSearchOptions options;
  options.candidates = 24;
  options.rounds = 8;
  int calls = 0;
  RuleSearch searching;
  const RuleSearch found = search_rule(setup, "wait_mean_s", options, [&](const RuleSearch& best) {
    EXPECT_EQ(best.rounds, ++calls);
    searching = best;
    return true;
  });
  EXPECT_EQ(calls, 8);
  EXPECT_EQ(found.rules, 192);
  EXPECT_LT(searching.value, searching.start_value);
  EXPECT_NEAR(mean(waits(setup, "tuned", searching.weights)), searching.value,
              1e-9 * searching.value);
  // At the end episodes that were not searched on decide, twice as many.
  EvaluationSetup fresh = setup;
  fresh.seed = setup.seed + 1;
  fresh.episodes = 2 * setup.episodes;
  EXPECT_NEAR(mean(waits(fresh, "tuned", found.weights)), found.value, 1e-9 * found.value);
  EXPECT_LE(found.value, found.start_value);
  const RuleSearch again = search_rule(setup, "wait_mean_s", options);
  EXPECT_EQ(again.weights, found.weights);
  EXPECT_EQ(again.value, found.value);
}

TEST(RuleSearch, SearchesForTheHighestWhereMoreIsBetter) {
  RuleSearchOptions options;
  options.candidates = 12;
  options.rounds = 3;
  const RuleSearch found = search_rule(small_setup(), "throughput_per_h", options);
  EXPECT_GE(found.value, found.start_value);
}

TEST(RuleSearch, EndsWhenToldAndRefusesAnEnvironmentWithoutTheRule) {
  RuleSearchOptions options;
  options.candidates = 9;
  const RuleSearch found =
      search_rule(small_setup(), "wait_mean_s", options, [](const RuleSearch&) { return false; });
  EXPECT_EQ(found.rounds, 1);
  EvaluationSetup placement;
  placement.entry = &find_environment("placement");
  EXPECT_THROW(search_rule(placement, "gpu_allocation", options), InputError);
}

TEST(RuleSearch, WeightsThatAreNoneAreRefused) {
  EvaluationSetup setup = small_setup();
  for (const char* weights : {"1:x", "1::2", "nan", "1:1:1:1:1:1:1:1:1:1:1:1:1:1", "1e9", "1,2"}) {
    setup.values.back() = {"tuned-weights", weights, "test"};
    EXPECT_THROW(make_evaluation_batch(setup, 1, false), InputError) << weights;
  }
}

}  // namespace
}  // namespace cusched
