// SPDX-License-Identifier: MIT
#include "cli/member_values.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using nlohmann::json;
using test::contains;
using test::cusched_command;
using test::Outcome;

TEST(MemberValues, OfListsWithAValueAMember) {
  const EnvEntry& entry = find_environment("admission");
  const std::vector<EnvValue> values = {{"load", "0.8, 0.9", ""},
                                        {"tuned-weights", "1:2,3:4:5", ""},
                                        {"horizon-s", "3600", ""},
                                        {"features", "fits,pods", ""},
                                        {"tick-s", "1,2,3", ""}};
  const auto second = values_of_member(entry, values, 1, 2);
  EXPECT_EQ(second[0].value, "0.9");
  EXPECT_EQ(second[1].value, "3:4:5");
  EXPECT_EQ(second[2].value, "3600");
  EXPECT_EQ(second[3].value, "fits,pods");  // no list of members
  EXPECT_EQ(second[4].value, "1,2,3");      // of a wrong size: refused where it is read
}

TEST(MemberValues, ADifferenceIsOneOfTheValuesThatCount) {
  const EnvEntry& entry = find_environment("admission");
  EXPECT_EQ(find_difference(entry, {{"load", "0.9,0.9", ""}, {"features", "fits,pods", ""}}, 2),
            nullptr);
  EXPECT_EQ(find_difference(entry, {{"load", "0.8,0.9", ""}, {"load", "0.9", ""}}, 2), nullptr);
  const std::vector<EnvValue> values = {{"load", "0.9", ""}, {"load", "0.8,0.9", ""}};
  EXPECT_EQ(find_difference(entry, values, 2), &values[1]);
}

class MemberValuesTraining : public test::FolderTest {
 protected:
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {
        "train",   "--env",           "admission", "--members", "2",    "--load",
        "0.8,0.9", "--envs",          "8",         "--steps",   "2000", "--horizon-s",
        "1h,2h",   "--seed",          "5",         "--device",  "cpu",  "--threads",
        "1",       "--out",           at("run"),   "--hidden",  "8",    "--warm-start",
        "none",    "--tuned-weights", "1:1,0:1"};
    words.insert(words.end(), more.begin(), more.end());
    return cusched_command(words);
  }
  json config_of(const std::string& policy) const {
    return json::parse(cusched_command({"export", "--describe", policy, "--json"}).out)
        .at("training")
        .at("config");
  }
};

TEST_F(MemberValuesTraining, AChoiceOnDifferentTermsIsRefusedBeforeTheTraining) {
  const Outcome o = train({});
  EXPECT_EQ(o.code, 2) << o.err;
  EXPECT_TRUE(contains(o.err, "--load: load differs between members (0.8,0.9)")) << o.err;
  EXPECT_TRUE(contains(o.err, "--select-set load=0.8")) << o.err;
  EXPECT_FALSE(std::filesystem::exists(at("run/config.yaml")));
}

TEST_F(MemberValuesTraining, MembersAreChosenAmongOnTheSameTerms) {
  const Outcome o = train({"--select-episodes", "2", "--select-set", "load=0.9", "--select-set",
                           "horizon-s=3600", "--select-set", "tuned-weights=1:1"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_FALSE(contains(o.err, "warning")) << o.err;  // verdict and champion are there
  const json described =
      json::parse(cusched_command({"export", "--describe", at("run/policy.pt"), "--json"}).out);
  const int member = described.at("training").at("member");
  EXPECT_EQ(described.at("training").at("config").at("load"), member == 0 ? "0.8" : "0.9");
}

TEST_F(MemberValuesTraining, EveryMemberIsExportedAndPlayedWithItsOwn) {
  const Outcome o = train({"--select-episodes", "0"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_FALSE(contains(o.err, "warning")) << o.err;
  EXPECT_EQ(config_of(at("run/policy.pt")).at("load"), "0.8");
  const Outcome exported =
      cusched_command({"export", at("run/checkpoint"), "--member", "1", "--out", at("second.pt")});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const json config = config_of(at("second.pt"));
  EXPECT_EQ(config.at("load"), "0.9");
  EXPECT_EQ(config.at("tuned-weights"), "0:1");
  const Outcome played = cusched_command({"eval", "--policy", at("second.pt"), "--baselines",
                                          "tuned", "--episodes", "1", "--device", "cpu"});
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_TRUE(contains(played.err, "load 0.9")) << played.err;
}

}  // namespace
}  // namespace cusched
