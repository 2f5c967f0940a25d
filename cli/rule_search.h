// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/evaluate.h"

namespace cusched {

// How the weights of the heuristic `tuned` are searched for.
struct RuleSearchOptions {
  int candidates = 32;  // rules of a round, the members of one batch: all meet the same jobs
  int rounds = 40;      // at most
  double seconds = 0;   // about: what is not at its end by half as much again is given up; 0: any
  uint64_t seed = 1;
};

struct RuleSearch {
  std::string weights;  // for the option tuned-weights
  // Mean of the metric while it searches on the jobs of the search, at the end on fresh ones.
  double value = 0;
  std::string start;       // the best of the rules it began with, e.g. "saf", on the same jobs ...
  double start_value = 0;  // ... and how that did
  int rounds = 0, rules = 0;  // rounds made, rules played
  double seconds = 0;
};

// Called after each round with the best rule so far; false ends the search.
using RuleSearchProgress = std::function<bool(const RuleSearch& so_far)>;

// Searches for the weights with the best mean of `metric` over the episodes of `setup` (settings of
// the environment admission, jobs for training, as a policy sees them: limited to its window). A
// round plays its candidates on the same episodes. Half of them are drawn as in the cross-entropy
// method (Rubinstein, 1999): the best quarter gives mean and deviation of the next. Half are the
// best so far with a few weights changed. It begins with what known rules are in these terms; at
// the end fresh episodes decide between what it found and those. Deterministic, but for a limit of
// time. Throws InputError where the environment has no heuristic of that name.
RuleSearch search_rule(const EvaluationSetup& setup, const std::string& metric,
                       const RuleSearchOptions& options, const RuleSearchProgress& progress = {});

}  // namespace cusched
