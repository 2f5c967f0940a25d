// SPDX-License-Identifier: MIT
#include <cctype>
#include <set>
#include <sstream>

#include "build_info.h"
#include "cli/completion.h"

namespace cusched {
namespace {

// A text as roff shows it: hyphens are ASCII's, so that options can be copied, and lines may break
// inside a long list.
std::string roff(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool joins = (c == ',' || c == '|' || c == '+') && i + 1 < text.size();
    if (joins && std::isalnum(static_cast<unsigned char>(text[i + 1]))) {
      out += std::string(1, c) + "\\:";
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return !out.empty() && (out[0] == '.' || out[0] == '\'') ? "\\&" + out : out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : roff(text)) out += c == '"' ? "\\(dq" : std::string(1, c);
  return out + "\"";
}

// Lines of a text, each of its own; an indented one is a command, which is not filled.
std::string paragraphs(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    out += (line.empty() ? ".PP" : roff(line)) + "\n" + (line.empty() ? "" : ".br\n");
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string entry(const CompletedOption& option) {
  return ".TP\n.B " + roff(option.form) + "\n" + roff(option.meaning) + "\n";
}

bool is_of_environment(const CompletedOption& option) {
  return option.heading.rfind("Environment ", 0) == 0;
}

}  // namespace

std::string manual_page(const std::vector<CompletedCommand>& commands) {
  std::string text =
      ".\\\" Made by 'cusched completion man'.\n.TH CUSCHED 1 \"\" " +
      quoted(std::string("cusched ") + build_info().version) + " \"User Commands\"\n.nh\n.ad l\n" +
      ".SH NAME\ncusched \\- train, compare and export cluster\\-scheduling policies\n"
      ".SH SYNOPSIS\n.B cusched\n.I COMMAND\n[\n.I OPTIONS\n]\n"
      ".SH DESCRIPTION\n"
      "Everything that can be set is an option, on the command line or in a YAML file that\n"
      ".B \\-\\-config\nnames. INT and REAL may be written 20k, 5M or 1e6; TIME is in seconds, or "
      "90s, 1h30m, 7d; SIZE is in MiB, or 4Gi; X,... is a list. Options of an environment are the "
      "same for all commands that take them and stand below.\n.SH COMMANDS\n";
  std::string environments, headings;
  std::set<std::string> told;
  for (const CompletedCommand& command : commands) {
    text += ".SS " + quoted("cusched " + command.name) + "\n" + roff(command.summary) + "\n";
    std::string heading;
    for (const CompletedOption& option : command.options) {
      if (is_of_environment(option)) {
        if (!told.insert(option.heading + option.name).second) continue;
        if (option.heading != headings)
          environments += ".SH " + quoted(upper(option.heading)) + "\n";
        headings = option.heading;
        environments += entry(option);
        continue;
      }
      if (option.heading != heading && option.heading != "Options")
        text += ".PP\n.I " + roff(option.heading) + "\n";
      heading = option.heading;
      text += entry(option);
    }
    if (!command.notes.empty()) text += ".PP\n" + paragraphs(command.notes);
  }
  return text + environments +
         ".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nsomething broke\n.TP\n.B 2\nbad input: the "
         "message says what and where\n.TP\n.B 130\ninterrupted by a signal\n";
}

}  // namespace cusched
