// SPDX-License-Identifier: MIT
#include <cmath>

#include "agents/dqn.h"
#include "cuda/stream.h"
#include "envs/registry.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/cuda/gpu.h"

namespace cusched {
namespace {

const Device kCpu;
const Device kGpu{DeviceKind::kCuda, 0};

int envs() { return test::gpu_size(65, 9); }

NetworkConfig network() {
  const int width = test::gpu_size(32, 8);
  return {"pointer", {width, width}, "tanh"};
}

std::unique_ptr<Batch> admission(const Device& device) {
  BatchOptions options;
  options.members = 2;
  options.envs = envs();
  options.device = device;
  options.seed = 3;
  return find_environment("admission").create(plain_admission(), options);
}

DqnConfig config(bool prioritised, bool graphs) {
  DqnConfig c;
  c.rollout_steps = 8;
  c.minibatch = test::gpu_size(300, 60);
  c.gradient_steps = 2;
  c.replay_size = envs() * 40;     // the ring turns
  c.learning_starts = envs() * 9;  // in the second iteration
  c.dueling = c.prioritised = prioritised;
  c.cuda_graphs = graphs;
  c.total_steps = 100000;
  return c;
}

// State of a trainer after some iterations on the GPU.
std::vector<uint8_t> trained(bool prioritised, bool graphs, int iterations) {
  const Stream stream(kGpu);
  const auto batch = admission(kGpu);
  const auto trainer = make_dqn(*batch, stream.exec(), network(), config(prioritised, graphs), 5);
  for (int i = 0; i < iterations; ++i) trainer->iterate();
  return trainer->save();
}

class DqnGpu : public testing::TestWithParam<bool> {};

TEST_P(DqnGpu, GraphsAndEagerLaunchesGiveTheSameBits) {
  CUSCHED_SKIP_WITHOUT_GPU();
  EXPECT_TRUE(trained(GetParam(), true, 9) == trained(GetParam(), false, 9));
  EXPECT_FALSE(trained(GetParam(), true, 8) == trained(GetParam(), true, 9));
}

TEST_P(DqnGpu, RunsAreRepeatable) {
  CUSCHED_SKIP_WITHOUT_GPU();
  EXPECT_TRUE(trained(GetParam(), true, 8) == trained(GetParam(), true, 8));
}

TEST_P(DqnGpu, TheFirstGradientStepsAreThoseOfTheCpu) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  const auto gpu_batch = admission(kGpu), cpu_batch = admission(kCpu);
  const DqnConfig c = config(GetParam(), true);
  const auto gpu = make_dqn(*gpu_batch, stream.exec(), network(), c, 5);
  const auto cpu = make_dqn(*cpu_batch, Exec{}, network(), c, 5);
  for (int i = 0; i < 2; ++i) {  // random actions, then the first gradient steps
    gpu->iterate();
    cpu->iterate();
  }
  const TrainStats a = gpu->stats(), b = cpu->stats();
  ASSERT_EQ(a.names, b.names);
  // Sums run in another order.
  for (size_t i = 0; i < a.values.size(); ++i)
    EXPECT_NEAR(a.values[i], b.values[i], 1e-3 + 2e-2 * std::fabs(b.values[i]))
        << a.names[i % a.names.size()];
}

INSTANTIATE_TEST_SUITE_P(UniformAndPrioritised, DqnGpu, testing::Bool());

}  // namespace
}  // namespace cusched
