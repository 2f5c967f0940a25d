// SPDX-License-Identifier: MIT
// The worked examples of docs/guides/extending.md do what the guide says. This program also holds
// the tests of networks and of export, which run over every network, the example's included.
#include <gtest/gtest.h>

#include <algorithm>

#include "agents/network_registry.h"
#include "envs/registry.h"
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

// The environment itself was compiled with the example's term.
TEST(ExampleReward, IsATermOfTheEnvironment) {
  const EnvEntry& entry = find_environment("admission");
  const auto idle = std::find(entry.reward_terms.begin(), entry.reward_terms.end(), "idle");
  ASSERT_NE(idle, entry.reward_terms.end());
  BatchOptions options;
  options.envs = 4;
  const auto play = [&](float weight) {
    const auto batch = entry.create({}, options);
    std::vector<float> weights(batch->reward_weights().size(), 0.0f);
    weights[static_cast<size_t>(idle - entry.reward_terms.begin())] = weight;
    batch->set_reward_weights(weights);
    const BatchShape& shape = batch->shape();
    std::vector<float> obs(static_cast<size_t>(shape.lanes() * shape.obs())), reward(4);
    std::vector<uint8_t> mask(static_cast<size_t>(shape.lanes() * shape.actions()));
    StepBuffers out;
    out.obs = obs.data();
    out.mask = mask.data();
    out.reward = reward.data();
    batch->reset({}, out);
    float total = 0;
    for (int t = 0; t < 200; ++t) {
      const std::vector<int32_t> wait(4, shape.slots);  // nobody starts: jobs wait, memory idles
      batch->step({}, wait.data(), out);
      for (const float r : reward) total += r;
    }
    return total;
  };
  EXPECT_EQ(play(0.0f), 0.0f);
  EXPECT_LT(play(1.0f), -100.0f);
}

}  // namespace
}  // namespace cusched
