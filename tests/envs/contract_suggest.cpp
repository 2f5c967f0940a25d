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

// Batch::suggest is what run_heuristic would do, without doing it.
namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";

// The suggestions of a heuristic for all lanes; `piece`: lanes of a call, 0 for the call of all.
std::vector<int32_t> suggestions(Batch& batch, const std::string& name, int64_t piece = 0) {
  const Exec exec{batch.device(), nullptr};
  const int64_t lanes = batch.shape().lanes();
  std::vector<int32_t> action(static_cast<size_t>(lanes), -7);
  const DeviceMemory memory(batch.device(), action.size() * sizeof(int32_t));
  int32_t* const to = static_cast<int32_t*>(memory.data());
  copy_bytes(exec, to, action.data(), memory.size());
  const int index = heuristic(batch, name);
  if (piece == 0) batch.suggest(exec, index, to);
  for (int64_t begin = 0; piece > 0 && begin < lanes; begin += piece)
    batch.suggest(exec, {begin, std::min(lanes, begin + piece)}, index, to);
  copy_bytes(exec, action.data(), to, memory.size());
  synchronize(exec);
  return action;
}

}  // namespace

void suggestions_repeat_a_heuristic(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    // There a heuristic that scores puts jobs of the same second in order before it chooses, and
    // its action counts in that order; a suggestion counts in the order that a policy sees.
    const bool reorders = variant.name == "backfilled";
    BatchOptions options = lanes(9);
    options.members = 2;
    auto batch = make(env, variant, options), played = make(env, variant, options);
    options.whole_queue = true;
    auto whole = make(env, variant, options);
    reset(*batch);
    for (const int steps : {1, 40, 90}) {
      const Record before = rollout(*batch, kRandom, steps);
      const size_t row = before.mask.size() / static_cast<size_t>(steps);
      const uint8_t* const mask = before.mask.data() + row * static_cast<size_t>(steps - 1);
      const size_t actions = static_cast<size_t>(batch->shape().actions());
      const std::vector<uint8_t> state = batch->snapshot({});
      whole->restore({}, state);
      int64_t suggested = 0;
      for (const std::string& name : batch->heuristics()) {
        const std::string what = variant.name + ", " + name;
        const std::vector<int32_t> action = suggestions(*batch, name);
        EXPECT_EQ(suggestions(*batch, name, 4), action) << what;
        EXPECT_EQ(suggestions(*whole, name), action) << what << ", limited to what a policy sees";
        ASSERT_TRUE(batch->snapshot({}) == state) << what << " changed the state";
        ASSERT_TRUE(whole->snapshot({}) == state) << what << " changed the state";
        played->restore({}, state);
        const Record step = rollout(*played, name, 1);
        for (size_t lane = 0; lane < action.size(); ++lane) {
          const uint8_t* const allowed = mask + lane * actions;
          if (action[lane] >= 0) {
            ASSERT_LT(action[lane], static_cast<int>(actions)) << what;
            ASSERT_TRUE(allowed[action[lane]]) << what;
            ++suggested;
          }
          if (reorders) continue;
          const int32_t taken = step.action[lane];
          ASSERT_EQ(action[lane], allowed[taken] ? taken : -1) << what << ", lane " << lane;
        }
      }
      EXPECT_GT(suggested, 0) << variant.name;
    }
  }
}

void cpu_and_cuda_agree_on_suggestions(const EnvEntry& env) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const Variant& variant : variants(env)) {
    const int envs = cuda_is_emulated() ? 3 : 65;
    auto host = make(env, variant, lanes(envs));
    reset(*host);
    rollout(*host, kRandom, 60, false);
    BatchOptions options = lanes(envs);
    options.device = {DeviceKind::kCuda, 0};
    for (const int width : group_widths()) {
      options.width = width;
      auto device = make(env, variant, options);
      device->restore({options.device, nullptr}, host->snapshot({}));
      for (const std::string& name : env.heuristics) {
        EXPECT_EQ(suggestions(*host, name), suggestions(*device, name))
            << variant.name << ", " << name << ", width " << width;
        ASSERT_EQ(state_difference(*host, *device), "") << variant.name << ", " << name;
      }
    }
  }
}

}  // namespace cusched::contract
