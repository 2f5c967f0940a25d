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

// What it is, with unit and default, e.g. "widths [neurons] (default: 64,64)".
std::string option_meaning(const Option& option);

// FORM on the left, its meaning beside it, or below where the form is long; ends its line.
std::string help_entry(const std::string& form, const std::string& meaning);

// The help of one command: usage, options under their headings, notes.
std::string command_help(const Command& command);

// The help of `cusched` itself, or of a group of commands, e.g. "bench".
std::string commands_help(const std::vector<std::unique_ptr<Command>>& commands,
                          const std::string& group);

}  // namespace cusched
