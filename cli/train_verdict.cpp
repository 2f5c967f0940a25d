// SPDX-License-Identifier: MIT
#include "cli/train_verdict.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/comparison.h"
#include "cli/evaluation_facts.h"
#include "cli/held_out.h"
#include "cli/heuristic_scores.h"
#include "cli/interrupt.h"
#include "cli/statistics.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr int kEpisodes = 32;
constexpr double kMostTime_s = 30, kMostShare = 0.1;
constexpr std::string_view kIndent = "  ";  // of lines that go on

// Windows of the part, as an evaluation plays them, or what a list of episodes has; 32 where there
// is no end of them.
int episodes_of(const EvaluationProbe& probe) {
  int64_t most = kEpisodes;
  if (!probe.episodes.empty()) most = static_cast<int64_t>(probe.episodes.size());
  if (probe.summary.windows > 0) most = default_episodes(probe.summary);
  return static_cast<int>(std::clamp<int64_t>(most, 1, kEpisodes));
}

}  // namespace

JudgingJobs judging_jobs(const WorkloadSummary& trained_on, bool listed,
                         const std::vector<uint64_t>& seeds) {
  JudgingJobs jobs;
  while (std::find(seeds.begin(), seeds.end(), jobs.seed) != seeds.end()) ++jobs.seed;
  if (leaves_held_out(trained_on)) {
    jobs.part = "held-out";
  } else {
    jobs.held_out = trained_on.jobs == 0 && !listed;
  }
  return jobs;
}

TrainVerdict judge_policy(const TrainSetup& setup, const WorkloadSummary& trained_on,
                          const std::string& metric, const std::vector<std::string>& best,
                          uint64_t select_seed, const std::string& path, const Device& device,
                          int signals, double most_s) {
  const EnvEntry& entry = setup.settings.entry();
  TrainVerdict verdict;
  verdict.metric = metric;
  EvaluationSetup play;
  play.entry = &entry;
  play.values = setup.policy_values(path);
  play.episodes = 1;
  play.device = device;
  const bool listed = !probe_evaluation(play).episodes.empty();
  verdict.jobs = judging_jobs(trained_on, listed, {setup.seed, select_seed});
  play.seed = verdict.jobs.seed;
  if (!verdict.jobs.part.empty())
    play.values.push_back({"part", verdict.jobs.part, "the part that judges"});
  const EvaluationProbe probe = probe_evaluation(play);
  verdict.windows = probe.summary.jobs > 0;
  play.episodes = episodes_of(probe);
  std::vector<std::string> names = {"all"};
  if (!best.empty()) {
    names = known_heuristics(entry.heuristics);
    for (const std::string& name : best)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::vector<Contestant> contestants = policy_contestants({path});
  for (Contestant& c : baseline_contestants(entry, names, /*limited=*/false, 0))
    contestants.push_back(std::move(c));
  std::vector<std::string> labels;
  for (int e = 0; e < play.episodes; ++e) labels.push_back(std::to_string(e));
  const auto begin = std::chrono::steady_clock::now();
  verdict.evaluation = compare(
      play, contestants, labels,
      [&](const std::string&, int, int, int64_t) {
        return SignalGuard::count() == signals &&
               std::chrono::steady_clock::now() - begin < std::chrono::duration<double>(most_s);
      },
      nullptr);
  verdict.evaluation.headline = metric;
  verdict.evaluation.some_heuristics = !best.empty();
  verdict.evaluation.pod_names = probe.pod_names;
  verdict.evaluation.held_out = verdict.jobs.held_out;
  add_facts(setup.settings, play, {path}, &verdict.evaluation);
  verdict.words = verdict_of(verdict.evaluation, metric);
  if (!verdict.jobs.held_out)
    verdict.words.warnings.push_back(
        "NOT held out: the verdict plays jobs that the training may have seen. Judge the policy on "
        "others: with 'cusched eval', or train on the part train of a trace");
  return verdict;
}

double verdict_time_s(double training_s) { return std::max(kMostTime_s, kMostShare * training_s); }

std::string verdict_text(const TrainVerdict& verdict) {
  const int64_t episodes = static_cast<int64_t>(verdict.evaluation.episodes.size());
  const JudgingJobs& jobs = verdict.jobs;
  std::string played = count_text(episodes, verdict.windows ? "window" : "episode");
  if (!jobs.held_out) {
    played += " that the training may have seen, NOT held out:";
  } else {
    played += jobs.part.empty() ? " of seed " + std::to_string(jobs.seed)
                                : " of the " + jobs.part + " part of the trace";
    played += jobs.chooser_known ? ", neither trained on nor chosen by:"
                                 : ", not trained on; whether what chose the policy (--select-set) "
                                   "shares jobs with it is not known:";
  }
  std::string text = wrapped("verdict, on " + played, kTextWidth, kIndent);
  for (const std::string& sentence : verdict.words.sentences)
    text += wrapped(visible_text(sentence), kTextWidth, kIndent);
  return text;
}

nlohmann::json verdict_json(const TrainVerdict& verdict) {
  nlohmann::json json = {{"metric", verdict.metric},
                         {"episodes", verdict.evaluation.episodes.size()},
                         {"seed", verdict.jobs.seed},
                         {"held_out", verdict.jobs.held_out && !verdict.jobs.chooser_known
                                          ? nlohmann::json()
                                          : nlohmann::json(verdict.jobs.held_out)},
                         {"policies", nlohmann::json::array()},
                         {"sentences", verdict.words.sentences},
                         {"warnings", verdict.words.warnings}};
  if (!verdict.jobs.part.empty()) json["part"] = verdict.jobs.part;
  const int metric = verdict.evaluation.metric_index(verdict.metric);
  for (const PolicyResult& policy : verdict.evaluation.policies) {
    const double mean = metric < 0 ? NAN : confidence_interval(policy.samples[metric]).mean;
    json["policies"].push_back(
        {{"name", policy.name},
         {"learned", policy.learned},
         {"mean", std::isfinite(mean) ? nlohmann::json(mean) : nlohmann::json()}});
  }
  return json;
}

}  // namespace cusched
