// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace cusched {

inline constexpr int kHelpColumns = 100;  // no line of a help is longer

// The words of a text on lines of at most `columns`; a word that is longer is broken behind its
// commas, or has its own line, and a line break of the text stays one.
std::vector<std::string> wrapped_lines(const std::string& text, int columns);

// An option as it is written, e.g. "--hidden INT,...", "--limited, --no-limited" or "[KIND]" of a
// positional one.
std::string option_form(const Option& option);

// Its default as --help says it, e.g. "default: mlp"; "" where there is none, and of a switch that
// is off.
std::string told_default(const Option& option);

// What counts in its place where nobody sets it, e.g. "preset default: pointer"; "" for the
// default.
std::string preferred_text(const Option& option);

// What it is, with its unit, e.g. "widths [neurons]".
std::string measured_help(const Option& option);

// HELP (DEFAULT; PREFERRED), with what there is of both.
std::string with_default(const std::string& help, const std::string& default_text,
                         const std::string& preferred);

// All of that, e.g. "widths [neurons] (default: 64,64; preset default: 32,32)".
std::string option_meaning(const Option& option);

// FORM on the left, its meaning beside it, or below where the form is long; ends its line.
std::string help_entry(const std::string& form, const std::string& meaning);

// The help of one command: usage, options under their headings, notes.
std::string command_help(const Command& command);

// The help of `cusched` itself, or of a group of commands, e.g. "bench".
std::string commands_help(const std::vector<std::unique_ptr<Command>>& commands,
                          const std::string& group);

}  // namespace cusched
