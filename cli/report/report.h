// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/report/plot.h"

namespace cusched {

// The evaluation as one HTML page that needs nothing else: table with intervals, paired
// differences, plots, training curves and facts. Readable in light and dark.
// `columns`: the metrics of the main table and the plots, those that exist.
std::string html_report(const Evaluation& evaluation, const std::vector<std::string>& columns,
                        const std::vector<Curve>& training, const std::string& training_y);

// The plots of the report as one SVG file.
std::string plot_file(const Evaluation& evaluation, const std::vector<std::string>& columns,
                      const std::vector<Curve>& training, const std::string& training_y);

// The clusters of the report as one SVG file; "" where there are none.
std::string picture_file(const Evaluation& evaluation);

// Reads `y_column` against `x_column` of a metrics.csv, one curve per value of `group_column` (one
// curve where there is no such column). Columns that do not exist give no curves. Throws InputError
// for a number that is none.
std::vector<Curve> read_training_curves(const std::string& path, const std::string& x_column,
                                        const std::string& y_column,
                                        const std::string& group_column);

}  // namespace cusched
