// SPDX-License-Identifier: MIT
#include "cli/banner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agents/host_pool.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/metric_info.h"
#include "cli/output.h"
#include "cli/preset_values.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"
#include "envs/objective.h"

namespace cusched {
namespace {

constexpr size_t kLabelWidth = 11;  // "objective: "

std::string file_name(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string jobs_text(const WorkloadSummary& w) {
  std::string text = w.file.empty() ? w.workload : file_name(w.file);
  if (!w.file.empty() && !w.workload.empty() && w.workload != text) text += " (" + w.workload + ")";
  if (w.jobs > 0) text += ", " + count_text(w.jobs, "job");
  if (w.span_s > 0) text += " over " + time_text(static_cast<double>(w.span_s));
  if (w.load > 0) text += ", offered load " + rounded_text(w.load);
  return text;
}

// As --trace-ranges takes them.
std::string ranges_text(const std::vector<JobRange>& ranges) {
  if (ranges.size() > 3) return std::to_string(ranges.size()) + " ranges of jobs";
  std::string text;
  for (const JobRange& range : ranges)
    text += (text.empty() ? "jobs " : ", ") + std::to_string(range.begin) + "-" +
            std::to_string(range.end);
  return text;
}

std::string windows_text(const WorkloadSummary& w) {
  std::vector<std::string> parts;
  if (!w.file.empty()) {
    if (w.window_jobs > 0)
      parts.push_back("windows of " + count_text(w.window_jobs, "job") + " of part '" + w.part +
                      "'" + (w.ranges.empty() ? "" : ", " + ranges_text(w.ranges)));
    if (w.windows > 0)
      parts.push_back(grouped(w.windows) + (w.windows == 1 ? " lies" : " lie") + " side by side");
    if (w.warm_up_jobs > 0)
      parts.push_back("up to " + grouped(w.warm_up_jobs) + " earlier jobs already run");
  } else if (w.window_jobs > 0) {
    parts.push_back("episodes of " + count_text(w.window_jobs, "job"));
  }
  if (w.horizon_s > 0)
    parts.push_back("arrivals stop after " + time_text(static_cast<double>(w.horizon_s)));
  return join_words(parts, "; ");
}

std::string policy_text(const RunFacts& facts) {
  std::string text = "sees " + count_text(facts.shape.slots, "candidate") + " (K) with " +
                     count_text(facts.shape.slot_features, "number") + " each and " +
                     count_text(facts.shape.globals, "global number");
  if (!facts.features.empty()) text += "; features: " + facts.features;
  return text;
}

std::string budget_text(const RunFacts& facts) {
  if (facts.estimate_s < 0) return facts.budget + "; the progress says how long that takes";
  if (facts.estimate_from.empty()) return facts.budget;  // it says how long
  const std::string time =
      facts.estimate_s < 1 ? "less than 1 s" : "about " + time_text(facts.estimate_s);
  return facts.budget + "; " + time + ", an estimate from " + visible_text(facts.estimate_from);
}

}  // namespace

RunFacts run_facts(const EnvSettings& settings, const BatchShape& shape,
                   const WorkloadSummary& workload, const Device& device, uint64_t seed) {
  RunFacts facts;
  facts.env = settings.entry().name;
  facts.workload = workload;
  if (facts.workload.workload.empty() && facts.workload.file.empty()) {
    const std::string pods = settings.text("pods");
    facts.workload.workload = pods.empty() ? settings.text("workload") : file_name(pods);
  }
  facts.features = settings.text("features");
  const std::vector<EnvValue> given = settings.values();
  const bool chosen = std::any_of(given.begin(), given.end(),
                                  [](const EnvValue& v) { return v.name == "features"; });
  for (const PresetValue& value : preset_values(settings.entry(), given))
    if (!chosen && value.option == "features") facts.features = value.value;
  facts.shape = shape;
  const Objective& objective = objective_of(settings.entry(), given);
  facts.objective = objective.name;
  facts.metric = objective.metric;
  facts.device = describe(device);
  facts.threads = host_threads();
  facts.seed = seed;
  return facts;
}

RunFacts training_facts(const TrainSetup& setup, const Batch& batch, const Device& device,
                        int64_t steps, double seconds) {
  RunFacts facts = run_facts(setup.settings, batch.shape(), batch.summary(), device, setup.seed);
  facts.budget = setup.learner.algo + " with " + setup.learner.network.kind + ", " +
                 (setup.members > 1 ? count_text(setup.members, "member") + " of " : "") +
                 count_text(setup.envs, "environment") + ", seed " + std::to_string(setup.seed) +
                 "; ends after ";
  if (steps > 0) facts.budget += grouped(steps) + " steps" + (setup.members > 1 ? " each" : "");
  if (seconds > 0) facts.budget += (steps > 0 ? " or " : "") + time_text(seconds);
  if (seconds > 0 && steps == 0) facts.estimate_s = seconds;
  return facts;
}

void time_training(RunFacts* facts, const TrainSetup& setup, Trainer& trainer, const Exec& exec,
                   int64_t steps, double seconds) {
  if (steps == 0) return;  // the user said how long
  double elapsed = 0;
  for (int i = 0; i < 2; ++i) {  // the first one is slower
    const auto begin = std::chrono::steady_clock::now();
    trainer.iterate();
    synchronize(exec);
    elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    stop_if_interrupted();
  }
  const double iterations = std::ceil(static_cast<double>(steps) * setup.members /
                                      static_cast<double>(trainer.steps_per_iteration()));
  const double all = iterations * elapsed;
  facts->estimate_s = seconds > 0 ? std::min(all, seconds) : all;
  facts->estimate_from = "one iteration of " + grouped(trainer.steps_per_iteration()) + " steps";
}

std::string banner_text(const RunFacts& facts) {
  std::string text;
  const auto line = [&](const std::string& label, const std::string& words) {
    if (words.empty()) return;
    std::string head = label + ":";
    std::istringstream lines(wrapped(visible_text(words), kTextWidth - kLabelWidth));
    for (std::string each; std::getline(lines, each); head.clear())
      text += head + std::string(kLabelWidth - head.size(), ' ') + each + "\n";
  };
  line("jobs", jobs_text(facts.workload));
  line(facts.workload.file.empty() ? "episodes" : "windows", windows_text(facts.workload));
  line("cluster", facts.workload.cluster);
  line("policy", policy_text(facts));
  line("objective", facts.objective.empty() ? "judged by " + facts.metric
                                            : facts.objective + ", judged by " + facts.metric);
  line("device", facts.device + ", " + count_text(facts.threads, "CPU thread"));
  line("budget", budget_text(facts));
  return text;
}

nlohmann::json banner_json(const RunFacts& facts) {
  using nlohmann::json;
  const WorkloadSummary& w = facts.workload;
  json ranges = json::array();
  for (const JobRange& range : w.ranges) ranges.push_back({range.begin, range.end});
  return {{"env", facts.env},
          {"workload", w.workload},
          {"file", w.file},
          {"jobs", w.jobs},
          {"span_s", w.span_s},
          {"load", w.load},
          {"part", w.part},
          {"ranges", ranges},
          {"window_jobs", w.window_jobs},
          {"windows", w.windows},
          {"warm_up_jobs", w.warm_up_jobs},
          {"horizon_s", w.horizon_s},
          {"cluster", w.cluster},
          {"slots", facts.shape.slots},
          {"observation", facts.shape.obs()},
          {"features", facts.features},
          {"objective", facts.objective},
          {"metric", facts.metric},
          {"device", facts.device},
          {"threads", facts.threads},
          {"seed", facts.seed},
          {"budget", facts.budget},
          {"estimate_s", facts.estimate_s >= 0 ? json(facts.estimate_s) : json()}};
}

int tell_dry_run(const RunFacts& facts, bool quiet, const std::string& json_path) {
  if (!quiet) std::fputs(banner_text(facts).c_str(), stderr);
  if (json_path == "-") emit_json(json_path, {{"run", banner_json(facts)}, {"dry_run", true}});
  return kExitOk;
}

}  // namespace cusched
