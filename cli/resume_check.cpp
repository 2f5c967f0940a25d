// SPDX-License-Identifier: MIT
#include "cli/resume_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cuda/error.h"

namespace cusched {
namespace {

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Options that say what the learner's state is made of.
const std::vector<std::string> kShape = {
    "algo",      "network", "hidden",      "activation",  "heads",         "attention-layers",
    "optimiser", "dueling", "prioritised", "replay-size", "member-offset", "warm-start"};
// What a part of a run may have as it likes, and what others stand for.
const std::vector<std::string> kFree = {"steps",
                                        "seconds",
                                        "device",
                                        "threads",
                                        "out",
                                        "report-every",
                                        "checkpoint-every",
                                        "select-episodes",
                                        "select-every",
                                        "select-metric",
                                        "select-seed",
                                        "select-set",
                                        "patience",
                                        "recipe",
                                        "init",
                                        "env",
                                        "envs",
                                        "members",
                                        "seed"};

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text.empty() ? "empty" : text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace

std::vector<std::string> check_resumed_options(const TrainSetup& setup, const OptionTable& table,
                                               const CheckpointMeta& found,
                                               const std::string& out_dir) {
  const std::string path = out_dir + "/checkpoint";
  std::vector<Setting> before =
      parse_yaml(table, found.config, path + ", configuration", /*skip_unknown=*/true);
  std::string refused;
  std::vector<std::string> notes;
  for (const Option& option : table.options()) {
    const std::string& name = option.name();
    if (!option.is_saved() || is_one_of(name, kFree) || !setup.settings.name_of(name).empty())
      continue;
    const auto then = std::find_if(before.begin(), before.end(),
                                   [&](const Setting& s) { return s.option == &option; });
    const bool was = then != before.end(), is = !option.is_optional() || option.was_set();
    // Before there were warm starts, trainings began cold.
    const bool cold = !was && (name == "warm-start" || name == "warm-start-share" ||
                               name == "anchor" || name == "anchor-share");
    if (cold && !setup.warm.on()) continue;
    const std::string old = was ? join(then->words) : "not set";
    const std::string now = is ? join(option.words()) : "not set";
    if (old == now) continue;
    const std::string told =
        "--" + name + " is " + now + ", the checkpoint was trained with " + old;
    if (is_one_of(name, kShape)) {
      refused += (refused.empty() ? "" : "; ") + told;
    } else {
      notes.push_back(told);
    }
  }
  if (!refused.empty())
    throw InputError(path, "was trained by another learner: " + refused,
                     "Leave these options as they were (config.yaml has them), or train anew in "
                     "another folder");
  return notes;
}

void check_something_left(const CheckpointMeta& found, int64_t steps, double seconds) {
  const bool by_steps = steps > 0 && found.steps >= steps;
  const bool by_time = seconds > 0 && found.seconds >= seconds;
  if (!by_steps && !by_time) return;
  const std::string option = by_time ? "--seconds" : "--steps";
  const std::string done = by_time ? number(std::floor(found.seconds * 10) / 10) + " s"
                                   : std::to_string(found.steps) + " steps";
  const std::string asked = by_time ? number(seconds) + " s" : std::to_string(steps) + " steps";
  const std::string total =
      by_time ? number(std::ceil(found.seconds) + seconds) : std::to_string(found.steps + steps);
  throw InputError(
      option,
      asked + " are of the whole run, which has " + done + " already: nothing would be trained",
      option + " " + total + " trains " + asked + " more");
}

}  // namespace cusched
