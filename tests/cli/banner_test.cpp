// SPDX-License-Identifier: MIT
#include "cli/banner.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/wrap.h"

namespace cusched {
namespace {

RunFacts trace_facts() {
  RunFacts facts;
  facts.env = "admission";
  facts.workload.workload = "csv";
  facts.workload.file = "data/jobs.csv";
  facts.workload.cluster = "16 nodes, 288 cores, 1,228 GiB, 8 GPUs";
  facts.workload.jobs = 6000;
  facts.workload.span_s = 31 * 86400;
  facts.workload.load = 0.8712;
  facts.workload.part = "held-out";
  facts.workload.ranges = {{4800, 6000}};
  facts.workload.window_jobs = 200;
  facts.workload.windows = 6;
  facts.workload.warm_up_jobs = 41;
  facts.features = "fits,pods,gpus";
  facts.shape.slots = 32;
  facts.shape.slot_features = 9;
  facts.shape.globals = 7;
  facts.objective = "wait";
  facts.metric = "wait_mean_s";
  facts.device = "cpu";
  facts.threads = 2;
  facts.seed = 424242;
  facts.budget = "1 policy and 17 heuristics, 6 episodes each, seed 424242";
  facts.estimate_s = 12.34;
  facts.estimate_from = "one episode of policy and of fifo";
  return facts;
}

TEST(Banner, OfATrace) {
  EXPECT_EQ(banner_text(trace_facts()),
            "jobs:      jobs.csv (csv), 6,000 jobs over 31 days, offered load 0.871\n"
            "windows:   windows of 200 jobs of part 'held-out', jobs 4800-6000; 6 lie side by\n"
            "           side; up to 41 earlier jobs already run\n"
            "cluster:   16 nodes, 288 cores, 1,228 GiB, 8 GPUs\n"
            "policy:    sees 32 candidates (K) with 9 numbers each and 7 global numbers;\n"
            "           features: fits,pods,gpus\n"
            "objective: wait, judged by wait_mean_s\n"
            "device:    cpu, 2 CPU threads\n"
            "budget:    1 policy and 17 heuristics, 6 episodes each, seed 424242; about\n"
            "           12.3 s, an estimate from one episode of policy and of fifo\n");
}

TEST(Banner, OfAGeneratorSaysWhatItKnows) {
  RunFacts facts;
  facts.env = "admission";
  facts.workload.workload = "skrueue-sim";
  facts.workload.horizon_s = 86400;
  facts.shape.slots = 1;
  facts.metric = "wait_mean_s";
  facts.device = "cuda:0";
  facts.budget = "ends after 110 s";
  facts.estimate_s = 110;
  EXPECT_EQ(banner_text(facts),
            "jobs:      skrueue-sim\n"
            "episodes:  arrivals stop after 24 h\n"
            "policy:    sees 1 candidate (K) with 1 number each and 1 global number\n"
            "objective: judged by wait_mean_s\n"
            "device:    cuda:0, 1 CPU thread\n"
            "budget:    ends after 110 s\n");
}

TEST(Banner, SaysWhereItDoesNotKnowHowLong) {
  RunFacts facts = trace_facts();
  facts.budget = "ends after 20,000 steps";
  const auto last_line = [&] {
    const std::string text = banner_text(facts);
    return text.substr(text.find("budget:"));
  };
  facts.estimate_s = -1;
  EXPECT_EQ(last_line(),
            "budget:    ends after 20,000 steps; the progress says how long that takes\n");
  facts.estimate_s = 0.25;
  facts.estimate_from = "one iteration";
  EXPECT_EQ(last_line(),
            "budget:    ends after 20,000 steps; less than 1 s, an estimate from one\n"
            "           iteration\n");
}

TEST(Banner, StaysWithin80ColumnsAndShowsNamesAsTheyAre) {
  RunFacts facts = trace_facts();
  facts.workload.file = "data/" + std::string(60, 'x') + " " + std::string(60, 'y') + "\n.csv";
  for (int i = 0; i < 9; ++i) facts.workload.ranges.push_back({i, i + 1});
  std::istringstream lines(banner_text(facts));
  std::string first;
  for (std::string line; std::getline(lines, line);) {
    if (first.empty()) first = line;
    EXPECT_LE(text_width(line), 80u) << line;
  }
  EXPECT_NE(banner_text(facts).find("\\n.csv"), std::string::npos);
  EXPECT_NE(banner_text(facts).find("10 ranges of jobs"), std::string::npos);
}

TEST(Banner, JsonHasTheSameAndNullForWhatIsNotKnown) {
  RunFacts facts = trace_facts();
  nlohmann::json json = banner_json(facts);
  EXPECT_EQ(json["jobs"], 6000);
  EXPECT_EQ(json["ranges"], nlohmann::json::parse("[[4800, 6000]]"));
  EXPECT_EQ(json["observation"], 7 + 32 * 9);
  EXPECT_EQ(json["estimate_s"], 12.34);
  EXPECT_EQ(json["part"], "held-out");
  facts.estimate_s = -1;
  EXPECT_TRUE(banner_json(facts)["estimate_s"].is_null());
}

}  // namespace
}  // namespace cusched
