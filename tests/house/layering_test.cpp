// SPDX-License-Identifier: MIT
#include "tests/house/layering.h"

#include <gtest/gtest.h>

#include "tests/house/sources.h"

namespace cusched {
namespace {

const std::string kSpdx = "// SPDX-License-Identifier: MIT\n";

std::vector<std::string> check(const std::string& path, const std::string& include) {
  const bool header = path.back() == 'h';
  return layering_violations(path, kSpdx + (header ? "#pragma once\n" : "") + include + "\n");
}

TEST(Layering, LetsIncludesGoUpTheList) {
  EXPECT_TRUE(check("envs/a.h", "#include \"cuda/macros.h\"").empty());
  EXPECT_TRUE(check("agents/a.cpp", "#include <ATen/ATen.h>").empty());
  EXPECT_TRUE(check("cuda/segment_sums.cu", "#include <cub/cub.cuh>").empty());
  EXPECT_TRUE(check("cli/a.cpp", "#include \"build_info.h\"").empty());
  EXPECT_TRUE(check("cli/a.cpp", "#include <cuda_runtime_api.h>").empty());
}

TEST(Layering, RefusesIncludesThatGoDown) {
  EXPECT_EQ(check("cuda/a.h", "#include \"envs/job.h\"").size(), 1u);
  EXPECT_EQ(check("agents/a.cpp", "#include \"export/verify.h\"").size(), 1u);
  EXPECT_EQ(check("bench/a.cpp", "#include \"cli/eval.h\"").size(), 1u);
  EXPECT_EQ(check("envs/a.h", "#include \"../cuda/macros.h\"").size(), 1u);
  EXPECT_EQ(check("envs/a.h", "#include \"job.h\"").size(), 1u);
}

TEST(Layering, KeepsTorchInCppFilesOfTheLearner) {
  EXPECT_EQ(check("agents/a.h", "#include <torch/torch.h>").size(), 1u);
  EXPECT_EQ(check("agents/kernels/a.cu", "#include <ATen/ATen.h>").size(), 1u);
  EXPECT_EQ(check("envs/a.cpp", "#include <c10/util/Half.h>").size(), 1u);
  EXPECT_EQ(check("tests/agents/a.h", "#include <torch/torch.h>").size(), 1u);
}

TEST(Layering, KeepsSlowHeadersWhereTheyBelong) {
  EXPECT_EQ(check("envs/a.cu", "#include <thrust/sort.h>").size(), 1u);
  EXPECT_EQ(check("envs/a.cpp", "#include <nvtx3/nvToolsExt.h>").size(), 1u);
}

TEST(Layering, WantsSpdxAndPragmaOnce) {
  EXPECT_EQ(layering_violations("cuda/a.cpp", "int x;\n").size(), 1u);
  EXPECT_EQ(layering_violations("cuda/a.h", kSpdx + "int x;\n").size(), 1u);
}

TEST(Layering, HoldsInEveryFileOfTheTree) {
  const int files = for_each_source([](const std::string& path, const std::string& text) {
    for (const std::string& violation : layering_violations(path, text)) ADD_FAILURE() << violation;
  });
  EXPECT_GT(files, 20) << "the tree was not found in " << CUSCHED_SOURCE_DIR;
}

}  // namespace
}  // namespace cusched
