// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// Text from outside (paths, names in files) is bytes: these make it fit for a file format or a
// terminal.
namespace cusched {

// Whether it is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

// The text with every byte that is no part of UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

// The text on one line, as a terminal may show it: control characters and bytes that are no UTF-8
// as \n, \t or \x1b.
std::string visible_text(std::string_view text);

}  // namespace cusched
