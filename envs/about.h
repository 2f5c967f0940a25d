// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cusched {

// What a heuristic, a reward term or a preset is, for people (`cusched explain`).
struct About {
  std::string text;      // a sentence or two, with the formula
  std::string source;    // who has it from where: a paper, a program
  std::string see;       // names of the same or the opposite rule, and when it is that; "" for none
  bool learned = false;  // its numbers come from a search: of "all baselines" it is none
};

// From T::kAbout, T::kSource and, where it has one, T::kSee. Empty texts where T says nothing of
// itself; tests/envs/about_test.cpp then fails.
template <class T>
About about_of() {
  About about;
  if constexpr (requires { T::kAbout; }) about.text = T::kAbout;
  if constexpr (requires { T::kSource; }) about.source = T::kSource;
  if constexpr (requires { T::kSee; }) about.see = T::kSee;
  if constexpr (requires { T::kLearned; }) about.learned = T::kLearned;
  return about;
}

}  // namespace cusched
