// SPDX-License-Identifier: MIT
#include "cli/member_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/metric_info.h"

namespace cusched {
namespace {

TEST(MemberTable, HasWhatDiffersAndTheBestFirst) {
  std::vector<float> rates = {1e-3f, 2e-3f, 4e-3f}, same = {1, 1, 1};
  std::vector<int> hidden = {8, 16, 32};
  OptionTable options;
  options.start_group("Learning (lists: one value, or one per member)");
  options.add("learning-rate", &rates, "step size");
  options.add("clip", &same, "of the ratio");
  options.start_group("Network");
  options.add("hidden", &hidden, "widths");  // three layers of every member
  const MemberTable table = member_table(options, {12, NAN, 5}, metric_info("wait_mean_s"));
  EXPECT_EQ(table.parameters, std::vector<std::string>{"learning-rate"});
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[0].member, 2);
  EXPECT_EQ(table.rows[1].member, 0);
  EXPECT_EQ(table.rows[2].member, 1);  // it diverged
  const nlohmann::json json = member_json(table);
  EXPECT_EQ(json[0],
            (nlohmann::json{{"member", 2}, {"learning-rate", "0.004"}, {"wait_mean_s", 5.0}}));
  EXPECT_TRUE(json[2]["wait_mean_s"].is_null());
  const std::string text = member_text(table, 2);
  EXPECT_NE(text.find("... and 1 member (--json has all)"), std::string::npos) << text;
  EXPECT_EQ(text.find("0.002"), std::string::npos) << text;

  // More may be better.
  EXPECT_EQ(member_table(options, {12, NAN, 5}, metric_info("gpu_allocation")).rows[0].member, 0);
}

}  // namespace
}  // namespace cusched
