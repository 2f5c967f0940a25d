// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/importers/sacct_table.h"
#include "envs/readers/text_input.h"
#include "envs/readers/units.h"
#include "envs/workload/mix.h"

// Slurm's accounting as `sacct -P` writes it. One row is one start of a job, or a step of it.
namespace cusched {
namespace {

constexpr double kMaxCount = 1e9;

// How a state is taken.
enum class State : uint8_t { kEnded, kRunning, kWaiting, kUnknown };

// "CANCELLED by 1000" -> "CANCELLED"; "OUT_OF_ME+" is one that sacct cut.
State state_of(const std::string& text) {
  std::string word = text.substr(0, text.find(' '));
  const bool cut = !word.empty() && word.back() == '+';
  if (cut) word.pop_back();
  const auto is_one = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
      return cut ? std::string_view(name).substr(0, word.size()) == word : name == word;
    });
  };
  if (is_one({"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL",
              "PREEMPTED", "REQUEUED", "DEADLINE", "BOOT_FAIL", "LAUNCH_FAILED", "REVOKED",
              "RECONFIG_FAIL"}))
    return State::kEnded;
  if (is_one({"RUNNING", "SUSPENDED", "COMPLETING", "RESIZING", "STOPPED", "SIGNALING", "STAGE_OUT",
              "CONFIGURING"}))
    return State::kRunning;
  if (is_one({"PENDING", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}))
    return State::kWaiting;
  return State::kUnknown;
}

// Amounts of "billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G,node=1"; -1: not in it.
struct Tres {
  double cpus = -1, memory_mib = -1, nodes = -1, gpus = -1;
  std::string gpu_model;  // of all of them; "": of several models, or not in it
  std::string share;      // a resource that is a part of a GPU
};

Tres tres_of(const std::string& text, const std::string& where) {
  Tres tres;
  double typed_gpus = -1;
  int types = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    at = end + 1;
    const size_t equals = item.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = item.substr(0, equals), amount = item.substr(equals + 1);
    const auto count = [&] {
      return quantity_field(amount, QuantityUnit::kCount, 0, kMaxCount, where + ", " + name);
    };
    if (name == "cpu") tres.cpus = count();
    if (name == "node") tres.nodes = count();
    if (name == "mem")
      tres.memory_mib =
          quantity_field(amount, QuantityUnit::kSlurmMib, 0, 1e12, where + ", " + name);
    if (name == "gres/gpu") tres.gpus = count();
    if (name.rfind("gres/gpu:", 0) == 0) {
      typed_gpus = std::max(typed_gpus, 0.0) + count();
      tres.gpu_model = ++types == 1 ? name.substr(9) : "";
    }
    if (name.rfind("gres/mps", 0) == 0 || name.rfind("gres/shard", 0) == 0) tres.share = name;
  }
  // The total is told beside the types on most clusters, and never smaller.
  tres.gpus = std::max(tres.gpus, typed_gpus);
  return tres;
}

// GPUs of "gpu:a100:2" or "gpu:2(S:0-1),other:1", as older versions write GRES; -1: none.
double gres_gpus(const std::string& text) {
  double gpus = -1;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    std::string item = text.substr(at, end - at);
    at = end + 1;
    if (item.rfind("gres:", 0) == 0 || item.rfind("gres/", 0) == 0) item = item.substr(5);
    if (item != "gpu" && item.rfind("gpu:", 0) != 0) continue;
    item = item.substr(0, item.find('('));
    const std::string last = item.substr(item.rfind(':') + 1);
    double count = 0;
    if (!parse_number(last, &count) || item == "gpu") count = 1;  // a type alone is one
    if (!(count >= 0 && count <= kMaxCount)) continue;
    gpus = std::max(gpus, 0.0) + count;
  }
  return gpus;
}

class Importer {
 public:
  Importer(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs)
      : table_(file), options_(options), jobs_(jobs) {}

