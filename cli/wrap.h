// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cusched {

inline constexpr size_t kTextWidth = 80;  // columns of what is printed for people

// Code points of UTF-8 text: its columns, as long as none of them is wide.
size_t text_width(std::string_view text);

// The text in lines of at most `width` columns, broken at blanks (not between a number and its
// unit), each ended by '\n'; lines after the first begin with `indent`. A word that is longer has a
// line of its own.
std::string wrapped(std::string_view text, size_t width = kTextWidth, std::string_view indent = "");

// At most `width` >= 3 columns: of a longer text the middle is left out, e.g. "runs/a…/policy".
std::string shortened(std::string_view text, size_t width);

}  // namespace cusched
