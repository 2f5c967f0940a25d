// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/envs/placement_lane.h"

// The picture's data: who sits where, and fragmentation by GPU, of the state an episode ended in.
namespace cusched {
namespace {

using placement::NodeState;
using placement::TypicalPod;
using test::PlacementLane;
using test::script;
using test::set;

ClusterState cluster_of(const PlacementLane& lane) {
  return Placement::cluster(Exec{Device{}, nullptr}, lane.columns, lane.caps, lane.params);
}

// FGD's definition, written down once more: what of GPU g typical pods cannot use.
double fragment(const placement::FragView& frag, const NodeState& n, int g) {
  double sum = 0;
  for (int m = 0; m < frag.typical_count; ++m) {
    const TypicalPod& t = frag.typical[m];
    const auto holds = [&](int left) { return left >= t.milli; };
    const bool model = t.models == 0 || (t.models >> n.model & 1) != 0;
    const bool fits = t.gpus > 0 && model && n.free_cpu_milli >= t.cpu_milli &&
                      std::count_if(n.left, n.left + n.gpus, holds) >= t.gpus;
    if (!fits || !holds(n.left[g])) sum += t.frequency * n.left[g];
  }
  return sum;
}

// The cluster against the state it was read from, pod by pod and GPU by GPU.
void check(const PlacementLane& lane) {
  const ClusterState cluster = cluster_of(lane);
  const placement::View& v = lane.view();
  ASSERT_EQ(static_cast<int>(cluster.nodes.size()), v.nodes());
  std::vector<std::vector<int64_t>> used(cluster.nodes.size(), std::vector<int64_t>(8));
  int64_t allocated = 0;
  for (const PodPlacement& pod : cluster.pods) {
    const placement::PodSpec& spec = v.p.pods[pod.pod];
    ASSERT_EQ(pod.gpu_milli, spec.gpu_milli());
    for (int g = 0; g < 8; ++g)
      if (pod.gpus >> g & 1) used.at(pod.node)[g] += spec.milli;
    allocated += pod.gpu_milli;
  }
  EXPECT_EQ(allocated, lane.sums().allocated_milli);
  double fragmented = 0;
  for (int n = 0; n < v.nodes(); ++n) {
    const NodeState& node = v.node(n);
    const ClusterNode& seen = cluster.nodes[n];
    EXPECT_EQ(seen.row, node.row);
    EXPECT_EQ(seen.free_cpu_milli, node.free_cpu_milli);
    EXPECT_EQ(seen.free_memory_mib, node.free_memory_mib);
    ASSERT_EQ(seen.gpus.size(), node.gpus);
    double sum = 0;
    for (int g = 0; g < node.gpus; ++g) {
      EXPECT_EQ(seen.gpus[g].free_milli, 1000 - used[n][g]) << "node " << n << " GPU " << g;
      EXPECT_NEAR(seen.gpus[g].fragmented_milli, fragment(v.p.frag, node, g), 1e-9);
      sum += seen.gpus[g].fragmented_milli;
    }
    EXPECT_NEAR(sum, v.p.frag.exact(node), 1e-9) << "node " << n;
    fragmented += sum;
  }
  const double share = fragmented / static_cast<double>(lane.sums().capacity_milli);
  EXPECT_NEAR(share, static_cast<double>(lane.sums().fragmentation_ppm) / 1e6, 1e-6);
}

TEST(PlacementCluster, IsTheStateOfEveryKindOfEpisode) {
  for (const auto& settings : std::vector<std::vector<EnvValue>>{
           {set("sample-nodes", "12")},
           {set("sample-nodes", "8"), set("defer", "share")},
           {set("preset", "dynamic"), set("sample-nodes", "6"), set("horizon-s", "20000")}}) {
    PlacementLane lane(settings);
    lane.run("fgd");
    ASSERT_GT(lane.sums().placed, 20);
    check(lane);
  }
}

TEST(PlacementCluster, TellsWhoSitsWhere) {
  PlacementLane lane(script(
      "cluster", {"8000,8192,1,T4", "64000,65536,2,G2", "4000,4096,0"},
      {"1000,1,1,500,T4", "1000,1024,2,1000", "1000,1,0,0", "1000,1,1,500", "1000,1,1,500"}));
  lane.run("first-fit");
  check(lane);
  const ClusterState cluster = cluster_of(lane);
  ASSERT_EQ(cluster.pods.size(), 4u);  // the last finds no room
  EXPECT_EQ(cluster.pods[1].node, 1);
  EXPECT_EQ(cluster.pods[1].gpus, 3u);
  EXPECT_EQ(cluster.pods[3].node, 0);
  EXPECT_EQ(cluster.nodes[1].free_memory_mib, 65536 - 1024);
  EXPECT_EQ(cluster.nodes[0].model, 0);
  EXPECT_EQ(cluster.nodes[1].model, 1);
  EXPECT_EQ(cluster.nodes[2].model, 2) << "no model";
  EXPECT_TRUE(cluster.nodes[2].gpus.empty());
}

TEST(PlacementCluster, IsLeftOutWhereTheLogIsTooShort) {
  PlacementLane lane({set("sample-nodes", "4"), set("log-pods", "3")});
  lane.run("fgd");
  EXPECT_TRUE(cluster_of(lane).nodes.empty());
}

}  // namespace
}  // namespace cusched
