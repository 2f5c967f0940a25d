// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/report/shown.h"
#include "cli/report/training_log.h"

// The plots of a report, section by section. Those without anything to draw are left out.
namespace cusched {

struct Figure {
  std::string title, svg, caption;  // the caption is plain text and may be empty
};

// A dot plot for each metric that tells policies apart, all in the order of `sorted_by`.
std::vector<Figure> metric_figures(const Evaluation& evaluation, const std::vector<int>& metrics,
                                   const std::string& sorted_by);

// The distribution of the waits of all jobs, and of placement the allocation over arrived demand.
std::vector<Figure> distribution_figures(const Evaluation& evaluation,
                                         const std::string& sorted_by);

// Jobs waiting, GPUs and CPU cores reserved over time: of the first episode, then means.
std::vector<Figure> time_figures(const Evaluation& evaluation, const std::string& sorted_by);

// learning_curve() of the log, beside what heuristics reached on its episodes or, unknown there,
// here.
std::vector<Figure> training_figures(const Evaluation& evaluation, const TrainingLog& training,
                                     const std::string& sorted_by);

}  // namespace cusched
