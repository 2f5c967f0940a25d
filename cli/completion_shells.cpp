// SPDX-License-Identifier: MIT
#include <map>

#include "cli/completion.h"
#include "cli/words.h"

namespace cusched {
namespace {

constexpr const char* kMade = "made by 'cusched completion";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// "train", "bench", ...: the words that may follow `cusched`, with their summaries.
std::vector<std::pair<std::string, std::string>> first_words(
    const std::vector<CompletedCommand>& commands) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const CompletedCommand& command : commands) {
    const size_t blank = command.name.find(' ');
    const std::string word = command.name.substr(0, blank);
    if (!words.empty() && words.back().first == word) continue;
    words.emplace_back(word, blank == std::string::npos ? command.summary : "measure speed");
  }
  return words;
}

// The second words of each group: {"bench": {"env", "train"}}.
std::map<std::string, std::vector<std::string>> groups_of(
    const std::vector<CompletedCommand>& commands) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const CompletedCommand& command : commands)
    if (const size_t blank = command.name.find(' '); blank != std::string::npos)
      groups[command.name.substr(0, blank)].push_back(command.name.substr(blank + 1));
  return groups;
}

// What bash's function is told of an option's value: its kind, then words.
std::string bash_value(const CompletedOption& option) {
  if (option.is_switch) return "switch";
  std::string kind = option.takes_list ? "list" : option.may_stand_alone ? "perhaps" : "one";
  if (option.takes_folder) kind += " :dir";
  if (option.takes_files) kind += " :file";
  return option.words.empty() ? kind : kind + " " + join_words(option.words, " ");
}

constexpr const char* kBashFunction = R"bash(
# Offers the words that begin with $1, file names for :file, folders for :dir.
_cusched_offer() {
  local begin=$1 before='' word
  shift
  [[ $begin == *,* ]] && before=${begin%,*},
  COMPREPLY=()
  for word in "$@"; do
    case $word in
      :file) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$begin"); compopt -o filenames 2>/dev/null ;;
      :dir) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$begin"); compopt -o filenames 2>/dev/null ;;
      *) [[ $word == "${begin##*,}"* ]] && COMPREPLY+=("$before$word") ;;
    esac
  done
}

_cusched() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} option='' value='' index=0 i=1 word
  local -a words
  if ((COMP_CWORD == 1)); then
    _cusched_offer "$current" $(_cusched_commands '') --help --version
    return
  fi
  if [[ -n $(_cusched_commands "$command") ]]; then
    if ((COMP_CWORD == 2)); then
      _cusched_offer "$current" $(_cusched_commands "$command") --help
      return
    fi
    command+=" ${COMP_WORDS[2]}"
    i=2
  fi
  # Which option, or which word without one, the current word belongs to. Bash splits at '='.
  while ((++i < COMP_CWORD)); do
    word=${COMP_WORDS[i]}
    if [[ $word == --* ]]; then
      option=$word
      value=$(_cusched_value "$command" "$option")
      [[ $value == switch* ]] && option=''
    elif [[ $word == '=' ]]; then
      :
    elif [[ -n $option ]]; then
      [[ $value == list* ]] || option=''
    else
      index=$((index + 1))
    fi
  done
  [[ $current == '=' ]] && current=''
  if [[ $current == -* || ( -z $current && $value == perhaps* && -n $option ) ]]; then
    _cusched_offer "$current" $(_cusched_options "$command") --help
  elif [[ -n $option ]]; then
    read -ra words <<<"$value"
    _cusched_offer "$current" "${words[@]:1}"
  else
    read -ra words <<<"$(_cusched_value "$command" "$index")"
    _cusched_offer "$current" "${words[@]:1}"
  fi
}
complete -F _cusched cusched
)bash";

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

// A text inside [] or before : of zsh's _arguments.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + zsh_text(word);
  return text;
}

// ":TYPE:ACTION", what may follow an option.
std::string zsh_value(const CompletedOption& option) {
  std::string action;
  if (option.takes_folder) {
    action = "_files -/";
  } else if (option.takes_files) {
    action = "_files";
  } else if (!option.words.empty()) {
    action = option.takes_list ? "_sequence compadd - " + zsh_words(option.words)
                               : "(" + zsh_words(option.words) + ")";
  }
  return ":" + zsh_text(option.type) + ":" + action;
}

std::string zsh_arguments(const CompletedCommand& command) {
  std::string text = "      _arguments -S \\\n        '(- *)--help[this text]'";
  int index = 0;
  for (const CompletedOption& option : options_by_name(command)) {
    const std::string help = "[" + zsh_text(option.help) + "]";
    std::string spec;
    if (option.is_positional) {
      spec = (option.takes_list ? "*" : std::to_string(++index)) + zsh_value(option);
      if (!option.takes_list) spec.insert(spec.find(':'), ":");  // optional
    } else {
      const std::string repeats = option.takes_list ? "*" : "";
      spec = repeats + "--" + option.name + help;
      if (!option.is_switch) spec += (option.may_stand_alone ? ":" : "") + zsh_value(option);
    }
    text += " \\\n        " + quoted(spec);
    if (option.on_by_default) text += " \\\n        " + quoted("--no-" + option.name + help);
  }
  return text + "\n";
}

