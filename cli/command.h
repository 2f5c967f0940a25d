// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/shared_files.h"

namespace cusched {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,        // something broke: a bug, the machine, no memory
  kExitBadInput = 2,       // a flag, a file or a value the user can mend
  kExitInterrupted = 130,  // SIGINT or SIGTERM: 128 + 2, as shells expect
};

// One subcommand of `cusched`: its options are members bound in its table.
class Command {
 public:
  Command(std::string name, std::string summary)
      : name_(std::move(name)), summary_(std::move(summary)) {}
  virtual ~Command() = default;
  Command(const Command&) = delete;  // the table points into the object
  Command& operator=(const Command&) = delete;

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  OptionTable& options() { return options_; }
  const OptionTable& options() const { return options_; }

  // Text below the options in --help; may be empty.
  virtual std::string notes() const { return ""; }

  // Called with all words of the command line before the options are declared: for commands whose
  // options depend on the environment.
  virtual void prepare(const std::vector<std::string>& words);

  // A configuration file that the flags imply when --config is not given; "" is none.
  virtual std::string implied_config(const std::vector<Setting>& flags) const;

  // Called before the settings (file first, then flags) are applied: sets the values of a preset.
  virtual void before_settings(const std::vector<Setting>& settings);

  // Checks across options; throws InputError. Called before --print-config and run().
  virtual void validate() {}

  // Files that no output may replace, beside those of options marked input(). Called after
  // validate().
  virtual std::vector<KeptFile> kept_files() const;

  // Returns an ExitCode. Bad input and failures are thrown.
  virtual int run() = 0;

 protected:
  // --config and --print-config, for commands whose runs are worth repeating.
  void add_config_options();

 private:
  friend int run_command(Command& command, const std::vector<Setting>& flags);
  std::string name_, summary_;
  OptionTable options_;
  std::string config_path_;
  bool print_config_ = false;
};

// preset < YAML file < flags, then validate(), then run() or print the configuration.
int run_command(Command& command, const std::vector<Setting>& flags);

// The last word given for an option among the settings, or `otherwise`.
std::string setting_word(const std::vector<Setting>& settings, const std::string& name,
                         const std::string& otherwise);

// The value of `--name VALUE` or `--name=VALUE` among raw words, or `otherwise`.
std::string raw_flag(const std::vector<std::string>& words, const std::string& name,
                     const std::string& otherwise);

// The same where the option may be repeated: the value given first, "" where there is none.
std::string first_flag(const std::vector<std::string>& words, const std::string& name);

// Parses a command line and runs the command in it; prints help, results and messages, and returns
// the exit code. Never throws.
int run_command_line(const std::vector<std::unique_ptr<Command>>& commands, int argc,
                     const char* const* argv);

std::unique_ptr<Command> make_train_command();
std::unique_ptr<Command> make_eval_command();
std::unique_ptr<Command> make_play_command();
std::unique_ptr<Command> make_export_command();
std::unique_ptr<Command> make_bench_env_command();
std::unique_ptr<Command> make_bench_train_command();
std::unique_ptr<Command> make_envs_command();
std::unique_ptr<Command> make_explain_command();
std::unique_ptr<Command> make_workload_command();
std::unique_ptr<Command> make_import_command();
std::unique_ptr<Command> make_doctor_command();
std::unique_ptr<Command> make_completion_command();
std::unique_ptr<Command> make_version_command();

// All of them, in the order of --help. A name of two words is a command below a group.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace cusched
