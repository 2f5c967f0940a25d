// SPDX-License-Identifier: MIT
#include "envs/workload/workload_file.h"

#include <algorithm>
#include <utility>

#include "cuda/error.h"
#include "envs/option_effects.h"
#include "envs/readers/open_trace.h"
#include "envs/workload/generator_parts.h"

namespace cusched {
namespace {

constexpr std::pair<const char*, TraceFormat> kWorkloads[] = {
    {"swf", TraceFormat::kSwf},         {"csv", TraceFormat::kJobCsv},
    {"sqlite", TraceFormat::kSqlite},   {"yaml", TraceFormat::kMix},
    {"openb", TraceFormat::kOpenbPods}, {"kubernetes", TraceFormat::kKubernetes},
    {"sacct", TraceFormat::kSacct},     {"philly", TraceFormat::kPhilly},
    {"helios", TraceFormat::kHelios}};

const char* workload_name(TraceFormat format) {
  for (const auto& [name, of] : kWorkloads)
    if (of == format) return name;
  throw Error("a format of traces has no workload");
}

}  // namespace

bool workload_of_file(const std::string& name) {
  return std::any_of(std::begin(kWorkloads), std::end(kWorkloads),
                     [&](const auto& entry) { return name == entry.first; });
}

void open_workload(WorkloadConfig* config, bool named, const std::string& where) {
  const bool of_file = workload_of_file(config->name);
  if (config->file.empty()) {
    if (of_file)
      throw InputError(where, "workload " + config->name + " has no trace file",
                       "Give one with --trace FILE");
    return;
  }
  if (named && !of_file)
    throw InputError(
        where,
        "workload " + config->name + " reads no file, but the trace " + config->file + " is given",
        "Leave out one of the two");
  const TraceFile file = open_trace(config->file);
  const std::string name = workload_name(file.format);
  if (named && name != config->name)
    throw InputError(where,
                     "the workload is " + config->name + ", but " + config->file + " is " +
                         format_name(file.format),
                     "Leave the workload out, or write " + name);
  config->name = name;
  if (file.format == TraceFormat::kMix)
    config->mix = std::make_shared<MixSpec>(parse_mix_yaml(file.text, file.path));
  else
    config->jobs = std::make_shared<Trace>(read_trace(file, config->swf));
}

Trace fit_trace(const WorkloadConfig& config) {
  const TraceFile file = open_trace(config.fit_file);
  if (file.format != TraceFormat::kSwf)
    throw InputError(config.fit_file, std::string("is ") + format_name(file.format),
                     "Workload lublin is fitted to a trace in the Standard Workload Format");
  return read_trace(file, config.swf);
}

std::vector<OptionEffect> workload_effects(const WorkloadConfig& config) {
  const bool trace = config.jobs != nullptr, lublin = config.name == "lublin";
  const bool tenants = trace && std::any_of(config.jobs->rows.begin(), config.jobs->rows.end(),
                                            [](const Job& job) { return job.tenant > 0; });
  const bool given = !config.window.starts.empty() || !config.window.ranges.empty();
  const bool fitted = lublin && !config.fit_file.empty();
  constexpr const char* kOnlyLublin = "only the workload lublin has it";
  constexpr const char* kOnlyTrace = "windows are cut from a trace";
  const char* const no_split =
      trace ? "the starts or ranges that are given say which jobs" : kOnlyTrace;
  const char* const instead = trace ? "leave out starts and trace-ranges" : "give a trace";
  constexpr const char* kAsRecorded = "only windows of a trace differ from a record";
  constexpr const char* kOwn = "a trace brings its own";
  constexpr const char* kGiveTrace = "give a trace";
  constexpr const char* kGiveLublin = "use the workload lublin";
  return {
      {"load", !trace, kOwn, "use a generator"},
      {"tenants", !trace, kOwn, "use a generator"},
      {"job-limit", !trace, "a trace has its own end", "give the length of a window"},
      {"length", trace, kOnlyTrace, "give a job-limit"},
      {"part", trace && !given, no_split, instead},
      {"split", trace && !given, no_split, instead},
      {"warm-up", trace && !given, no_split, instead},
      {"starts", trace, kOnlyTrace, kGiveTrace},
      {"trace-ranges", trace, kOnlyTrace, kGiveTrace},
      {"augment-load", trace, kAsRecorded, kGiveTrace},
      {"augment-arrivals", trace, kAsRecorded, kGiveTrace},
      {"augment-users", trace && tenants, trace ? "the trace has one tenant" : kAsRecorded,
       trace ? "" : kGiveTrace},
      {"augment-jitter", trace, kAsRecorded, kGiveTrace},
      {"augment-model", trace, kAsRecorded, kGiveTrace},
      {"oversize", trace, "a generator draws jobs that fit", kGiveTrace},
      {"memory-per-proc-mib", lublin || config.name == "swf",
       "only processors of lublin and SWF traces come without memory", ""},
      {"max-procs", lublin, kOnlyLublin, kGiveLublin},
      {"fit-trace", lublin, kOnlyLublin, kGiveLublin},
      {"fit-first", fitted, "nothing is fitted", "give a fit-trace"},
      {"fit-count", fitted, "nothing is fitted", "give a fit-trace"},
  };
}

}  // namespace cusched
