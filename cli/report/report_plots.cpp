// SPDX-License-Identifier: MIT
#include "cli/report/report_plots.h"

#include <algorithm>
#include <cmath>

#include "cli/metric_info.h"
#include "cli/report/job_waits.h"
#include "cli/report/plot.h"
#include "cli/report/time_series.h"

namespace cusched {
namespace {

constexpr size_t kPoints = 400;  // of a line
constexpr int kBins = 300;       // of a line over time
constexpr size_t kMembers = 6;   // of a population that have lines of their own

const MetricInfo kJobWait = {"wait", "s", "wait of a job"};
const MetricInfo kJobShare = {
    "share", "", "jobs that waited no longer", MetricInfo::Better::kHigher, "share", true};
const MetricInfo kTime = {"time", "s", "time since the episode began"};
const MetricInfo kSteps = {"steps", "", "environment steps"};

std::string capital(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] += 'A' - 'a';
  return words;
}

void add(const Figure& figure, std::vector<Figure>* figures) {
  if (!figure.svg.empty()) figures->push_back(figure);
}

struct Quantity {
  JobQuantity what;
  MetricInfo metric;
};
const std::vector<Quantity>& quantities() {
  static const std::vector<Quantity> all = {
      {JobQuantity::kWaiting, {"queue", "", "jobs waiting"}},
      {JobQuantity::kGpus, {"gpus", "", "GPUs reserved"}},
      {JobQuantity::kCores, {"cores", "", "CPU cores reserved"}}};
  return all;
}

// Where a time axis ends: not before most policies have finished, but no single one that takes for
// ever squashes the others.
double shown_time(std::vector<double> ends) {
  std::sort(ends.begin(), ends.end());
  return ends.empty() ? 0 : std::min(ends.back(), 2 * ends[ends.size() / 2]);
}

Curve binned_curve(const std::string& name, const std::vector<double>& values, double until_s) {
  Curve curve;
  curve.name = name;
  for (size_t b = 0; b < values.size(); ++b) {
    curve.x.push_back((static_cast<double>(b) + 0.5) * until_s /
                      static_cast<double>(values.size()));
    curve.y.push_back(values[b]);
  }
  return curve;
}

bool any_above_zero(const std::vector<Curve>& curves) {
  for (const Curve& curve : curves)
    for (const double y : curve.y)
      if (y > 0) return true;
  return false;
}

// The first episode's course, or (`means`) the mean over all.
void add_courses(const Evaluation& evaluation, const std::vector<size_t>& shown, bool means,
                 std::vector<Figure>* figures) {
  std::vector<double> ends;
  for (const size_t i : shown)
    for (const EpisodeJobs& episode : evaluation.policies[i].jobs) {
      ends.push_back(episode.end_s);
      if (!means) break;
    }
  const double until = shown_time(ends);
  const bool cut = !ends.empty() && *std::max_element(ends.begin(), ends.end()) > until;
  if (!(until > 0)) return;
  const std::string of = means ? "mean over " + evaluation.episode_word + "s"
                               : evaluation.episode_word + " " + evaluation.episodes[0];
  for (const Quantity& quantity : quantities()) {
    LinePlot plot;
    plot.title = capital(quantity.metric.meaning) + ", " + of;
    plot.x = kTime;
    plot.y = quantity.metric;
    for (const size_t i : shown) {
      const PolicyResult& policy = evaluation.policies[i];
      if (policy.jobs.empty()) continue;
      const std::vector<double> values = means
                                             ? mean_binned(policy.jobs, quantity.what, until, kBins)
                                             : binned(policy.jobs[0], quantity.what, until, kBins);
      if (!values.empty()) plot.curves.push_back(binned_curve(policy.name, values, until));
    }
    if (!any_above_zero(plot.curves)) continue;
    add({plot.title, line_plot(plot),
         cut ? "The axis ends before the last policy has finished." : ""},
        figures);
  }
}

}  // namespace

std::vector<Figure> metric_figures(const Evaluation& evaluation, const std::vector<int>& metrics,
                                   const std::string& sorted_by) {
  std::vector<Figure> figures;
  const std::vector<size_t> plotted = plotted_policies(evaluation, sorted_by);
  for (const int m : telling_metrics(evaluation, metrics)) {
    const MetricInfo& metric = evaluation.metrics[m];
    std::vector<IntervalRow> rows;
    for (const size_t i : plotted) {
      const PolicyResult& policy = evaluation.policies[i];
      rows.push_back({policy.name, mean_interval(evaluation, policy.samples[m]), policy.learned});
    }
    const char* better = metric.better == MetricInfo::Better::kLower    ? ", less is better"
                         : metric.better == MetricInfo::Better::kHigher ? ", more is better"
                                                                        : "";
    const std::string title = capital(metric_label(metric)) + ": mean and 95 % interval" + better;
    add({title, interval_plot(title, metric, rows), ""}, &figures);
  }
  return figures;
}

