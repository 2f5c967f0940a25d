// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/env_options.h"
#include "cli/output.h"
#include "cuda/error.h"
#include "envs/auto_nodes.h"
#include "envs/option_effects.h"
#include "envs/workload/workload.h"

namespace cusched {
namespace {

constexpr const char* kDefaultNodes = "4x32c128g2gpu+8x16c64g+4x8c32g";
constexpr const char* kTypes[kJobTypes] = {"spark", "realtime", "ml", "etl", "batch", "generic"};

// "A100|H100" of a set of the cluster's models; "": every node will do.
std::string gpu_spec(GpuModelBits set, const std::vector<std::string>& models) {
  std::string text;
  if (set == kEveryGpuModel) return text;
  for (size_t m = 0; m < models.size(); ++m)
    if ((set & gpu_model_bit(static_cast<int>(m))) != 0)
      text += (text.empty() ? "" : "|") + models[m];
  return text;
}

// The first jobs of one episode, as the CSV that `--trace F.csv` reads. `models`: of the cluster.
std::string jobs_csv(const Workload& workload, const std::vector<std::string>& models,
                     uint64_t seed, int64_t count) {
  const bool named = workload.gpu_sets.size() > 1;
  const SourceView view = workload.view();
  const RngKey key{static_cast<uint32_t>(seed ^ (seed >> 32)), 0, 0, 0};
  SourceState state{};
  source_begin(view, key, state);
  const int64_t origin = source_origin(view, state);
  std::string text =
      std::string(
          "submit_s,run_s,estimate_s,cpu_milli,memory_mib,gpus,pods,priority,type,tenant,"
          "urgent") +
      (named ? ",gpu_model\n" : "\n");
  Job job{};
  for (int64_t i = 0; i < count && source_next(view, key, state, &job); ++i) {
    text += std::to_string(origin + job.submit) + "," + std::to_string(job.run) + "," +
            std::to_string(job.estimate) + "," + std::to_string(job.cpu_milli) + "," +
            std::to_string(job.memory_mib) + "," + std::to_string(job.gpus) + "," +
            std::to_string(job.pods()) + "," + std::to_string(job.priority) + "," +
            kTypes[static_cast<int>(job.type)] + "," + std::to_string(job.tenant) + "," +
            std::to_string(job.urgent) +
            (named ? "," + gpu_spec(workload.gpu_sets[job.gpu_model], models) : "") + "\n";
  }
  return text;
}

class WorkloadCommand : public Command {
 public:
  WorkloadCommand() : Command("workload", "statistics of a workload or trace; its jobs as CSV") {
    OptionTable& t = options();
    t.add("name", &config_.name,
          "skrueue-templates[-burst|-uniform], skrueue-sim, skrueue-legacy, lublin; default: what "
          "--trace holds, else skrueue-sim")
        .positional();
    t.add("trace", &config_.file,
          "trace or mix file, told by its content: SWF, CSV, SQLite, YAML, ...; .gz, .xz, .bz2, "
          ".zst")
        .input();
    t.add("nodes", &nodes_,
          "cluster; pool: one node with the trace's processors; auto: by the jobs of the trace");
    t.add("load", &config_.load, "offered load as a share of capacity; 0: the workload's own")
        .min(0)
        .max(1000);
    t.add("fit-trace", &config_.fit_file, "SWF file to which workload lublin is fitted").input();
    t.add("fit-first", &config_.fit_first, "first job of the fit").min(0);
    t.add("fit-count", &config_.fit_count, "jobs of the fit; 0: to the end").min(0);
    t.add("max-procs", &config_.max_procs, "largest job of workload lublin").min(0).max(1 << 20);
    t.add("oversize", &oversize_, "jobs of a trace that the cluster does not hold: refuse or drop")
        .choices({"refuse", "drop"});
    t.start_group("Jobs");
    t.add("jobs", &jobs_, "jobs to write; needs --out").unit("count").min(0).max(1e8);
    t.add("seed", &seed_, "of the job stream");
    t.add("out", &out_, "CSV file for the jobs, which --trace reads back").output();
    add_json_option(t, &json_, "the statistics");
  }

