// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/block_bootstrap.h"
#include "cli/env_options.h"
#include "envs/inputs.h"
#include "envs/workload_summary.h"

// Whether an evaluation judges a policy on jobs that its training has not seen.
namespace cusched {

// Lets the environment play this part of a trace ("validation", "held-out") where it has parts and
// the user has not said otherwise.
void prefer_part(const std::string& part, EnvSettings* settings);
// The same for settings as EnvEntry::create takes them.
std::vector<EnvValue> with_part(const std::string& part, std::vector<EnvValue> values);

// Throws InputError where the user asks an evaluation for augmented windows: it plays the record.
void refuse_augmentation(const EnvSettings& settings);

struct HeldOut {
  std::optional<bool> held_out;        // of all policies; nothing where it cannot be told
  std::vector<std::string> sentences;  // e.g. "held out: jobs 4,800 to 6,000 of jobs.csv, ..."
  std::vector<std::string> warnings;   // e.g. "NOT held out: ..."
};

// Compares what is played, `summary` and `inputs` of its batch, with the jobs that the trainings of
// the policy files saw; generated jobs by seed.
HeldOut held_out(const std::vector<std::string>& policies, const EnvSettings& settings,
                 const WorkloadSummary& summary, const std::vector<InputPart>& inputs,
                 uint64_t seed);

// Whether a training, by its batch's summary, leaves the part held-out of its trace alone.
bool leaves_held_out(const WorkloadSummary& trained_on);
// Throws InputError (`where`, an option) if a policy would be chosen by jobs that judge it: those
// held out of the trace that it is trained on. `inputs` are those of the batches.
void refuse_judging_jobs(const std::string& where, const WorkloadSummary& trained_on,
                         const std::vector<InputPart>& inputs, const WorkloadSummary& chosen_by,
                         const std::vector<InputPart>& chosen_inputs);

// Episodes of an evaluation where the user does not say; 32 of a generator. Of a trace the windows
// that lie side by side, and where these are six or more, as many again that overlap two of them: 2
// to 32 (1 where there is one window only).
int default_episodes(const WorkloadSummary& summary);

// Where those windows begin that `episodes` episodes of an evaluation with these settings play.
WindowPlaces window_places(const std::vector<EnvValue>& values, const WorkloadSummary& summary,
                           int episodes);

}  // namespace cusched
