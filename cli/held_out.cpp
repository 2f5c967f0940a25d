// SPDX-License-Identifier: MIT
#include "cli/held_out.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "cli/trained_settings.h"
#include "cli/words.h"
#include "envs/batch.h"
#include "envs/json_text.h"
#include "envs/workload/trace_windows.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

using nlohmann::literals::operator""_json_pointer;

constexpr int64_t kFewestToOverlap = 6;  // windows: of fewer, an interval would be no narrower

int64_t size(const JobRange& range) { return range.end - range.begin; }

int64_t jobs_in(const std::vector<JobRange>& ranges) {
  int64_t jobs = 0;
  for (const JobRange& range : ranges) jobs += size(range);
  return jobs;
}

std::string jobs_text(const std::vector<JobRange>& ranges) {
  std::string text;
  for (const JobRange& range : ranges)
    text += (text.empty() ? "" : ", ") + grouped(range.begin) + " to " + grouped(range.end);
  return "jobs " + text;
}

std::vector<JobRange> common_jobs(const std::vector<JobRange>& a, const std::vector<JobRange>& b) {
  std::vector<JobRange> common;
  for (const JobRange& x : a)
    for (const JobRange& y : b) {
      const JobRange both = {std::max(x.begin, y.begin), std::min(x.end, y.end)};
      if (both.begin < both.end) common.push_back(both);
    }
  return common;
}

// The jobs from which a training on `trace` learnt, or by which its policy was chosen.
std::vector<JobRange> jobs_seen(const PolicySchema& schema, const EnvSettings& settings,
                                const std::string& trace) {
  std::vector<EnvValue> values;
  const std::map<std::string, std::string> given = training_settings(schema, settings);
  for (const char* name :
       {"preset", "workload", "trace", "nodes", "length", "starts", "trace-ranges", "part", "split",
        "oversize", "commit", "memory-per-proc-mib"})
    if (const auto found = given.find(name); found != given.end())
      values.push_back({name, found->first == "trace" ? trace : found->second,
                        "training of the policy", /*trained=*/found->first != "part"});
  const WorkloadSummary training = settings.entry().create(values, {})->summary();
  if (training.part != "train" && training.part != "validation") return training.ranges;
  return {{0, training.held_out}};
}

// One policy.
struct Finding {
  std::optional<bool> held_out;
  std::string text;
};

// A policy that was trained on generated jobs: what generated them may be fitted to these.
Finding find_fitted(const std::string& policy, const PolicySchema& schema,
                    const EnvSettings& settings, const WorkloadSummary& played,
                    const std::string& jobs) {
  const std::map<std::string, std::string> given = training_settings(schema, settings);
  const auto number = [&](const char* name) {
    const auto found = given.find(name);
    return found != given.end() ? std::strtoll(found->second.c_str(), nullptr, 10) : 0;
  };
  const auto fitted = given.find("fit-trace");
  if (fitted == given.end() || fitted->second.empty())
    return {true, "held out: " + jobs + "; " + policy + " was trained on generated jobs"};
  const auto name = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  const std::string of = policy + " was trained on generated jobs, fitted to ";
  if (name(fitted->second) != name(played.file))
    return {std::nullopt,
            jobs + "; " + of + name(fitted->second) + ": whether they share jobs is not known"};
  const int64_t first = number("fit-first"), count = number("fit-count");
  const std::vector<JobRange> fit = {{first, count > 0 ? first + count : played.jobs}};
  const std::vector<JobRange> both = common_jobs(played.ranges, fit);
  if (both.empty()) return {true, "held out: " + jobs + "; " + of + "others, " + jobs_text(fit)};
  return {false, "NOT held out: of " + jobs + ", " + grouped(jobs_in(both)) + "; " + of +
                     jobs_text(fit) + ". Judge it on others, e.g. with --trace-ranges"};
}

Finding find(const std::string& policy, const EnvSettings& settings, const WorkloadSummary& played,
             const std::vector<InputPart>& inputs, uint64_t seed) {
  const PolicySchema schema = read_policy_schema(policy);
  if (!schema.heuristic.empty()) {
    const EnvEntry& entry = settings.entry();
    const std::vector<std::string> rules = entry.rules();
    const bool searched = std::find(rules.begin(), rules.end(), schema.heuristic) == rules.end();
    const std::string is = policy + " is the heuristic " + schema.heuristic +
                           ", limited to the jobs that a policy sees: ";
    if (searched)
      return {std::nullopt, is + "on which jobs its weights were searched for is not known"};
    return {true, is + "it was trained on no jobs"};
  }
  const auto json = nlohmann::json::parse(schema.json, nullptr, false);
  if (played.jobs == 0) {
    const auto seeds = json.value("/training/seeds"_json_pointer, nlohmann::json::array());
    if (std::find(seeds.begin(), seeds.end(), nlohmann::json(seed)) != seeds.end())
      return {false, policy + " was trained with seed " + std::to_string(seed) +
                         ": it may have seen these jobs. Use another --seed"};
    return {played.workload.empty() ? std::nullopt : std::optional<bool>(true), ""};
  }
  const std::string file = std::filesystem::path(played.file).filename().string();
  const std::string jobs = jobs_text(played.ranges) + " of " + file;
  const auto then = json.value("/training/inputs"_json_pointer, nlohmann::json());
  if (!then.is_array() || schema.environment != settings.entry().name)
    return {std::nullopt, jobs + ": " + policy + " does not say on which jobs it was trained"};
  const std::vector<InputPart> before =
      inputs_from_json(policy + ", training inputs", json_text(then));
  const InputPart* const learnt = find_part(before, "trace");
  const InputPart* const now = find_part(inputs, "trace");
  if (learnt == nullptr) return find_fitted(policy, schema, settings, played, jobs);
  if (now == nullptr || learnt->hash != now->hash)
    return {std::nullopt, jobs + ", another trace than " + policy + " was trained on (" +
                              learnt->from + ", " + learnt->text +
                              "): whether they share jobs is not known"};
  const std::vector<JobRange> seen = jobs_seen(schema, settings, played.file);
  const std::vector<JobRange> both = common_jobs(played.ranges, seen);
  if (both.empty())
    return {true, "held out: " + jobs + ", of which the training of " + policy + " saw none"};
  return {false, "NOT held out: of " + jobs + " the training of " + policy + " saw " +
                     grouped(jobs_in(both)) + ", " + jobs_text(both) +
                     ". Judge it on others, e.g. with --part held-out"};
}

}  // namespace

