// SPDX-License-Identifier: MIT
#include "cli/report/report.h"

#include <algorithm>
#include <cmath>

#include "cli/metric_info.h"
#include "cli/report/placement_svg.h"
#include "cli/report/plot.h"
#include "cli/report/report_plots.h"
#include "cli/report/svg.h"
#include "cli/report/tables.h"
#include "cli/verdict.h"
#include "cli/words.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

// A box that scrolls keeps the page as narrow as its window; plots keep a size at which their text
// can be read.
constexpr const char* kPageStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1240px; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
.scroll { overflow-x: auto; margin: .6rem 0; } .scroll:focus-visible { outline: 2px solid var(--base); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--grid); text-align: right;
  white-space: nowrap; vertical-align: top; }
thead th { vertical-align: bottom; white-space: normal; overflow-wrap: normal; min-width: 4.2rem; font-weight: 600; }
tr > th:first-child { text-align: left; font-weight: 400; white-space: normal; min-width: 8rem; max-width: 20rem;
  position: sticky; left: 0; background: var(--paper); overflow-wrap: anywhere; }
thead tr > th:first-child { font-weight: 600; } .sorted { border-bottom: 2px solid var(--ink); }
tr.learned > th:first-child { color: var(--accent); font-weight: 600; }
td.best { font-weight: 700; }
td.win { color: var(--c2); font-weight: 600; } td.loss { color: var(--c4); }
.facts td { text-align: left; white-space: normal; min-width: 12rem; }
.dim, small, figcaption { color: var(--dim); } small { font-size: .82em; font-weight: 400; }
.verdict { font-size: 1.08rem; padding-left: 1.2rem; } .verdict li { margin: .25rem 0; }
.warning { border-left: 4px solid var(--accent); padding-left: .8rem; }
figure { margin: 1rem 0 1.6rem; } figcaption { max-width: 860px; font-size: .9rem; }
summary { cursor: pointer; margin: .6rem 0; } code { font-size: .92em; }
@media (max-width: 600px) { body { margin: 1rem auto; padding: 0 .7rem; }
  tr > th:first-child { min-width: 6rem; max-width: 9rem; } .plot { width: 700px; height: auto; } }
)";

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
  for (const std::string& picture : pictures_of(evaluation)) html += scroll_box("Cluster", picture);
  if (html.empty()) return "";
  return "<h2>Clusters</h2>\n<p class=\"dim\">Every policy's nodes at the end of " +
         escape_xml(evaluation.episode_word + " " + evaluation.episodes[0]) + demand(evaluation) +
         ", at the same places in each picture. A cell is a GPU, filled from below by its pods; "
         "hatched is the free part that typical pods, on average, cannot use (FGD's fragmentation "
         "F). Point at a node for its figures.</p>\n" +
         html;
}

// A number stays with its %.
std::string prose(const std::string& text) {
  std::string html = escape_xml(text);
  for (size_t at = 0; (at = html.find(" %", at)) != std::string::npos;)
    html.replace(at, 1, "&nbsp;");
  return html;
}

std::string paragraph(const std::string& css, const std::string& text) {
  return "<p" + (css.empty() ? "" : svg_attribute("class", css)) + ">" + prose(text) + "</p>\n";
}

// The sentences, then what a reader must not overlook.
std::string verdict_section(const Evaluation& evaluation, const std::string& sorted_by) {
  const Verdict verdict = verdict_of(evaluation, sorted_by);
  std::string html = evaluation.advice.empty() ? "" : "<p>" + prose(evaluation.advice) + "</p>\n";
  if (!verdict.sentences.empty()) {
    html += "<ul class=\"verdict\">\n";
    for (const std::string& sentence : verdict.sentences)
      html += "<li>" + prose(sentence) + "</li>\n";
    html += "</ul>\n";
  }
  for (const auto* warnings : {&verdict.warnings, &evaluation.warnings})
    for (const std::string& warning : *warnings) html += paragraph("warning", warning);
  return html;
}

std::string figures_html(const std::vector<Figure>& figures) {
  std::string html;
  for (const Figure& figure : figures) {
    html += "<figure>" + scroll_box(figure.title, figure.svg);
    if (!figure.caption.empty())
      html += "<figcaption>" + escape_xml(figure.caption) + "</figcaption>";
    html += "</figure>\n";
  }
  return html;
}

std::string section(const std::string& title, const std::string& html) {
  return html.empty() ? "" : "<h2>" + escape_xml(title) + "</h2>\n" + html;
}

std::string results_section(const Evaluation& evaluation, const std::vector<int>& metrics,
                            const std::string& sorted_by) {
  std::string html = results_table(evaluation, telling_metrics(evaluation, metrics), sorted_by);
  if (const std::string same = constants_text(evaluation, metrics); !same.empty())
    html += paragraph("dim", "The same for all: " + same + ".");
  if (const std::string same = same_text(evaluation); !same.empty())
    html += paragraph("dim", "The same results under several names: " + same + ".");
  return section("Results", html);
}

