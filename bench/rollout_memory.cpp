// SPDX-License-Identifier: MIT
#include "bench/rollout_memory.h"

#include <string>
#include <vector>

#include "cuda/error.h"
#include "cuda/host_info.h"

namespace cusched {
namespace {

DeviceMemory place(const Batch& batch, int64_t steps, int64_t row_bytes) {
  return DeviceMemory(batch.device(), static_cast<size_t>(steps * row_bytes));
}

template <class T>
std::vector<T> to_host(const Exec& exec, const DeviceMemory& memory) {
  std::vector<T> out(memory.size() / sizeof(T));
  copy_bytes(exec, out.data(), memory.data(), memory.size());
  synchronize(exec);
  return out;
}

// Refuses what would push a machine into swapping; a device says so itself.
int64_t checked(const Batch& batch, int64_t steps) {
  const BatchShape& shape = batch.shape();
  CUSCHED_CHECK(steps >= 1, "a rollout has at least one step");
  const int64_t bytes = steps * shape.lanes() * (4 * int64_t{shape.obs()} + shape.actions() + 13);
  const int64_t available = available_host_bytes();
  if (!batch.device().is_cuda() && bytes > available)
    throw InputError("--steps " + std::to_string(steps),
                     "the rollout of " + std::to_string(shape.lanes()) + " environments takes " +
                         format_bytes(bytes) + ", and " + format_bytes(available) + " are free",
                     "Take fewer steps or environments");
  return steps;
}

}  // namespace

RolloutMemory::RolloutMemory(const Batch& batch, int64_t steps)
    : shape_(batch.shape()),
      steps_(checked(batch, steps)),
      obs_(place(batch, steps, shape_.lanes() * shape_.obs() * 4)),
      mask_(place(batch, steps, shape_.lanes() * shape_.actions())),
      reward_(place(batch, steps, shape_.lanes() * 4)),
      done_(place(batch, steps, shape_.lanes())),
      elapsed_(place(batch, steps, shape_.lanes() * 4)),
      action_(place(batch, steps, shape_.lanes() * 4)) {
  rows_.first.obs = static_cast<float*>(obs_.data());
  rows_.first.mask = static_cast<uint8_t*>(mask_.data());
  rows_.first.reward = static_cast<float*>(reward_.data());
  rows_.first.done = static_cast<uint8_t*>(done_.data());
  rows_.first.elapsed_s = static_cast<int32_t*>(elapsed_.data());
  rows_.obs_stride = shape_.lanes() * shape_.obs();
  rows_.mask_stride = shape_.lanes() * shape_.actions();
  rows_.scalar_stride = shape_.lanes();
}

int32_t* RolloutMemory::action(int64_t t) const {
  return static_cast<int32_t*>(action_.data()) + t * shape_.lanes();
}

RolloutFacts RolloutMemory::facts(const Exec& exec) const {
  const auto mask = to_host<uint8_t>(exec, mask_);
  const auto done = to_host<uint8_t>(exec, done_);
  const auto action = to_host<int32_t>(exec, action_);
  const auto lanes = static_cast<size_t>(shape_.lanes());
  const auto actions = static_cast<size_t>(shape_.actions());
  int64_t decisions = 0, starts = 0, resets = 0, steps = 0;
  for (size_t i = lanes; i < done.size(); ++i) {
    const uint8_t* allowed = mask.data() + (i - lanes) * actions;
    bool any = false;
    for (int k = 0; k < shape_.slots; ++k) any |= allowed[k] != 0;
    const bool candidate = action[i] >= 0 && action[i] < shape_.slots;
    decisions += any;
    starts += candidate && allowed[action[i]] != 0;
    resets += done[i] != 0;
    ++steps;
  }
  const double n = steps > 0 ? static_cast<double>(steps) : 1.0;
  return {static_cast<double>(decisions) / n, static_cast<double>(starts) / n,
          static_cast<double>(resets) / n};
}

}  // namespace cusched
