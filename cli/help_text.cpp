// SPDX-License-Identifier: MIT
#include "cli/help_text.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <utility>

namespace cusched {
namespace {

constexpr int kIndent = 2;
constexpr int kMeaningColumn = 32;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// A form too long for a line: broken behind '|' or ','.
std::vector<std::string> form_lines(const std::string& form, int columns) {
  std::vector<std::string> lines(1);
  for (size_t begin = 0; begin < form.size();) {
    const size_t cut = form.find_first_of("|, ", begin);
    const size_t end = cut == std::string::npos ? form.size() : cut + 1;
    const std::string piece = form.substr(begin, end - begin);
    if (!lines.back().empty() && lines.back().size() + piece.size() > static_cast<size_t>(columns))
      lines.emplace_back(4, ' ');
    lines.back() += piece;
    begin = end;
  }
  return lines;
}

// Headings in the order of their first option, with the options below each.
std::vector<std::pair<std::string, std::vector<const Option*>>> groups_of(const Command& command) {
  std::vector<std::pair<std::string, std::vector<const Option*>>> groups;
  for (const Option& option : command.options().options()) {
    auto at = std::find_if(groups.begin(), groups.end(),
                           [&](const auto& group) { return group.first == option.group_text(); });
    if (at == groups.end()) at = groups.insert(groups.end(), {option.group_text(), {}});
    at->second.push_back(&option);
  }
  return groups;
}

// What the types that appear accept beside plain numbers.
std::string types_text(const Command& command) {
  std::set<std::string> seen;
  for (const Option& option : command.options().options()) {
    const std::string type = option.type_text();
    seen.insert(type.substr(0, type.find(',')));
  }
  std::string text;
  if (seen.count("INT") || seen.count("REAL")) text += "INT and REAL may be written 20k, 5M, 1e6. ";
  if (seen.count("TIME")) text += "TIME is in seconds, or 90s, 1h30m, 01:30:00, 7d. ";
  if (seen.count("SIZE")) text += "SIZE is in MiB, or 512Mi, 4Gi. ";
  if (seen.count("BOOL")) text += "BOOL is true or false. ";
  if (!text.empty()) text += "X,... is a list.";
  return text;
}

std::string paragraph(const std::string& text) {
  std::string lines;
  for (const std::string& line : wrapped_lines(text, kHelpColumns)) lines += line + "\n";
  return lines;
}

}  // namespace

std::vector<std::string> wrapped_lines(const std::string& text, int columns) {
  std::vector<std::string> lines;
  std::istringstream paragraphs(text);
  for (std::string each; std::getline(paragraphs, each);) {
    const size_t first = each.find_first_not_of(' ');
    lines.push_back(std::string(first == std::string::npos ? 0 : first, ' '));
    std::istringstream words(each);
    bool begun = false;
    const auto place = [&](const std::string& word, bool on_a_line_of_its_own) {
      const bool fits = lines.back().size() + 1 + word.size() <= static_cast<size_t>(columns);
      if (begun && (on_a_line_of_its_own || !fits)) {
        lines.push_back(word);
      } else {
        lines.back() += (begun ? " " : "") + word;
      }
      begun = true;
    };
    for (std::string word; words >> word;) {
      bool broken = false;  // a list that is longer than a line goes on behind a comma
      while (word.size() > static_cast<size_t>(columns)) {
        const size_t comma = word.rfind(',', static_cast<size_t>(columns) - 1);
        if (comma == std::string::npos) break;
        place(word.substr(0, comma + 1), broken);
        word.erase(0, comma + 1);
        broken = true;
      }
      place(word, broken);
    }
  }
  return lines;
}

std::string help_entry(const std::string& form, const std::string& meaning) {
  std::string text;
  const std::vector<std::string> left = form_lines(form, kHelpColumns - kIndent);
  for (const std::string& line : left)
    text += (text.empty() ? "" : "\n") + std::string(kIndent, ' ') + line;
  const size_t used = left.back().size() + kIndent;
  bool beside = left.size() == 1 && used + 2 <= kMeaningColumn;
  for (const std::string& line : wrapped_lines(meaning, kHelpColumns - kMeaningColumn)) {
    text +=
        beside ? std::string(kMeaningColumn - used, ' ') : "\n" + std::string(kMeaningColumn, ' ');
    text += line;
    beside = false;
  }
  return text + "\n";
}

std::string option_form(const Option& option) {
  if (option.is_positional()) {
    const std::string type = option.choices().empty() ? upper(option.name()) : option.type_text();
    return "[" + type + (option.takes_list() && option.choices().empty() ? "..." : "") + "]";
  }
  const std::string flag = "--" + option.name();
  if (option.is_flag())
    return option.default_text() == "true" ? flag + ", --no-" + option.name() : flag;
  const std::string type = option.type_text();
  return flag + (option.implicit_text().empty() ? " " + type : " [" + type + "]");
}

std::string told_default(const Option& option) {
  const bool off = option.is_flag() && option.default_text() == "false";
  return off || option.default_text().empty() ? "" : "default: " + option.default_text();
}

std::string preferred_text(const Option& option) {
  if (option.shown_by().empty() || option.shown() == option.default_text()) return "";
  return option.shown_by() + ": " + option.shown();
}

std::string measured_help(const Option& option) {
  return option.help() + (option.unit_text().empty() ? "" : " [" + option.unit_text() + "]");
}

std::string with_default(const std::string& help, const std::string& default_text,
                         const std::string& preferred) {
  std::string counts = default_text;
  if (!preferred.empty()) counts += (counts.empty() ? "" : "; ") + preferred;
  return counts.empty() ? help : help + " (" + counts + ")";
}

std::string option_meaning(const Option& option) {
  return with_default(measured_help(option), told_default(option), preferred_text(option));
}

std::string command_help(const Command& command) {
  std::string usage = "Usage: cusched " + command.name() + " [OPTIONS]";
  for (const Option& option : command.options().options())
    if (option.is_positional()) usage += " [" + upper(option.name()) + "]";
  std::string text = paragraph(command.summary()) + "\n" + paragraph(usage);
  for (const auto& [heading, options] : groups_of(command)) {
    text += "\n" + paragraph(heading + ":");
    for (const Option* option : options)
      text += help_entry(option_form(*option), option_meaning(*option));
  }
  text += "\n" + help_entry("-h, --help", "this text");
  if (const std::string types = types_text(command); !types.empty())
    text += "\n" + paragraph(types);
  if (!command.notes().empty()) text += "\n" + paragraph(command.notes());
  return text;
}

std::string commands_help(const std::vector<std::unique_ptr<Command>>& commands,
                          const std::string& group) {
  std::string text =
      group.empty() ? "cusched: train, compare and export cluster-scheduling policies\n\n" : "";
  text +=
      "Usage: cusched " + (group.empty() ? "" : group + " ") + "COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : commands) {
    const bool inside = command->name().rfind(group + " ", 0) == 0;
    if (group.empty() || inside) text += help_entry(command->name(), command->summary());
  }
  text += "\n" + help_entry("-h, --help", "this text; of a command: 'cusched help COMMAND'");
  if (group.empty()) text += help_entry("--version", "what the binary was built from");
  return text;
}

}  // namespace cusched