  void read() {
    if (!table_.has({"submit", "eligible"}) || !table_.has({"elapsedraw", "elapsed", "end"}))
      throw InputError(table_.where(), "names no field Submit, or none of ElapsedRaw, Elapsed, End",
                       "Write the file with sacct -P and these fields");
    while (table_.next()) {
      ++jobs_->read;
      take();
    }
  }

 private:
  void leave(const std::string& why) const {
    const std::string id = table_.whole() ? table_.value({"jobid", "jobidraw"}) : "";
    count_one(&jobs_->left_out, why, table_.where() + (id.empty() ? "" : ", job " + in_quotes(id)));
  }
  void note(const std::string& what) const {
    count_one(&jobs_->notes, what,
              table_.where() + ", job " + in_quotes(table_.value({"jobid", "jobidraw"})));
  }

  void take() {
    if (!table_.whole())
      return leave(
          "rows of more or fewer fields than the header (a separator or a line end in a "
          "name?)");
    ImportedJob job;
    job.line = table_.line();
    job.id = table_.value({"jobid", "jobidraw"});
    if (job.id.empty()) return leave("without a JobID");
    if (job.id.find('.') != std::string::npos) return leave("steps of a job");
    const std::string word = table_.value({"state"});
    const State state = word.empty() ? State::kEnded : state_of(word);
    if (state == State::kUnknown) return leave("of state " + in_quotes(word));
    if (state == State::kWaiting) return leave("not started yet (pending)");
    if (state == State::kRunning) return leave("still running");
    job.submit_s = time({"submit", "eligible"});
    if (job.submit_s < 0) return leave("without a submit time");
    job.run_s = run_time();
    if (job.run_s < 0) return leave("without a run time");
    if (job.run_s == 0 && word.rfind("COMPLETED", 0) != 0)
      return leave("that never ran (" + word.substr(0, word.find(' ')) + " with a run time of 0)");
    if (job.run_s == 0) {
      job.run_s = 1;
      note("ran for less than a second: taken as 1 s");
    }
    if (!word.empty() && word.rfind("COMPLETED", 0) != 0)
      note(
          "did not end well (failed, cancelled, out of time or memory, ...): taken with the time "
          "that they ran");
    set_sizes(&job);
    job.estimate_s = time_limit();
    job.tenant = table_.value({"account", "partition", "user"});
    std::string name;
    const std::string priority = table_.value({"priority"}, &name);
    if (!priority.empty())
      job.priority = static_cast<int64_t>(number_field(priority, 0, 1e15, table_.where(name)));
    if (job.id.find('+') != std::string::npos)
      note("are parts of heterogeneous jobs, each taken as a job of its own");
    keep_job(jobs_, std::move(job), table_.where());
  }

  // Seconds since 1970; -1 where it is not known.
  int64_t time(std::initializer_list<const char*> names) const {
    std::string name;
    const std::string text = table_.value(names, &name);
    if (text.empty()) return -1;
    double seconds = 0;
    if (parse_timestamp(text, &seconds) || parse_number(text, &seconds)) {
      if (seconds >= 0 && seconds <= kMaxSubmitS) return static_cast<int64_t>(seconds);
    }
    throw InputError(table_.where(name), in_quotes(text) + " is not a time",
                     "Leave SLURM_TIME_FORMAT unset: 2025-06-09T02:54:28");
  }

  // Without the time in which it was suspended, where sacct tells; -1 where it is not known.
  int64_t run_time() const {
    std::string name;
    const std::string text = table_.value({"elapsedraw", "elapsed"}, &name);
    if (!text.empty())
      return static_cast<int64_t>(duration_field(text, 1, 0, kMaxSubmitS, table_.where(name)));
    const int64_t start = time({"start"}), end = time({"end"});
    return start < 0 || end < 0 ? -1 : end - start;
  }

