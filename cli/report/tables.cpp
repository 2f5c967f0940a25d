// SPDX-License-Identifier: MIT
#include "cli/report/tables.h"

#include <algorithm>
#include <cmath>

#include "cli/metric_info.h"
#include "cli/report/svg.h"

namespace cusched {
namespace {

constexpr size_t kMostColumns = 8;  // of metrics; they fit into the page's width
const MetricInfo kWait = {"wait", "s", "wait of a job", MetricInfo::Better::kLower, "wait", false};

// A column's unit: one for all of its rows, so that they can be compared.
struct Unit {
  std::string name;
  double size = 1;

  std::string text(double value) const { return rounded_text(value / size); }
};

Unit unit_of(const MetricInfo& metric, std::vector<double> values) {
  if (metric.share) return {"%", 0.01};
  if (metric.unit != "s") return {metric.unit, 1};
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return std::isnan(v); }),
               values.end());
  for (double& value : values) value = std::fabs(value);
  const TimeUnit unit = time_unit(values.empty() ? 0 : quantile(values, 0.5));
  return {unit.name, unit.seconds};
}

std::string cell(const Unit& unit, const Interval& interval, const std::string& css) {
  std::string html =
      "<td" + (css.empty() ? "" : svg_attribute("class", css)) + ">" + unit.text(interval.mean);
  if (std::isfinite(interval.lo))
    html += "<br><small>" + unit.text(interval.lo) + " to " + unit.text(interval.hi) + "</small>";
  return html + "</td>";
}

std::string heading(const MetricInfo& metric, const Unit& unit, bool sorted) {
  const char* arrow = metric.better == MetricInfo::Better::kLower    ? "&nbsp;&darr;"
                      : metric.better == MetricInfo::Better::kHigher ? "&nbsp;&uarr;"
                                                                     : "";
  return "<th scope=\"col\"" + svg_attribute("title", escape_xml(metric.meaning)) +
         (sorted ? " aria-sort=\"other\" class=\"sorted\"" : "") + ">" +
         escape_xml(metric_label(metric)) + arrow +
         (unit.name.empty() ? "" : "<br><small>" + escape_xml(unit.name) + "</small>") + "</th>";
}

std::string row_head(const std::string& name, bool learned) {
  return std::string("<tr") + (learned ? " class=\"learned\"" : "") + "><th scope=\"row\">" +
         escape_xml(name) + "</th>";
}

