// SPDX-License-Identifier: MIT
#include "cli/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/verdict.h"
#include "cli/wrap.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

nlohmann::json interval_json(const Interval& interval) {
  return {{"mean", number(interval.mean)},
          {"ci95", {number(interval.lo), number(interval.hi)}},
          {"n", interval.n}};
}

}  // namespace

int Evaluation::metric_index(const std::string& name) const {
  for (size_t i = 0; i < metrics.size(); ++i)
    if (metrics[i].name == name) return static_cast<int>(i);
  return -1;
}

Interval mean_interval(const Evaluation& evaluation, const std::vector<double>& samples) {
  return window_interval(samples, evaluation.places);
}

Interval paired_interval(const Evaluation& evaluation, const std::vector<double>& a,
                         const std::vector<double>& b) {
  return window_interval(differences(a, b), evaluation.places);
}

Interval relative_interval(const Evaluation& evaluation, const std::vector<double>& a,
                           const std::vector<double>& b) {
  return as_share(paired_interval(evaluation, a, b), a, b);
}

std::string interval_words(const Evaluation& evaluation) {
  const Blocks blocks = blocks_of(evaluation.places);
  if (blocks.block == 0) return "";
  const std::string what =
      std::string("The windows ") + (blocks.overlap > 1 ? "overlap" : "lie side by side in time");
  if (2 * blocks.block > static_cast<int>(evaluation.places.starts.size()))
    return what + ", too few of them apart for an interval: any difference may be chance.";
  return what + ": intervals are those of a block bootstrap (" + grouped(kResamples) +
         " resamples, " +
         (blocks.block > 1 ? "blocks of " + std::to_string(blocks.block) + " consecutive windows"
                           : "window by window") +
         ").";
}

std::vector<PairedRow> paired_rows(const Evaluation& evaluation) {
  const auto& all = evaluation.policies;
  const bool any_learned =
      std::any_of(all.begin(), all.end(), [](const PolicyResult& p) { return p.learned; });
  std::vector<PairedRow> rows;
  for (size_t i = 0; i < all.size(); ++i) {
    if (any_learned ? !all[i].learned : i > 0) continue;
    for (size_t j = 0; j < all.size(); ++j) {
      if (j == i) continue;
      PairedRow row{all[i].name, all[j].name, {}, {}};
      for (size_t m = 0; m < evaluation.metrics.size(); ++m) {
        row.metrics.push_back(paired_interval(evaluation, all[i].samples[m], all[j].samples[m]));
        row.relative.push_back(relative_interval(evaluation, all[i].samples[m], all[j].samples[m]));
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<size_t> ranking(const Evaluation& evaluation, const std::string& metric) {
  std::vector<size_t> order(evaluation.policies.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const int m = evaluation.metric_index(metric);
  if (m < 0 || evaluation.metrics[m].better == MetricInfo::Better::kNeither) return order;
  std::vector<double> cost;
  for (const PolicyResult& policy : evaluation.policies) {
    const double value = confidence_interval(policy.samples[m]).mean;
    const bool lower = evaluation.metrics[m].better == MetricInfo::Better::kLower;
    cost.push_back(std::isnan(value) ? std::numeric_limits<double>::infinity()
                                     : (lower ? value : -value));
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return cost[a] < cost[b]; });
  return order;
}

bool is_well_known(const std::string& heuristic) {
  for (const char* name : {"easy-backfill", "sjf", "fifo", "fgd", "random-feasible"})
    if (heuristic == name) return true;
  return false;
}

std::vector<size_t> same_results(const Evaluation& evaluation) {
  const auto& all = evaluation.policies;
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
      return x == y || (std::isnan(x) && std::isnan(y));
    });
  };
  std::vector<size_t> stands(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    stands[i] = i;
    if (all[i].learned) continue;
    for (size_t j = 0; j < i; ++j) {
      if (stands[j] != j || all[j].learned) continue;
      if (!std::equal(all[i].samples.begin(), all[i].samples.end(), all[j].samples.begin(),
                      all[j].samples.end(), same))
        continue;
      const bool fuller = all[j].limited && !all[i].limited;
      if (fuller || (is_well_known(all[i].name) && !is_well_known(all[j].name))) {
        std::replace(stands.begin(), stands.begin() + i, j, i);
      } else {
        stands[i] = j;
      }
      break;
    }
  }
  return stands;
}

nlohmann::json evaluation_json(const Evaluation& evaluation) {
  using nlohmann::json;
  json root = {{"env", evaluation.env},           {"workload", evaluation.workload},
               {"policies", json::array()},       {"episodes", evaluation.episodes},
               {"paired", json::array()},         {"units", json::object()},
               {"facts", json::object()},         {"warnings", evaluation.warnings},
               {"headline", evaluation.headline}, {"ranking", json::array()}};
  for (const size_t i : ranking(evaluation, evaluation.headline))
    root["ranking"].push_back(evaluation.policies[i].name);
  const Verdict verdict = verdict_of(evaluation, evaluation.headline);
  root["sentences"] = verdict.sentences;
  root["verdict_warnings"] = verdict.warnings;
  const Blocks blocks = blocks_of(evaluation.places);
  root["intervals"] = {{"method", blocks.block > 0 ? "block bootstrap" : "Student's t"}};
  if (blocks.block > 0) {
    root["intervals"]["block"] = blocks.block;
    root["intervals"]["resamples"] = kResamples;
    root["intervals"]["starts"] = evaluation.places.starts;
    root["intervals"]["window_jobs"] = evaluation.places.length;
  }
  root["held_out"] = evaluation.held_out ? json(*evaluation.held_out) : json(nullptr);
  for (const MetricInfo& metric : evaluation.metrics) root["units"][metric.name] = metric.unit;
  for (const auto& [key, value] : evaluation.facts) root["facts"][key] = value;
  for (const PolicyResult& policy : evaluation.policies) {
    json entry = {{"name", policy.name},
                  {"learned", policy.learned},
                  {"metrics", json::object()},
                  {"per_episode", json::object()}};
    if (!policy.heuristic.empty()) entry["heuristic"] = policy.heuristic;
    for (size_t m = 0; m < evaluation.metrics.size(); ++m) {
      const std::string& name = evaluation.metrics[m].name;
      entry["metrics"][name] = interval_json(mean_interval(evaluation, policy.samples[m]));
      json values = json::array();
      for (const double x : policy.samples[m]) values.push_back(number(x));
      entry["per_episode"][name] = std::move(values);
    }
    if (!policy.curve.empty()) {
      entry["curve"] = json::array();
      for (const double percent : policy.curve) entry["curve"].push_back(number(percent));
    }
    root["policies"].push_back(std::move(entry));
  }
  for (const PairedRow& row : paired_rows(evaluation)) {
    json entry = {{"policy", row.policy}, {"baseline", row.baseline}, {"metrics", json::object()}};
    for (size_t m = 0; m < evaluation.metrics.size(); ++m) {
      json& metric = entry["metrics"][evaluation.metrics[m].name] = interval_json(row.metrics[m]);
      metric["relative"] = interval_json(row.relative[m]);
    }
    root["paired"].push_back(std::move(entry));
  }
  return root;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], text_width(row[c]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < rows[r].size(); ++c) {
      const std::string pad(widths[c] - text_width(rows[r][c]), ' ');
      line += (c ? "  " : "") + (c ? pad + rows[r][c] : rows[r][c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (r > 0) continue;
    for (size_t c = 0; c < widths.size(); ++c)
      text += (c ? "  " : "") + std::string(widths[c], '-');
    text += "\n";
  }
  return text;
}

}  // namespace cusched
