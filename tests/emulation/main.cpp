// SPDX-License-Identifier: MIT
// Runs tests that need a GPU with the emulated one: none of them may be skipped.
#include <gtest/gtest.h>

#include <cstdio>

#include "cuda/device.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!cusched::cuda_is_emulated()) {
    std::fprintf(stderr, "this program does not emulate CUDA\n");
    return 1;
  }
  const int failed = RUN_ALL_TESTS();
  const auto& all = *testing::UnitTest::GetInstance();
  if (all.skipped_test_count() > 0 || all.test_to_run_count() == 0) {
    std::fprintf(stderr, "%d of %d tests were skipped, but the emulation can run them\n",
                 all.skipped_test_count(), all.test_to_run_count());
    return 1;
  }
  return failed;
}
