// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cusched {

// Characters to insert, drop or change, or neighbours to exchange, to make one word of the other.
size_t edit_distance(const std::string& word, const std::string& other);

// The word of `words` with the smallest edit distance to `word`, or "" when none is close.
std::string closest_word(const std::string& word, const std::vector<std::string>& words);

}  // namespace cusched