  // 0: none.
  int64_t time_limit() const {
    std::string name;
    const std::string raw = table_.value({"timelimitraw"}, &name);  // min
    const double bare_s = 60;
    const std::string text = raw.empty() ? table_.value({"timelimit"}, &name) : raw;
    if (text.empty() || text == "UNLIMITED" || text == "Partition_Limit") return 0;
    return static_cast<int64_t>(duration_field(text, bare_s, 0, kMaxSubmitS, table_.where(name)));
  }

  Tres tres(std::initializer_list<const char*> names) const {
    std::string name;
    const std::string text = table_.value(names, &name);
    return text.empty() ? Tres{} : tres_of(text, table_.where(name));
  }

  double count(std::initializer_list<const char*> names) const {
    std::string name;
    const std::string text = table_.value(names, &name);
    if (text.empty()) return -1;
    return quantity_field(text, QuantityUnit::kCount, 0, kMaxCount, table_.where(name));
  }

  static double first_known(std::initializer_list<double> values) {
    for (const double value : values)
      if (value >= 0) return value;
    return -1;
  }

  void set_sizes(ImportedJob* job) {
    const Tres got = tres({"alloctres", "tres"}), asked = tres({"reqtres"});
    const double cpus =
        first_known({got.cpus, count({"alloccpus", "ncpus"}), asked.cpus, count({"reqcpus"})});
    double nodes =
        first_known({got.nodes, count({"allocnodes", "nnodes"}), asked.nodes, count({"reqnodes"})});
    if (nodes < 1) nodes = 1;
    double gpus = first_known({got.gpus, asked.gpus});
    const double old_gpus = gres_gpus(table_.value({"allocgres", "reqgres"}));
    if (gpus < 0 && old_gpus >= 0) gpus = old_gpus * nodes;
    if (cpus <= 0 && gpus <= 0) note("without a number of processors: 0 taken");
    const double memory = memory_of(cpus, nodes, got, asked);
    const std::string share = got.share.empty() ? asked.share : got.share;
    if (!share.empty())
      note("ask for " + in_quotes(share) + ", a share of a GPU, which is not taken");
    const auto whole = [](double value) {
      return static_cast<int64_t>(std::ceil(std::max(value, 0.0)));
    };
    job->cpu_milli = 1000 * whole(cpus);
    job->memory_mib = whole(memory);
    job->gpus = whole(gpus);
    if (job->gpus > 0) job->gpu_model = asked.gpu_model;  // what it got may be chance
    spread_over_pods(job, whole(nodes), table_.where(), jobs_);
  }

  // MiB of the whole job.
  double memory_of(double cpus, double nodes, const Tres& got, const Tres& asked) const {
    double total = first_known({got.memory_mib, asked.memory_mib});
    std::string name, text = table_.value({"reqmem"}, &name);
    if (total < 0 && !text.empty() && text != "?") {
      // Before Slurm 21.08: 4Gn is of a node, 4Gc of a processor.
      const char per = text.back();
      if (per == 'n' || per == 'c') text.pop_back();
      total = quantity_field(text, QuantityUnit::kSlurmMib, 0, 1e12, table_.where(name));
      if (per == 'n') total *= nodes;
      if (per == 'c') total *= std::max(cpus, 0.0);
    }
    if (total > 0) return total;  // 0 asks for all of a node, whose size nobody knows
    if (options_.memory_per_cpu_mib > 0)
      return static_cast<double>(options_.memory_per_cpu_mib) * std::max(cpus, 0.0);
    note("without an amount of memory: 0 taken (--memory-per-cpu gives one)");
    return 0;
  }

  SacctTable table_;
  const ImportOptions& options_;
  ImportedJobs* jobs_;
};

}  // namespace

void import_sacct(const TraceFile& file, const ImportOptions& options, ImportedJobs* jobs) {
  jobs->type = JobType::kBatch;
  Importer(file, options, jobs).read();
}

}  // namespace cusched