  std::string notes() const override {
    return "Examples: cusched workload skrueue-sim --load 0.9\n"
           "          cusched workload --trace jobs.swf\n"
           "          cusched workload lublin --nodes pool --max-procs 256 --jobs 10000 --out "
           "l.csv";
  }

  void validate() override {
    if ((jobs_ > 0) != !out_.empty())
      throw InputError("--jobs", "and --out go together", "Give both, or none");
  }

  int run() override {
    config_.drop_oversize = oversize_ == "drop";
    open_workload(&config_, options().find("name")->was_set(), "NAME");
    for (const OptionEffect& effect : workload_effects(config_)) {
      const Option* const option = options().find(effect.option);
      if (option != nullptr && option->was_set() && !effect.has_effect)
        throw InputError("--" + option->name(), no_effect(effect), leave_it_out(effect));
    }
    const bool hpc = config_.name == "swf" || config_.name == "lublin";
    const bool chosen = options().find("nodes")->was_set();
    if (config_.name == "lublin" && config_.max_procs == 0 && !chosen) config_.max_procs = 256;
    const std::string nodes = chosen ? nodes_ : hpc ? "pool" : kDefaultNodes;
    const ClusterSpec cluster = nodes_of(nodes, config_, "--nodes");
    WorkloadConfig windows = config_;  // as environments play them
    windows.window.length = kAutoLength;
    windows.window.warm_up = true;
    Workload workload = make_workload(windows, cluster.capacity);
    workload.notes.insert(workload.notes.begin(), cluster.notes.begin(), cluster.notes.end());
    if (json_ != "-") {
      if (!cluster.capacity.gpu_models.empty())
        std::printf("cluster: %s\n", cluster_text(cluster).c_str());
      std::fputs(describe(workload).c_str(), stdout);
    }
    if (!out_.empty()) {
      write_text_file(out_, jobs_csv(make_workload(config_, cluster.capacity),
                                     cluster.capacity.gpu_models, seed_, jobs_));
      std::fprintf(people(json_), "jobs: %s\n", out_.c_str());
    }
    emit_json(json_, statistics(workload));
    return kExitOk;
  }

 private:
  // First job and the one after the last; null for a generator.
  static nlohmann::json parts_of(const Workload& w) {
    if (w.split.held_out.end == 0) return nullptr;
    const auto range = [](const JobRange& r) { return nlohmann::json{r.begin, r.end}; };
    return {{"train", range(w.split.train)},
            {"validation", range(w.split.validation)},
            {"held-out", range(w.split.held_out)}};
  }
  static nlohmann::json statistics(const Workload& w) {
    nlohmann::json means = nlohmann::json::array();
    for (const TemplateMeans& m : w.means)
      means.push_back({{"name", m.name},
                       {"jobs_per_day", m.jobs_per_day},
                       {"pods", m.pods},
                       {"cpu_milli", m.cpu_milli},
                       {"memory_mib", m.memory_mib},
                       {"gpus", m.gpus},
                       {"run_s", m.run_s}});
    return {{"name", w.name},
            {"jobs", w.total_jobs},
            {"window_jobs", w.window_jobs},
            {"parts", parts_of(w)},
            {"warm_up_jobs", w.warm_up_jobs},
            {"offered_load", w.offered_load},
            {"load", {{"cpu", w.load_cpu}, {"memory", w.load_memory}, {"gpu", w.load_gpu}}},
            {"jobs_per_hour", std::vector<double>(w.jobs_per_hour, w.jobs_per_hour + 24)},
            {"tenants", w.tenants},
            {"max_pods", w.max_pods},
            {"means", means},
            {"notes", w.notes}};
  }

  WorkloadConfig config_;
  std::string nodes_ = kDefaultNodes, oversize_ = "refuse", out_, json_;
  int64_t jobs_ = 0;
  uint64_t seed_ = 1;
};

}  // namespace

std::unique_ptr<Command> make_workload_command() { return std::make_unique<WorkloadCommand>(); }

}  // namespace cusched
