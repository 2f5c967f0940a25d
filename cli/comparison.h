// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/evaluate.h"
#include "cli/evaluation.h"

namespace cusched {

// One entry of a comparison, before it is played.
struct Contestant {
  std::string name;         // as in tables: the word of the command line, "sjf@10", a file's stem
  std::string word;         // as on the command line
  std::string policy_file;  // a learned policy's file; empty for a heuristic
  int heuristic = -1;       // index into EnvEntry::heuristics
  bool whole_queue = true;
};

// The heuristics named by `words` ("all", "none" or names; "fcfs" is fifo), each with the whole
// queue and, with `limited`, as NAME@K. Throws InputError for an unknown name.
std::vector<Contestant> baseline_contestants(const EnvEntry& entry,
                                             const std::vector<std::string>& words, bool limited,
                                             int slots);

// Policy files, called by their stem; those of the same stem by the folders that they do not share,
// e.g. "a/policy" and "b/policy".
std::vector<Contestant> policy_contestants(const std::vector<std::string>& files);

// What a contestant's episodes did to each job or pod, for the files of schedules and placements.
struct Schedule {
  std::string word;
  std::vector<std::vector<int32_t>> start_times;      // per episode
  std::vector<std::vector<PodPlacement>> placements;  // per episode
};

// How long compare() takes, from one episode of the first learned and of the first other entry,
// each timed for `most_s` at most. Times grow with the episodes on the CPU, whose threads share
// them.
struct PlayEstimate {
  double seconds = -1;  // < 0: an episode took longer than `most_s`
  std::string from;     // e.g. "one episode of fifo"
};
PlayEstimate estimate_play(const EvaluationSetup& setup, const std::vector<Contestant>& contestants,
                           double most_s);

// Plays every contestant on the same episodes. `on_progress(name, done, total, steps)` returning
// false throws Interrupted. `schedules` (may be null) receives entries with the whole queue.
Evaluation compare(const EvaluationSetup& setup, const std::vector<Contestant>& contestants,
                   const std::vector<std::string>& episode_labels,
                   const std::function<bool(const std::string&, int, int, int64_t)>& on_progress,
                   std::vector<Schedule>* schedules);

// "policy,backfill,start,start_times" with a row per policy and start: the conformance file's form.
std::string schedule_csv(const std::vector<Schedule>& schedules,
                         const std::vector<std::string>& starts, bool backfill);

// A row per pod of the first episode, in order of arrival: "pod", then "NAME_node,NAME_gpus" for
// each policy, e.g. "0255,1080,0-1": the conformance files' form. -1: not placed.
std::string placements_csv(const std::vector<Schedule>& schedules,
                           const std::vector<std::string>& pod_names);

}  // namespace cusched
