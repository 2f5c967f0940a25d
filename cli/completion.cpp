// SPDX-License-Identifier: MIT
#include "cli/completion.h"

#include <algorithm>

#include "agents/algorithm.h"
#include "cli/command.h"
#include "cli/help_text.h"
#include "envs/registry.h"

namespace cusched {
namespace {

void add_words(std::vector<std::string>* words, const std::vector<std::string>& more) {
  for (const std::string& word : more)
    if (std::find(words->begin(), words->end(), word) == words->end()) words->push_back(word);
}

// Words of options whose values are open or come from the registry, by the option's name.
std::vector<std::string> known_words(const std::string& option, const EnvEntry& entry) {
  std::vector<std::string> words;
  if (option == "device") words = {"auto", "cpu", "cuda"};
  if (option == "metrics" || option == "select-metric") words = entry.metrics;
  if (option == "env")
    for (const EnvEntry* each : all_environments()) words.push_back(each->name);
  if (option == "baselines") {
    words = {"all", "none"};
    add_words(&words, entry.heuristics);
  }
  return words;
}

CompletedOption completed(const Option& option, const EnvEntry& entry_of,
                          const std::string& algorithm) {
  CompletedOption entry;
  entry.name = option.name();
  entry.heading = option.group_text();
  entry.form = option_form(option);
  entry.help = option.help();
  entry.measured = measured_help(option);
  const std::string with = entry_of.name + " " + algorithm;
  entry.defaults = {{with, told_default(option)}};
  entry.preferred = {{with, preferred_text(option)}};
  const std::string type = option.type_text();
  entry.type = option.choices().empty() ? type.substr(0, type.find(',')) : "WORD";
  entry.words = option.suggestions();
  entry.is_switch = option.is_flag();
  entry.on_by_default = option.is_flag() && option.default_text() == "true";
  entry.may_stand_alone = !option.implicit_text().empty();
  entry.takes_list = option.takes_list();
  entry.is_positional = option.is_positional();
  entry.takes_folder = entry.type == "DIR";
  entry.takes_files = option.is_input() || option.is_output();
  if (entry.type == "BOOL") entry.words = {"true", "false"};
  if (entry.words.empty()) entry.words = known_words(entry.name, entry_of);
  return entry;
}

// One text where it is the same with every environment and algorithm, else each with those it is
// of, e.g. "preset default: 256 with admission ppo, admission a2c".
std::string by_text(const std::vector<std::pair<std::string, std::string>>& given) {
  std::vector<std::pair<std::string, std::string>> texts;  // and with what
  for (const auto& [with, text] : given) {
    const auto same = std::find_if(texts.begin(), texts.end(),
                                   [&](const auto& other) { return other.first == text; });
    if (same == texts.end()) {
      texts.emplace_back(text, with);
    } else {
      same->second += ", " + with;
    }
  }
  if (texts.size() == 1) return texts[0].first;
  std::string all;
  for (const auto& [text, with] : texts)
    if (!text.empty()) all += (all.empty() ? "" : "; ") + text + " with " + with;
  return all;
}

void add(const Command& command, const EnvEntry& of, const std::string& algorithm,
         CompletedCommand* into) {
  for (const Option& option : command.options().options()) {
    CompletedOption entry = completed(option, of, algorithm);
    const auto same =
        std::find_if(into->options.begin(), into->options.end(), [&](const CompletedOption& other) {
          return other.name == entry.name && other.heading == entry.heading;
        });
    if (same == into->options.end()) {
      into->options.push_back(std::move(entry));
    } else {
      add_words(&same->words, entry.words);
      same->defaults.push_back(entry.defaults[0]);
      same->preferred.push_back(entry.preferred[0]);
    }
  }
}

}  // namespace

std::vector<CompletedCommand> completion_table() {
  std::vector<CompletedCommand> table;
  for (const auto& command : all_commands())
    table.push_back({command->name(), command->summary(), "", {}});
  for (const EnvEntry* entry : all_environments()) {
    for (const auto& algorithm : all_algorithms()) {
      const auto commands = all_commands();
      for (size_t i = 0; i < commands.size(); ++i) {
        commands[i]->prepare({commands[i]->name().substr(0, commands[i]->name().find(' ')), "--env",
                              entry->name, "--algo", algorithm->name()});
        commands[i]->before_settings({});
        add(*commands[i], *entry, algorithm->name(), &table[i]);
        table[i].notes = commands[i]->notes();
      }
    }
  }
  for (CompletedCommand& command : table)
    for (CompletedOption& option : command.options)
      option.meaning =
          with_default(option.measured, by_text(option.defaults), by_text(option.preferred));
  return table;
}

std::vector<CompletedOption> options_by_name(const CompletedCommand& command) {
  std::vector<CompletedOption> options;
  for (const CompletedOption& option : command.options) {
    const auto same =
        std::find_if(options.begin(), options.end(),
                     [&](const CompletedOption& other) { return other.name == option.name; });
    if (same == options.end()) {
      options.push_back(option);
      continue;
    }
    add_words(&same->words, option.words);
    same->takes_files = same->takes_files || option.takes_files;
    same->takes_list = same->takes_list || option.takes_list;
  }
  return options;
}

}  // namespace cusched
