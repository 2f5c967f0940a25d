// SPDX-License-Identifier: MIT
#include <cstdarg>
#include <cstdio>

#include "cuda/utf8.h"
#include "envs/inputs.h"
#include "envs/workload/workload.h"

namespace cusched {
namespace {

void append(std::string* out, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  *out += line;
}

void append_part(std::string* out, const char* name, const JobRange& part, int64_t window_jobs) {
  append(out, "%-14s jobs %s to %s: %s side by side\n", name, grouped(part.begin).c_str(),
         grouped(part.end).c_str(),
         count_text((part.end - part.begin) / window_jobs, "window").c_str());
}

}  // namespace

std::string describe(const Workload& w) {
  std::string out = "workload       " + visible_text(w.name) + "\n";
  if (w.kind == SourceKind::kTrace) {
    append(&out, "jobs           %lld in the trace, %lld a window\n",
           static_cast<long long>(w.total_jobs), static_cast<long long>(w.window_jobs));
    if (w.split.held_out.end > 0) {
      append_part(&out, "for training", w.split.train, w.window_jobs);
      append_part(&out, "for choosing", w.split.validation, w.window_jobs);
      append_part(&out, "held out", w.split.held_out, w.window_jobs);
    }
    if (w.warm_up_jobs > 0)
      append(&out, "warm-up        up to %lld jobs run already when a window begins\n",
             static_cast<long long>(w.warm_up_jobs));
  } else if (w.total_jobs > 0) {
    append(&out, "jobs           %lld an episode\n", static_cast<long long>(w.total_jobs));
  }
  append(&out, "offered load   %.3f (CPU %.3f, memory %.3f, GPU %.3f of capacity)\n",
         w.offered_load, w.load_cpu, w.load_memory, w.load_gpu);
  out += "tenants        ";
  for (size_t i = 0; i < w.tenants.size(); ++i) append(&out, "%s%.3g", i ? ", " : "", w.tenants[i]);
  append(&out, "\nlargest gang   %d pods\n", w.max_pods);
  for (int hour = 0; hour < 24; hour += 6) {
    append(&out, "jobs/h %02d-%02d h  ", hour, hour + 5);
    for (int h = hour; h < hour + 6; ++h) append(&out, " %8.2f", w.jobs_per_hour[h]);
    out += "\n";
  }
  append(&out, "%-18s %10s %6s %11s %11s %6s %9s\n", "mean of", "jobs/day", "pods", "milli-CPU",
         "MiB", "GPUs", "run s");
  for (const TemplateMeans& m : w.means)
    append(&out, "%-18.40s %10.2f %6.2f %11.0f %11.0f %6.2f %9.0f\n", visible_text(m.name).c_str(),
           m.jobs_per_day, m.pods, m.cpu_milli, m.memory_mib, m.gpus, m.run_s);
  for (const std::string& note : w.notes) out += "note           " + visible_text(note) + "\n";
  return out;
}

}  // namespace cusched
