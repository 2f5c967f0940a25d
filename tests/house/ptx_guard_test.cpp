// SPDX-License-Identifier: MIT
// Environment kernels must round as g++'s code does: no fused multiply-add, no approximate
// operation, no flushing of denormals. The build compiles every envs .cu file to PTX with its own
// flags (target cusched_env_ptx) and lists the files.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace cusched {
namespace {

// Instructions in a PTX text that may round otherwise than g++'s code, one line each.
std::vector<std::string> inexact_instructions(const std::string& ptx) {
  static const std::regex kInexact(R"(^\s*(@!?%p\d+\s+)?[a-z0-9_.]*(\bfma\.|\.approx|\.ftz).*)");
  std::vector<std::string> found;
  std::istringstream lines(ptx);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("//", 0) != 0 && std::regex_match(line, kInexact)) found.push_back(line);
  return found;
}

TEST(PtxGuard, FindsInexactInstructions) {
  EXPECT_EQ(inexact_instructions("\tfma.rn.f32 \t%f3, %f1, %f2, %f4;").size(), 1u);
  EXPECT_EQ(inexact_instructions("\t@%p1 ex2.approx.f32 \t%f3, %f1;").size(), 1u);
  EXPECT_EQ(inexact_instructions("\tdiv.rn.ftz.f32 \t%f3, %f1, %f2;").size(), 1u);
}

TEST(PtxGuard, PassesExactOnes) {
  const std::string exact =
      "\tdiv.rn.f32 \t%f3, %f1, %f2;\n\tmad.lo.s32 \t%r1, %r2, %r3, %r4;\n"
      "\tsqrt.rn.f64 \t%fd1, %fd2;\n// fma.rn.f32 in a comment\n";
  EXPECT_TRUE(inexact_instructions(exact).empty());
}

TEST(PtxGuard, EnvironmentKernelsAreExact) {
  std::ifstream list(CUSCHED_BINARY_DIR "/ptx_files.txt");
  int kernels = 0;
  for (std::string path; std::getline(list, path);) {
    if (path.empty()) continue;
    std::ifstream stream(path);
    ASSERT_TRUE(stream) << path << " was not built";
    const std::string ptx((std::istreambuf_iterator<char>(stream)), {});
    for (size_t at = ptx.find(".entry"); at != ptx.npos; at = ptx.find(".entry", at + 1)) ++kernels;
    for (const std::string& line : inexact_instructions(ptx)) ADD_FAILURE() << path << ": " << line;
  }
  if (!list.eof() || kernels == 0)
    GTEST_SKIP() << "no environment kernel was compiled (a build without CUDA)";
}

}  // namespace
}  // namespace cusched
