// SPDX-License-Identifier: MIT
#include "cli/report/shown.h"

#include <algorithm>
#include <cmath>

#include "cli/metric_info.h"

namespace cusched {
namespace {

constexpr size_t kMostLearned = 3;

void add_once(int index, std::vector<int>* list) {
  if (index >= 0 && std::find(list->begin(), list->end(), index) == list->end())
    list->push_back(index);
}

}  // namespace

std::string sorting_metric(const Evaluation& evaluation, const std::vector<std::string>& columns) {
  if (evaluation.metric_index(evaluation.headline) >= 0) return evaluation.headline;
  for (const std::string& column : columns)
    if (evaluation.metric_index(column) >= 0) return column;
  return "";
}

std::vector<int> shown_metrics(const Evaluation& evaluation,
                               const std::vector<std::string>& columns) {
  std::vector<int> metrics;
  add_once(evaluation.metric_index(sorting_metric(evaluation, columns)), &metrics);
  for (const std::string& column : columns) add_once(evaluation.metric_index(column), &metrics);
  add_once(evaluation.metric_index("wait_max_s"), &metrics);
  return metrics;
}

bool is_constant(const Evaluation& evaluation, int metric) {
  const auto& all = evaluation.policies;
  for (size_t e = 0; e < evaluation.episodes.size(); ++e) {
    for (const PolicyResult& policy : all) {
      const double a = all[0].samples[metric][e], b = policy.samples[metric][e];
      if (a != b && !(std::isnan(a) && std::isnan(b))) return false;
    }
  }
  return true;
}

std::vector<int> telling_metrics(const Evaluation& evaluation, const std::vector<int>& metrics) {
  std::vector<int> telling;
  for (const int m : metrics)
    if (evaluation.policies.size() == 1 || !is_constant(evaluation, m)) telling.push_back(m);
  return telling;
}

std::string constants_text(const Evaluation& evaluation, const std::vector<int>& metrics) {
  if (evaluation.policies.size() < 2) return "";
  std::string text;
  for (const int m : metrics) {
    if (!is_constant(evaluation, m)) continue;
    const double value = confidence_interval(evaluation.policies[0].samples[m]).mean;
    text += (text.empty() ? "" : ", ") + metric_label(evaluation.metrics[m]) + " " +
            (std::isnan(value) ? "unknown" : value_text(evaluation.metrics[m], value));
  }
  return text;
}

std::vector<size_t> plotted_policies(const Evaluation& evaluation, const std::string& metric) {
  const std::vector<size_t> same = same_results(evaluation);
  std::vector<size_t> plotted;
  for (const size_t i : ranking(evaluation, metric))
    if (!evaluation.policies[i].limited && same[i] == i) plotted.push_back(i);
  return plotted.empty() ? ranking(evaluation, metric) : plotted;
}

std::vector<size_t> line_policies(const Evaluation& evaluation, const std::string& metric) {
  std::vector<size_t> learned, heuristics;
  for (const size_t i : plotted_policies(evaluation, metric)) {
    const PolicyResult& policy = evaluation.policies[i];
    if (policy.learned) {
      if (learned.size() < kMostLearned) learned.push_back(i);
    } else if (heuristics.empty() || (policy.name != "sjf" && is_well_known(policy.name))) {
      heuristics.push_back(i);
    }
  }
  learned.insert(learned.end(), heuristics.begin(), heuristics.end());
  return learned;
}

std::string same_text(const Evaluation& evaluation) {
  const std::vector<size_t> same = same_results(evaluation);
  std::string text;
  for (size_t i = 0; i < same.size(); ++i) {
    std::string names;
    for (size_t j = 0; j < same.size(); ++j)
      if (j != i && same[j] == i) names += " = " + evaluation.policies[j].name;
    if (same[i] == i && !names.empty())
      text += (text.empty() ? "" : ", ") + evaluation.policies[i].name + names;
  }
  return text;
}

}  // namespace cusched
