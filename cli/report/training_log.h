// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/report/plot.h"

namespace cusched {

// What metrics.csv of a training says about how its policies did: columns "eval_X" (looks at the
// policy) and "episode_X" (episodes of the training) against environment steps, for each member.
struct TrainingLog {
  struct Column {
    std::string name;            // e.g. "eval_wait_mean_s"
    std::vector<Curve> members;  // those with a value; one is named "training", else "member 3"
  };
  std::vector<Column> columns;

  const Column* find(const std::string& name) const;  // null where no member has a value
};

// Empty where there is no such file or no column "steps". A line that is being written right now
// and empty or "nan" fields are left out. Throws InputError for a number that is none.
TrainingLog read_training_log(const std::string& path);

// What a learning curve shows.
struct LearningCurve {
  const TrainingLog::Column* column = nullptr;  // null: nothing
  std::string metric;                           // "" for the return
  bool of_looks = false;
};
// The looks' column of `metric` or, where the training judged by another one, of any of `others`;
// else `metric` or the return of the training's own episodes.
LearningCurve learning_curve(const TrainingLog& log, const std::string& metric,
                             const std::vector<std::string>& others);

// What the heuristics reached on the episodes of the looks: "eval_best_heuristic" as "best
// heuristic", "eval_random_feasible" as "random-feasible". `metrics`: names that are no heuristics.
std::vector<Curve> looked_at_heuristics(const TrainingLog& log,
                                        const std::vector<std::string>& metrics);

}  // namespace cusched
