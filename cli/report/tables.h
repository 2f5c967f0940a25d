// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/evaluation.h"
#include "cli/report/job_waits.h"

// Tables of a report, as HTML. Wide ones are cut into several under each other; each lies in a box
// that scrolls where the page is narrower.
namespace cusched {

// Policies sorted by `sorted_by`, a mean with its interval for each metric; the best of a column is
// bold. "" without metrics.
std::string results_table(const Evaluation& evaluation, const std::vector<int>& metrics,
                          const std::string& sorted_by);

// Every learned policy (or the first entry) minus every other one; "" where there is none.
std::string paired_table(const Evaluation& evaluation, const std::vector<int>& metrics,
                         const std::string& sorted_by);

// Mean, median, 95 % quantile and maximum of the waits of all jobs, sorted as above; "" without
// jobs.
std::string waits_table(const Evaluation& evaluation, const std::string& sorted_by);

// The same for the groups of a grouping, of the given policies.
std::string groups_table(const Evaluation& evaluation, const JobGrouping& grouping,
                         const std::vector<size_t>& policies);

// "key", "value" rows.
std::string facts_table(const std::vector<std::pair<std::string, std::string>>& facts);

// What may be wider than the page, in a box that scrolls and that the keyboard reaches.
std::string scroll_box(const std::string& label, const std::string& html);

}  // namespace cusched
