// SPDX-License-Identifier: MIT
#include "cli/report/placement_picture.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/evaluate.h"
#include "cli/report/placement_layout.h"
#include "cli/report/placement_svg.h"
#include "cli/report/svg.h"
#include "cuda/error.h"
#include "tests/cli/cli_test_util.h"

// The picture of a cluster: its data against the environment's metrics, its drawing by hand.
namespace cusched {
namespace {

using test::contains;
using test::count;

// What a heuristic left of the first of two episodes.
struct Played {
  ClusterState cluster;
  EpisodeMetrics metrics;

  double metric(const std::string& name) const {
    const auto found = std::find(metrics.names.begin(), metrics.names.end(), name);
    return metrics.values.at(static_cast<size_t>(found - metrics.names.begin()));
  }
};

Played play(const std::string& heuristic, const std::vector<EnvValue>& values) {
  EvaluationSetup setup;
  setup.entry = &find_environment("placement");
  setup.values = values;
  setup.episodes = 2;
  setup.seed = 5;
  const auto& all = setup.entry->heuristics;
  const auto index = std::find(all.begin(), all.end(), heuristic) - all.begin();
  PlayedEpisodes played = play_heuristic(setup, static_cast<int>(index), true);
  return {std::move(played.cluster), std::move(played.metrics)};
}

// `count` nodes of `gpus` GPUs each, empty.
void add_nodes(ClusterState* cluster, int count, int gpus, int model) {
  for (int i = 0; i < count; ++i) {
    ClusterNode node{static_cast<int>(cluster->nodes.size()), model, 8000, 4096, 8000, 4096, {}};
    node.gpus.assign(static_cast<size_t>(gpus), {1000, 250.0});
    cluster->nodes.push_back(std::move(node));
  }
}

void add_pod(ClusterState* cluster, int node, uint32_t gpus, int milli) {
  int total = 0;
  for (int g = 0; gpus >> g != 0; ++g) {
    if ((gpus >> g & 1) == 0) continue;
    GpuState& gpu = cluster->nodes[node].gpus[g];
    gpu.free_milli -= milli;
    gpu.fragmented_milli = gpu.free_milli / 4.0;
    total += milli;
  }
  cluster->pods.push_back({static_cast<int>(cluster->pods.size()), node, gpus, total});
}

TEST(PlacementPicture, SegmentsAreTheEnvironmentsMetrics) {
  const std::vector<std::vector<EnvValue>> all = {
      {},
      {{"sample-nodes", "9", "test"}, {"defer", "share", "test"}},
      {{"preset", "dynamic", "test"}, {"horizon-s", "30000", "test"}}};
  for (const auto& settings : all) {
    for (const char* heuristic : {"fgd", "round-robin"}) {
      const Played played = play(heuristic, settings);
      const auto segments = gpu_segments(played.cluster);
      ASSERT_EQ(segments.size(), played.cluster.nodes.size());
      double allocated = 0;
      ClusterSums sums;
      for (size_t n = 0; n < segments.size(); ++n) {
        const GpuSegment* before = nullptr;
        for (const GpuSegment& s : segments[n]) {
          const bool same_gpu = before != nullptr && before->gpu == s.gpu;
          EXPECT_EQ(s.from_milli, same_gpu ? before->to_milli : 0) << "a gap or an overlap";
          EXPECT_LT(s.from_milli, s.to_milli);
          EXPECT_LE(s.to_milli, 1000);
          EXPECT_TRUE(before == nullptr || before->gpu <= s.gpu);
          EXPECT_EQ(played.cluster.pods[s.pod].node, static_cast<int>(n));
          allocated += s.to_milli - s.from_milli;
          before = &s;
        }
        sums.add(played.cluster.nodes[n]);
      }
      EXPECT_GT(allocated, 0);
      EXPECT_EQ(allocated, played.metric("allocated_gpu_milli"));
      EXPECT_EQ(1000.0 * static_cast<double>(sums.gpus), played.metric("capacity_gpu_milli"));
      EXPECT_EQ(static_cast<double>(sums.whole_free_gpus), played.metric("unallocated_gpus"));
      EXPECT_DOUBLE_EQ(sums.gpu_share(), played.metric("gpu_allocation"));
      EXPECT_NEAR(sums.cpu_share(), played.metric("cpu_allocation"), 1e-6);
      EXPECT_NEAR(sums.memory_share(), played.metric("memory_allocation"), 1e-6);
      EXPECT_NEAR(sums.fragmented_milli / played.metric("capacity_gpu_milli"),
                  played.metric("fragmentation"), 1e-6);
    }
  }
}

TEST(PlacementPicture, PodsThatAreNotWhatANodeHasInUseAreRefused) {
  ClusterState cluster;
  add_nodes(&cluster, 1, 2, 0);
  add_pod(&cluster, 0, 1, 600);
  EXPECT_EQ(gpu_segments(cluster)[0].size(), 1u);
  cluster.nodes[0].gpus[0].free_milli = 401;
  EXPECT_THROW(gpu_segments(cluster), Error);
}

TEST(PlacementPicture, GroupsAreOfOneModelAndGpuCount) {
  ClusterState cluster;
  cluster.gpu_models = {"T4", "G2"};
  add_nodes(&cluster, 2, 1, 0);
  add_nodes(&cluster, 1, 8, 1);
  add_nodes(&cluster, 1, 1, 0);
  add_nodes(&cluster, 1, 0, 2);
  add_nodes(&cluster, 1, 1, 2);
  const auto groups = model_groups(cluster);
  ASSERT_EQ(groups.size(), 4u);
  EXPECT_EQ(groups[0].name, "G2: 1 node with 8 GPUs");
  EXPECT_EQ(groups[1].name, "T4: 3 nodes with 1 GPU");
  EXPECT_EQ(groups[1].nodes, (std::vector<int>{0, 1, 3}));
  EXPECT_EQ(groups[2].name, "1 node with 1 GPU");
  EXPECT_EQ(groups[3].name, "1 node with no GPU");
  EXPECT_EQ(groups[0].sums.free_milli, 8000);
  EXPECT_EQ(groups[0].sums.fragmented_milli, 2000);
}

TEST(PlacementPicture, NodesOfAnySizeOfClusterFitWithoutOverlap) {
  int finest = 1000;
  for (const int nodes : {1, 16, 64, 400, 1523}) {
    ClusterState cluster;
    add_nodes(&cluster, nodes / 2, 8, 0);
    add_nodes(&cluster, nodes - nodes / 2, 2, 0);
    const auto groups = model_groups(cluster);
    const ClusterLayout layout = lay_out(cluster, groups, 100);
    EXPECT_LE(layout.grid.cell_width, finest);
    finest = layout.grid.cell_width;
    const int height = layout.grid.height();
    for (size_t n = 0; n < layout.nodes.size(); ++n) {
      const auto [x, y] = layout.nodes[n];
      EXPECT_GE(x, kPictureEdge);
      EXPECT_GE(y, 100 + kGroupHead);
      EXPECT_LE(x + layout.grid.width(cluster.nodes[n]), kSvgWidth - kPictureEdge);
      EXPECT_LE(y + height, layout.bottom);
      if (n == 0) continue;
      const auto [before_x, before_y] = layout.nodes[n - 1];
      EXPECT_TRUE(y >= before_y + height ||
                  (y == before_y && x >= before_x + layout.grid.width(cluster.nodes[n - 1])))
          << "node " << n;
    }
    add_pod(&cluster, 0, 1, 300);
    EXPECT_EQ(lay_out(cluster, model_groups(cluster), 100).bottom, layout.bottom);
  }
  EXPECT_LT(finest, 10);
}

TEST(PlacementPicture, DrawsEveryPodWhereItIs) {
  ClusterState cluster;
  add_nodes(&cluster, 1, 4, 0);
  add_pod(&cluster, 0, 0b0010, 500);
  add_pod(&cluster, 0, 0b0010, 250);
  add_pod(&cluster, 0, 0b1101, 1000);
  cluster.nodes[0].gpus[1].fragmented_milli = 100;
  const std::string svg =
      placement_picture("Cluster <of> \"x\" & y", "id0", cluster, {"half", "quarter", "<three>"});
  EXPECT_EQ(test::first_unbalanced(svg), "");
  EXPECT_TRUE(contains(svg, "<title>Cluster &lt;of&gt; &quot;x&quot; &amp; y</title>"));
  EXPECT_FALSE(contains(svg, "<three>"));
  // The cells of node 0 begin at (8, 138): 46 x 44 px each, 3 px apart.
  EXPECT_TRUE(contains(svg, "M57 160h46v22h-46z")) << "half a GPU, from below\n" << svg;
  EXPECT_TRUE(contains(svg, "M57 149h46v11h-46z")) << "a quarter above it";
  EXPECT_TRUE(contains(svg, "M57 144.6h46v4.4h-46z")) << "then what is lost of the rest";
  EXPECT_TRUE(contains(svg, "M8 138h46v44h-46z")) << "the first of three GPUs";
  EXPECT_TRUE(contains(svg, "M106 138h95v44h-95z")) << "the other two in one";
  EXPECT_TRUE(contains(svg, "M31 183h98v1h-98z")) << "joined by a line, from middle to middle";
  EXPECT_TRUE(contains(svg, "93.75 % of 4 GPUs allocated; 0.25 GPUs free, of these 0.10 frag"));
  EXPECT_TRUE(contains(svg, "GPU 1: pod quarter, 250 milli"));
  EXPECT_EQ(count(svg, ">half<"), 1);
  EXPECT_EQ(svg, placement_picture("Cluster <of> \"x\" & y", "id0", cluster,
                                   {"half", "quarter", "<three>"}));
  EXPECT_EQ(placement_picture("none", "id0", {}, {}), "");
}

TEST(PlacementPicture, OfALargeClusterStaysSmall) {
  ClusterState cluster;
  cluster.gpu_models = {"G2"};
  std::vector<std::string> names;
  add_nodes(&cluster, 1523, 8, 0);
  for (int n = 0; n < 1523; ++n)
    for (int g = 0; g < 8; ++g)
      for (int i = 0; i < 2; ++i) add_pod(&cluster, n, 1u << g, 310 + (n + g) % 90);
  for (size_t i = 0; i < cluster.pods.size(); ++i) names.push_back(std::to_string(i));
  const std::string svg = placement_picture("large", "id0", cluster, names);
  EXPECT_EQ(test::first_unbalanced(svg), "");
  EXPECT_LT(svg.size(), 1500000u);
  EXPECT_EQ(count(svg, "<title>"), 1 + 1523);
}

}  // namespace
}  // namespace cusched
