// SPDX-License-Identifier: MIT
#include "cuda/closest_word.h"

#include <algorithm>

namespace cusched {

size_t edit_distance(const std::string& word, const std::string& other) {
  // The last three rows of the table are kept.
  std::vector<size_t> before, above, row(other.size() + 1);
  for (size_t j = 0; j <= other.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= word.size(); ++i) {
    before = std::move(above);
    above = row;
    row[0] = i;
    for (size_t j = 1; j <= other.size(); ++j) {
      const size_t change = above[j - 1] + (word[i - 1] != other[j - 1]);
      row[j] = std::min({change, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && word[i - 1] == other[j - 2] && word[i - 2] == other[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string closest_word(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& other : words) {
    const size_t distance = edit_distance(word, other);
    if (distance < best_distance) {
      best_distance = distance;
      best = other;
    }
  }
  return best;
}

}  // namespace cusched
