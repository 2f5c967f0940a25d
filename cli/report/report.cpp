// SPDX-License-Identifier: MIT
#include "cli/report/report.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "cli/report/placement_svg.h"
#include "cli/report/svg.h"
#include "cli/words.h"
#include "cuda/error.h"

namespace cusched {
namespace {

constexpr const char* kPageStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
tr.learned td:first-child { color: var(--accent); font-weight: 600; }
td.best { font-weight: 700; } td.win { color: var(--c1); font-weight: 600; } td.loss { color: var(--c4); }
.dim, small { color: var(--dim); } .warning { border-left: 4px solid var(--accent); padding-left: .8rem; }
code { font-size: .92em; }
)";

std::vector<int> indices_of(const Evaluation& evaluation, const std::vector<std::string>& columns) {
  std::vector<int> indices;
  for (const std::string& column : columns)
    if (const int index = evaluation.metric_index(column); index >= 0) indices.push_back(index);
  return indices;
}

std::string with_interval(const Interval& interval) {
  std::string cell = short_number(interval.mean);
  if (std::isfinite(interval.lo))
    cell +=
        " <small>[" + short_number(interval.lo) + ", " + short_number(interval.hi) + "]</small>";
  return cell;
}

// Names of metrics become headings: "wait_mean_s" -> "wait mean", unit and meaning below.
std::string heading(const MetricInfo& metric) {
  const char* arrow = metric.better == MetricInfo::Better::kLower    ? " &darr;"
                      : metric.better == MetricInfo::Better::kHigher ? " &uarr;"
                                                                     : "";
  const std::string unit =
      metric.unit.empty() ? "" : "<br><small>" + escape_xml(metric.unit) + "</small>";
  return "<th title=\"" + escape_xml(metric.meaning) + "\">" + escape_xml(metric.name) + arrow +
         unit + "</th>";
}

std::string results_table(const Evaluation& evaluation, const std::vector<int>& metrics) {
  std::string html = "<div class=\"scroll\"><table><tr><th>policy</th>";
  std::vector<double> best(metrics.size(), std::nan(""));
  for (size_t c = 0; c < metrics.size(); ++c) {
    const MetricInfo& metric = evaluation.metrics[metrics[c]];
    html += heading(metric);
    if (metric.better == MetricInfo::Better::kNeither) continue;
    for (const PolicyResult& policy : evaluation.policies) {
      const double value = confidence_interval(policy.samples[metrics[c]]).mean;
      const bool lower = metric.better == MetricInfo::Better::kLower;
      if (std::isnan(best[c]) || (lower ? value < best[c] : value > best[c])) best[c] = value;
    }
  }
  html += "</tr>\n";
  for (const PolicyResult& policy : evaluation.policies) {
    html += std::string("<tr") + (policy.learned ? " class=\"learned\"" : "") + "><td>" +
            escape_xml(policy.name) + "</td>";
    for (size_t c = 0; c < metrics.size(); ++c) {
      const Interval interval = confidence_interval(policy.samples[metrics[c]]);
      html += std::string("<td") + (interval.mean == best[c] ? " class=\"best\"" : "") + ">" +
              with_interval(interval) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string paired_table(const Evaluation& evaluation, const std::vector<int>& metrics) {
  const std::vector<PairedRow> rows = paired_rows(evaluation);
  if (rows.empty()) return "";
  std::string html =
      "<h2>Paired differences</h2>\n<p class=\"dim\">The policy minus the baseline on the same job "
      "streams, with 95&nbsp;% intervals. Coloured where the interval leaves out zero: better "
      "(bold) or worse.</p>\n<div class=\"scroll\"><table><tr><th>policy minus baseline</th>";
  for (const int m : metrics) html += heading(evaluation.metrics[m]);
  html += "</tr>\n";
  for (const PairedRow& row : rows) {
    html += "<tr><td>" + escape_xml(row.policy) + " &minus; " + escape_xml(row.baseline) + "</td>";
    for (const int m : metrics) {
      const Interval& d = row.metrics[m];
      const MetricInfo::Better better = evaluation.metrics[m].better;
      const bool below = d.hi<0, above = d.lo> 0;
      const bool lower = better == MetricInfo::Better::kLower;
      std::string css;
      if (better != MetricInfo::Better::kNeither && (below || above))
        css = (below == lower) ? " class=\"win\"" : " class=\"loss\"";
      html += "<td" + css + ">" + with_interval(d) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::vector<std::string> plots_of(const Evaluation& evaluation, const std::vector<int>& metrics,
                                  const std::vector<Curve>& training,
                                  const std::string& training_y) {
  std::vector<std::string> plots;
  for (const int m : metrics) {
    std::vector<IntervalRow> rows;
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (const PolicyResult& policy : evaluation.policies) {
      rows.push_back({policy.name, confidence_interval(policy.samples[m]), policy.learned});
      least = std::min(least, rows.back().value.mean);
      most = std::max(most, rows.back().value.mean);
    }
    const MetricInfo& metric = evaluation.metrics[m];
    const bool log_scale = least > 0 && most > 20 * least;
    plots.push_back(interval_plot(
        metric.name + ": mean and 95 % interval",
        metric.meaning + (metric.unit.empty() ? "" : " [" + metric.unit + "]"), rows, log_scale));
  }
  for (size_t d = 0; d < evaluation.distributions.size(); ++d) {
    std::vector<BoxRow> rows;
    for (const PolicyResult& policy : evaluation.policies) {
      if (d >= policy.distributions.size()) continue;
      const Distribution& q = policy.distributions[d];
      rows.push_back({policy.name, q.q05, q.q25, q.q50, q.q75, q.q95, q.mean, policy.learned});
    }
    plots.push_back(box_plot(evaluation.distributions[d],
                             "5, 25, 50, 75, 95 % quantiles; dot: mean", rows, true));
  }
  plots.push_back(curve_plot("Training", "environment steps", training_y, training));
  return plots;
}

std::vector<std::string> pictures_of(const Evaluation& evaluation) {
  std::vector<std::string> pictures;
  for (size_t i = 0; i < evaluation.policies.size(); ++i)
    if (const PolicyResult& policy = evaluation.policies[i]; !policy.cluster.nodes.empty())
      pictures.push_back(placement_picture("Cluster by " + policy.name, "hatch" + std::to_string(i),
                                           policy.cluster, evaluation.pod_names));
  return pictures;
}

// How much the pods of the first episode asked for.
std::string demand(const Evaluation& evaluation) {
  const int arrived = evaluation.metric_index("arrived_gpu_milli");
  const int capacity = evaluation.metric_index("capacity_gpu_milli");
  if (arrived < 0 || capacity < 0) return "";
  const auto& samples = evaluation.policies[0].samples;
  return ", whose pods asked for " +
         short_number(100 * samples[arrived][0] / samples[capacity][0]) +
         "&nbsp;% of the GPUs in all";
}

std::string clusters(const Evaluation& evaluation) {
  std::string html;
  for (const std::string& picture : pictures_of(evaluation)) html += "<p>" + picture + "</p>\n";
  if (html.empty()) return "";
  return "<h2>Clusters</h2>\n<p class=\"dim\">Every policy's nodes at the end of " +
         escape_xml(evaluation.episode_word + " " + evaluation.episodes[0]) + demand(evaluation) +
         ", at the same places in each picture. A cell is a GPU, filled from below by its pods; "
         "hatched is the free part that typical pods, on average, cannot use (FGD's fragmentation "
         "F). Point at a node for its figures.</p>\n" +
         html;
}

}  // namespace

std::string html_report(const Evaluation& evaluation, const std::vector<std::string>& columns,
                        const std::vector<Curve>& training, const std::string& training_y) {
  const std::vector<int> metrics = indices_of(evaluation, columns);
  std::vector<int> all;
  for (size_t m = 0; m < evaluation.metrics.size(); ++m) all.push_back(static_cast<int>(m));

  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>cusched: " +
      escape_xml(evaluation.env + ", " + evaluation.workload) + "</title>\n<style>\n" +
      plot_style() + placement_style() + kPageStyle + "</style></head><body>\n";
  html +=
      "<h1>" + escape_xml(evaluation.env) + " on " + escape_xml(evaluation.workload) + "</h1>\n";
  html += "<p>" + std::to_string(evaluation.policies.size()) + " policies over the same " +
          std::to_string(evaluation.episodes.size()) + " " + evaluation.episode_word +
          "s. Means over " + evaluation.episode_word +
          "s with 95&nbsp;% confidence intervals (Student's t); the best mean of a column is bold; "
          "NAME@K sees only the first K of the queue, as a policy does.</p>\n";
  for (const std::string& warning : evaluation.warnings)
    html += "<p class=\"warning\">" + escape_xml(warning) + "</p>\n";
  html += "<h2>Results</h2>\n" + results_table(evaluation, metrics);
  html += paired_table(evaluation, metrics);
  html += "<h2>Plots</h2>\n";
  for (const std::string& plot : plots_of(evaluation, metrics, training, training_y))
    if (!plot.empty()) html += "<p>" + plot + "</p>\n";
  html += clusters(evaluation);
  html += "<h2>All metrics</h2>\n" + results_table(evaluation, all);
  html += "<h2>How this was made</h2>\n<div class=\"scroll\"><table>\n";
  for (const auto& [key, value] : evaluation.facts)
    html += "<tr><td>" + escape_xml(key) + "</td><td>" + escape_xml(value) + "</td></tr>\n";
  return html + "</table></div>\n</body></html>\n";
}

std::string plot_file(const Evaluation& evaluation, const std::vector<std::string>& columns,
                      const std::vector<Curve>& training, const std::string& training_y) {
  return svg_file(plots_of(evaluation, indices_of(evaluation, columns), training, training_y),
                  plot_style());
}

std::string picture_file(const Evaluation& evaluation) {
  const std::vector<std::string> pictures = pictures_of(evaluation);
  return pictures.empty() ? "" : svg_file(pictures, plot_style() + placement_style());
}

std::vector<Curve> read_training_curves(const std::string& path, const std::string& x_column,
                                        const std::string& y_column,
                                        const std::string& group_column) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return {};
  const std::vector<std::string> header = split_list(line);
  const auto column = [&](const std::string& name) {
    return std::find(header.begin(), header.end(), name) - header.begin();
  };
  const std::ptrdiff_t size = std::ptrdiff_t(header.size());
  const std::ptrdiff_t x = column(x_column), y = column(y_column), group = column(group_column);
  if (x == size || y == size) return {};
  std::map<std::string, Curve> curves;
  for (int number = 2; std::getline(file, line); ++number) {
    const std::vector<std::string> cells = split_list(line);
    if (std::ptrdiff_t(cells.size()) != size) continue;  // a line being written right now
    const std::string key = group < size ? cells[group] : "";
    // Before the first episode has ended a cell is empty or "nan".
    if (cells[x].empty() || cells[y].empty() || cells[y] == "nan") continue;
    const auto value = [&](std::ptrdiff_t c) {
      size_t used = 0;
      try {
        const double parsed = std::stod(cells[c], &used);
        if (used == cells[c].size()) return parsed;
      } catch (const std::exception&) {
      }
      throw InputError(path + ":" + std::to_string(number) + ", field '" + header[c] + "'",
                       "'" + cells[c] + "' is not a number", "Remove the line or the file");
    };
    Curve& curve = curves[key];
    curve.name = group < size ? group_column + " " + key : y_column;
    curve.x.push_back(value(x));
    curve.y.push_back(value(y));
  }
  std::vector<Curve> list;
  for (auto& [key, curve] : curves) list.push_back(std::move(curve));
  return list;
}

}  // namespace cusched