// The condition under which fish offers the options of a command.
std::string fish_condition(const std::string& command,
                           const std::map<std::string, std::vector<std::string>>& groups) {
  const size_t blank = command.find(' ');
  if (blank != std::string::npos)
    return "__fish_seen_subcommand_from " + command.substr(0, blank) +
           "; and __fish_seen_subcommand_from " + command.substr(blank + 1);
  std::string text = "__fish_seen_subcommand_from " + command;
  for (const auto& [group, words] : groups)
    for (const std::string& word : words)
      if (word == command) text += "; and not __fish_seen_subcommand_from " + group;
  return text;
}

}  // namespace

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string text = std::string("# bash completion for cusched, ") + kMade + " bash'.\n\n" +
                     "# The words that may follow 'cusched', or a group of commands.\n"
                     "_cusched_commands() {\n  case \"$1\" in\n    '') echo ";
  std::vector<std::string> first;
  for (const auto& [word, summary] : first_words(commands)) first.push_back(word);
  text += join_words(first, " ") + " ;;\n";
  for (const auto& [group, words] : groups_of(commands))
    text += "    " + group + ") echo " + join_words(words, " ") + " ;;\n";
  text += "  esac\n}\n\n# The options of a command.\n_cusched_options() {\n  case \"$1\" in\n";
  for (const CompletedCommand& command : commands) {
    std::string options;
    for (const CompletedOption& option : options_by_name(command)) {
      options += " --" + option.name;
      if (option.on_by_default) options += " --no-" + option.name;
    }
    text += "    " + quoted(command.name) + ") echo" + options + " ;;\n";
  }
  text +=
      "  esac\n}\n\n# What follows an option, or stands at a place without one (0, 1, ...).\n"
      "_cusched_value() {\n  case \"$1 $2\" in\n";
  for (const CompletedCommand& command : commands) {
    int index = 0;
    std::map<std::string, std::vector<std::string>> options_of;  // value -> patterns
    for (const CompletedOption& option : options_by_name(command)) {
      auto& patterns = options_of[bash_value(option)];
      patterns.push_back(quoted(command.name + " --" + option.name));
      if (option.on_by_default) patterns.push_back(quoted(command.name + " --no-" + option.name));
      if (!option.is_positional) continue;
      const std::string place = quoted(command.name) + "\\ ";
      patterns.push_back(option.takes_list ? place + "*" : place + std::to_string(index++));
    }
    // A list at the end takes every place that no other pattern has.
    std::string last;
    for (const auto& [value, patterns] : options_of) {
      const std::string line =
          "    " + join_words(patterns, " | ") + ") echo " + quoted(value) + " ;;\n";
      (patterns.back().ends_with("*") ? last : text) += line;
    }
    text += last;
  }
  return text + "  esac\n}\n" + kBashFunction;
}

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  const auto groups = groups_of(commands);
  std::string text = std::string("#compdef cusched\n# zsh completion for cusched, ") + kMade +
                     " zsh'.\n" +
                     "_cusched() {\n  local -a commands\n  local command=$words[2]\n"
                     "  if (( CURRENT == 2 )); then\n    commands=(\n";
  for (const auto& [word, summary] : first_words(commands))
    text += "      " + quoted(word + ":" + zsh_text(summary)) + "\n";
  text += "    )\n    _describe command commands\n    return\n  fi\n";
  for (const auto& [group, words] : groups) {
    text += "  if [[ $command == " + group + " ]]; then\n    if (( CURRENT == 3 )); then\n" +
            "      compadd " + join_words(words, " ") + "\n      return\n    fi\n" +
            "    command+=\" $words[3]\"\n    shift words\n    (( CURRENT-- ))\n  fi\n";
  }
  text += "  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const CompletedCommand& command : commands)
    text += "    " + quoted(command.name) + ")\n" + zsh_arguments(command) + "      ;;\n";
  return text + "  esac\n}\n_cusched \"$@\"\n";
}

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  const auto groups = groups_of(commands);
  std::string text = std::string("# fish completion for cusched, ") + kMade + " fish'.\n";
  std::vector<std::string> first;
  for (const auto& [word, summary] : first_words(commands)) first.push_back(word);
  const std::string none_yet = "not __fish_seen_subcommand_from " + join_words(first, " ");
  text += "complete -c cusched -f\n";
  for (const auto& [word, summary] : first_words(commands))
    text += "complete -c cusched -n " + quoted(none_yet) + " -a " + word + " -d " +
            quoted(one_line(summary)) + "\n";
  for (const auto& [group, words] : groups)
    text += "complete -c cusched -n " +
            quoted("__fish_seen_subcommand_from " + group +
                   "; and not __fish_seen_subcommand_from " + join_words(words, " ")) +
            " -a " + quoted(join_words(words, " ")) + "\n";
  for (const CompletedCommand& command : commands) {
    const std::string start =
        "complete -c cusched -n " + quoted(fish_condition(command.name, groups));
    for (const CompletedOption& option : options_by_name(command)) {
      const std::string words =
          option.words.empty() ? "" : " -a " + quoted(join_words(option.words, " "));
      const std::string takes = option.is_switch || option.may_stand_alone  ? ""
                                : option.takes_files || option.takes_folder ? " -r -F"
                                                                            : " -x";
      const std::string help = " -d " + quoted(one_line(option.help)) + "\n";
      if (option.is_positional) text += start + (option.takes_files ? " -F" : "") + words + help;
      text += start + " -l " + option.name + takes + words + help;
      if (option.on_by_default) text += start + " -l no-" + option.name + help;
    }
  }
  return text;
}

}  // namespace cusched
