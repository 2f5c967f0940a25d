// SPDX-License-Identifier: MIT
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <optional>

#include "cli/help_text.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/standard_output.h"
#include "cuda/error.h"
#include "cuda/utf8.h"
#include "cuda/write_file.h"
#include "envs/option_values.h"

namespace cusched {
namespace {

// What the command line said about one option; converted only after preset and file.
struct RawFlag {
  const Option* option = nullptr;
  std::string text;                // what CLI11 fills; the words are asked of `parsed`
  std::vector<std::string> words;  // the same for a list
  CLI::Option* parsed = nullptr;
};

void declare(Command& command, CLI::App& app, std::deque<RawFlag>& flags) {
  for (const Option& option : command.options().options()) {
    RawFlag& raw = flags.emplace_back();
    raw.option = &option;
    std::string names = (option.is_positional() ? option.name() + "," : "") + "--" + option.name();
    if (option.is_flag()) {
      // A switch that is on by default has an opposite; "--x=false" works for every switch.
      if (option.default_text() == "true") names += ",--no-" + option.name() + "{false}";
      raw.parsed = app.add_flag(names, raw.text);
    } else if (option.takes_list()) {  // several words up to the next option, as a shell's glob
      raw.parsed = app.add_option(names, raw.words)->type_name(option.type_text());
    } else {
      raw.parsed = app.add_option(names, raw.text)->type_name(option.type_text());
      if (!option.implicit_text().empty()) raw.parsed->expected(0, 1);
    }
    raw.parsed->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

// "--quiet False" is "--quiet=False": CLI11 would take the word for one of its own.
void join_switches(const Command& command, std::vector<std::string>* words) {
  std::vector<std::string> joined;
  for (size_t i = 0; i < words->size(); ++i) {
    std::string word = (*words)[i];
    const Option* option =
        word.rfind("--", 0) == 0 ? command.options().find(word.substr(2)) : nullptr;
    const bool is_value = i + 1 < words->size() && (*words)[i + 1].size() > 1 &&
                          parse_switch((*words)[i + 1]).has_value();
    if (option != nullptr && option->is_flag() && is_value) word += "=" + (*words)[++i];
    joined.push_back(word);
  }
  *words = joined;
}

// "--trace=" is a trace without a name, and so is "--trace ''": CLI11 would take the next word for
// the first, and an option with an implicit value (--json) for the second.
void refuse_empty_words(const Command& command, const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].rfind("--", 0) != 0) continue;
    const bool assigns = words[i].find('=') == words[i].size() - 1;
    const std::string name = words[i].substr(2, words[i].size() - 2 - (assigns ? 1 : 0));
    const Option* const option = command.options().find(name);
    if (option != nullptr && (assigns || (i + 1 < words.size() && words[i + 1].empty())))
      refuse_empty({option, {""}, "--" + option->name()});
  }
}

// All that was said of one option as its words: lists grow, a switch may be repeated, and nothing
// else may.
std::vector<std::string> words_of(const Option& option, const std::vector<std::string>& given) {
  std::vector<std::string> words;
  for (const std::string& text : given) {
    const std::optional<bool> on = option.is_flag() ? parse_switch(text) : std::nullopt;
    // What an option without its value holds depends on CLI11's version.
    const bool left_out = text.empty() || text == "true" || text == "{}";
    const std::string word = !option.implicit_text().empty() && left_out ? option.implicit_text()
                             : on.has_value()                            ? (*on ? "true" : "false")
                                                                         : text;
    if (option.is_list() && !word.empty()) {
      for (std::string& each : split_list(word)) words.push_back(std::move(each));
    } else if (option.takes_list() || words.empty()) {
      words.push_back(word);
    } else if (!option.is_flag() || words[0] != word) {
      throw InputError("--" + option.name(), "is given twice: " + words[0] + " and " + word,
                       "Remove one of them");
    }
  }
  return words;
}

std::vector<Setting> settings_of(const std::deque<RawFlag>& flags) {
  std::vector<Setting> settings;
  for (const RawFlag& raw : flags)
    if (raw.parsed->count() > 0)
      settings.push_back(
          {raw.option, words_of(*raw.option, raw.parsed->results()), "--" + raw.option->name()});
  return settings;
}

// For --help: what presets and the like make of the options, with the others of the command line.
void show_what_counts(Command* command, const std::deque<RawFlag>& flags) {
  try {
    command->before_settings(settings_of(flags));
  } catch (const Error&) {  // is told when the command runs
  }
}

// "help train" is "train --help".
void move_help_behind(std::vector<std::string>* words) {
  if (words->empty() || words->front() != "help") return;
  words->erase(words->begin());
  words->emplace_back("--help");
}

// Whether a command line begins with the command's name.
bool is_named(const Command& command, const std::vector<std::string>& words) {
  const size_t blank = command.name().find(' ');
  if (words.empty() || words[0] != command.name().substr(0, blank)) return false;
  return blank == std::string::npos ||
         (words.size() > 1 && words[1] == command.name().substr(blank + 1));
}

// CLI11 says "The following argument was not expected: --sede"; the closest option helps more.
std::string suggestion_for(const Command* command, const std::string& problem) {
  if (command == nullptr) return "'cusched --help' lists the commands";
  std::vector<std::string> names;
  for (const Option& option : command->options().options()) names.push_back("--" + option.name());
  const size_t at = problem.find("--");
  if (at != std::string::npos) {
    const std::string word = problem.substr(at, problem.find_first_of(" =", at) - at);
    const std::string closest = closest_word(word, names);
    if (!closest.empty() && closest != word) return "Did you mean " + closest + "?";
  }
  return "'cusched " + command->name() + " --help' lists the options";
}

// Whether --print-config writes the option as NAME: "" where nothing is set.
bool is_written_empty(const Option& option) {
  return option.is_saved() && !option.is_optional() && !option.is_list() &&
         option.default_text().empty();
}

}  // namespace