std::string waits_section(const Evaluation& evaluation, const std::string& sorted_by) {
  const std::vector<Figure> figures = distribution_figures(evaluation, sorted_by);
  std::string html = figures_html(figures) + waits_table(evaluation, sorted_by);
  const std::vector<size_t> few = line_policies(evaluation, sorted_by);
  const std::vector<size_t> all = ranking(evaluation, sorted_by);
  for (const JobGrouping& grouping : job_groupings(evaluation)) {
    html +=
        "<h3>" + escape_xml(grouping.title) + "</h3>\n" + groups_table(evaluation, grouping, few);
    if (all.size() > few.size())
      html += "<details><summary>" +
              escape_xml(grouping.title + ", all " + std::to_string(all.size()) + " policies") +
              "</summary>\n" + groups_table(evaluation, grouping, all) + "</details>\n";
  }
  return section("Distributions", html);
}

std::string time_section(const Evaluation& evaluation, const std::string& sorted_by) {
  const std::string html = figures_html(time_figures(evaluation, sorted_by));
  if (html.empty()) return "";
  return section("Over time",
                 paragraph("dim",
                           "From the jobs of the episodes, those that already ran at the start "
                           "left out; of a job that was tried again, its last run.") +
                     html);
}

std::string paired_section(const Evaluation& evaluation, const std::vector<int>& metrics,
                           const std::string& sorted_by) {
  const std::string table =
      paired_table(evaluation, telling_metrics(evaluation, metrics), sorted_by);
  if (table.empty()) return "";
  return section("Paired differences",
                 paragraph("dim",
                           "The policy minus the baseline on the same job streams, with 95 % "
                           "intervals. Coloured where the interval leaves out zero: better (bold) "
                           "or worse.") +
                     table);
}

std::string all_metrics_section(const Evaluation& evaluation, const std::string& sorted_by) {
  std::vector<int> all;
  for (size_t m = 0; m < evaluation.metrics.size(); ++m) all.push_back(static_cast<int>(m));
  std::string html = results_table(evaluation, telling_metrics(evaluation, all), sorted_by);
  if (const std::string same = constants_text(evaluation, all); !same.empty())
    html += paragraph("dim", "The same for all: " + same + ".");
  return section("All metrics", html);
}

}  // namespace

std::string html_report(const Evaluation& evaluation, const std::vector<std::string>& columns,
                        const TrainingLog& training) {
  const std::vector<int> metrics = shown_metrics(evaluation, columns);
  const std::string sorted_by = sorting_metric(evaluation, columns);
  const std::string title = evaluation.env + " on " + evaluation.workload;
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>cusched: " +
      escape_xml(title) + "</title>\n<style>\n" + plot_style() + placement_style() + kPageStyle +
      "</style></head><body>\n<main>\n<h1>" + escape_xml(title) + "</h1>\n";
  std::string what =
      count_text(static_cast<int64_t>(evaluation.episodes.size()), evaluation.episode_word) +
      ", the same for all " + std::to_string(evaluation.policies.size()) + " policies.";
  if (const int m = evaluation.metric_index(sorted_by); m >= 0)
    what += " Sorted by " + metric_label(evaluation.metrics[m]) + ", the best first.";
  what += " Means over " + evaluation.episode_word + "s with 95 % confidence intervals" +
          (interval_words(evaluation).empty() ? " (Student's t)" : "") +
          "; the best mean of a column is bold.";
  if (std::any_of(evaluation.policies.begin(), evaluation.policies.end(),
                  [](const PolicyResult& policy) { return policy.limited; }))
    what += " NAME@K sees only the first K of the queue, as a policy does.";
  html += verdict_section(evaluation, sorted_by) + paragraph("dim", what);
  html += results_section(evaluation, metrics, sorted_by);
  html += section("Plots", figures_html(metric_figures(evaluation, metrics, sorted_by)));
  html += waits_section(evaluation, sorted_by);
  html += time_section(evaluation, sorted_by);
  html += section("Learning", figures_html(training_figures(evaluation, training, sorted_by)));
  html += clusters(evaluation);
  html += paired_section(evaluation, metrics, sorted_by);
  html += all_metrics_section(evaluation, sorted_by);
  html += section("How this was made", facts_table(evaluation.facts));
  return html + "</main>\n</body></html>\n";
}

std::string plot_file(const Evaluation& evaluation, const std::vector<std::string>& columns,
                      const TrainingLog& training) {
  const std::string sorted_by = sorting_metric(evaluation, columns);
  std::vector<std::string> plots;
  for (const auto& figures :
       {metric_figures(evaluation, shown_metrics(evaluation, columns), sorted_by),
        distribution_figures(evaluation, sorted_by), time_figures(evaluation, sorted_by),
        training_figures(evaluation, training, sorted_by)})
    for (const Figure& figure : figures) plots.push_back(figure.svg);
  return svg_file(plots, plot_style());
}

std::string picture_file(const Evaluation& evaluation) {
  const std::vector<std::string> pictures = pictures_of(evaluation);
  return pictures.empty() ? "" : svg_file(pictures, plot_style() + placement_style());
}

}  // namespace cusched
