// SPDX-License-Identifier: MIT
#include "cli/look_budget.h"

#include <gtest/gtest.h>

#include "cli/heuristic_scores.h"
#include "cli/interrupt.h"
#include "envs/registry.h"

// What looks at a policy may take.
namespace cusched {
namespace {

TEST(LookBudget, OnlyACheapLookComesBeforeTheStart) {
  EXPECT_TRUE(affords_first_look({60, 1.5, 1.25}));
  EXPECT_FALSE(affords_first_look({60, 2.0, 1.25}));
  EXPECT_FALSE(affords_first_look({20, 0.0, 1.25}));
}

TEST(LookBudget, LooksHaveATenthAndHalfOfItBeforeTheMiddle) {
  EXPECT_TRUE(affords_look({60, 0, 2}, 0.1));
  EXPECT_FALSE(affords_look({60, 2, 2}, 0.5));
  EXPECT_TRUE(affords_look({60, 2, 2}, 0.7));
  EXPECT_FALSE(affords_look({60, 4.5, 2}, 1));
}

TEST(LookBudget, TheLastPolicyIsLookedAtWhateverWasSpent) {
  EXPECT_TRUE(affords_last_look({60, 20, 5}));
  EXPECT_FALSE(affords_last_look({60, 0, 7}));
  EXPECT_FALSE(affords_last_look({10, 0, 1.25}));
}

TEST(LookBudget, WhatEverybodyKnowsIsPlayedFirst) {
  EXPECT_EQ(
      heuristics_by_fame({"drf-aging", "easy-backfill", "fifo", "odd", "random-feasible", "sjf"}),
      (std::vector<int>{4, 2, 1, 5, 0, 3}));
}

class HeuristicScores : public ::testing::Test {
 protected:
  HeuristicScores() {
    setup_.entry = &find_environment("admission");
    setup_.values = {{"horizon-s", "1800", "the test"}};
    setup_.episodes = 1;
    setup_.seed = 1;
  }
  EvaluationSetup setup_;
};

TEST_F(HeuristicScores, WhatIsTooDearEndsThePlay) {
  std::vector<std::string> names;
  for (const HeuristicScore& score :
       score_heuristics(setup_, "jobs", {}, [](const std::string& name) { return name != "sjf"; }))
    names.push_back(score.name);
  EXPECT_EQ(names, (std::vector<std::string>{"easy-backfill", "fifo", "random-feasible"}));
}

TEST_F(HeuristicScores, OneThatGetsTooDearWhileItPlaysIsLeftOut) {
  int asked = 0;
  EXPECT_TRUE(score_heuristics(setup_, "jobs", {}, [&](const std::string&) {
                return ++asked < 2;
              }).empty());
}

TEST_F(HeuristicScores, ASignalIsNoBudget) {
  EXPECT_THROW(
      score_heuristics(
          setup_, "jobs", [](int64_t) { return false; }, [](const std::string&) { return true; }),
      Interrupted);
}

}  // namespace
}  // namespace cusched
