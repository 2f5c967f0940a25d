// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/standard_output.h"
#include "cuda/error.h"
#include "cuda/write_file.h"
#include "envs/importers/import.h"
#include "envs/readers/text_input.h"
#include "envs/readers/units.h"

namespace cusched {
namespace {

struct Kind {
  const char* name;
  TraceFormat format;
};
constexpr std::array<Kind, 6> kKinds = {{{"kubectl", TraceFormat::kKubernetes},
                                         {"sacct", TraceFormat::kSacct},
                                         {"philly", TraceFormat::kPhilly},
                                         {"helios", TraceFormat::kHelios},
                                         {"openb", TraceFormat::kOpenbPods},
                                         {"swf", TraceFormat::kSwf}}};

const Kind* find_kind(const std::string& name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const Kind& kind) { return name == kind.name; });
  return found == kKinds.end() ? nullptr : &*found;
}
const char* name_of(TraceFormat format) {
  for (const Kind& kind : kKinds)
    if (kind.format == format) return kind.name;
  return "";
}

bool ends_with(const std::string& text, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return text.ends_with(ending); });
}

nlohmann::json tallies_json(const std::vector<Tally>& tallies, const char* what) {
  nlohmann::json list = nlohmann::json::array();
  for (const Tally& tally : tallies) {
    nlohmann::json entry = {{what, tally.what}};
    if (tally.count > 0) {
      entry["count"] = tally.count;
      entry["first"] = tally.first;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

class ImportCommand : public Command {
 public:
  ImportCommand() : Command("import", "jobs of Kubernetes, Slurm or a public trace as CSV") {
    OptionTable& t = options();
    t.add("kind", &kind_,
          "kubectl, sacct, philly, helios, openb or swf; may be left out where the file tells")
        .positional();
    t.add("files", &files_, "files to read; - is standard input").positional().input();
    t.add("out", &out_, "jobs.csv, or jobs.sqlite; default and -: CSV to stdout")
        .output()
        .unsaved();
    add_json_option(t, &json_, "counts, and what was left out and why,");
    t.start_group("What the files do not say");
    t.add("cpu-per-gpu", &cpu_per_gpu_, "processors of a GPU's job: philly")
        .unit("cores or a quantity such as 500m");
    t.add("memory-per-gpu", &memory_per_gpu_, "memory of a GPU's job: philly, helios")
        .unit("MiB or a quantity such as 64Gi");
    t.add("memory-per-cpu", &memory_per_cpu_,
          "memory of a processor: helios (jobs without GPUs; 4Gi), sacct (jobs without ReqMem; 0), "
          "swf (0)")
        .unit("MiB or a quantity such as 4Gi")
        .optional();
    t.add("gpus-per-node", &import_.gpus_per_node,
          "jobs with more GPUs are gangs: philly, helios (without node_num)")
        .min(1)
        .max(1024);
    t.add("gpu-shares", &gpu_shares_, "pods that ask for a part of a GPU: openb")
        .choices({"leave-out", "round-up"});
  }

  std::string notes() const override {
    return "Examples: kubectl get jobs,workloads,pods -A -o json > jobs.json\n"
           "          cusched import kubectl jobs.json --out jobs.csv\n"
           "          cusched import sacct sacct.txt --out jobs.sqlite --json left_out.json";
  }

  void validate() override {
    if (!kind_.empty() && find_kind(kind_) == nullptr) {
      if (kind_.find_first_of("./-") == std::string::npos && !std::filesystem::exists(kind_))
        throw InputError("--kind", "'" + kind_ + "' is neither a kind nor a file",
                         "Kinds are kubectl, sacct, philly, helios, openb and swf");
      files_.insert(files_.begin(), kind_);
      kind_.clear();
    }
    if (files_.empty())
      throw InputError("--files", "no file is given",
                       "Say what to read, e.g. cusched import kubectl jobs.json --out jobs.csv");
    if (ends_with(out_, {".gz", ".xz", ".bz2", ".zst", ".json", ".swf", ".yaml", ".parquet"}))
      throw InputError("--out", "'" + out_ + "' is neither a CSV nor a database",
                       "Name it .csv or .sqlite");
    if (json_ == "-" && to_stdout())
      throw InputError("--json", "and the jobs would both go to stdout",
                       "Give --out FILE, or --json FILE");
    import_.cpu_per_gpu_milli = amount("cpu-per-gpu", cpu_per_gpu_, QuantityUnit::kCores, 1e6);
    import_.memory_per_gpu_mib = amount("memory-per-gpu", memory_per_gpu_, QuantityUnit::kMib, 1e9);
    if (!memory_per_cpu_.empty())
      import_.memory_per_cpu_mib =
          amount("memory-per-cpu", memory_per_cpu_, QuantityUnit::kMib, 1e9);
    import_.round_up_shares = gpu_shares_ == "round-up";
  }

  int run() override {
    const std::vector<TraceFile> files = open_files();
    const TraceFormat format = files.front().format;
    refuse_without_effect(format);
    const ImportedJobs jobs = import_files(files, import_);
    if (to_stdout()) {
      print(imported_csv(jobs));
    } else {
      const bool database = ends_with(out_, {".sqlite", ".sqlite3", ".db"});
      write_file(out_, database ? imported_sqlite(jobs) : imported_csv(jobs));
    }
    for (const std::string& note : import_notes(jobs)) say_note(note);
    std::fprintf(to_stdout() ? stderr : people(json_), "%zu jobs of %lld %s%s%s\n",
                 jobs.jobs.size(), static_cast<long long>(jobs.read),
                 format == TraceFormat::kKubernetes ? "objects" : "rows", to_stdout() ? "" : ": ",
                 to_stdout() ? "" : out_.c_str());
    emit_json(json_, {{"kind", name_of(format)},
                      {"files", files_},
                      {"out", to_stdout() ? "-" : out_},
                      {"read", jobs.read},
                      {"jobs", jobs.jobs.size()},
                      {"left_out", tallies_json(jobs.left_out, "reason")},
                      {"notes", tallies_json(jobs.notes, "note")}});
    return kExitOk;
  }

 private:
  bool to_stdout() const { return out_.empty() || out_ == "-"; }

  static int64_t amount(const std::string& option, const std::string& text, QuantityUnit unit,
                        double high) {
    return static_cast<int64_t>(quantity_field(text, unit, 0, high, "--" + option));
  }

  std::vector<TraceFile> open_files() const {
    std::vector<TraceFile> files;
    for (const std::string& name : files_) {
      const std::string path = name == "-" ? "/dev/stdin" : name;
      if (kind_.empty())
        files.push_back(open_trace(path));
      else
        files.push_back({path, find_kind(kind_)->format, read_text(path)});
      if (*name_of(files.back().format) == '\0')
        throw InputError(
            path, std::string("is ") + format_name(files.back().format) + ", which is not imported",
            "Give it with --trace as it is, or give the kind of the file: kubectl, "
            "sacct, philly, helios, openb, swf");
    }
    return files;
  }

  // An option that the format has no use for.
  void refuse_without_effect(TraceFormat format) const {
    struct Use {
      const char* option;
      std::initializer_list<TraceFormat> formats;
    };
    const Use uses[] = {
        {"cpu-per-gpu", {TraceFormat::kPhilly}},
        {"memory-per-gpu", {TraceFormat::kPhilly, TraceFormat::kHelios}},
        {"memory-per-cpu", {TraceFormat::kHelios, TraceFormat::kSacct, TraceFormat::kSwf}},
        {"gpus-per-node", {TraceFormat::kPhilly, TraceFormat::kHelios}},
        {"gpu-shares", {TraceFormat::kOpenbPods}}};
    for (const Use& use : uses) {
      if (!options().find(use.option)->was_set()) continue;
      if (std::find(use.formats.begin(), use.formats.end(), format) != use.formats.end()) continue;
      throw InputError(std::string("--") + use.option,
                       std::string("has no effect on a file of kind ") + name_of(format),
                       "Leave it out");
    }
  }

  ImportOptions import_;
  std::string kind_, out_, json_;
  std::vector<std::string> files_;
  std::string cpu_per_gpu_ = "4", memory_per_gpu_ = "32Gi", memory_per_cpu_,
              gpu_shares_ = "leave-out";
};

}  // namespace

std::unique_ptr<Command> make_import_command() { return std::make_unique<ImportCommand>(); }

}  // namespace cusched