std::vector<Figure> distribution_figures(const Evaluation& evaluation,
                                         const std::string& sorted_by) {
  std::vector<Figure> figures;
  LinePlot waits, allocation;
  waits.title = "Waits of all jobs: cumulative distribution";
  waits.x = kJobWait;
  waits.y = kJobShare;
  waits.log_x = waits.steps = true;
  waits.least_x = 1;
  allocation.title =
      "GPU allocation over arrived demand, mean over " + evaluation.episode_word + "s";
  allocation.x = {"arrived", "%", "GPUs that the pods so far asked for, of the cluster's"};
  allocation.y = {"allocated", "%", "GPUs allocated, of the cluster's"};
  for (const size_t i : line_policies(evaluation, sorted_by)) {
    const PolicyResult& policy = evaluation.policies[i];
    const StepFunction steps = ecdf(waits_of(policy), kPoints);
    if (!steps.x.empty()) waits.curves.push_back({policy.name, steps.x, steps.y});
    Curve curve{policy.name, {}, policy.curve};
    for (size_t k = 0; k < policy.curve.size(); ++k) curve.x.push_back(static_cast<double>(k));
    if (!policy.curve.empty()) allocation.curves.push_back(std::move(curve));
  }
  add({waits.title, line_plot(waits),
       "Further left and higher is better. Waits below a second are drawn at one second; a job "
       "that "
       "never started counts with its age at the end."},
      &figures);
  add({allocation.title, line_plot(allocation), ""}, &figures);
  return figures;
}

std::vector<Figure> time_figures(const Evaluation& evaluation, const std::string& sorted_by) {
  std::vector<Figure> figures;
  const std::vector<size_t> shown = line_policies(evaluation, sorted_by);
  add_courses(evaluation, shown, false, &figures);
  if (evaluation.episodes.size() > 1) add_courses(evaluation, shown, true, &figures);
  return figures;
}

std::vector<Figure> training_figures(const Evaluation& evaluation, const TrainingLog& training,
                                     const std::string& sorted_by) {
  std::vector<std::string> metrics;
  for (const MetricInfo& metric : evaluation.metrics) metrics.push_back(metric.name);
  const LearningCurve shown = learning_curve(training, sorted_by, metrics);
  if (shown.column == nullptr) return {};
  const int m = evaluation.metric_index(shown.metric);
  const bool of_metric = m >= 0;
  LinePlot plot;
  plot.x = kSteps;
  plot.y = of_metric ? evaluation.metrics[m] : MetricInfo{"return", "", "return of an episode"};
  plot.title = "Learning: " + (of_metric ? metric_label(plot.y) : plot.y.meaning);
  plot.curves = shown.column->members;
  std::string caption = shown.of_looks ? "The policy on the episodes that its training chose by."
                                       : "Episodes of the training, with the policy of the time.";
  if (plot.curves.size() > kMembers) {
    const bool lower = of_metric && plot.y.better == MetricInfo::Better::kLower;
    auto best = plot.curves.begin();
    for (auto curve = plot.curves.begin(); curve != plot.curves.end(); ++curve) {
      curve->quiet = true;
      const double last = curve->y.back(), top = best->y.back();
      if (lower ? last < top : last > top) best = curve;
    }
    for (Curve& curve : plot.curves)
      if (&curve != &*best) curve.name.clear();
    best->quiet = false;
    best->name += ", best at the end";
    caption += " Grey: the other " + std::to_string(plot.curves.size() - 1) + " members.";
  }
  if (shown.of_looks) plot.levels = looked_at_heuristics(training, metrics);
  if (!plot.levels.empty()) {
    caption += " Level lines: heuristics on the same episodes.";
  } else if (of_metric) {
    for (const size_t i : line_policies(evaluation, sorted_by)) {
      const PolicyResult& policy = evaluation.policies[i];
      const double value = confidence_interval(policy.samples[m]).mean;
      if (!policy.learned && std::isfinite(value))
        plot.levels.push_back({policy.name, {}, {value}});
    }
    if (!plot.levels.empty())
      caption += " Level lines: what heuristics reach in this evaluation, whose jobs are others.";
  }
  std::vector<Figure> figures;
  add({plot.title, line_plot(plot), caption}, &figures);
  return figures;
}

}  // namespace cusched
