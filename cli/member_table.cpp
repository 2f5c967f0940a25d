// SPDX-License-Identifier: MIT
#include "cli/member_table.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/member_values.h"
#include "cli/metric_info.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

bool is_per_member(const Option& option) {
  return option.is_list() &&
         (says_per_member(option.help()) || says_per_member(option.group_text()));
}

}  // namespace

MemberTable member_table(const OptionTable& options, const std::vector<double>& scores,
                         const MetricInfo& metric) {
  MemberTable table;
  table.score = metric;
  table.rows.resize(scores.size());
  for (size_t member = 0; member < scores.size(); ++member) {
    table.rows[member].member = static_cast<int>(member);
    table.rows[member].score = scores[member];
  }
  for (const Option& option : options.options()) {
    const std::vector<std::string> words = option.words();
    if (!is_per_member(option) || words.size() != scores.size() ||
        std::all_of(words.begin(), words.end(), [&](const auto& w) { return w == words[0]; }))
      continue;
    table.parameters.push_back(option.name());
    for (size_t member = 0; member < scores.size(); ++member)
      table.rows[member].values.push_back(words[member]);
  }
  const bool higher = metric.better == MetricInfo::Better::kHigher;
  std::stable_sort(table.rows.begin(), table.rows.end(), [&](const auto& a, const auto& b) {
    if (std::isnan(a.score) || std::isnan(b.score))
      return !std::isnan(a.score) && std::isnan(b.score);
    return higher ? a.score > b.score : a.score < b.score;
  });
  return table;
}

std::string member_text(const MemberTable& table, size_t most) {
  std::vector<std::vector<std::string>> rows = {{"member"}};
  rows[0].insert(rows[0].end(), table.parameters.begin(), table.parameters.end());
  rows[0].push_back(metric_label(table.score));
  for (const MemberTable::Row& row : table.rows) {
    if (rows.size() > most) break;
    rows.push_back({std::to_string(row.member)});
    rows.back().insert(rows.back().end(), row.values.begin(), row.values.end());
    rows.back().push_back(value_text(table.score, row.score));
  }
  const size_t shown = rows.size() - 1;
  return text_table(rows) +
         (shown < table.rows.size()
              ? "... and " + count_text(static_cast<int64_t>(table.rows.size() - shown), "member") +
                    " (--json has all)\n"
              : "");
}

nlohmann::json member_json(const MemberTable& table) {
  nlohmann::json rows = nlohmann::json::array();
  for (const MemberTable::Row& row : table.rows) {
    nlohmann::json one = {{"member", row.member}};
    for (size_t i = 0; i < table.parameters.size(); ++i) one[table.parameters[i]] = row.values[i];
    one[table.score.name] = std::isfinite(row.score) ? nlohmann::json(row.score) : nlohmann::json();
    rows.push_back(std::move(one));
  }
  return rows;
}

}  // namespace cusched
