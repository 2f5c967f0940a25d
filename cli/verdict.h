// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
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
// "by 30 %" is relative_interval(): paired over the episodes, of the mean of the entry it is
// compared with. It "beats" where the 95 % interval lies on the good side of zero, "loses" where it
// lies on the other; between them it "ties", or, with an interval wider than +-10 %, is not told
// apart. With one episode there is no interval, and the words say so.
Verdict verdict_of(const Evaluation& evaluation, const std::string& metric);

// By the 95 % interval of the difference (by the difference alone, where there is none).
enum class Standing : uint8_t {
  kBeats,
  kLoses,
  kTies,
  kUnclear,  // the interval holds zero and is too wide to call it a tie
  kSame,     // the same numbers
  kUnknown   // no numbers
};

// One entry of an evaluation (an index into its policies) against another, as sentences have it.
struct Comparison {
  Standing standing = Standing::kUnknown;
  Interval gain;  // share of the other's mean (or, `absolute`, in the metric's unit); > 0: better
  bool absolute = false;  // the other's mean is zero
  std::string text;       // "beats f1 by 30 % (95 % interval 25 to 35 %)"
};
Comparison compare_entries(const Evaluation& evaluation, const std::string& metric, size_t one,
                           size_t other);

}  // namespace cusched
