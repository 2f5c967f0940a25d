// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cusched {

// An option as shells and the manual know it.
struct CompletedOption {
  std::string name;                // without "--"
  std::string heading;             // in --help
  std::string form;                // e.g. "--hidden INT,..."
  std::string help;                // without unit and default
  std::string measured;            // with its unit
  std::string meaning;             // with both
  std::string type;                // e.g. "INT", "FILE", "DIR"; of choices "WORD"
  std::vector<std::string> words;  // what is offered
  bool is_switch = false;          // takes no value
  bool on_by_default = false;      // of a switch: --no-NAME exists
  bool may_stand_alone = false;    // its value may be left out
  bool takes_list = false;
  bool is_positional = false;
  bool takes_files = false;
  bool takes_folder = false;
  // told_default() and preferred_text() by environment and algorithm, e.g.
  // {"admission ppo", "preset default: pointer"}.
  std::vector<std::pair<std::string, std::string>> defaults, preferred;
};

// A command with the options it has in any environment and with any algorithm.
struct CompletedCommand {
  std::string name;  // e.g. "train", "bench env"
  std::string summary, notes;
  std::vector<CompletedOption> options;  // one for each name and heading
};

// All commands, from the tables that --help is made of.
std::vector<CompletedCommand> completion_table();

// Scripts for the shells' completion, and a page for man (roff), as files hold them.
std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);
std::string manual_page(const std::vector<CompletedCommand>& commands);

// One entry for each name: what completion offers of an option that several environments have.
std::vector<CompletedOption> options_by_name(const CompletedCommand& command);

}  // namespace cusched
