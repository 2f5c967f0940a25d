// SPDX-License-Identifier: MIT
// Gangs of up to 1,024 pods: one job that starts on many nodes at once, or not at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>

#include "envs/baselines/placement.h"
#include "envs/batch.h"
#include "envs/registry.h"
#include "tests/envs/admission_invariants.h"
#include "tests/envs/admission_lane.h"

namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;

EnvValue set(const std::string& name, const std::string& value) { return {name, value, "test"}; }

Job gang(int pods, int32_t submit, int32_t run, int32_t cpu_milli, int32_t memory_mib = 0) {
  Job job = make_job(submit, run, cpu_milli, memory_mib);
  job.set_pods(pods);
  return job;
}

TEST(Job, HoldsUpTo1024PodsInTheBytesItAlwaysHad) {
  for (int pods = 1; pods <= kMaxPods; ++pods) {
    Job job{};
    job.urgent = 1;
    job.set_pods(pods);
    ASSERT_EQ(job.pods(), pods);
    ASSERT_EQ(job.urgent, 1);
    uint8_t bytes[sizeof(Job)];
    std::memcpy(bytes, &job, sizeof bytes);
    ASSERT_EQ(bytes[26], pods % 256);
    ASSERT_EQ(bytes[30], 1 + 2 * (pods / 256));
    job.set_pods(1);
    ASSERT_EQ(job.pods(), 1);
  }
}

TEST(AdmissionGang, Of128PodsStartsOnAllItsNodesOrWaits) {
  // 16 nodes hold eight pods of 2 cores each: all 128, when nothing else runs.
  std::vector<Job> jobs = {make_job(0, 50, 1000), gang(128, 1, 100, 2000, 1024),
                           gang(120, 2, 10, 2000), make_job(3, 10, 0), gang(1024, 400, 10, 250)};
  AdmissionLane lane({set("nodes", "16x16c64g"), set("queue-order", "arrival")}, jobs);
  EXPECT_EQ(lane.caps.max_pods, 1024);
  lane.begin();
  lane.step(0);
  while (lane.view().now() < 2) lane.step(-1);
  // Job 0 takes a place of the 128; of job 2's 120 there are enough. Job 3 asks for nothing.
  ASSERT_EQ(lane.view().queue_size(), 2);
  EXPECT_FALSE(lane.view().allowed(0));
  EXPECT_TRUE(lane.view().allowed(1));
  while (lane.view().now() < 50) lane.step(-1);
  ASSERT_EQ(lane.view().queue_size(), 3);
  ASSERT_TRUE(lane.view().allowed(0));
  lane.step(0);
  EXPECT_EQ(lane.view().s.used_cpu_milli, 256000);
  EXPECT_EQ(lane.view().s.used_memory_mib, 128 * 1024);
  for (int n = 0; n < 16; ++n) {
    EXPECT_EQ(lane.view().node(n).free_cpu_milli, 0) << n;
    EXPECT_EQ(lane.view().node(n).free_memory_mib, (64 - 8) * 1024) << n;
  }
  test::check_invariants(lane);
  while (lane.view().now() < 150) lane.step(-1);
  EXPECT_EQ(lane.view().s.used_cpu_milli, 0);
  test::check_invariants(lane);
  // A whole episode: the last job has all 1,024 pods.
  const std::vector<admission::JobLog> log = lane.run("fifo");
  EXPECT_EQ(log[1].start, 50);
  EXPECT_EQ(log[2].start, 150);
  EXPECT_EQ(log[4].start, 400);
  EXPECT_EQ(log[4].cpu_milli, 256000);
  EXPECT_EQ(lane.sums().completed, 5);
}

TEST(AdmissionGang, CountsMoreThan31BitsOfAResource) {
  // 500 pods of 4,000 cores take the whole cluster; 1,024 of them are 4.1e9 milli-CPU.
  AdmissionLane lane(
      {set("nodes", "500x4000c4096g"), set("running-capacity", "8"), set("queue-capacity", "8"),
       set("features", "fits,pods,ready"), set("queue-order", "arrival")},
      {gang(500, 0, 100, 4000000, 3 << 20), gang(1024, 0, 100, 4000000, 1)});
  lane.begin();
  std::vector<float> obs(static_cast<size_t>(7 + lane.caps.slots * lane.caps.slot_features));
  lane.observe(obs.data());
  const float* const large = obs.data() + 7 + lane.caps.slot_features;
  EXPECT_EQ(obs[7], 1.0f);         // all of the CPU
  EXPECT_EQ(obs[8], 0.75f);        // 3 of 4 TiB a node
  EXPECT_EQ(obs[14], 500 / 8.0f);  // pods
  EXPECT_EQ(large[0], 1.0f);       // clipped
  EXPECT_EQ(large[6], 0.0f);       // does not fit
  EXPECT_EQ(large[7], 128.0f);     // pods
  EXPECT_EQ(large[8], 128.0f);
  EXPECT_TRUE(lane.view().allowed(0));
  EXPECT_FALSE(lane.view().allowed(1));
  EXPECT_EQ(lane.view().ready_s(lane.view().job(0)), 0);
  EXPECT_EQ(lane.view().ready_s(lane.view().job(1)), admission::kNever);
  test::check_invariants(lane);
}

