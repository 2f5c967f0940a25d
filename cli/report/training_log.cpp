// SPDX-License-Identifier: MIT
#include "cli/report/training_log.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "cli/words.h"
#include "cuda/error.h"

namespace cusched {
namespace {

const std::string kLooks = "eval_";  // columns of looks at the policy

bool is_result(const std::string& column) {
  return column.starts_with(kLooks) || column.starts_with("episode_");
}

double number_of(const std::string& cell, const std::string& where) {
  size_t used = 0;
  try {
    const double value = std::stod(cell, &used);
    if (used == cell.size()) return value;
  } catch (const std::exception&) {
  }
  throw InputError(where, "'" + cell + "' is not a number", "Remove the line or the file");
}

}  // namespace

const TrainingLog::Column* TrainingLog::find(const std::string& name) const {
  for (const Column& column : columns)
    if (column.name == name && !column.members.empty()) return &column;
  return nullptr;
}

TrainingLog read_training_log(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return {};
  const std::vector<std::string> header = split_list(line);
  const auto place = [&](const std::string& name) {
    return static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const size_t steps = place("steps"), member = place("member");
  if (steps == header.size()) return {};
  std::vector<std::map<int64_t, Curve>> curves(header.size());
  for (int number = 2; std::getline(file, line); ++number) {
    const std::vector<std::string> cells = split_list(line);
    if (cells.size() != header.size()) continue;
    const auto value = [&](size_t c) {
      return number_of(cells[c],
                       path + ":" + std::to_string(number) + ", field '" + header[c] + "'");
    };
    const auto who = member < header.size() ? static_cast<int64_t>(value(member)) : 0;
    for (size_t c = 0; c < header.size(); ++c) {
      if (!is_result(header[c]) || cells[c].empty() || cells[c] == "nan") continue;
      curves[c][who].x.push_back(value(steps));
      curves[c][who].y.push_back(value(c));
    }
  }
  TrainingLog log;
  for (size_t c = 0; c < header.size(); ++c) {
    if (!is_result(header[c])) continue;
    TrainingLog::Column column{header[c], {}};
    for (auto& [who, curve] : curves[c]) {
      curve.name = curves[c].size() == 1 ? "training" : "member " + std::to_string(who);
      column.members.push_back(std::move(curve));
    }
    log.columns.push_back(std::move(column));
  }
  return log;
}

LearningCurve learning_curve(const TrainingLog& log, const std::string& metric,
                             const std::vector<std::string>& others) {
  std::vector<std::string> metrics = {metric};
  metrics.insert(metrics.end(), others.begin(), others.end());
  for (const std::string& name : metrics)
    if (const auto* column = log.find(kLooks + name)) return {column, name, true};
  if (const auto* column = log.find("episode_" + metric)) return {column, metric, false};
  return {log.find("episode_return"), "", false};
}

std::vector<Curve> looked_at_heuristics(const TrainingLog& log,
                                        const std::vector<std::string>& metrics) {
  std::vector<Curve> levels;
  for (const TrainingLog::Column& column : log.columns) {
    if (!column.name.starts_with(kLooks) || column.members.empty()) continue;
    std::string name = column.name.substr(kLooks.size());
    if (name == "vs_best_heuristic") continue;
    if (std::find(metrics.begin(), metrics.end(), name) != metrics.end()) continue;
    std::replace(name.begin(), name.end(), '_', name == "best_heuristic" ? ' ' : '-');
    levels.push_back({name, {}, {column.members[0].y.back()}});
  }
  return levels;
}

}  // namespace cusched
