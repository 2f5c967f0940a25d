// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "envs/workload_summary.h"

// What an evaluation says, in sentences for people.
namespace cusched {

struct Verdict {
  std::vector<std::string> sentences;  // each whole, on one line of any length
  std::vector<std::string> warnings;   // a learned policy is worse than what needs no training
};

// How every learned policy (the best three, where there are more) does by `metric` against the
// heuristics: those that people know and the best one. Without a learned policy, the same of the
// best heuristic. Entries limited to K jobs (PolicyResult::limited) are left out. Empty where the
// evaluation has no such metric or one entry only.
//
// "by 30 %" is relative_difference(): paired over the episodes, of the mean of the entry it is
// compared with. It "beats" where the 95 % interval lies on the good side of zero, "loses" where it
// lies on the other; between them it "ties", or, with an interval wider than +-10 %, is not told
// apart. With one episode there is no interval, and the words say so.
Verdict verdict_of(const Evaluation& evaluation, const std::string& metric);

// Why the intervals of `episodes` windows of a trace mean little: "" where they share no jobs.
std::string overlap_warning(const WorkloadSummary& summary, int episodes);

}  // namespace cusched