void prefer_part(const std::string& part, EnvSettings* settings) {
  const auto& options = settings->entry().options;
  const bool has_parts = std::any_of(options.begin(), options.end(),
                                     [](const EnvOption& option) { return option.name == "part"; });
  if (has_parts && !settings->text("trace").empty() && !settings->was_given("part"))
    settings->prefer("part", part, "the part of a trace that is played");
}

std::vector<EnvValue> with_part(const std::string& part, std::vector<EnvValue> values) {
  const auto named = [](const char* name) {
    return [name](const EnvValue& value) { return value.name == name; };
  };
  values.erase(std::remove_if(values.begin(), values.end(), named("part")), values.end());
  if (std::any_of(values.begin(), values.end(), named("trace")))
    values.push_back({"part", part, "the part of a trace that is played", /*trained=*/true});
  return values;
}

void refuse_augmentation(const EnvSettings& settings) {
  for (const EnvOption& option : settings.entry().options)
    if (option.name.starts_with("augment-") && settings.was_given(option.name))
      throw InputError("--" + option.name,
                       "has no effect: only a training varies the windows of a trace",
                       "Leave it out");
}

HeldOut held_out(const std::vector<std::string>& policies, const EnvSettings& settings,
                 const WorkloadSummary& summary, const std::vector<InputPart>& inputs,
                 uint64_t seed) {
  HeldOut all;
  bool unknown = policies.empty(), seen = false;
  for (const std::string& policy : policies) {
    const Finding one = find(policy, settings, summary, inputs, seed);
    unknown |= !one.held_out.has_value();
    const bool not_held_out = one.held_out.has_value() && !*one.held_out;
    seen |= not_held_out;
    if (!one.text.empty()) (not_held_out ? all.warnings : all.sentences).push_back(one.text);
  }
  if (seen) {
    all.held_out = false;
  } else if (!unknown) {
    all.held_out = true;
  }
  return all;
}

bool leaves_held_out(const WorkloadSummary& trained_on) {
  return trained_on.held_out > 0 &&
         std::all_of(trained_on.ranges.begin(), trained_on.ranges.end(),
                     [&](const JobRange& range) { return range.end <= trained_on.held_out; });
}

void refuse_judging_jobs(const std::string& where, const WorkloadSummary& trained_on,
                         const std::vector<InputPart>& inputs, const WorkloadSummary& chosen_by,
                         const std::vector<InputPart>& chosen_inputs) {
  if (!leaves_held_out(trained_on)) return;  // the verdict says that nothing is held out
  const InputPart* const learnt = find_part(inputs, "trace");
  const InputPart* const chosen = find_part(chosen_inputs, "trace");
  if (learnt == nullptr || chosen == nullptr || learnt->hash != chosen->hash) return;
  const std::vector<JobRange> both =
      common_jobs(chosen_by.ranges, {{trained_on.held_out, trained_on.jobs}});
  if (both.empty()) return;
  throw InputError(where,
                   "the policy would be chosen by " + jobs_text(both) +
                       " of the trace, which are held out to judge it",
                   "Leave part as it is (validation), or choose by another trace");
}

int default_episodes(const WorkloadSummary& summary) {
  if (summary.jobs == 0) return 32;
  const bool one = summary.ranges.size() == 1 && size(summary.ranges[0]) == summary.window_jobs;
  if (one) return 1;
  const int64_t w = summary.windows;
  return static_cast<int>(std::clamp<int64_t>(w < kFewestToOverlap ? w : 2 * w - 1, 2, 32));
}

WindowPlaces window_places(const std::vector<EnvValue>& values, const WorkloadSummary& summary,
                           int episodes) {
  WindowPlaces places;
  if (summary.jobs == 0) return places;
  places.length = summary.window_jobs;
  std::string starts;
  for (const EnvValue& value : values)
    if (value.name == "starts") starts = value.value;
  const std::vector<std::string> fixed = split_list(starts);
  for (size_t i = 0; !fixed.empty() && i < static_cast<size_t>(episodes); ++i)
    places.starts.push_back(std::stoll(fixed[i % fixed.size()]));
  if (fixed.empty()) places.starts = deal_windows(summary.ranges, summary.window_jobs, episodes);
  return places;
}

}  // namespace cusched
