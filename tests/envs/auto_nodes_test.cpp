// SPDX-License-Identifier: MIT
#include "envs/auto_nodes.h"

#include <gtest/gtest.h>

#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

// A job a minute for `jobs` minutes, each row as `row` says behind its submit time.
ClusterSpec of_jobs(int jobs, const std::string& row, const std::string& last = "") {
  std::string text = "submit_s,run_s,cpu_milli,memory_mib,gpus,pods\n";
  for (int i = 0; i < jobs; ++i)
    text += std::to_string(60 * i) + "," + (i + 1 == jobs && !last.empty() ? last : row) + "\n";
  WorkloadConfig config;
  config.name = "csv";
  config.jobs = std::make_shared<Trace>(parse_job_csv(text, "t.csv"));
  return auto_nodes(config, "--nodes");
}

TEST(AutoNodes, HoldTheLargestPodAtALoadOfAboutNineTenths) {
  // 601 jobs over 36,000 s, of 3,600 s and two GPUs: 120.2 GPUs of four a node, at 0.9 33.4 nodes.
  const ClusterSpec spec = of_jobs(601, "3600,1500,5000,2,1", "60,3500,20000,4,1");
  EXPECT_EQ(cluster_text(spec), "33 nodes, 132 cores, 660 GiB, 132 GPUs");
  ASSERT_EQ(spec.notes.size(), 1u);
  EXPECT_EQ(spec.notes[0],
            "nodes auto: 33x4c20g4gpu, of the size of the largest pod, as many as an offered load "
            "of about 0.9 needs; of GPUs it is 0.91. If you know the machine, say it: --nodes");
}

TEST(AutoNodes, HoldTheLargestGangAtOnce) {
  const ClusterSpec spec = of_jobs(100, "30,1000,1024,0,1", "30,3000,1024,0,7");
  EXPECT_EQ(cluster_text(spec), "7 nodes, 21 cores, 7 GiB");
  EXPECT_NE(spec.notes[0].find("as many as the largest gang needs at once"), std::string::npos)
      << spec.notes[0];
}

TEST(AutoNodes, AreNeverOverloadedByRounding) {
  // 1.05 nodes of demand: one would have a load of 1.05.
  const ClusterSpec spec = of_jobs(601, "63,1000,0,0,1");
  EXPECT_EQ(cluster_text(spec), "2 nodes, 2 cores");
}

TEST(AutoNodes, AreOfSeveralPodsWhereOneWouldMakeTooMany) {
  const ClusterSpec spec = of_jobs(601, "120000,1000,1024,0,1");  // 2,003 cores are busy
  EXPECT_EQ(spec.nodes.size(), 742u);
  EXPECT_EQ(spec.nodes[0].cpu_milli, 3000);
  EXPECT_EQ(spec.nodes[0].memory_mib, 3072);
}

TEST(AutoNodes, OfSwfAreThePool) {
  WorkloadConfig config;
  config.name = "swf";
  config.jobs = std::make_shared<Trace>(
      parse_swf("; MaxProcs: 64\n1 0 -1 5 4 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n", "t.swf"));
  EXPECT_EQ(cluster_text(auto_nodes(config, "--nodes")), "1 node, 64 cores");
  config = {};
  EXPECT_NE(input_error([&] { auto_nodes(config, "--nodes"); }).find("and there is none"),
            std::string::npos);
}

}  // namespace
}  // namespace cusched
