// SPDX-License-Identifier: MIT
#include "cli/words.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace cusched {
namespace {

template <class T>
std::string shortest(T value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, result.ptr);
}

template <class T>
bool whole(const std::string& word, T* value) {
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, *value);
  if (result.ec == std::errc() && result.ptr == end) return true;
  double real = 0;
  if (!parse_real(word, &real) || real != std::floor(real)) return false;
  // The largest T rounds up to a power of two as a double, which is itself out of range.
  if (real < static_cast<double>(std::numeric_limits<T>::min())) return false;
  if (real >= static_cast<double>(std::numeric_limits<T>::max())) return false;
  *value = static_cast<T>(real);
  return true;
}

}  // namespace

bool parse_real(std::string word, double* value) {
  double scale = 1;
  if (!word.empty()) {
    const char last = word.back();
    if (last == 'k') scale = 1e3;
    if (last == 'M') scale = 1e6;
    if (last == 'G') scale = 1e9;
    if (scale != 1) word.pop_back();
  }
  if (!word.empty() && word[0] == '+') word.erase(0, 1);
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, *value);
  *value *= scale;
  return result.ec == std::errc() && result.ptr == end && std::isfinite(*value);
}

bool parse_whole(const std::string& word, int* value) { return whole(word, value); }
bool parse_whole(const std::string& word, int64_t* value) { return whole(word, value); }
bool parse_whole(const std::string& word, uint64_t* value) { return whole(word, value); }

std::string number_text(double value) { return shortest(value); }
std::string number_text(float value) { return shortest(value); }

std::string short_number(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  const double size = std::fabs(value);
  // %.4g would turn 12345 into 1.234e+04.
  if (size >= 1000 && size < 1e6) {
    std::snprintf(text, sizeof(text), "%.0f", value);
  } else {
    std::snprintf(text, sizeof(text), "%.4g", value);
  }
  return text;
}

std::string join_words(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) text += (i ? between : "") + words[i];
  return text;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> words;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const size_t first = text.find_first_not_of(" \t", begin);
    const size_t last = text.find_last_not_of(" \t", comma == 0 ? 0 : comma - 1);
    const bool empty = first == std::string::npos || first >= comma;
    words.push_back(empty ? "" : text.substr(first, last - first + 1));
    begin = comma + 1;
  }
  if (words.size() == 1 && words[0].empty()) words.clear();
  return words;
}

}  // namespace cusched
