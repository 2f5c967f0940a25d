// SPDX-License-Identifier: MIT
#include "envs/admission_rules.h"

#include <algorithm>
#include <vector>

#include "envs/registry.h"

namespace cusched::admission {
namespace {

const EnvEntry& entry() { return find_environment("admission"); }

// Number of the heuristic that a setting names.
int heuristic_number(const OptionValues& v, const std::string& option, const std::string& name,
                     const std::string& other_words) {
  const std::vector<std::string>&rules = entry().score_rules, &all = entry().heuristics;
  if (std::find(rules.begin(), rules.end(), name) == rules.end()) {
    std::string known;
    for (const std::string& rule : rules) known += rule + ", ";
    const bool chooses = std::find(all.begin(), all.end(), name) != all.end();
    throw v.error(option,
                  chooses ? "the heuristic " + name + " gives jobs no scores"
                          : "there is no heuristic " + name,
                  "Choose from " + known + other_words);
  }
  return static_cast<int>(std::find(all.begin(), all.end(), name) - all.begin());
}

}  // namespace

void set_score_rules(const OptionValues& v, Params* params) {
  const std::vector<std::string> names = v.list("score-rules");
  if (names.empty())
    throw v.error("score-rules", "features scores are of no rule", "Name one, or leave scores out");
  if (names.size() > kMaxScoreRules)
    throw v.error("score-rules", "there are " + std::to_string(names.size()) + " rules",
                  "Name at most " + std::to_string(kMaxScoreRules));
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name)
      throw v.error("score-rules", *name + " is there twice", "Name each rule once");
    const int rule = *name == kBackfillWord
                         ? kBackfillWindow
                         : heuristic_number(v, "score-rules", *name, kBackfillWord);
    params->score_rule[params->score_rules++] = static_cast<int8_t>(rule);
  }
}

void set_window(const OptionValues& v, Caps* caps, Params* params) {
  const std::string& name = v.text("window");
  if (name == "head") return;
  caps->window = caps->slots;
  params->window_rule = static_cast<int8_t>(
      name == "split" ? kSplitWindow : heuristic_number(v, "window", name, "head or split"));
}

std::string window_name(const Caps& caps, const Params& params) {
  if (caps.window == 0) return "head";
  if (params.window_rule == kSplitWindow) return "split";
  return entry().heuristics[static_cast<size_t>(params.window_rule)];
}

std::string rule_field(int rule) {
  if (rule == kBackfillWindow) return "backfill_window";
  std::string name = entry().heuristics[static_cast<size_t>(rule)];
  std::replace(name.begin(), name.end(), '-', '_');
  return "behind_" + name;
}

std::string rule_text(int rule) {
  if (rule == kBackfillWindow)
    return "1: the job that arrived first, or one that fits and would end by its estimate before "
           "that has room by the estimates of running jobs";
  return "r / (r + 1), r: jobs in slots that may be chosen and are better by heuristic " +
         entry().heuristics[static_cast<size_t>(rule)];
}

bool needs_ready_order(const Params& params) {
  const int8_t* const end = params.score_rule + params.score_rules;
  return (params.features & kFeatureReady) != 0 ||
         std::find(params.score_rule, end, kBackfillWindow) != end;
}

}  // namespace cusched::admission