void Command::prepare(const std::vector<std::string>&) {}
std::string Command::implied_config(const std::vector<Setting>&) const { return ""; }
std::vector<KeptFile> Command::kept_files() const { return {}; }
void Command::before_settings(const std::vector<Setting>&) {}

void Command::add_config_options() {
  options_.start_group("Configuration");
  options_.add("config", &config_path_, "YAML file with option names as keys; flags win over it")
      .input()
      .unsaved();
  options_.add("print-config", &print_config_, "print the resulting configuration and stop")
      .unsaved();
}

std::string setting_word(const std::vector<Setting>& settings, const std::string& name,
                         const std::string& otherwise) {
  std::string word = otherwise;
  for (const Setting& setting : settings)
    if (setting.option->name() == name && !setting.words.empty()) word = setting.words.back();
  return word;
}

std::string raw_flag(const std::vector<std::string>& words, const std::string& name,
                     const std::string& otherwise) {
  std::string value = otherwise;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--" + name && i + 1 < words.size()) value = words[i + 1];
    if (words[i].rfind("--" + name + "=", 0) == 0) value = words[i].substr(name.size() + 3);
  }
  return value;
}

std::string first_flag(const std::vector<std::string>& words, const std::string& name) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--" + name && i + 1 < words.size()) return words[i + 1];
    if (words[i].rfind("--" + name + "=", 0) == 0) return words[i].substr(name.size() + 3);
  }
  return "";
}

int run_command(Command& command, const std::vector<Setting>& flags) {
  for (const Setting& setting : flags) refuse_empty(setting);
  std::vector<Setting> settings;
  const std::string named = setting_word(flags, "config", "");
  const std::string config = named.empty() ? command.implied_config(flags) : named;
  if (!config.empty()) settings = read_yaml(command.options(), config);
  if (!named.empty())  // what a run wrote of itself stays as it is
    for (const Setting& setting : settings)
      if (!is_written_empty(*setting.option)) refuse_empty(setting);
  for (const Setting& setting : settings)
    if (setting.option->name() == "config")
      throw InputError(setting.where, "a configuration cannot name another",
                       "Put them in one file");
  settings.insert(settings.end(), flags.begin(), flags.end());
  command.before_settings(settings);
  for (const Setting& setting : settings) setting.option->set(setting.words, setting.where);
  command.validate();
  if (command.print_config_) {
    print(command.options().to_yaml());
    return kExitOk;
  }
  refuse_shared_files(command.options(), command.kept_files());
  for (const Option& option : command.options().options())
    if (const std::string path = option.words().empty() ? "" : option.words()[0];
        option.is_output() && !path.empty() && path != "-")
      check_writable(path);
  return command.run();
}

