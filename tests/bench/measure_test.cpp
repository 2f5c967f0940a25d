// SPDX-License-Identifier: MIT
#include "bench/measure.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cuda/error.h"

namespace cusched {
namespace {

TEST(Speeds, MedianOfOddAndEvenCounts) {
  const Speeds odd = summarise_speeds({5, 1, 3});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 5);
  EXPECT_EQ(odd.per_s, (std::vector<double>{5, 1, 3}));
  EXPECT_EQ(summarise_speeds({4, 1, 2, 8}).median, 3);
  EXPECT_EQ(summarise_speeds({7}).median, 7);
  EXPECT_THROW(summarise_speeds({}), Error);
}

// A machine on which a piece of work (100 steps) takes `piece_s`, and a wait `wait_s`.
struct FakeMachine {
  double piece_s, wait_s;
  double clock_s = 0;
  int64_t pieces = 0, waits = 0;

  Measured measured() {
    return {[this] {
              clock_s += piece_s;
              ++pieces;
              return int64_t{100};
            },
            [this] {
              clock_s += wait_s;
              ++waits;
            },
            [this] { return clock_s; }};
  }
};

TEST(MeasureSpeed, CountsStepsOverTime) {
  FakeMachine machine{0.25, 0.0};
  const Speeds speeds = measure_speed({5, 2.0}, machine.measured());
  ASSERT_EQ(speeds.per_s.size(), 5u);
  for (double s : speeds.per_s) EXPECT_DOUBLE_EQ(s, 400.0);
}

TEST(MeasureSpeed, NeitherCountsASlowStartNorManyWaits) {
  FakeMachine machine{1.0 / 1024, 1.0 / 64};
  Measured measured = machine.measured();
  const auto work = measured.work;
  measured.work = [&, work] {
    if (machine.pieces == 0) machine.clock_s += 100;  // the first piece is slow: it compiles
    return work();
  };
  const Speeds speeds = measure_speed({3, 2.0}, measured);
  EXPECT_GT(speeds.min, 0.95 * 102400);
  EXPECT_LT(speeds.max, 102400);
  EXPECT_GE(machine.clock_s, 100 + 3 * 2.0);
}

TEST(MeasureSpeed, RefusesNoTime) {
  FakeMachine machine{1, 0};
  EXPECT_THROW(measure_speed({0, 1.0}, machine.measured()), Error);
  EXPECT_THROW(measure_speed({5, 0.0}, machine.measured()), Error);
}

TEST(BenchJson, HasTheFieldsAReaderNeeds) {
  BenchResult result;
  result.metric = "env_random_feasible";
  result.steps_per_s = summarise_speeds({2e6, 1e6, 3e6});
  result.config_json = R"({"env":"admission","envs":4096})";
  result.details_json = R"({"starts_per_step":0.25,"mean_queue":null})";
  const auto json = nlohmann::json::parse(bench_json(result));
  EXPECT_EQ(json["metric"], "env_random_feasible");
  EXPECT_EQ(json["steps_per_s"]["median"], 2e6);
  EXPECT_EQ(json["steps_per_s"]["min"], 1e6);
  EXPECT_EQ(json["steps_per_s"]["max"], 3e6);
  EXPECT_EQ(json["config"]["envs"], 4096);
  EXPECT_EQ(json["starts_per_step"], 0.25);
  EXPECT_TRUE(json["mean_queue"].is_null());
  EXPECT_FALSE(json["machine"]["name"].get<std::string>().empty());
  EXPECT_GE(json["machine"]["cores"].get<int>(), 1);
  EXPECT_FALSE(json["commit"].get<std::string>().empty());
}

}  // namespace
}  // namespace cusched
