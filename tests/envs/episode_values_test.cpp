// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "envs/registry.h"

// What reports of a training say of ended episodes, in people's units.
namespace cusched {
namespace {

class EpisodeValues : public testing::Test {
 protected:
  void SetUp() override {
    trace_ = testing::TempDir() + "episode_values_" + std::to_string(::getpid()) + ".csv";
    std::ofstream(trace_) << "submit_s,run_s,cpu_milli,memory_mib\n0,100,1000,1024\n0,100,1000,"
                             "1024\n0,100,1000,1024\n";
  }
  void TearDown() override { ::unlink(trace_.c_str()); }

  // The trace on one core, again and again, first come first served.
  BatchStats play(int members, int envs, bool stagger, int64_t steps) {
    const EnvEntry& entry = find_environment("admission");
    BatchOptions options;
    options.members = members;
    options.envs = envs;
    options.stagger = stagger;
    const auto batch = entry.create({{"trace", trace_, "test"},
                                     {"nodes", "1x1c4g", "test"},
                                     {"starts", "0", "test"},
                                     {"length", "3", "test"},
                                     {"horizon-s", "0", "test"}},
                                    options);
    batch->reset({}, {});
    const auto& all = batch->heuristics();
    const auto fifo = std::find(all.begin(), all.end(), "fifo") - all.begin();
    batch->run_heuristic({}, static_cast<int>(fifo), steps, nullptr, {});
    return batch->take_stats({});
  }
  static double value(const BatchStats& stats, const std::string& name, int member = 0) {
    const auto& names = stats.episode_names;
    const auto at = std::find(names.begin(), names.end(), name) - names.begin();
    return stats.episode.at(member * names.size() + at);
  }

  std::string trace_;
};

// Three jobs of 100 s on one core wait 0, 100 and 200 s: slowdowns 1, 2 and 3.
TEST_F(EpisodeValues, AreThoseOfTheJobs) {
  const BatchStats stats = play(2, 3, false, 200);
  for (int member = 0; member < 2; ++member) {
    EXPECT_GE(stats.sum.at(member * stats.names.size()), 3);  // episodes
    EXPECT_DOUBLE_EQ(value(stats, "jobs", member), 3);
    EXPECT_DOUBLE_EQ(value(stats, "wait_mean_s", member), 100);
    EXPECT_DOUBLE_EQ(value(stats, "wait_max_s", member), 200);
    EXPECT_DOUBLE_EQ(value(stats, "bounded_slowdown", member), 2);
    EXPECT_DOUBLE_EQ(value(stats, "throughput_per_h", member), 36);
    EXPECT_DOUBLE_EQ(value(stats, "success_rate", member), 1);
    EXPECT_DOUBLE_EQ(value(stats, "cpu_allocation", member), 1);
    EXPECT_DOUBLE_EQ(value(stats, "mean_queue", member), 1);
    EXPECT_DOUBLE_EQ(value(stats, "duration_s", member), 300);
    EXPECT_TRUE(std::isnan(value(stats, "gpu_utilization", member)));  // there are no GPUs
  }
}

// Staggered first episodes have one to three jobs: with them the mean wait would be below 100 s.
TEST_F(EpisodeValues, LeaveOutStaggeredFirstEpisodes) {
  const BatchStats stats = play(1, 32, true, 200);
  EXPECT_GE(stats.sum[0], 32);
  EXPECT_DOUBLE_EQ(value(stats, "jobs"), 3);
  EXPECT_DOUBLE_EQ(value(stats, "wait_mean_s"), 100);
  // Steps that end first episodes only say nothing.
  EXPECT_TRUE(std::isnan(value(play(1, 32, true, 1), "wait_mean_s")));
}

TEST_F(EpisodeValues, HaveTheNamesOfMetricsWhereTheyAreTheSame) {
  for (const char* env : {"admission", "placement"}) {
    const EnvEntry& entry = find_environment(env);
    const auto batch = entry.create({}, {});
    const BatchStats stats = batch->take_stats({});
    EXPECT_FALSE(stats.episode_names.empty());
    for (const std::string& name : stats.episode_names) {
      const bool own = name == "duration_s" || name == "invalid_actions" ||
                       (name == "mean_queue" && std::string(env) == "placement");
      const auto& metrics = entry.metrics;
      EXPECT_EQ(std::find(metrics.begin(), metrics.end(), name) == metrics.end(), own) << name;
    }
  }
}

}  // namespace
}  // namespace cusched
