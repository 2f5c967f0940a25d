// SPDX-License-Identifier: MIT
#include "cli/wrap.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace cusched {
namespace {

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// "24 %)" and "3.5 min" stay together.
bool is_unit_of(const std::string& number, const std::string& word) {
  return std::isdigit(static_cast<unsigned char>(number.back())) && word.size() <= 5;
}

}  // namespace

size_t text_width(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += begins_code_point(c);
  return width;
}

std::string wrapped(std::string_view text, size_t width, std::string_view indent) {
  std::vector<std::string> pieces;  // that are not broken
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word(text.substr(at, end - at));
    at = end + 1;
    if (word.empty()) continue;
    if (!pieces.empty() && is_unit_of(pieces.back(), word)) {
      pieces.back() += ' ' + word;
    } else {
      pieces.push_back(word);
    }
  }
  std::string lines, line;
  for (const std::string& piece : pieces) {
    const bool fresh = line.empty() || line == indent;
    if (!fresh && text_width(line) + 1 + text_width(piece) > width) {
      lines += line + '\n';
      line = std::string(indent) + piece;
    } else {
      line += (fresh ? "" : " ") + piece;
    }
  }
  return lines + line + '\n';
}

std::string shortened(std::string_view text, size_t width) {
  if (text_width(text) <= width) return std::string(text);
  std::vector<size_t> begins;
  for (size_t i = 0; i < text.size(); ++i)
    if (begins_code_point(text[i])) begins.push_back(i);
  const size_t head = (width - 1) / 2;  // the end of a path tells more
  const size_t tail = width - 1 - head;
  return std::string(text.substr(0, begins[head])) + "…" +
         std::string(text.substr(begins[begins.size() - tail]));
}

}  // namespace cusched