namespace {

template <class Say>
int parse_and_run(const std::vector<std::unique_ptr<Command>>& commands,
                  std::vector<std::string> words, const Say& say) {
  CLI::App app("cusched: train, compare and export cluster-scheduling policies", "cusched");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  std::map<std::string, CLI::App*> groups;
  std::map<const CLI::App*, Command*> command_of;
  std::map<Command*, std::deque<RawFlag>> flags;
  for (const auto& command : commands) {
    const size_t blank = command->name().find(' ');
    CLI::App* parent = &app;
    std::string name = command->name();
    if (blank != std::string::npos) {
      CLI::App*& group = groups[name.substr(0, blank)];
      if (group == nullptr) {
        group = app.add_subcommand(name.substr(0, blank), "measure speed: env, train");
        group->require_subcommand(1);
      }
      parent = group;
      name = name.substr(blank + 1);
    }
    CLI::App* sub = parent->add_subcommand(name, command->summary());
    if (!words.empty() && words[0] == command->name().substr(0, blank)) command->prepare(words);
    declare(*command, *sub, flags[command.get()]);
    command_of[sub] = command.get();
    if (!is_named(*command, words)) continue;
    refuse_empty_words(*command, words);
    join_switches(*command, &words);
  }
  const auto chosen = [&]() -> Command* {
    CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return command_of.count(at) ? command_of[at] : nullptr;
  };
  // What to do about a first word that is no command; "" where it is one, or resembles none.
  const auto closest_command = [&]() -> std::string {
    if (words.empty()) return "";
    std::vector<std::string> names;
    for (const auto& c : commands) names.push_back(c->name().substr(0, c->name().find(' ')));
    const std::string closest = closest_word(words[0], names);
    return closest.empty() || closest == words[0] ? "" : "Did you mean 'cusched " + closest + "'?";
  };
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    const bool of_group = chosen() == nullptr && !app.get_subcommands().empty();
    if (chosen() == nullptr && !of_group && words[0][0] != '-') {
      const std::string closest = closest_command();
      say("there is no command '" + words[0] + "'. " +
          (closest.empty() ? suggestion_for(nullptr, "") : closest));
      return kExitBadInput;
    }
    if (chosen() != nullptr) show_what_counts(chosen(), flags[chosen()]);
    print(chosen() != nullptr
              ? command_help(*chosen())
              : commands_help(commands, of_group ? app.get_subcommands()[0]->get_name() : ""));
    return kExitOk;
  } catch (const CLI::Success& success) {  // --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::string problem = error.what();
    while (!problem.empty() && problem.back() == '\n') problem.pop_back();
    const std::string closest = chosen() == nullptr ? closest_command() : "";
    if (!closest.empty()) {
      say("there is no command '" + words[0] + "'. " + closest);
      return kExitBadInput;
    }
    say(problem + ". " + suggestion_for(chosen(), problem));
    return kExitBadInput;
  }
  return run_command(*chosen(), settings_of(flags[chosen()]));
}

template <class Say>
int guarded(const std::vector<std::unique_ptr<Command>>& commands,
            const std::vector<std::string>& words, const Say& say) {
  try {
    return parse_and_run(commands, words, say);
  } catch (const InputError& error) {
    say(error.what());
    return kExitBadInput;
  } catch (const Interrupted&) {
    say("interrupted");
    return kExitInterrupted;
  } catch (const std::bad_alloc&) {
    say("out of memory. Use fewer environments (--envs), members or rollout steps");
    return kExitFailure;
  } catch (const std::exception& error) {
    say(error.what());
    return kExitFailure;
  } catch (...) {
    say("failed for an unknown reason");
    return kExitFailure;
  }
}

}  // namespace

int run_command_line(const std::vector<std::unique_ptr<Command>>& commands, int argc,
                     const char* const* argv) {
  // "--learning_rate" is "--learning-rate".
  std::vector<std::string> words(argv + 1, argv + argc);
  move_help_behind(&words);
  for (std::string& word : words)
    if (word.rfind("--", 0) == 0)
      std::replace(word.begin(), word.begin() + std::min(word.find('='), word.size()), '_', '-');
  const auto say = [](const std::string& message) {
    std::fprintf(stderr, "cusched: %s\n", visible_text(message).c_str());
  };
  hold_standard_streams();
  const int code = guarded(commands, words, say);
  const std::string lost = lost_output();
  if (lost.empty()) return code;
  say("cannot write to the standard output: " + lost);
  return code == kExitOk ? kExitFailure : code;
}

}  // namespace cusched
