// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "envs/workload/lublin_params.h"
#include "envs/workload/mix_spec.h"
#include "envs/workload/source.h"
#include "envs/workload/trace.h"

namespace cusched {

struct OptionEffect;

struct ClusterCapacity {
  int64_t cpu_milli = 0, memory_mib = 0, gpus = 0;  // totals
  // The nodes by size. Empty: one node with everything. Generated pods are cut to what fits here; a
  // job of a trace that never fits is refused.
  std::vector<NodeGroup> nodes;
  std::vector<std::string> gpu_models = {};  // model m is bit 1 + m of NodeGroup::model_bit
};

// How the windows of a training differ from the trace's, drawn anew for each episode. The defaults
// change nothing.
struct AugmentConfig {
  double load_low = 1, load_high = 1;  // factor on the load of a window: gaps are divided by it
  double arrivals = 0;                 // probability that gaps are drawn from the window's
  bool users = false;                  // tenants change places
  double jitter = 0;  // sizes and run times: a factor between 1 / (1 + this) and 1 + this
  double model = 0;   // probability that jobs are those of a model fitted to what is played

  bool any() const {
    return load_low != 1 || load_high != 1 || arrivals > 0 || users || jitter > 0 || model > 0;
  }
};

struct WorkloadConfig {
  // skrueue-templates, skrueue-templates-burst, skrueue-templates-uniform, skrueue-sim,
  // skrueue-legacy, lublin; or what `file` holds: swf, csv, sqlite, yaml (a mix), openb,
  // kubernetes, sacct, philly or helios.
  std::string name = "skrueue-sim";
  std::string file;            // e.g. "jobs.swf"; the trace or the YAML mix
  double load = 0;             // offered load, e.g. 0.9; 0: the workload's own rates or load
  int64_t job_limit = 0;       // generators: jobs of an episode; 0: no end
  TraceWindow window;          // traces
  AugmentConfig augment;       // traces
  bool drop_oversize = false;  // traces: leave out jobs that the cluster does not hold, with a note
  SwfOptions swf;
  LublinParams lublin;
  std::string fit_file;             // lublin: fit the parameters to this SWF trace ...
  int64_t fit_first = 0;            // ... to these jobs
  int64_t fit_count = 0;            // 0: to the end
  int64_t max_procs = 0;            // lublin: largest job; 0: what the largest node holds
  int64_t memory_per_proc_mib = 0;  // lublin
  // Override the workload's own where given; mixes and lublin only.
  std::vector<double> tenants;  // shares, e.g. {0.4, 0.3, 0.2, 0.1}
  double urgent = -1;           // share of class urgent
  std::vector<int> estimate;    // quantiles of estimate / run time, per mille

  // What open_workload read: one of them where `file` is given.
  std::shared_ptr<const Trace> jobs;
  std::shared_ptr<const MixSpec> mix;
};

// Reads `file`, once, and names the workload by what it holds. Without a file only a generator will
// do.
// `named`: the user chose `name`, and a file of anything else is refused. `where`: of that choice.
void open_workload(WorkloadConfig* config, bool named, const std::string& where);

// Which of the options that describe a workload do something; `config` is open.
std::vector<OptionEffect> workload_effects(const WorkloadConfig& config);

// Puts bytes where the environment runs and returns their address there; the identity on the CPU,
// as long as the Workload lives; null for no bytes.
using Upload = std::function<const void*(const void* data, size_t bytes)>;

// Mean of one job template.
struct TemplateMeans {
  std::string name;
  double jobs_per_day = 0;
  double pods = 0, cpu_milli = 0, memory_mib = 0, gpus = 0, run_s = 0;  // requests: sum over pods
};

// A workload ready to be replayed: its tables on the host, and what is known about it.
struct Workload {
  std::string name;
  SourceKind kind = SourceKind::kMix;
  std::vector<double> tenants;       // shares; traces: by number of jobs
  int max_pods = 1;                  // of the largest gang
  int64_t total_jobs = 0;            // traces: jobs in the file; generators: job_limit, 0 = no end
  int64_t window_jobs = 0;           // jobs of an episode; 0 = no end
  TracePart part = TracePart::kAll;  // traces: what is played ...
  std::vector<JobRange> played;      // ... its windows lie in these jobs
  TraceSplit split;                  // empty: the trace has no parts
  int64_t warm_up_jobs = 0;          // most jobs that already run when a window begins
  double offered_load = 0;           // largest over resources of E[rate x request x run] / capacity
  double load_cpu = 0, load_memory = 0, load_gpu = 0;
  double jobs_per_hour[24] = {};     // mean rate by hour of day
  std::vector<TemplateMeans> means;  // mixes: per template; others: one entry
  std::vector<std::string> notes;    // for the user

  // Pointers into device memory. Call once per back end and keep the result.
  SourceView view(const Upload& upload) const;
  SourceView view() const;  // on the CPU; valid while this Workload lives and is not moved

  // Tables; filled by the factories.
  SourceView scalars;  // everything of the view that is not a pointer
  std::vector<int64_t> gap, rate, normal, run_short, run_long, trace_submit;
  std::vector<JobTemplate> templates;
  std::vector<uint32_t> choice, tenant_cdf, size_cdf, short_run;
  std::vector<uint16_t> estimate;
  std::vector<NodeGroup> nodes;
  std::vector<GpuModelBits> gpu_sets = {kEveryGpuModel};  // that Job::gpu_model numbers
  std::vector<Job> rows;
  std::vector<StartRange> ranges;
  std::vector<int32_t> starts, warm_rows, warm_begin;
};

// Builds the workload named in `config` for this cluster. Throws InputError for bad input.
Workload make_workload(const WorkloadConfig& config, const ClusterCapacity& cluster);

Workload build_mix(const MixSpec& spec, const WorkloadConfig& config,
                   const ClusterCapacity& cluster);
Workload build_lublin(const LublinParams& params, const WorkloadConfig& config,
                      const ClusterCapacity& cluster);
Workload build_trace(Trace trace, const WorkloadConfig& config, const ClusterCapacity& cluster);

// The statistics of a workload as text, a line each: jobs, rates by hour, mean requests, load.
std::string describe(const Workload& workload);

}  // namespace cusched
