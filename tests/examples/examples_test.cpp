// SPDX-License-Identifier: MIT
// The worked examples of docs/guides/extending.md do what the guide says. This program also holds
// the tests of networks and of export, which run over every network, the example's included.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agents/network_registry.h"
#include "envs/admission.h"
#include "envs/lane.h"
#include "envs/registry.h"
#include "examples/admission_rewards.h"
#include "tests/examples/idle.h"

namespace cusched {
namespace {

TEST(ExampleNetwork, IsListedBesideTheOthers) {
  EXPECT_EQ(network_names(), (std::vector<std::string>{"attention", "mlp", "pointer", "linear"}));
  EXPECT_TRUE(takes_any_slots(NetworkConfig{"linear", {1}, "tanh"}));
}

TEST(ExampleReward, CountsIdleMemoryOnlyWhileJobsWait) {
  admission::Facts facts{};
  facts.elapsed_s = 10;
  facts.total_memory_mib = 200;
  facts.memory_actual = 500;  // a quarter of 200 MiB for 10 s
  EXPECT_EQ(rewards::Idle::value(facts), 0.0f);
  facts.queue_s = 1;
  EXPECT_EQ(rewards::Idle::value(facts), -0.75f);
}

// The build finds the term by its file and lists it after the library's own, and a step adds it up
// with its weight.
TEST(ExampleReward, IsATermOfTheEnvironment) {
  std::vector<std::string> names;
  for_each_type(ExampleRewards{}, [&]<class Term>() {
    static_assert(RewardOf<Term, Admission>);
    names.push_back(Term::kName);
  });
  std::vector<std::string> expected = find_environment("admission").reward_terms;
  expected.push_back("idle");
  EXPECT_EQ(names, expected);

  using Sum = RewardSum<Admission, ExampleRewards>;
  ASSERT_EQ(Sum::kTerms, static_cast<int>(names.size()));
  admission::Facts facts{};
  facts.elapsed_s = facts.tick_s = 10;
  facts.total_memory_mib = 200;
  facts.queue_s = 1;  // a job waits, nothing is used
  std::vector<float> weights(names.size(), 0.0f);
  EXPECT_EQ(Sum::of(facts, weights.data()), 0.0f);
  weights.back() = 0.5f;
  EXPECT_EQ(Sum::of(facts, weights.data()), -0.5f);
}

}  // namespace
}  // namespace cusched
