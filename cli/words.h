// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cuda/closest_word.h"

namespace cusched {

// Splits at commas; blanks around the pieces are dropped. "" gives an empty list.
std::vector<std::string> split_list(const std::string& text);

std::string join_words(const std::vector<std::string>& words, const std::string& between);

// Shortest decimal text that reads back as the same number.
std::string number_text(double value);
std::string number_text(float value);

// Four significant digits, e.g. "254.7", "1.2e+07", "0.003"; "-" for NaN.
std::string short_number(double value);

// "12", "1e6", "2.5M": k, M and G are 10^3, 10^6 and 10^9. False for anything else, NaN, infinity.
bool parse_real(std::string word, double* value);

// The same for whole numbers, which keep all 64 bits: "1e6" and "2M" where they are whole and fit.
bool parse_whole(const std::string& word, int* value);
bool parse_whole(const std::string& word, int64_t* value);
bool parse_whole(const std::string& word, uint64_t* value);

}  // namespace cusched
