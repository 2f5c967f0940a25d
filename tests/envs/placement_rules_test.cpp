// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <numeric>

#include "envs/placement_observation.h"
#include "envs/registry.h"
#include "envs/rewards/allocation.h"
#include "envs/rewards/fragmentation.h"
#include "envs/rewards/skips.h"
#include "envs/rewards/success.h"
#include "tests/envs/placement_lane.h"

// The rules of `placement`: state adds up at every step, rounds, SKIP, ends, rewards.
namespace cusched {
namespace {

using placement::NodeState;
using placement::PodSpec;
using placement::View;
using test::nodes_of;
using test::PlacementLane;
using test::script;
using test::set;

// Everything that is kept in sums, recomputed from nodes, queue and running pods.
void check_state(const PlacementLane& lane) {
  const View& v = lane.view();
  int64_t cpu = 0, memory = 0, gpu = 0, fragmentation = 0, hosted = 0;
  for (int n = 0; n < v.nodes(); ++n) {
    const NodeState& node = v.node(n);
    ASSERT_GE(node.free_cpu_milli, 0);
    ASSERT_GE(node.free_memory_mib, 0);
    NodeState fresh = node;
    for (int g = 0; g < placement::kMaxGpus; ++g) {
      ASSERT_GE(node.left[g], 0);
      ASSERT_LE(node.left[g], g < node.gpus ? 1000 : 0);
      gpu += g < node.gpus ? 1000 - node.left[g] : 0;
    }
    v.p.frag.refresh(fresh);
    ASSERT_EQ(std::memcmp(&fresh, &node, sizeof node), 0) << "node " << n;
    cpu += node.cpu_milli - node.free_cpu_milli;
    memory += node.memory_mib - node.free_memory_mib;
    fragmentation += v.p.frag.scaled(node);
    for (int i = 0; i < placement::kHostClasses; ++i) hosted += v.hosted(n)[i];
    if (v.has_pod()) {
      ASSERT_EQ(v.allowed(n), View::fits(node, v.pod())) << "node " << n;
    }
  }
  ASSERT_EQ(cpu, v.s.used_cpu_milli);
  ASSERT_EQ(memory, v.s.used_memory_mib);
  ASSERT_EQ(gpu, v.s.used_gpu_milli);
  ASSERT_EQ(fragmentation, v.s.fragmentation);
  const int pending = v.s.kept + v.s.size - v.s.head;
  const int running = v.p.dynamic ? v.s.running_size : static_cast<int>(lane.sums().placed);
  if (!v.p.dynamic) {
    ASSERT_EQ(v.s.submitted, running + pending);
  }
  ASSERT_EQ(std::accumulate(v.a.pending_kind, v.a.pending_kind + placement::kClasses + 1, 0),
            pending);
  ASSERT_LE(hosted, running);
  if (v.s.ended == 0) {
    bool any = false;
    for (int n = 0; n < v.nodes(); ++n) any |= v.allowed(n);
    ASSERT_TRUE(any) << "the policy is asked though nothing fits";
  }
}

const std::vector<std::vector<EnvValue>>& settings() {
  static const std::vector<std::vector<EnvValue>> all = {
      {},
      {set("sample-nodes", "0"), set("order", "synth"), set("gpu-choice", "fgd"),
       set("skip", "false")},
      {set("mode", "dynamic"), set("sample-nodes", "3"), set("load", "2"),
       set("horizon-s", "500000"), set("queue-capacity", "30"), set("running-capacity", "20")}};
  return all;
}

class PlacementInvariants : public ::testing::TestWithParam<int> {};

TEST_P(PlacementInvariants, HoldAtEveryStep) {
  PlacementLane lane(settings()[static_cast<size_t>(GetParam())]);
  for (const char* policy : {"random-feasible", "fgd", "spread"}) {
    lane.begin(3);
    int64_t steps = 0;
    for (; lane.done == Done::kRunning && steps < 3000; ++steps) {
      ASSERT_NO_FATAL_FAILURE(check_state(lane)) << policy << ", step " << steps;
      lane.step(lane.choose(policy));
    }
    ASSERT_NO_FATAL_FAILURE(check_state(lane)) << policy;
    EXPECT_GT(steps, 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, PlacementInvariants, ::testing::Values(0, 1, 2));

TEST(PlacementRules, SharePodsTakeTheTightestGpuAndWholeOnesTheFirstFree) {
  PlacementLane lane(script("gpus", {"64000,8192,4"},
                            {"1,1,1,600", "1,1,2,1000", "1,1,1,300", "1,1,1,500", "1,1,1,100",
                             "1,1,1,400", "1,1,1,300"}));
  std::vector<uint32_t> gpus;
  std::vector<int> nodes;
  for (const PodPlacement& pod : lane.run("first-fit")) {
    gpus.push_back(pod.gpus);
    nodes.push_back(pod.node);
  }
  // 600 on 0; 1 and 2 whole; 300 on 0 (400 left), 500 on 3, 100 on 0 (100 left), 400 on 3; 300 fits
  // nowhere.
  EXPECT_EQ(gpus, (std::vector<uint32_t>{1, 6, 1, 8, 1, 8, 0}));
  EXPECT_EQ(nodes, (std::vector<int>{0, 0, 0, 0, 0, 0, -1}));
}

TEST(PlacementRules, FeasibilityIsCpuMemoryGpusAndModel) {
  const std::vector<std::string> nodes = {"8000,1024,2,T4", "8000,4096,1,G2", "8000,8192,0"};
  PlacementLane lane(script("fit", nodes,
                            {"8001,1,0,0", "8000,2048,0,0", "1,2048,1,1000", "1,1,1,100,T4",
                             "1,1,2,1000", "1,1,1,900,T4|G2"}));
  // Pod 0 fits no node: told, and passed over. Pod 4 needs two free GPUs, node 0 has one left.
  EXPECT_EQ(nodes_of(lane.run("first-fit")), (std::vector<int>{-1, 1, -1, 0, -1, 0}));
  ASSERT_EQ(lane.notes.size(), 1u);
  EXPECT_NE(lane.notes[0].find("pods.csv:2"), std::string::npos) << lane.notes[0];
}

TEST(PlacementRules, SkippedPodsReturnInTheNextRound) {
  const std::vector<EnvValue> skipping = {set("skip", "true"), set("rounds", "3"),
                                          set("skip-limit", "2")};
  PlacementLane lane(
      script("rounds", {"8000,8192,2"}, {"1,1,1,1000", "1,1,1,700", "1,1,1,200"}, skipping));
  lane.begin();
  EXPECT_TRUE(lane.view().wait_allowed());
  lane.step(-1);
  lane.step(0);   // pod 1
  lane.step(-1);  // pod 2; the round ends
  EXPECT_EQ(lane.view().s.round, 1);
  EXPECT_EQ(lane.view().pending().index, 0);
  EXPECT_EQ(lane.view().pending().skips, 1);
  EXPECT_EQ(lane.view().pending().rounds, 1);
  lane.step(0);   // pod 0
  lane.step(-1);  // pod 2 again
  EXPECT_EQ(lane.view().s.round, 2);
  EXPECT_FALSE(lane.view().wait_allowed()) << "pod 2 was skipped twice";
  EXPECT_EQ(lane.step(0), Done::kTerminated);
  EXPECT_EQ(lane.sums().placed, 3);
  EXPECT_EQ(lane.sums().skips, 3);
}

TEST(PlacementRules, EpisodeEndsWhenARoundPlacesNothing) {
  PlacementLane lane(script("stuck", {"8000,8192,1"}, {"1,1,1,600", "1,1,1,600", "1,1,1,500"},
                            {set("skip", "true"), set("rounds", "9")}));
  lane.begin();
  EXPECT_EQ(lane.step(0), Done::kTerminated) << "nothing else fits";
  EXPECT_EQ(lane.sums().forced_skips, 4) << "two rounds of two pods";
  lane.end_episode();
  EXPECT_EQ(lane.sums().failed, 2);
  EXPECT_EQ(lane.sums().allocated_milli, 600);

  // Not every pod may be skipped in a row.
  PlacementLane all(script("all", {"8000,8192,1"}, {"1,1,1,300", "1,1,1,300"},
                           {set("skip", "true"), set("rounds", "9"), set("skip-limit", "9")}));
  all.begin();
  all.step(-1);
  EXPECT_TRUE(all.view().wait_allowed());
  EXPECT_EQ(all.step(-1), Done::kTerminated);
}

TEST(PlacementRules, RewardTermsSumToTheMetrics) {
  PlacementLane lane({set("rounds", "2")});
  lane.begin(5);
  const int64_t weight = lane.view().p.frag.weight;
  const int64_t first = lane.view().s.fragmentation;
  double allocation = 0, fragmentation = 0, success = 0, skips = 0;
  while (lane.done == Done::kRunning) {
    lane.step(lane.choose("random-feasible"));
    allocation += rewards::Allocation::value(lane.facts());
    fragmentation += rewards::Fragmentation::value(lane.facts());
    success += rewards::Success::value(lane.facts());
    skips += rewards::Skips::value(lane.facts());
  }
  lane.end_episode();
  const placement::Sums& sum = lane.sums();
  const auto capacity = static_cast<double>(sum.capacity_milli);
  EXPECT_NEAR(allocation, static_cast<double>(sum.allocated_milli) / capacity, 1e-4);
  EXPECT_NEAR(success, static_cast<double>(sum.placed) / static_cast<double>(sum.pods), 1e-4);
  EXPECT_NEAR(fragmentation,
              static_cast<double>(first - lane.view().s.fragmentation) /
                  (capacity * static_cast<double>(weight)),
              1e-4);
  EXPECT_EQ(skips, -static_cast<double>(sum.skips));
  EXPECT_GT(sum.skips, 0);
}

TEST(PlacementRules, DynamicPodsLeaveAndTheClusterIsAsLoaded) {
  PlacementLane lane({set("mode", "dynamic"), set("sample-nodes", "32"), set("load", "0.4"),
                      set("horizon-s", "2000000"), set("run-limit-s", "20000")});
  lane.begin(2);
  while (lane.done == Done::kRunning) lane.step(lane.choose("fgd"));
  EXPECT_EQ(lane.done, Done::kTruncated);
  lane.end_episode();
  const placement::Sums& sum = lane.sums();
  EXPECT_EQ(sum.duration_s, 2000000);
  // At this load nearly every pod is placed at once, and the mean use is the load.
  EXPECT_GT(static_cast<double>(sum.placed), 0.99 * static_cast<double>(sum.pods));
  const double mean = static_cast<double>(sum.gpu_milli_s) /
                      static_cast<double>(sum.capacity_milli * sum.duration_s);
  EXPECT_NEAR(mean, 0.4, 0.03);
}

TEST(PlacementRules, SynthOrdersHoldTheListOnceAndReachTheInflation) {
  PlacementLane lane({set("sample-nodes", "0"), set("order", "synth"), set("inflation", "150")});
  std::vector<int32_t> before;
  for (uint32_t seed : {1u, 2u}) {
    lane.begin(seed);
    const View& v = lane.view();
    std::vector<int> times(static_cast<size_t>(v.p.pod_rows));
    std::vector<int32_t> order;
    int64_t demand = 0;
    for (int i = 0; i < v.s.submitted; ++i) {
      order.push_back(v.a.log[i].pod);
      demand += v.a.log[i].gpu_milli;
      if (i < v.p.pod_rows) ++times[static_cast<size_t>(v.a.log[i].pod)];
    }
    EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](int n) { return n == 1; }));
    EXPECT_LE(demand, v.s.gpu_milli * 3 / 2);
    EXPECT_GT(demand, v.s.gpu_milli * 3 / 2 - 8000);
    std::vector<bool> ranks(static_cast<size_t>(v.nodes()));
    for (int n = 0; n < v.nodes(); ++n) ranks.at(static_cast<size_t>(v.node(n).rank)) = true;
    EXPECT_TRUE(std::all_of(ranks.begin(), ranks.end(), [](bool r) { return r; }));
    EXPECT_NE(order, before);
    before = order;
  }
}

TEST(PlacementRules, ObservationIsInUnitRangeAndShowsTheState) {
  PlacementLane lane({set("sample-nodes", "8")});
  lane.begin(4);
  std::vector<float> obs(placement::kGlobals + 8 * placement::kNodeFeatures);
  std::vector<uint8_t> mask(9);
  for (int step = 0; lane.done == Done::kRunning; ++step) {
    lane.observe(obs.data(), mask.data());
    for (const float x : obs) ASSERT_TRUE(x >= 0.0f && x <= 1.0f);
    const View& v = lane.view();
    EXPECT_FLOAT_EQ(obs[10],
                    static_cast<float>(v.s.used_gpu_milli) / static_cast<float>(v.s.gpu_milli));
    for (int n = 0; n < 8; ++n) {
      const float* const node = obs.data() + placement::kGlobals + n * placement::kNodeFeatures;
      EXPECT_EQ(node[10], mask[n] ? 1.0f : 0.0f);
      EXPECT_FLOAT_EQ(node[7], static_cast<float>(v.node(n).full) / 8.0f);
      EXPECT_EQ(node[12], 1.0f);
    }
    EXPECT_EQ(mask[8], v.wait_allowed() ? 1 : 0);
    lane.step(lane.choose("random-feasible"));
  }
  PlacementLane more({set("sample-nodes", "8"), set("features", "scores,gpus,kept")});
  more.begin(4);
  for (int i = 0; i < 9; ++i) more.step(more.choose("random-feasible"));
  ASSERT_EQ(more.caps.node_features, placement::kNodeFeatures + 3 + 8 + 3);
  std::vector<float> wide(placement::kGlobals + 8 * more.caps.node_features);
  more.observe(wide.data(), nullptr);
  const View& view = more.view();
  ASSERT_TRUE(view.has_pod());
  const placement::PodSpec& pod = view.pod();
  int best_score = -1;
  double best_fit = -1e9, best_decrease = -1e18;
  const auto decrease = [&](const NodeState& node) {
    return static_cast<double>(view.decrease(node, pod, view.gpu_by_rule(node, pod))) /
           static_cast<double>(view.p.frag.weight);
  };
  for (int n = 0; n < 8; ++n) {
    if (!view.allowed(n)) continue;
    best_score = std::max(best_score, view.fgd(view.node(n), pod).score);
    best_fit = std::max(best_fit, View::best_fit(view.node(n), pod));
    best_decrease = std::max(best_decrease, decrease(view.node(n)));
  }
  for (int n = 0; n < 8; ++n) {
    const NodeState& node = view.node(n);
    const float* const extra =
        wide.data() + placement::kGlobals + n * more.caps.node_features + placement::kNodeFeatures;
    const float* const kept = extra + 3 + 8;
    std::vector<int> left(node.left, node.left + 8);
    std::sort(left.rbegin(), left.rend());
    for (int g = 0; g < 8; ++g)
      EXPECT_FLOAT_EQ(extra[3 + g], static_cast<float>(left[static_cast<size_t>(g)]) / 1000.0f);
    if (!view.allowed(n)) {
      for (int i = 0; i < 3; ++i) EXPECT_EQ(extra[i] + kept[i], 0.0f);
      continue;
    }
    EXPECT_NEAR(extra[0], 1.0 / (1 + best_score - view.fgd(node, pod).score), 1e-6);
    EXPECT_NEAR(extra[1], 40.0 / (40.0 + best_decrease - decrease(node)), 1e-6);
    EXPECT_NEAR(extra[2], 1.0 / (1.0 + best_fit - View::best_fit(node, pod)), 1e-5);
    EXPECT_FLOAT_EQ(kept[0], static_cast<float>(node.free_cpu_milli - pod.cpu_milli) /
                                 static_cast<float>(node.cpu_milli));
    EXPECT_FLOAT_EQ(kept[1], static_cast<float>(node.free_memory_mib - pod.memory_mib) /
                                 static_cast<float>(node.memory_mib));
    EXPECT_FLOAT_EQ(kept[2], static_cast<float>(node.total - pod.gpu_milli()) /
                                 static_cast<float>(1000 * node.gpus));
  }
  PlacementLane blind({set("sample-nodes", "8"), set("lookahead", "false")});
  blind.begin(4);
  ASSERT_EQ(blind.caps.globals, placement::kStateGlobals);
  const BatchShape shape =
      find_environment("placement")
          .create({set("sample-nodes", "8"), set("lookahead", "false"), set("features", "gpus")},
                  {})
          ->shape();
  EXPECT_EQ(shape.globals, placement::kStateGlobals);
  EXPECT_EQ(shape.slot_features, placement::kNodeFeatures + 8);
  std::vector<float> narrow(placement::kStateGlobals + 8 * placement::kNodeFeatures);
  blind.observe(narrow.data(), nullptr);
  lane.begin(4);
  lane.observe(obs.data(), nullptr);
  EXPECT_TRUE(std::equal(narrow.begin(), narrow.begin() + placement::kStateGlobals, obs.begin()));
  EXPECT_TRUE(std::equal(narrow.begin() + placement::kStateGlobals, narrow.end(),
                         obs.begin() + placement::kGlobals));
}

}  // namespace
}  // namespace cusched
