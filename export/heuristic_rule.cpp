// SPDX-License-Identifier: MIT
#include "export/heuristic_rule.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cuda/closest_word.h"
#include "cuda/error.h"

namespace cusched {
namespace {

constexpr char kWhere[] = "--heuristic";

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void check_known(const EnvEntry& entry, const std::string& heuristic) {
  if (has(entry.heuristics, heuristic)) return;
  const std::string closest = closest_word(heuristic, entry.heuristics);
  throw InputError(kWhere, entry.name + " has no heuristic '" + heuristic + "'",
                   closest.empty() ? "'cusched envs " + entry.name + "' lists them"
                                   : "Did you mean '" + closest + "'?");
}

// A queue's order decides for these. Each job of a queue in order of arrival is submitted, and
// numbered, after the one before it, a killed one that came back included.
bool follows(const std::string& heuristic, bool by_priority) {
  return by_priority ? heuristic == "priority" : heuristic == "fcfs" || heuristic == "fifo-skip";
}
bool is_of_queue_order(const std::string& heuristic) {
  return follows(heuristic, true) || follows(heuristic, false);
}

}  // namespace

std::string behind_field(const std::string& heuristic) {
  std::string name = "behind_" + heuristic;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string HeuristicRule::text() const {
  return column < 0 ? "the first allowed candidate"
                    : "the allowed candidate with the lowest " + field + ", the first on ties";
}

HeuristicRule heuristic_rule(const EnvEntry& entry, const std::string& heuristic,
                             const std::string& schema_json) {
  check_known(entry, heuristic);
  const auto schema = nlohmann::json::parse(schema_json);
  if (!schema.contains("queue_order"))
    throw InputError(kWhere,
                     "a heuristic of " + entry.name +
                         " does not choose by numbers that its observation holds exactly",
                     "Only heuristics of admission can be exported");
  HeuristicRule rule;
  rule.heuristic = heuristic;
  const auto& fields = schema.at("slot_fields");
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].at("name") != behind_field(heuristic)) continue;
    rule.field = behind_field(heuristic);
    rule.column = static_cast<int>(i);
    return rule;
  }
  const auto order = schema.at("queue_order").get<std::string>();
  const std::string window = schema.value("window", "head");
  const bool in_order = window == "head" || window == "split";
  if (in_order && follows(heuristic, order.starts_with("priority"))) return rule;
  if (!has(entry.score_rules, heuristic))
    throw InputError(
        kWhere,
        heuristic +
            " decides by more than an observation holds, or not by a score of "
            "each job",
        "Play it in cusched, or export one that scores jobs: " + listed(entry.score_rules));
  std::string otherwise;  // for those that need no scores
  if (is_of_queue_order(heuristic))
    otherwise = std::string(", or set --queue-order ") +
                (heuristic == "priority" ? "priority" : "arrival") +
                (in_order ? "" : " and --window head");
  throw InputError(kWhere,
                   "the observation has no field " + behind_field(heuristic) + ", by which " +
                       heuristic + " decides" +
                       (otherwise.empty() ? ""
                        : in_order        ? ", and the queue has another order (" + order + ")"
                                          : ", and its jobs are not in the queue's order"),
                   "Add scores to --features and " + heuristic + " to --score-rules" + otherwise);
}

}  // namespace cusched
