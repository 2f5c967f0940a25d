// SPDX-License-Identifier: MIT
#include "cli/report/gantt.h"

#include <algorithm>
#include <array>

#include "cli/report/axis.h"
#include "cli/report/plot.h"
#include "cli/report/svg.h"
#include "cli/words.h"

namespace cusched {
namespace {

constexpr double kHead = 58;    // px: heading and legend
constexpr double kFoot = 46;    // px: axis
constexpr double kLeft = 44;    // px: job numbers
constexpr double kGap = 16;     // px between panels
constexpr double kRows = 1100;  // px that all rows together should take
constexpr int kSizes = 4;

// Limits of the sizes that have a colour: GPUs where some job has one, else cores.
struct Sizes {
  bool gpus = false;
  std::array<int64_t, kSizes - 1> limits{};  // the most of each but the last

  int of(const JobRecord& job) const {
    const int64_t size = gpus ? job.gpus : job.cpu_milli / 1000;
    return static_cast<int>(std::lower_bound(limits.begin(), limits.end(), size) - limits.begin());
  }
  std::array<std::string, kSizes> names() const {
    if (gpus) return {"no GPU", "1 GPU", "2 to 8 GPUs", "more"};
    return {"1 core", "2 to 8 cores", "9 to 64 cores", "more"};
  }
};

Sizes sizes_of(const std::vector<GanttPanel>& panels) {
  Sizes sizes;
  for (const JobRecord& job : panels.front().episode.jobs) sizes.gpus |= job.gpus > 0;
  sizes.limits = sizes.gpus ? std::array<int64_t, 3>{0, 1, 8} : std::array<int64_t, 3>{1, 8, 64};
  return sizes;
}

void add_box(std::string* path, double x, double y, double width, double height) {
  *path += "M" + svg_number(x) + " " + svg_number(y) + "h" + svg_number(width) + "v" +
           svg_number(height) + "h-" + svg_number(width) + "z";
}

std::string path_of(const std::string& shape, const std::string& css) {
  return shape.empty() ? ""
                       : "<path" + svg_attribute("d", shape) + svg_attribute("class", css) + "/>";
}

std::string style() {
  return plot_style() + R"(.plot .size0 { fill: var(--c5); } .plot .size1 { fill: var(--c1); }
.plot .size2 { fill: var(--c3); } .plot .size3 { fill: var(--c4); } .plot .queue { fill: var(--dim); fill-opacity: .45; }
.plot .now { stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 4 3; }
)";
}

}  // namespace

std::string gantt_file(const std::vector<GanttPanel>& panels, double marker_s) {
  const Sizes sizes = sizes_of(panels);
  size_t jobs = 0;
  double end_s = 1;
  for (const GanttPanel& panel : panels) {
    jobs = std::max(jobs, panel.episode.jobs.size());
    end_s = std::max(end_s, static_cast<double>(panel.episode.end_s));
  }
  const double row = std::clamp(kRows / static_cast<double>(std::max<size_t>(jobs, 1)), 1.5, 14.0);
  const double bottom = kHead + row * static_cast<double>(jobs);
  const double count = static_cast<double>(panels.size());
  const double width = (kSvgWidth - kLeft - 12 - kGap * (count - 1)) / count;
  std::string svg = open_svg(static_cast<int>(bottom + kFoot), "One episode, job by job");

  double legend = kLeft;
  const auto names = sizes.names();
  for (int i = 0; i < kSizes; ++i) {
    std::string box;
    add_box(&box, legend, 29, 10, 10);
    svg += path_of(box, "size" + std::to_string(i)) +
           svg_text(legend + 15, 38, "tick", names[static_cast<size_t>(i)]);
    legend += 40 + 6.5 * static_cast<double>(names[static_cast<size_t>(i)].size());
  }
  std::string waiting;
  add_box(&waiting, legend, 32, 10, 4);
  svg += path_of(waiting, "queue") + svg_text(legend + 15, 38, "tick", "waits");

  const size_t every = std::max<size_t>(1, (jobs + 19) / 20);  // rows between two numbers
  for (size_t i = 0; i < jobs; i += every)
    svg += svg_text(kLeft - 6, kHead + row * (static_cast<double>(i) + 0.5) + 4, "tick name",
                    std::to_string(i));

  for (size_t p = 0; p < panels.size(); ++p) {
    const double left = kLeft + static_cast<double>(p) * (width + kGap);
    const auto x = [&](double s) { return left + width * s / end_s; };
    svg += svg_text(left, 54, "", panels[p].title);
    for (const double hour : axis_ticks(0, end_s / 3600, 5, false)) {
      svg += svg_line(x(hour * 3600), kHead, x(hour * 3600), bottom, "grid") +
             svg_text(x(hour * 3600), bottom + 16, "tick mid", short_number(hour));
    }
    svg += svg_text(left + width / 2, bottom + 36, "tick mid", "hours after the window's start");
    std::array<std::string, kSizes> bars;
    std::string queue;
    for (size_t i = 0; i < panels[p].episode.jobs.size(); ++i) {
      const JobRecord& job = panels[p].episode.jobs[i];
      const double y = kHead + row * static_cast<double>(i);
      const double start = job.start < 0 ? end_s : job.start;
      const double end = job.start < 0 ? end_s : job.end < 0 ? panels[p].episode.end_s : job.end;
      add_box(&queue, x(job.submit), y + row * 0.35, std::max(0.0, x(start) - x(job.submit)),
              row * 0.3);
      if (job.start >= 0)
        add_box(&bars[static_cast<size_t>(sizes.of(job))], x(start), y + row * 0.1,
                std::max(0.5, x(end) - x(start)), row * 0.8);
    }
    svg += path_of(queue, "queue");
    for (int i = 0; i < kSizes; ++i)
      svg += path_of(bars[static_cast<size_t>(i)], "size" + std::to_string(i));
    if (marker_s >= 0) svg += svg_line(x(marker_s), kHead, x(marker_s), bottom, "now");
  }
  return svg_file({svg + "</svg>"}, style());
}

}  // namespace cusched
