// SPDX-License-Identifier: MIT
// Memory of an environment's state: how many fit on a device, and what a step may have to touch.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/envs/contract_batch.h"
#include "tests/golden/golden_file.h"

namespace cusched::contract {
namespace {

TEST(StateBytes, OfAnEnvironmentAreThoseTheyWere) {
  std::ostringstream lines;
  for (const EnvEntry* env : all_environments())
    for (const Variant& variant : variants(*env)) {
      // Columns begin at multiples of 256 bytes: many lanes make that small.
      constexpr int kLanes = 256;
      const auto batch = make(*env, variant, lanes(kLanes));
      lines << env->name << ' ' << variant.name << ' ' << batch->state_bytes() / kLanes << '\n';
    }
  if (golden::regenerates()) {
    golden::write("bytes", "Bytes of state of one environment, by variant of the contract tests.",
                  "test_envs --gtest_filter=StateBytes.*", lines.str());
    GTEST_SKIP() << "wrote " << golden::path_of("bytes");
  }
  EXPECT_EQ(lines.str(), golden::read("bytes"));
}

}  // namespace
}  // namespace cusched::contract