std::string chunk_of_results(const Evaluation& evaluation, const std::vector<int>& metrics,
                             const std::string& sorted_by) {
  std::string head = "<table><thead><tr><th scope=\"col\">policy</th>";
  std::vector<Unit> units;
  std::vector<double> best;
  for (const int m : metrics) {
    const MetricInfo& metric = evaluation.metrics[m];
    std::vector<double> means;
    double top = std::nan("");
    for (const PolicyResult& policy : evaluation.policies) {
      means.push_back(confidence_interval(policy.samples[m]).mean);
      if (metric.better == MetricInfo::Better::kNeither) continue;
      const bool lower = metric.better == MetricInfo::Better::kLower;
      if (std::isnan(top) || (lower ? means.back() < top : means.back() > top)) top = means.back();
    }
    best.push_back(top);
    units.push_back(unit_of(metric, means));
    head += heading(metric, units.back(), metric.name == sorted_by);
  }
  std::string html = head + "</tr></thead><tbody>\n";
  for (const size_t i : ranking(evaluation, sorted_by)) {
    const PolicyResult& policy = evaluation.policies[i];
    html += row_head(policy.name, policy.learned);
    for (size_t c = 0; c < metrics.size(); ++c) {
      const Interval interval = mean_interval(evaluation, policy.samples[metrics[c]]);
      html += cell(units[c], interval, interval.mean == best[c] ? "best" : "");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>";
}

std::string chunk_of_pairs(const Evaluation& evaluation, const std::vector<PairedRow>& rows,
                           const std::vector<int>& metrics, const std::string& sorted_by) {
  std::string html = "<table><thead><tr><th scope=\"col\">policy minus baseline</th>";
  std::vector<Unit> units;
  for (const int m : metrics) {
    std::vector<double> values;
    for (const PairedRow& row : rows) values.push_back(row.metrics[m].mean);
    units.push_back(unit_of(evaluation.metrics[m], values));
    html += heading(evaluation.metrics[m], units.back(), evaluation.metrics[m].name == sorted_by);
  }
  html += "</tr></thead><tbody>\n";
  for (const PairedRow& row : rows) {
    html += row_head(row.policy + " \u2212 " + row.baseline, false);
    for (size_t c = 0; c < metrics.size(); ++c) {
      const Interval& d = row.metrics[metrics[c]];
      const MetricInfo::Better better = evaluation.metrics[metrics[c]].better;
      const bool below = d.hi < 0;
      const bool above = d.lo > 0;
      const bool lower = better == MetricInfo::Better::kLower;
      std::string css;
      if (better != MetricInfo::Better::kNeither && (below || above))
        css = below == lower ? "win" : "loss";
      html += cell(units[c], d, css);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>";
}

// Calls `table` with the metrics of one table after the other.
template <class Table>
std::string in_chunks(const std::vector<int>& metrics, const std::string& label,
                      const Table& table) {
  std::string html;
  for (size_t first = 0; first < metrics.size(); first += kMostColumns) {
    const size_t last = std::min(metrics.size(), first + kMostColumns);
    html +=
        scroll_box(label, table(std::vector<int>(metrics.begin() + first, metrics.begin() + last)));
  }
  return html;
}

}  // namespace

std::string scroll_box(const std::string& label, const std::string& html) {
  return "<div class=\"scroll\" tabindex=\"0\" role=\"region\"" +
         svg_attribute("aria-label", escape_xml(label)) + ">" + html + "</div>\n";
}

std::string results_table(const Evaluation& evaluation, const std::vector<int>& metrics,
                          const std::string& sorted_by) {
  return in_chunks(metrics, "Results", [&](const std::vector<int>& chunk) {
    return chunk_of_results(evaluation, chunk, sorted_by);
  });
}

std::string paired_table(const Evaluation& evaluation, const std::vector<int>& metrics,
                         const std::string& sorted_by) {
  std::vector<PairedRow> rows = paired_rows(evaluation), sorted;
  const std::vector<size_t> order = ranking(evaluation, sorted_by);
  for (const size_t policy : order)
    for (const size_t baseline : order)
      for (const PairedRow& row : rows)
        if (row.policy == evaluation.policies[policy].name &&
            row.baseline == evaluation.policies[baseline].name)
          sorted.push_back(row);
  if (sorted.empty()) return "";
  return in_chunks(metrics, "Paired differences", [&](const std::vector<int>& chunk) {
    return chunk_of_pairs(evaluation, sorted, chunk, sorted_by);
  });
}

std::string waits_table(const Evaluation& evaluation, const std::string& sorted_by) {
  std::string html =
      "<table><thead><tr><th scope=\"col\">policy</th><th scope=\"col\">jobs</th>"
      "<th scope=\"col\">mean</th><th scope=\"col\">p50</th><th scope=\"col\">p95</th>"
      "<th scope=\"col\">max</th></tr></thead><tbody>\n";
  bool any = false;
  for (const size_t i : ranking(evaluation, sorted_by)) {
    const PolicyResult& policy = evaluation.policies[i];
    const WaitStatistics waits = wait_statistics(waits_of(policy));
    if (waits.jobs == 0) continue;
    any = true;
    html += row_head(policy.name, policy.learned) + "<td>" +
            rounded_text(static_cast<double>(waits.jobs)) + "</td>";
    for (const double value : {waits.mean, waits.p50, waits.p95, waits.most})
      html += "<td>" + value_text(kWait, value) + "</td>";
    html += "</tr>\n";
  }
  return any ? scroll_box("Waits of all jobs", html + "</tbody></table>") : "";
}

std::string groups_table(const Evaluation& evaluation, const JobGrouping& grouping,
                         const std::vector<size_t>& policies) {
  std::string html = "<table class=\"groups\"><thead><tr><th scope=\"col\">policy</th>";
  std::vector<double> best(grouping.groups.size(), std::nan(""));
  for (size_t g = 0; g < grouping.groups.size(); ++g) {
    int64_t jobs = 0;
    for (const size_t i : policies) {
      const WaitStatistics& waits = grouping.waits[g][i];
      jobs = std::max(jobs, waits.jobs);
      if (waits.jobs > 0 && !(waits.mean >= best[g])) best[g] = waits.mean;
    }
    html += "<th scope=\"col\">" + escape_xml(grouping.groups[g]) + "<br><small>" +
            rounded_text(static_cast<double>(jobs)) + (jobs == 1 ? " job" : " jobs") +
            "</small></th>";
  }
  html += "</tr></thead><tbody>\n";
  for (const size_t i : policies) {
    const PolicyResult& policy = evaluation.policies[i];
    html += row_head(policy.name, policy.learned);
    for (size_t g = 0; g < grouping.groups.size(); ++g) {
      const WaitStatistics& waits = grouping.waits[g][i];
      html += std::string("<td") + (waits.mean == best[g] ? " class=\"best\"" : "") + ">" +
              value_text(kWait, waits.mean) + "<br><small>p50 " + value_text(kWait, waits.p50) +
              "<br>p95 " + value_text(kWait, waits.p95) + "<br>max " +
              value_text(kWait, waits.most) + "</small></td>";
    }
    html += "</tr>\n";
  }
  return scroll_box(grouping.title, html + "</tbody></table>");
}

std::string facts_table(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string html = "<table class=\"facts\"><tbody>\n";
  for (const auto& [key, value] : facts)
    html += row_head(key, false) + "<td>" + escape_xml(value) + "</td></tr>\n";
  return scroll_box("How this was made", html + "</tbody></table>");
}

}  // namespace cusched
