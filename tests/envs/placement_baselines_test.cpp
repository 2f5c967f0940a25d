// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "tests/envs/placement_lane.h"

// Each baseline's choice against its formula, written out again over plain numbers, in every state
// that a random walk reaches; and small cases whose answer is known.
namespace cusched {
namespace {

using placement::NodeState;
using placement::PodSpec;
using placement::View;
using test::nodes_of;
using test::PlacementLane;
using test::script;
using test::set;

struct Amounts {
  double capacity[3], free[3], request[3];  // CPU, memory, GPU milli
};
Amounts amounts(const NodeState& n, const PodSpec& pod) {
  double gpu = 0;
  for (int g = 0; g < n.gpus; ++g) gpu += n.left[g];
  return {{double(n.cpu_milli), double(n.memory_mib), 1000.0 * n.gpus},
          {double(n.free_cpu_milli), double(n.free_memory_mib), gpu},
          {double(pod.cpu_milli), double(pod.memory_mib), double(pod.milli) * pod.gpus}};
}

using Score = std::function<double(const NodeState&, const PodSpec&)>;

const std::map<std::string, Score>& oracles() {
  static const std::map<std::string, Score> all = {
      {"best-fit",
       [](const NodeState& n, const PodSpec& pod) {
         const Amounts a = amounts(n, pod);
         return std::trunc(100 * (1 - (0.5 * (a.free[0] - a.request[0]) / 128000 +
                                       0.5 * (a.free[2] - a.request[2]) / 8000)));
       }},
      {"spread",
       [](const NodeState& n, const PodSpec& pod) {
         const Amounts a = amounts(n, pod);
         double sum = 0, weights = 0;
         for (int r = 0; r < 3; ++r) {
           if (a.capacity[r] == 0) continue;
           sum += std::floor((a.free[r] - a.request[r]) * 100 / a.capacity[r]);
           weights += 1;
         }
         return std::floor(sum / weights);
       }},
      {"binpack",
       [](const NodeState& n, const PodSpec& pod) {
         const Amounts a = amounts(n, pod);
         double sum = 0, weights = 0;
         for (int r = 0; r < 3; ++r) {
           if (a.capacity[r] == 0) continue;
           sum += std::floor((a.capacity[r] - a.free[r] + a.request[r]) * 100 / a.capacity[r]);
           weights += 1;
         }
         return std::floor(sum / weights);
       }},
      {"requested-to-capacity",
       [](const NodeState& n, const PodSpec& pod) {
         const Amounts a = amounts(n, pod);
         double sum = 0, weights = 0;
         for (int r = 0; r < 3; ++r) {
           if (a.capacity[r] == 0) continue;
           const double used =
               std::floor((a.capacity[r] - a.free[r] + a.request[r]) * 100 / a.capacity[r]);
           const double weight = r == 2 ? 5 : 1;
           if (used > 0) sum += used * weight, weights += weight;
         }
         return weights > 0 ? std::floor(sum / weights + 0.5) : 0.0;
       }},
      {"gpu-packing", [](const NodeState& n, const PodSpec& pod) {
         if (pod.gpus == 0) return 0.0;
         const int full = static_cast<int>(std::count(n.left, n.left + n.gpus, 1000));
         if (full == n.gpus) return std::max(33.0 - full, 1.0 * full);
         std::vector<int> fitting;
         for (int g = 0; g < n.gpus; ++g)
           if (n.left[g] >= pod.milli) fitting.push_back(n.left[g]);
         std::sort(fitting.begin(), fitting.end());
         int full_used = 0, left = 0;
         for (int i = 0; i < pod.gpus; ++i) {
           full_used += fitting[i] == 1000 ? 1 : 0;
           left += fitting[i] * 100 / 1000;
         }
         return full_used > 0 ? std::max(50.0 - full_used, 33.0)
                              : std::max(100 - left / 10, 50) * 1.0;
       }}};
  return all;
}

TEST(PlacementBaselines, ChooseTheirBestNodeInEveryState) {
  PlacementLane lane({set("nodes", "2x32c128g4gpu+2x16c64g1gpu+1x64c256g8gpu+1x32c64g"),
                      set("sample-nodes", "12"), set("gpu-weight", "5")});
  for (const auto& [name, score] : oracles()) {
    SCOPED_TRACE(name);
    int asked = 0, contested = 0;
    for (uint32_t seed = 1; seed <= 20; ++seed) {
      lane.begin(seed);
      while (lane.done == Done::kRunning) {
        const View& view = lane.view();
        double best = -1e9;
        int node = -1, candidates = 0;
        for (int n = 0; n < view.nodes(); ++n) {
          if (!View::fits(view.node(n), view.pod())) continue;
          ++candidates;
          const double value = score(view.node(n), view.pod());
          if (value > best || (value == best && view.node(n).rank < view.node(node).rank)) {
            best = value;
            node = n;
          }
        }
        ASSERT_EQ(lane.choose(name), node);
        ++asked;
        contested += candidates > 1 ? 1 : 0;
        lane.step(lane.choose("random-feasible"));
      }
    }
    EXPECT_GT(contested, 500) << "of " << asked;
  }
}

TEST(PlacementBaselines, RoundRobinGoesOnAfterTheLastNode) {
  PlacementLane lane(script("rr", {"4000,8192,1", "1000,8192,1", "4000,8192,1"},
                            {"500,10,0,0", "500,10,0,0", "500,10,0,0", "500,10,0,0",
                             "2000,10,1,500", "500,10,0,0", "500,10,0,0"}));
  EXPECT_EQ(nodes_of(lane.run("round-robin")), (std::vector<int>{0, 1, 2, 0, 2, 0, 1}));
}

TEST(PlacementBaselines, FirstFitAndWorstFit) {
  const std::vector<std::string> nodes = {"8000,8192,1", "16000,8192,2", "4000,8192,1"};
  const std::vector<std::string> pods = {"4000,10,1,500", "4000,10,1,500", "4000,10,1,500",
                                         "4000,10,1,500", "4000,10,1,500"};
  PlacementLane lane(script("ff", nodes, pods));
  EXPECT_EQ(nodes_of(lane.run("first-fit")), (std::vector<int>{0, 0, 1, 1, 1}));
  EXPECT_EQ(lane.run("worst-fit")[0].node, 1);
}

TEST(PlacementBaselines, ClusteringKeepsClassesApart) {
  PlacementLane lane(script("cluster", {"64000,8192,8", "64000,8192,8", "64000,8192,8"},
                            {"1,1,1,500", "1,1,2,1000", "1,1,1,400", "1,1,2,1000", "1,1,1,1000"}));
  const std::vector<int> nodes = nodes_of(lane.run("gpu-clustering"));
  EXPECT_EQ(nodes[2], nodes[0]);  // share with share
  EXPECT_EQ(nodes[3], nodes[1]);  // two GPUs with two GPUs
  EXPECT_NE(nodes[0], nodes[1]);
  EXPECT_NE(nodes[4], nodes[0]);  // one whole GPU is a class of its own
  EXPECT_NE(nodes[4], nodes[1]);
}

TEST(PlacementBaselines, FgdNamesTheGpuOfTheBestScore) {
  // Typical: 600 of a GPU. A pod of 100 goes where 500 are left and lost anyway, although the
  // tightest GPU is one that a typical pod still fits.
  std::vector<std::string> pods(20, "1,1,1,600");
  pods[0] = "1,1,1,500";
  pods[1] = "1,1,1,300";
  pods[2] = "1,1,1,100";
  PlacementLane lane(script("gpu", {"64000,8192,2"}, pods));
  lane.begin();
  lane.step(placement::item_of(0, 0));
  lane.step(placement::item_of(0, 1));
  EXPECT_EQ(lane.view().node(0).left[0], 500);
  EXPECT_EQ(lane.view().node(0).left[1], 700);
  EXPECT_EQ(lane.choose("fgd"), placement::item_of(0, 0));
}

TEST(PlacementBaselines, DeferringSkipsWhatTheOptionSays) {
  const std::vector<std::string> pods = {"1,1,1,500", "1,1,1,1000", "1,1,0,0", "1,1,1,600"};
  const std::vector<EnvValue> share = {set("skip", "true"), set("rounds", "2"),
                                       set("skip-limit", "1"), set("defer", "share")};
  PlacementLane lane(script("defer", {"64000,8192,2"}, pods, share));
  lane.begin();
  EXPECT_EQ(lane.choose("best-fit"), -1);
  lane.step(-1);
  EXPECT_EQ(lane.choose("best-fit"), 0);  // a whole GPU
  lane.step(0);
  EXPECT_EQ(lane.choose("best-fit"), 0);  // no GPU
  lane.step(0);
  EXPECT_EQ(lane.choose("best-fit"), -1);
  lane.step(-1);
  EXPECT_EQ(lane.view().s.round, 1);
  EXPECT_EQ(lane.choose("best-fit"), 0) << "once is the limit";
  EXPECT_EQ(lane.sums().skips, 2);

  // 500 on a free GPU leaves 500 that no pod of 600 can use.
  std::vector<std::string> typical(20, "1,1,1,600");
  typical[0] = "1,1,1,500";
  for (const auto& [threshold, item] : {std::pair{"100", -1}, std::pair{"600", 0}}) {
    PlacementLane by_growth(script("defer_frag", {"64000,8192,2"}, typical,
                                   {set("skip", "true"), set("rounds", "2"), set("skip-limit", "1"),
                                    set("defer", threshold)}));
    by_growth.begin();
    EXPECT_EQ(by_growth.choose("best-fit"), item) << threshold;
  }
}

}  // namespace
}  // namespace cusched
