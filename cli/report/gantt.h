// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envs/job_record.h"

namespace cusched {

// One contestant's episode.
struct GanttPanel {
  std::string title;
  EpisodeJobs episode;
};

// Panels of the same jobs side by side, as one SVG file: a row for each job in order of arrival,
// the same in every panel; thin while it waits, a bar while it runs, coloured by its size.
// `marker_s`: a moment to mark, < 0 for none. At most two panels fit.
std::string gantt_file(const std::vector<GanttPanel>& panels, double marker_s);

}  // namespace cusched
