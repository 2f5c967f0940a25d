// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cuda/device.h"
#include "envs/group_width.h"
#include "tests/cuda/gpu.h"
#include "tests/envs/contract_batch.h"
#include "tests/envs/contract_suite.h"

// The same bits on CUDA as on the CPU, for every width of a group. On an emulated GPU, which is
// fifty to a hundred times slower than the CPU's back end, the same with fewer lanes and steps. All
// 4,096 steps of every variant of `admission` took 43 s on an H100: the first plays all of them.
namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";

struct Size {
  int lanes, steps;
};
Size sized(const Size& gpu, const Size& emulated) { return cuda_is_emulated() ? emulated : gpu; }

struct DeviceBatch {
  std::unique_ptr<Batch> batch;
  std::string what;  // "VARIANT, width W"
};

// The same batch on CUDA, one for each width.
std::vector<DeviceBatch> on_cuda(const EnvEntry& env, const Variant& variant,
                                 BatchOptions options) {
  std::vector<DeviceBatch> batches;
  options.device = {DeviceKind::kCuda, 0};
  for (const int width : group_widths()) {
    options.width = width;
    batches.push_back(
        {make(env, variant, options), variant.name + ", width " + std::to_string(width)});
  }
  return batches;
}

}  // namespace

// Random actions, everything that is written, in pieces.
void cpu_and_cuda_agree_for_long(const EnvEntry& env) {
  CUSCHED_SKIP_WITHOUT_GPU();
  constexpr int kPiece = 256;
  const std::vector<Variant> all = variants(env);
  for (const Variant& variant : all) {
    const bool first = &variant == &all.front();
    const Size size = sized({65, first ? 4096 : 1024}, {3, 1024});
    auto host = make(env, variant, lanes(size.lanes));
    const std::vector<DeviceBatch> devices = on_cuda(env, variant, lanes(size.lanes));
    const Record start = reset(*host);
    for (const DeviceBatch& device : devices)
      ASSERT_EQ(start.difference(reset(*device.batch)), "") << device.what;
    for (int steps = 0; steps < size.steps; steps += kPiece) {
      const Record expected = rollout(*host, kRandom, kPiece);
      for (const DeviceBatch& device : devices) {
        ASSERT_EQ(expected.difference(rollout(*device.batch, kRandom, kPiece)), "")
            << device.what << ", from step " << steps;
        ASSERT_EQ(state_difference(*host, *device.batch), "")
            << device.what << ", step " << steps + kPiece;
      }
    }
  }
}

void cpu_and_cuda_agree_on_heuristics(const EnvEntry& env) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Size size = sized({65, 120}, {3, 120});
  for (const Variant& variant : variants(env)) {
    for (bool whole_queue : {false, true}) {
      BatchOptions options = lanes(size.lanes);
      options.whole_queue = whole_queue;
      auto host = make(env, variant, options);
      const std::vector<DeviceBatch> devices = on_cuda(env, variant, options);
      for (const std::string& name : env.heuristics) {
        const Record start = reset(*host), expected = rollout(*host, name, size.steps);
        for (const DeviceBatch& device : devices) {
          const std::string what = device.what + ", " + name;
          ASSERT_EQ(start.difference(reset(*device.batch)), "") << what;
          ASSERT_EQ(expected.difference(rollout(*device.batch, name, size.steps)), "") << what;
          ASSERT_EQ(state_difference(*host, *device.batch), "") << what;
        }
      }
    }
  }
}

// Actions of a policy, some of them none at all, for all lanes and for ranges of them, with reward
// weights and statistics of three members, and final observations beyond their rows.
void cpu_and_cuda_agree_on_steps(const EnvEntry& env) {
  CUSCHED_SKIP_WITHOUT_GPU();
  constexpr int kMembers = 3, kRange = 7;
  const Size size = sized({33, 256}, {3, 100});
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(size.lanes);
    options.members = kMembers;
    auto recorder = make(env, variant, options), host = make(env, variant, options);
    std::vector<float> weights(env.reward_terms.size() * kMembers);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = 0.3f * static_cast<float>(i + 1);
    reset(*recorder);
    std::vector<int32_t> actions = rollout(*recorder, kRandom, size.steps).action;
    for (size_t i = 0; i < actions.size(); i += 19) actions[i] = i % 2 == 0 ? -3 : 1000;
    host->set_reward_weights(weights);
    reset(*host);
    const Record whole = replay(*host, actions), pieces = replay(*host, actions, kRange);
    const Record few_rows = rollout_with_rows(*host, kRandom, size.steps, 1);
    const std::vector<uint8_t> state = host->snapshot({});
    const BatchStats stats = host->take_stats({});
    for (const DeviceBatch& device : on_cuda(env, variant, options)) {
      Batch& batch = *device.batch;
      const Exec exec{batch.device(), nullptr};
      batch.set_reward_weights(weights);
      reset(batch);
      ASSERT_EQ(whole.difference(replay(batch, actions)), "") << device.what;
      ASSERT_EQ(pieces.difference(replay(batch, actions, kRange)), "") << device.what;
      ASSERT_EQ(few_rows.difference(rollout_with_rows(batch, kRandom, size.steps, 1)), "")
          << device.what;
      ASSERT_EQ(batch.diff(state, batch.snapshot(exec)), "") << device.what;
      EXPECT_EQ(batch.take_stats(exec).sum, stats.sum) << device.what;
      ASSERT_EQ(state_difference(*host, batch), "") << device.what << ", statistics taken";
    }
  }
}

}  // namespace cusched::contract
