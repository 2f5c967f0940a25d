// SPDX-License-Identifier: MIT
#include "cli/command.h"

namespace cusched {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_train_command());
  commands.push_back(make_eval_command());
  commands.push_back(make_play_command());
  commands.push_back(make_export_command());
  commands.push_back(make_bench_env_command());
  commands.push_back(make_bench_train_command());
  commands.push_back(make_envs_command());
  commands.push_back(make_explain_command());
  commands.push_back(make_workload_command());
  commands.push_back(make_import_command());
  commands.push_back(make_doctor_command());
  commands.push_back(make_completion_command());
  commands.push_back(make_version_command());
  return commands;
}

}  // namespace cusched
