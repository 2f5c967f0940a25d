// SPDX-License-Identifier: MIT
#include "cli/report/training_log.h"

#include <gtest/gtest.h>

#include "cuda/error.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using Numbers = std::vector<double>;

class TrainingLogTest : public test::FolderTest {
 protected:
  TrainingLog log(const std::string& text) {
    write("metrics.csv", text);
    return read_training_log(at("metrics.csv"));
  }
};

TEST_F(TrainingLogTest, HasACurveForEachMember) {
  const TrainingLog found =
      log("steps,member,policy_loss,episode_return\n10,0,7,1.5\n10,1,7,nan\n20,0,7,2.5\n20,1,7,-3\n"
          "30,0\n");
  ASSERT_EQ(found.columns.size(), 1u);
  const auto& members = found.columns[0].members;
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].name, "member 0");
  EXPECT_EQ(members[0].x, (Numbers{10, 20}));
  EXPECT_EQ(members[0].y, (Numbers{1.5, 2.5}));
  EXPECT_EQ(members[1].y, (Numbers{-3}));
  EXPECT_EQ(learning_curve(found, "wait_mean_s", {}).column->name, "episode_return");
  EXPECT_EQ(learning_curve(found, "wait_mean_s", {}).metric, "");
}

TEST_F(TrainingLogTest, LooksGoFirst) {
  // Between two looks their fields are empty.
  const TrainingLog found =
      log("steps,member,episode_return,episode_wait_mean_s,eval_wait_mean_s,eval_oom_kills\n"
          "10,0,1,500,,\n20,0,2,400,450,\n");
  const LearningCurve curve = learning_curve(found, "wait_mean_s", {});
  EXPECT_TRUE(curve.of_looks);
  EXPECT_EQ(curve.column->name, "eval_wait_mean_s");
  EXPECT_EQ(curve.column->members[0].x, (Numbers{20}));
  EXPECT_EQ(curve.column->members[0].name, "training");
  // A column without a value is none; another metric's looks are better than no looks.
  EXPECT_EQ(learning_curve(found, "oom_kills", {}).column->name, "episode_return");
  EXPECT_EQ(learning_curve(found, "oom_kills", {"wait_mean_s"}).metric, "wait_mean_s");
  EXPECT_EQ(learning_curve({}, "oom_kills", {}).column, nullptr);
}

TEST_F(TrainingLogTest, EpisodesOfTheTrainingServeWhereThereIsNoLook) {
  const TrainingLog found = log("steps,member,episode_return,episode_wait_mean_s\n10,0,1,500\n");
  EXPECT_EQ(learning_curve(found, "wait_mean_s", {}).column->name, "episode_wait_mean_s");
  EXPECT_FALSE(learning_curve(found, "wait_mean_s", {}).of_looks);
}

TEST_F(TrainingLogTest, LooksKnowHeuristics) {
  const TrainingLog found =
      log("steps,member,eval_wait_mean_s,eval_vs_best_heuristic,eval_best_heuristic,"
          "eval_random_feasible,eval_sjf\n10,0,450,-0.1,500,900,\n20,0,,,,,\n");
  const std::vector<Curve> levels = looked_at_heuristics(found, {"wait_mean_s"});
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].name, "best heuristic");
  EXPECT_EQ(levels[0].y, (Numbers{500}));
  EXPECT_EQ(levels[1].name, "random-feasible");
  EXPECT_EQ(levels[1].y, (Numbers{900}));
}

TEST_F(TrainingLogTest, BadNumbersNameFileLineAndField) {
  try {
    log("steps,member,episode_return\n10,0,1\n20,0,x1\n");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_TRUE(test::contains(error.what(), at("metrics.csv") + ":3, field 'episode_return'"))
        << error.what();
  }
  EXPECT_TRUE(log("a,b\n1,2\n").columns.empty());
  EXPECT_TRUE(read_training_log("/nonexistent").columns.empty());
}

}  // namespace
}  // namespace cusched
