// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cusched {

// What something that has a name is, for people and as JSON.
struct Explanation {
  std::string kind;         // one of explanation_kinds()
  std::string name;         // as it is written in options and tables
  std::string environment;  // "" where it is of no environment alone
  std::string text;         // a sentence or two, with the formula
  std::string source;       // paper, program; "" where it is cusched's own
  std::string see;          // the same or the opposite under another name, "" for none
  std::vector<std::pair<std::string, std::string>> facts;  // e.g. {"unit", "s"}
  std::vector<std::pair<std::string, std::string>> sets;   // option and value, of a preset
};

// "preset", "heuristic", ... in the order in which they are listed.
const std::vector<std::string>& explanation_kinds();

// Everything of this build that has a name, by kind and environment.
std::vector<Explanation> all_explanations();

}  // namespace cusched
