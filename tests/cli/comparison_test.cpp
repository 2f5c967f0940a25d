// SPDX-License-Identifier: MIT
#include "cli/comparison.h"

#include <gtest/gtest.h>

namespace cusched {
namespace {

std::vector<std::string> names_of(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const Contestant& c : policy_contestants(files)) names.push_back(c.name);
  return names;
}
using Names = std::vector<std::string>;

TEST(Comparison, APolicyIsCalledByItsStemAndBySoMuchOfItsPathAsTellsItApart) {
  EXPECT_EQ(names_of({"/tmp/runs/first/policy.pt"}), Names({"policy"}));
  EXPECT_EQ(names_of({"/tmp/runs/a/policy.pt", "/tmp/runs/b/policy.pt", "x/other.pt"}),
            Names({"a/policy", "b/policy", "other"}));
  EXPECT_EQ(names_of({"runs/policy.pt", "runs/b/policy.pt"}), Names({"policy", "b/policy"}));
  EXPECT_EQ(names_of({"a/1/policy.pt", "b/1/policy.pt"}), Names({"a/1/policy", "b/1/policy"}));
  EXPECT_EQ(names_of({"./a/policy.pt", "policy.pt"}), Names({"a/policy", "policy"}));
}

}  // namespace
}  // namespace cusched
