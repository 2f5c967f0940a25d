// SPDX-License-Identifier: MIT
// Pods that no node can ever hold.
#include <gtest/gtest.h>

#include "cuda/error.h"
#include "tests/envs/placement_lane.h"

namespace cusched {
namespace {

using placement::Homes;
using test::PlacementLane;
using test::set;
using test::write_file;

const char* const kNodes =
    "sn,cpu_milli,memory_mib,gpu,model\na,32000,65536,4,\nb,32000,65536,2,\n";

// Settings of a dynamic episode whose list ends with `last` ("CPU,MEMORY,GPUS,MILLI").
std::vector<EnvValue> dynamic(const std::string& name, const std::string& last,
                              const std::vector<EnvValue>& more = {}) {
  const std::string times = ",0,900\n";
  std::vector<EnvValue> values = {
      set("mode", "dynamic"),
      set("nodes", write_file(name + "_nodes.csv", kNodes)),
      set("pods",
          write_file(name + "_pods.csv",
                     "name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n"
                     "p-0,4000,8192,1,1000" +
                         times + "p-1,2000,4096,1,500" + times + "p-2,8000,8192,0,0" + times +
                         "p-3," + last + times)),
      set("sample-nodes", "0"),
      set("horizon-s", "100000"),
      set("queue-capacity", "400")};
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

// Plays an episode; no pod of row `never` may wait.
void play(PlacementLane& lane, const std::string& heuristic, int never) {
  lane.begin(5);
  while (lane.done == Done::kRunning) {
    const placement::View& v = lane.view();
    for (int i = 0; i < v.s.size; ++i) {
      const bool waits = i < v.s.kept || i >= v.s.head;
      ASSERT_FALSE(waits && v.a.queue[i].pod == never);
    }
    lane.step(lane.choose(heuristic));
  }
  lane.end_episode();
}

TEST(PlacementMisfit, FailsOnArrivalAndLeavesTheOthersAlone) {
  for (const char* heuristic : {"first-fit", "spread", "random-feasible"}) {
    PlacementLane with(dynamic("cpu", "40000,8192,0,0"));  // no node has 40 cores
    ASSERT_EQ(with.notes.size(), 1u);
    EXPECT_NE(with.notes[0].find("1 of 4 pods fit no node, not even an empty one, and fail when "
                                 "they arrive"),
              std::string::npos)
        << with.notes[0];
    play(with, heuristic, 3);
    const placement::Sums sum = with.sums();
    EXPECT_GT(sum.failed, 20);
    EXPECT_EQ(sum.queue_full, 0);
    EXPECT_EQ(sum.pods, sum.placed + sum.failed);
    int64_t misfits = 0;
    for (const PodPlacement& pod : Placement::placements(with.columns, with.caps)) {
      misfits += pod.pod == 3 ? 1 : 0;
      if (pod.pod == 3) {
        EXPECT_EQ(pod.node, -1);
      }
    }
    EXPECT_GE(sum.failed, misfits);
    EXPECT_LE(sum.failed, misfits + with.view().s.kept + with.view().s.size);
  }
}

TEST(PlacementMisfit, AllocationIsThatWithoutThePod) {
  // The same arrivals with, for the pod that fits nowhere, one that takes nothing.
  PlacementLane with(dynamic("cpu", "40000,8192,0,0")), without(dynamic("none", "0,0,0,0"));
  play(with, "first-fit", 3);
  play(without, "first-fit", -1);
  const placement::Sums a = with.sums(), b = without.sums();
  EXPECT_EQ(a.gpu_milli_s, b.gpu_milli_s);
  EXPECT_EQ(a.arrived_milli, b.arrived_milli);
  EXPECT_EQ(a.allocated_milli, b.allocated_milli);
  EXPECT_EQ(a.pods, b.pods);
  EXPECT_EQ(a.wait_s, b.wait_s);
  EXPECT_GT(a.gpu_milli_s, 0);
  EXPECT_EQ(a.placed + a.failed, b.placed + b.failed);
}

TEST(PlacementMisfit, TheLoadIsMadeOfTheOthers) {
  // Eight GPUs, for a day, fit nowhere: counted, they would bring the arrivals down.
  PlacementLane lane(
      dynamic("gpus", "1000,1024,8,1000", {set("load", "0.5"), set("horizon-s", "2000000")}));
  play(lane, "first-fit", 3);
  const placement::Sums& sum = lane.sums();
  EXPECT_NEAR(static_cast<double>(sum.gpu_milli_s) /
                  static_cast<double>(sum.capacity_milli * sum.duration_s),
              0.5, 0.02);
}

TEST(PlacementMisfit, IsLookedForAmongTheNodesThatAnEpisodeDrew) {
  // Three GPUs fit the first node only; an episode has one of the two.
  PlacementLane lane(dynamic("drawn", "1000,1024,3,1000", {set("sample-nodes", "1")}));
  EXPECT_TRUE(lane.notes.empty());
  EXPECT_EQ(lane.params.pods[3].homes, Homes::kSome);
  EXPECT_EQ(lane.params.pods[0].homes, Homes::kAll);
  int small = 0, large = 0;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    lane.begin(seed);
    const bool fits = lane.view().node(0).gpus == 4;
    (fits ? large : small) += 1;
    while (lane.done == Done::kRunning) lane.step(lane.choose("first-fit"));
    lane.end_episode();
    bool placed = false;
    for (const PodPlacement& pod : Placement::placements(lane.columns, lane.caps))
      placed |= pod.pod == 3 && pod.node >= 0;
    EXPECT_EQ(placed, fits) << "seed " << seed;
    if (!fits) {
      EXPECT_GT(lane.sums().failed, 5) << "seed " << seed;
    }
  }
  EXPECT_GT(small, 0);
  EXPECT_GT(large, 0);
}

TEST(PlacementMisfit, IsNeverPlacedInAStaticEpisode) {
  PlacementLane lane(test::script("static", {"32000,65536,4"},
                                  {"4000,8192,1,1000", "40000,8192,0,0", "4000,8192,1,1000"}));
  ASSERT_EQ(lane.notes.size(), 1u);
  EXPECT_NE(lane.notes[0].find("and are never placed"), std::string::npos) << lane.notes[0];
  EXPECT_EQ(test::nodes_of(lane.run("first-fit")), (std::vector<int>{0, -1, 0}));
  EXPECT_EQ(lane.sums().failed, 1);
}

TEST(PlacementMisfit, SomethingHasToMakeTheLoad) {
  const std::string pods =
      write_file("idle_pods.csv",
                 "name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n"
                 "p-0,4000,8192,0,0,0,900\np-1,4000,8192,8,1000,0,900\n");
  try {
    PlacementLane lane({set("mode", "dynamic"), set("pods", pods), set("sample-nodes", "0"),
                        set("nodes", write_file("idle_nodes.csv", kNodes))});
    ADD_FAILURE() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("no pod that fits a node keeps a GPU"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace cusched
