// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/cli_test_util.h"

// `cusched` on pods and nodes in files: placements, curves, policies on another number of nodes.
namespace cusched {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class PlacementCommand : public test::FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    write("nodes.csv",
          "sn,cpu_milli,memory_mib,gpu,model\nn0,8000,8192,1,T4\nn1,64000,65536,2,G2\n");
    write("pods.csv",
          "name,cpu_milli,memory_mib,num_gpu,gpu_milli\npod-00,1000,1,1,500\npod-01,1000,1,2,1000\n"
          "pod-02,1000,1,0,0\n");
    write("order.csv", "pod\n00\n01\n02\n00\n00\n");
  }
  Words openb(const Words& more) const {
    Words words = {"eval",          "--env",  "placement",    "--preset", "openb", "--nodes",
                   at("nodes.csv"), "--pods", at("pods.csv"), "--device", "cpu"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  int run(const Words& words) {
    outcome_ = test::cusched_command(words);
    return outcome_.code;
  }

  test::Outcome outcome_;
};

TEST_F(PlacementCommand, WritesPlacementsAndCurves) {
  ASSERT_EQ(run(openb({"--order", at("order.csv"), "--baselines", "first-fit,best-fit",
                       "--placements", at("out.csv"), "--json", at("out.json")})),
            0)
      << outcome_.err;
  // Best fit keeps the least free: the small node for shares and the CPU pod.
  EXPECT_EQ(read("out.csv"),
            "pod,first-fit_node,first-fit_gpus,best-fit_node,best-fit_gpus\n"
            "00,0,0,0,0\n01,1,0-1,1,0-1\n02,0,,0,\n00,0,0,0,0\n00,-1,,-1,\n");
  const auto json = nlohmann::json::parse(read("out.json"));
  const auto& policy = json["policies"][0];
  EXPECT_EQ(policy["metrics"]["allocated_gpu_milli"]["mean"], 3000.0);
  EXPECT_EQ(policy["metrics"]["arrived_gpu_milli"]["mean"], 3500.0);
  // 500, 2500, 2500, 3000, 3500 of 3000 arrive: 17, 83, 83, 100 and 117 %.
  const auto& curve = policy["curve"];
  ASSERT_EQ(curve.size(), 118u);
  EXPECT_TRUE(curve[0].is_null());
  EXPECT_EQ(curve[17], 16.67);
  EXPECT_EQ(curve[83], 83.33);
  EXPECT_EQ(curve[117], 100.0);
}

TEST_F(PlacementCommand, DrawsTheClusters) {
  ASSERT_EQ(run(openb({"--order", at("order.csv"), "--baselines", "first-fit,best-fit", "--report",
                       at("report.html"), "--picture", at("clusters.svg")})),
            0)
      << outcome_.err;
  for (const char* name : {"report.html", "clusters.svg"}) {
    const std::string text = read(name);
    EXPECT_EQ(test::first_unbalanced(text), "") << name;
    EXPECT_EQ(test::count(text, "100.00 % of 3 GPUs allocated"), 4) << name;
    EXPECT_TRUE(test::contains(text, "Cluster by best-fit")) << name;
    EXPECT_TRUE(test::contains(text, "G2: 1 node with 2 GPUs")) << name;
    EXPECT_TRUE(test::contains(text, "GPU 0: pod 00, 500 milli")) << name;
  }
  EXPECT_TRUE(test::contains(read("report.html"), "whose pods asked for 116.7&nbsp;%"));
}

TEST_F(PlacementCommand, TellsWhatIsWrong) {
  EXPECT_EQ(run(openb({"--order", "synth", "--baselines", "fgd", "--placements", at("x.csv")})), 2);
  EXPECT_NE(outcome_.err.find("--episodes 1"), std::string::npos) << outcome_.err;
  EXPECT_FALSE(fs::exists(at("x.csv")));
  EXPECT_EQ(run({"eval", "--env", "admission", "--placements", at("x.csv"), "--episodes", "1"}), 2);
  EXPECT_NE(outcome_.err.find("places no pods"), std::string::npos) << outcome_.err;
  EXPECT_EQ(run({"eval", "--env", "admission", "--picture", at("x.svg"), "--episodes", "1"}), 2);
  EXPECT_NE(outcome_.err.find("--picture"), std::string::npos) << outcome_.err;
  EXPECT_EQ(run(openb({"--order", at("order.csv"), "--baselines", "fgd", "--log-pods", "2",
                       "--picture", at("x.svg")})),
            2);
  EXPECT_NE(outcome_.err.find("Leave --log-pods out"), std::string::npos) << outcome_.err;
  EXPECT_FALSE(fs::exists(at("x.svg")));
  write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\npod-0,1,1,1,abc\n");
  EXPECT_EQ(run(openb({"--order", "synth", "--baselines", "fgd"})), 2);
  EXPECT_NE(outcome_.err.find("pods.csv:2, field gpu_milli"), std::string::npos) << outcome_.err;
}

TEST_F(PlacementCommand, PolicyRunsOnAnyNumberOfNodes) {
  ASSERT_EQ(run({"train",     "--env",
                 "placement", "--sample-nodes",
                 "4",         "--network",
                 "pointer",   "--hidden",
                 "8",         "--envs",
                 "8",         "--rollout",
                 "16",        "--minibatch",
                 "64",        "--steps",
                 "512",       "--select-episodes",
                 "0",         "--verdict=false",
                 "--device",  "cpu",
                 "--out",     at("run")}),
            0)
      << outcome_.err;
  ASSERT_EQ(run({"eval", "--policy", at("run") + "/policy.pt", "--sample-nodes", "9", "--baselines",
                 "fgd", "--episodes", "2", "--device", "cpu", "--json", at("eval.json")}),
            0)
      << outcome_.err;
  const auto json = nlohmann::json::parse(read("eval.json"));
  EXPECT_EQ(json["env"], "placement");
  ASSERT_EQ(json["policies"].size(), 2u);
  const double allocation = json["policies"][0]["metrics"]["gpu_allocation"]["mean"];
  EXPECT_GT(allocation, 0.3);
  EXPECT_LE(allocation, 1.0);
}

TEST_F(PlacementCommand, ATrainingLeavesAReportWithItsClusters) {
  ASSERT_EQ(run({"train", "--env",       "placement", "--sample-nodes", "4",  "--steps",
                 "512",   "--envs",      "16",        "--rollout",      "16", "--hidden",
                 "8",     "--minibatch", "128",       "--select-every", "0",  "--device",
                 "cpu",   "--out",       at("run")}),
            0)
      << outcome_.err;
  const std::string page = read("run/report.html");
  EXPECT_TRUE(test::contains(page, "</html>"));
  EXPECT_TRUE(test::contains(page, "<svg")) << "the clusters are drawn";
}

}  // namespace
}  // namespace cusched
