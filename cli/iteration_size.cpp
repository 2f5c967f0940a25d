// SPDX-License-Identifier: MIT
#include "cli/iteration_size.h"

#include <algorithm>

#include "envs/inputs.h"

namespace cusched {
namespace {

int64_t value_of(const Option& option) { return std::stoll(option.words()[0]); }

// Makes option x `others` at most `most`, but the option no less than `least`.
void shrink(const Option& option, int64_t others, int64_t most, int64_t least) {
  const int64_t value = value_of(option), fits = std::max(most / others, least);
  if (!option.was_set() && fits < value) option.prefer({std::to_string(fits)}, "--steps");
}

}  // namespace

std::string fit_iteration(const OptionTable& table, int64_t steps) {
  const Option &envs = table.get("envs", "--envs"), &rollout = table.get("rollout", "--rollout");
  const auto iteration = [&] { return value_of(envs) * value_of(rollout); };
  if (steps == 0 || iteration() * kLeastIterations <= steps) return "";
  const int64_t before = iteration(), most = std::max<int64_t>(steps / kLeastIterations, 1);
  shrink(envs, value_of(rollout), most, kLeastEnvs);
  shrink(rollout, value_of(envs), most, kLeastRollout);
  const int64_t each = iteration(), count = (steps + each - 1) / each;
  const std::string sizes = "--envs " + envs.words()[0] + " x --rollout " + rollout.words()[0];
  const std::string told = "an iteration is " + count_text(each, "step") + " (" + sizes + ")";
  if (each < before) return told + " instead of " + grouped(before) + ", to fit --steps";
  return told + "; " + count_text(count, "iteration") + " will run, " +
         count_text(count * each, "step");
}

}  // namespace cusched
