// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/envs/placement_lane.h"

// F and FGD's score: integers against the sums of doubles, and against closed forms.
namespace cusched {
namespace {

using placement::FragView;
using placement::NodeState;
using placement::PodSpec;
using placement::View;
using test::PlacementLane;
using test::script;

// Lists whose typical pods are of every kind: shared, whole, several GPUs, CPU-only, by model.
std::vector<std::string> many_pods() {
  std::vector<std::string> pods;
  const auto add = [&](int count, const std::string& pod) {
    for (int i = 0; i < count; ++i) pods.push_back(pod);
  };
  add(13, "4000,1024,1,500");
  add(11, "8000,1024,1,1000");
  add(9, "2000,1024,0,0");
  add(7, "6000,1024,1,300");
  add(5, "16000,1024,2,1000");
  add(4, "24000,1024,0,0");
  add(3, "32000,1024,4,1000");
  add(2, "4000,1024,1,810,T4");
  add(2, "8000,1024,1,1000,T4|G2");
  return pods;
}

PlacementLane& lane() {
  static PlacementLane one(
      script("frag", {"64000,262144,8,G2", "32000,65536,4,T4", "32000,65536,2", "16000,65536,0"},
             many_pods()));
  return one;
}

NodeState random_node(std::mt19937& random, const FragView& frag) {
  NodeState n{};
  n.gpus = static_cast<uint8_t>(random() % 9);
  n.model = static_cast<uint8_t>(random() % 3);
  n.free_cpu_milli = static_cast<int32_t>(random() % 70000);
  n.free_memory_mib = 262144;
  for (int g = 0; g < n.gpus; ++g) {
    const unsigned kind = random() % 4;
    n.left[g] = static_cast<int16_t>(kind == 0 ? 0 : kind < 3 ? 1000 : random() % 100 * 10);
  }
  frag.refresh(n);
  return n;
}

TEST(PlacementFragmentation, TypicalPodsCoverTheList) {
  const FragView& frag = lane().params.frag;
  double sum = 0.0;
  int64_t count = 0;
  for (int m = 0; m < frag.typical_count; ++m) {
    sum += frag.typical[m].frequency;
    count += frag.typical[m].count;
    if (m > 0) {
      EXPECT_GE(frag.typical[m - 1].count, frag.typical[m].count);
    }
  }
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_EQ(count, frag.weight);
  const auto pods = static_cast<double>(many_pods().size());
  EXPECT_GE(static_cast<double>(count), 0.95 * pods);
  EXPECT_LT(static_cast<double>(count - frag.typical[frag.typical_count - 1].count), 0.95 * pods);
}

TEST(PlacementFragmentation, IntegersAreTheExactSum) {
  const FragView& frag = lane().params.frag;
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const NodeState n = random_node(random, frag);
    const double exact = frag.exact(n);
    ASSERT_NEAR(static_cast<double>(frag.scaled(n)) / static_cast<double>(frag.weight), exact,
                1e-8);
    ASSERT_GE(frag.scaled(n), 0);
    ASSERT_LE(exact, n.total + 1e-8);
  }
}

TEST(PlacementFragmentation, DecreasesAndScoresAreThoseOfTheNodeAfterwards) {
  const placement::View& view = lane().view();
  const FragView& frag = lane().params.frag;
  std::mt19937 random(11);
  int tried = 0, in_doubt = 0;
  for (int i = 0; i < 40000; ++i) {
    const NodeState n = random_node(random, frag);
    const PodSpec& pod = lane().params.pods[random() % lane().params.pod_rows];
    if (!View::fits(n, pod)) continue;
    ++tried;
    placement::FgdChoice best{-1, -1, 0};
    for (int g = pod.shares_gpu() ? 0 : -1; g < (pod.shares_gpu() ? n.gpus : 0); ++g) {
      if (g >= 0 && n.left[g] < pod.milli) continue;
      NodeState after = n;
      View::take(after, pod, g);
      frag.refresh(after);
      const int64_t fall = frag.scaled(n) - frag.scaled(after);
      ASSERT_EQ(view.decrease(n, pod, g), fall);
      const double x = frag.exact(n) - frag.exact(after);
      const int score = static_cast<int>(100.0 / (1.0 + std::exp(-x / 1000.0)));
      in_doubt += fall == 0 ? 1 : 0;
      if (score > best.score) best = {score, g, fall};
    }
    const placement::FgdChoice got = view.fgd(n, pod);
    ASSERT_EQ(got.score, best.score);
    ASSERT_EQ(got.gpu, best.gpu);
    ASSERT_EQ(got.decrease, best.decrease);
  }
  EXPECT_GT(tried, 10000);
  EXPECT_GT(in_doubt, 100) << "the case that rounding decides is not reached";
}

TEST(PlacementFragmentation, ThresholdsAreWhereTheScoreSteps) {
  const std::vector<double> at(lane().params.frag.score_at, lane().params.frag.score_at + 101);
  EXPECT_LE(at[50], 0.0);  // sigmoid(0) = 0.5
  EXPECT_GT(at[50], -1e-9);
  EXPECT_NEAR(at[51], 1000.0 * std::log(51.0 / 49.0), 1e-9);
  for (int k = 1; k < 100; ++k) {
    EXPECT_LT(at[k - 1], at[k]);
    EXPECT_NEAR(at[k], 1000.0 * std::log(k / (100.0 - k)), 1e-6) << k;
  }
}

// One typical pod of half a GPU and 4 cores: a GPU with less than 500 milli left is lost to it, and
// so are all GPUs of a node without 4 cores.
TEST(PlacementFragmentation, ClosedFormOfOneTypicalPod) {
  PlacementLane one(script("frag1", {"8000,65536,2"}, {"4000,1024,1,500", "4000,1024,1,500"}));
  const FragView& frag = one.params.frag;
  NodeState n{};
  n.gpus = 2;
  n.free_cpu_milli = 8000;
  n.left[0] = 400;
  n.left[1] = 1000;
  frag.refresh(n);
  EXPECT_EQ(frag.exact(n), 400.0);
  n.free_cpu_milli = 3999;
  frag.refresh(n);
  EXPECT_EQ(frag.exact(n), 1400.0);
  n.free_cpu_milli = 8000;
  n.left[1] = 499;
  frag.refresh(n);
  EXPECT_EQ(frag.exact(n), 899.0);
}

}  // namespace
}  // namespace cusched