TEST(AdmissionGang, TakesMemoryOnlyWhereTheWorkloadHasGangs) {
  const auto bytes = [](const std::string& pods) {
    const std::string file = ::testing::TempDir() + "gangs_" + pods + ".yaml";
    FILE* const out = std::fopen(file.c_str(), "w");
    std::fprintf(out,
                 "templates:\n  - name: a\n    gang: {probability: 0.5, pods: %s}\n"
                 "mix:\n  - rate: 10\n    shares: {a: 1}\n",
                 pods.c_str());
    std::fclose(out);
    BatchOptions options;
    options.envs = 256;
    const auto batch = find_environment("admission")
                           .create({set("trace", file), set("queue-capacity", "100"),
                                    set("running-capacity", "28")},
                                   options);
    std::remove(file.c_str());
    const auto& notes = batch->notes();
    const bool told = std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
      return note.find("gangs of up to " + pods + " pods take") != std::string::npos;
    });
    EXPECT_EQ(told, pods.size() > 1) << pods;
    return static_cast<int64_t>(batch->state_bytes() / 256);
  };
  // A place of 2 bytes for each pod of 128 jobs, and one of 4 for each of 64 reservations.
  EXPECT_EQ(bytes("1024") - bytes("1"), 1023 * (2 * 128 + 4 * 64));
  EXPECT_EQ(bytes("128") - bytes("8"), 120 * (2 * 128 + 4 * 64));
}

// Pods on each node when they are placed one after the other, as a step does.
std::vector<int> placed_one_by_one(const admission::View& v, const Job& job) {
  std::vector<int> taken(static_cast<size_t>(v.nodes()));
  for (int pod = 0; pod < job.pods(); ++pod) {
    int best = -1;
    int32_t best_key = admission::View::kNoNode;
    for (int n = 0; n < v.nodes(); ++n) {
      const admission::NodeState& node = v.node(n);
      const int pods = taken[static_cast<size_t>(n)];
      const int32_t key = v.node_key(job, n, node.free_cpu_milli - pods * job.cpu_milli,
                                     node.free_memory_mib - pods * job.memory_mib,
                                     node.free_gpus - pods * job.gpus);
      if (key < best_key) {
        best_key = key;
        best = n;
      }
    }
    if (best < 0) return {};
    ++taken[static_cast<size_t>(best)];
  }
  return taken;
}

TEST(AdmissionGang, PlacementIsWhatAStepDoes) {
  std::mt19937 random(3);
  int compared = 0, too_large = 0;
  for (const char* choice : {"least-allocated", "first-fit", "most-allocated"}) {
    std::vector<Job> running;
    for (int i = 0; i < 40; ++i)
      running.push_back(gang(1 + static_cast<int>(random() % 9), 0, 1000,
                             static_cast<int32_t>(random() % 3000),
                             static_cast<int32_t>(random() % 6000)));
    AdmissionLane lane({set("nodes", "9x16c64g2gpu+3x32c32g+1x64c256g8gpu"),
                        set("node-choice", choice), set("queue-order", "arrival")},
                       running);
    lane.begin();
    for (int started = 0; started < 30 && lane.view().queue_size() > 0; ++started) {
      for (int i = 0; i < 60; ++i) {
        Job job = gang(1 + static_cast<int>(random() % (i % 3 == 0 ? 4 : 150)), 0, 10,
                       static_cast<int32_t>(random() % (i % 2 == 0 ? 600 : 5000)),
                       static_cast<int32_t>(random() % (i % 5 == 0 ? 1 : 2000)));
        if (i % 7 == 0) job.gpus = 1;
        const std::vector<int> expected = placed_one_by_one(lane.view(), job);
        const auto placed = baselines::Placement::of(lane.view(), job);
        ASSERT_EQ(placed.fits(), !expected.empty()) << choice << ", " << job.pods() << " pods";
        if (expected.empty()) {
          ++too_large;
          continue;
        }
        std::vector<int> pods;
        placed.for_each_node([&](int n, int count) {
          EXPECT_EQ(n, static_cast<int>(pods.size()));
          pods.push_back(count);
          return true;
        });
        ASSERT_EQ(pods, expected) << choice << ", " << job.pods() << " pods";
        ++compared;
      }
      lane.step(lane.view().allowed(0) ? 0 : -1);
    }
  }
  EXPECT_GT(compared, 1000);
  EXPECT_GT(too_large, 100);
}

}  // namespace
}  // namespace cusched
