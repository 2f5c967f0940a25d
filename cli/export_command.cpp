// SPDX-License-Identifier: MIT
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "agents/host_pool.h"
#include "cli/command.h"
#include "cli/early_words.h"
#include "cli/heuristic_export.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/run_lock.h"
#include "cli/standard_output.h"
#include "cli/train_setup.h"
#include "cli/trained_settings.h"
#include "cuda/error.h"
#include "envs/json_text.h"
#include "envs/registry.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

class ExportCommand : public Command {
 public:
  ExportCommand()
      : Command("export", "write a policy of a checkpoint, or a heuristic, as TorchScript") {}

  void prepare(const std::vector<std::string>& words) override {
    const EnvEntry& entry = evaluated_environment(words);
    env_ = entry.name;
    OptionTable& t = options();
    t.add("checkpoint", &checkpoint_, "OUT/checkpoint of a training").positional().input();
    t.add("heuristic", &heuristic_,
          "write a policy file that decides as this heuristic, limited to the first K, instead")
        .suggests(entry.heuristics);
    t.add("out", &out_, "file to write; default: policy.pt beside the checkpoint, or HEURISTIC.pt")
        .output();
    t.add("member", &member_, "member of a population, from 0").min(0);
    t.add("describe", &describe_, "print what is known of an exported policy file instead").input();
    add_json_option(t, &json_, "what the policy says about itself (cusched.json)");
    t.start_group("A heuristic sees the observation of");
    t.add("env", &env_, "environment");
    t.add("policy", &policy_, "a policy's training: its settings, which the options below change")
        .input();
    settings_.declare(t, entry);
  }

  std::string notes() const override {
    return "The file is verified against the checkpoint's weights, or the heuristic's decisions,\n"
           "before it gets its name.\n"
           "Examples: cusched export runs/first/checkpoint --out policy.pt\n"
           "          cusched export --heuristic f1 --out f1.pt\n"
           "          cusched export --describe policy.pt";
  }

  void before_settings(const std::vector<Setting>& settings) override {
    settings_.take(settings);
    const std::string file = setting_word(settings, "policy", "");
    if (!file.empty()) like_ = prefer_training(file, &settings_);
  }

  void validate() override {
    if ((checkpoint_.empty() ? 0 : 1) + (describe_.empty() ? 0 : 1) +
            (heuristic_.empty() ? 0 : 1) !=
        1)
      throw InputError("--checkpoint", "there is nothing to export, or two things to do",
                       "Give a checkpoint, --heuristic NAME, or --describe FILE.pt");
    for (const Option& option : options().options()) {
      const std::string& name = option.name();
      const bool of_heuristic =
          name == "env" || name == "policy" || !settings_.name_of(name).empty();
      if (option.was_set() && of_heuristic && heuristic_.empty())
        throw InputError("--" + name, "has no effect without --heuristic",
                         "Leave it out: a checkpoint has its own settings");
      if (option.was_set() && name == "member" && checkpoint_.empty())
        throw InputError("--member", "has no effect without a checkpoint", "Leave it out");
    }
  }

  std::vector<KeptFile> kept_files() const override {
    std::vector<KeptFile> files;
    if (!heuristic_.empty()) {
      for (const EnvOption& option : settings_.entry().options)
        if (option.is_file)  // a policy's training may have named it
          for (const std::string& path : split_list(settings_.text(option.name)))
            if (std::filesystem::exists(path)) files.push_back({"--" + option.name, path});
      if (out_.empty()) files.push_back({"--out", heuristic_file(), true});
    } else if (!checkpoint_.empty() && out_.empty()) {
      files.push_back({"--out", beside(checkpoint_), true});
    }
    return files;
  }

  int run() override {
    if (!describe_.empty()) {
      const PolicySchema schema = read_policy_schema(describe_);
      const auto json = nlohmann::json::parse(schema.json);
      if (json_.empty()) print(json_text(json, 1) + "\n");
      emit_json(json_, json);
      return kExitOk;
    }
    const SignalGuard guard;
    install_torch_pool();
    if (!heuristic_.empty()) return run_heuristic();
    const std::string path = !out_.empty() ? out_ : beside(checkpoint_);
    const std::unique_ptr<RunLock> lock = lock_run(path);
    const Checkpoint checkpoint = read_checkpoint(checkpoint_);
    OptionTable table;
    TrainSetup setup;
    setup.declare(table, find_environment(checkpoint.meta.env),
                  yaml_word(checkpoint.meta.config, "algo"));
    read_setup(setup, table, checkpoint.meta.config, checkpoint_ + ", configuration");
    if (member_ >= setup.members)
      throw InputError("--member",
                       "the checkpoint has members 0 to " + std::to_string(setup.members - 1),
                       "Give one of them");
    const std::unique_ptr<Batch> batch = setup.make_batch(Device{});
    CheckpointMeta now = checkpoint.meta;
    now.shape = batch->shape();
    setup.inputs = now.inputs = batch->inputs();
    check_resumable(checkpoint_, checkpoint.meta, now);
    const std::unique_ptr<Trainer> trainer = setup.make_trainer(*batch, {});
    trainer->load(checkpoint.payload);
    stop_if_interrupted();
    const std::string training =
        training_json(setup, table, member_, checkpoint.meta.steps, checkpoint.meta.seconds);
    const std::string verified =
        export_member(setup, member_, trainer->policy(member_), training, "", path);
    std::fprintf(people(json_), "policy: %s (verified on %s)\n", path.c_str(), verified.c_str());
    if (!json_.empty()) emit_json(json_, nlohmann::json::parse(read_policy_schema(path).json));
    return kExitOk;
  }

 private:
  std::string heuristic_file() const { return !out_.empty() ? out_ : heuristic_ + ".pt"; }

  int run_heuristic() const {
    if (!like_.empty()) say_note(like_);
    const std::string path = heuristic_file();
    const ExportedHeuristic done = export_heuristic(settings_, heuristic_, path);
    for (const std::string& note : done.notes) say_note(note);
    std::fprintf(people(json_), "policy: %s, the heuristic %s: %s (verified: %s)\n", path.c_str(),
                 heuristic_.c_str(), done.rule.c_str(), done.verified.c_str());
    if (!json_.empty()) emit_json(json_, nlohmann::json::parse(read_policy_schema(path).json));
    return kExitOk;
  }

  // A training that runs writes its policy itself: the lock of its folder, where `path` is there.
  static std::unique_ptr<RunLock> lock_run(const std::string& path) {
    const std::filesystem::path file = path;
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    if (file.filename() != "policy.pt" || !std::filesystem::exists(folder / "checkpoint"))
      return nullptr;
    return std::make_unique<RunLock>(folder.string(), "--out", "cusched export");
  }
  static std::string beside(const std::string& checkpoint) {
    const size_t slash = checkpoint.find_last_of('/');
    return (slash == std::string::npos ? "" : checkpoint.substr(0, slash + 1)) + "policy.pt";
  }

  EnvSettings settings_;  // of a heuristic
  std::string checkpoint_, heuristic_, policy_, like_, env_, out_, describe_, json_;
  int member_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_export_command() { return std::make_unique<ExportCommand>(); }

}  // namespace cusched
