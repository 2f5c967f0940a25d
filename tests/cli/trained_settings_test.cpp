// SPDX-License-Identifier: MIT
#include "tests/cli/training_child.h"

// What an evaluation says of the settings its policies were trained in.
namespace cusched::test {
namespace {

class TrainedSettings : public FolderTest {};

TEST_F(TrainedSettings, APolicyTrainedOtherwiseThanTheFirstIsTold) {
  for (const char* run : {"a", "b", "c"}) {
    const std::string horizon = *run == 'b' ? "7200" : "3600";
    ASSERT_EQ(cusched_command(
                  small_training(at(run), {"--quiet", "--steps", "64", "--horizon-s", horizon}))
                  .code,
              0);
  }
  const Outcome o = cusched_command({"eval", "--policy", at("a/policy.pt"), at("b/policy.pt"),
                                     at("c/policy.pt"), "--baselines", "none", "--episodes", "1"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(contains(o.err, "b/policy.pt was trained otherwise than " + at("a/policy.pt") +
                                  ": horizon-s 7200 (not 3600)"))
      << o.err;
  EXPECT_FALSE(contains(o.err, "c/policy.pt was trained otherwise")) << o.err;
}

}  // namespace
}  // namespace cusched::test
