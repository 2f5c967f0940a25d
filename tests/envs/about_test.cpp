// SPDX-License-Identifier: MIT
// What is found by the build says what it is and where it is from: a newcomer's file as well.
#include "envs/about.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "envs/registry.h"

namespace cusched {
namespace {

void check(const std::string& kind, const std::string& folder,
           const std::vector<std::string>& names, const std::vector<About>& abouts) {
  ASSERT_EQ(names.size(), abouts.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string where = kind + " " + names[i] + ": give the struct in " + folder + "/ ";
    EXPECT_FALSE(abouts[i].text.empty()) << where << "a line kAbout = \"what it is, formula\"";
    EXPECT_FALSE(abouts[i].source.empty()) << where << "a line kSource = \"paper or program\"";
    if (!abouts[i].text.empty()) {
      EXPECT_EQ(abouts[i].text.back(), '.') << where;
    }
    EXPECT_LT(abouts[i].text.size(), 400u) << where << "a sentence or two";
  }
}

TEST(About, EverythingThatIsFoundSaysWhatItIs) {
  for (const EnvEntry* entry : all_environments()) {
    check("heuristic", "envs/baselines", entry->heuristics, entry->heuristic_about);
    check("reward term", "envs/rewards", entry->reward_terms, entry->reward_about);
    for (const Preset& preset : entry->presets) EXPECT_NE(preset.meaning, "") << preset.name;
    for (const Objective& each : entry->objectives) EXPECT_NE(each.meaning, "") << each.name;
  }
}

// What is the same or the opposite rule is a name that can be asked for.
TEST(About, SeeBeginsWithAHeuristicThatThereIs) {
  for (const EnvEntry* entry : all_environments()) {
    const auto& names = entry->heuristics;
    int pairs = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string& see = entry->heuristic_about[i].see;
      if (see.empty()) continue;
      const std::string other = see.substr(0, see.find_first_of(" ,"));
      const auto found = std::find(names.begin(), names.end(), other);
      ASSERT_NE(found, names.end()) << names[i] << " names " << other;
      ++pairs;
    }
    EXPECT_GT(pairs, 0) << entry->name;
  }
}

struct Told {
  static constexpr const char* kAbout = "Text.";
  static constexpr const char* kSource = "me";
  static constexpr const char* kSee = "other";
};
struct Silent {};

TEST(About, TextsAreReadFromTheTypeAndMayBeMissing) {
  EXPECT_EQ(about_of<Told>().text, "Text.");
  EXPECT_EQ(about_of<Told>().source, "me");
  EXPECT_EQ(about_of<Told>().see, "other");
  EXPECT_EQ(about_of<Silent>().text, "");
}

}  // namespace
}  // namespace cusched
