// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/report/training_log.h"

namespace cusched {

// The evaluation as one HTML page that needs nothing else: what it says in sentences, tables with
// intervals and paired differences, plots, waits of jobs by group, the course of the queue, the
// learning curve, facts. Readable in light and dark, on a phone and by a screen reader.
// `columns`: the metrics of the main table and the plots, those that exist.
std::string html_report(const Evaluation& evaluation, const std::vector<std::string>& columns,
                        const TrainingLog& training);

// The plots of the report as one SVG file.
std::string plot_file(const Evaluation& evaluation, const std::vector<std::string>& columns,
                      const TrainingLog& training);

// The clusters of the report as one SVG file; "" where there are none.
std::string picture_file(const Evaluation& evaluation);

}  // namespace cusched
