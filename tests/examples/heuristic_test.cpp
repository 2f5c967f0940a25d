// SPDX-License-Identifier: MIT
// The worked example of a heuristic in docs/guides/extending.md does what the guide says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "envs/admission.h"
#include "envs/lane.h"
#include "envs/registry.h"
#include "examples/admission_baselines.h"
#include "tests/envs/admission_lane.h"
#include "tests/examples/smallest_area.h"

namespace cusched {

// What a choice needs of an environment, with the example among its heuristics.
struct WithExample {
  using View = admission::View;
  template <class Group>
  struct Lane {
    const View& seen;
    const View& view() const { return seen; }
    int32_t* scratch() const { return seen.a.heuristic_scratch; }
    template <class Score>
    void before_choice(const Score&) const {}
  };
};
template <>
struct Extensions<WithExample> {
  using Rewards = TypeList<>;
  using Baselines = ExampleBaselines;
};

namespace {

using test::AdmissionLane;
using test::make_job;

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for_each_type(ExampleBaselines{}, [&]<class Heuristic>() {
    if constexpr (kServes<Heuristic, WithExample>) names.push_back(Heuristic::kName);
  });
  return names;
}

TEST(ExampleHeuristic, IsAHeuristicOfTheEnvironment) {
  static_assert(ScoreOf<baselines::SmallestArea, Admission>);
  std::vector<std::string> expected = find_environment("admission").heuristics;
  expected.push_back("smallest-area");
  EXPECT_EQ(example_names(), expected);
}

TEST(ExampleHeuristic, StartsTheSmallestAreaFirst) {
  // Sixteen cores. Job 0 has all of them to 100. Then 1 has 15 cores for 60 s, 2 has two for 300 s
  // and 3 has all for 10 s: 900, 600 and 160 core seconds. The shortest first would be 3, 1, 2.
  AdmissionLane lane({{"nodes", "1x16c64g", "test"}},
                     {make_job(0, 100, 16000), make_job(1, 60, 15000), make_job(1, 300, 2000),
                      make_job(1, 10, 16000)});
  lane.begin();
  while (lane.done == Done::kRunning) {
    const SerialGroup serial;
    WithExample::Lane<SerialGroup> seen{lane.view()};
    lane.step(Chooser<WithExample, SerialGroup>::choose(
        static_cast<int>(example_names().size()) - 1, serial, seen, {}));
  }
  std::vector<int32_t> starts;
  for (const admission::JobLog& log : lane.log()) starts.push_back(log.start);
  EXPECT_EQ(starts, (std::vector<int32_t>{0, 410, 110, 100}));
}

TEST(ExampleHeuristic, StandsWholeInTheGuide) {
  const auto text = [](const std::string& path) {
    std::ifstream in(std::string(CUSCHED_SOURCE_DIR) + "/" + path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  };
  const std::string file = text("tests/examples/smallest_area.h");
  ASSERT_FALSE(file.empty());
  EXPECT_NE(text("docs/guides/extending.md").find("```cpp\n" + file + "```\n"), std::string::npos);
}

}  // namespace
}  // namespace cusched
