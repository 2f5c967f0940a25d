// SPDX-License-Identifier: MIT
// Environment kernels must round as g++'s code does: no fused multiply-add, no approximate
// operation, no flushing of denormals. The objects of envs .cu files carry their PTX as plain text
// (nvcc --no-compress); the build lists them in ptx_files.txt.
#include <gtest/gtest.h>

#include <algorithm>
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

// The PTX modules inside an object file: from ".version" to a zero byte.
std::vector<std::string> ptx_modules(const std::string& object) {
  std::vector<std::string> modules;
  size_t at = object.find(".version ");
  while (at != object.npos) {
    const size_t end = std::min(object.find('\0', at), object.size());
    if (object.substr(at, end - at).find(".target ") != object.npos)
      modules.push_back(object.substr(at, end - at));
    at = object.find(".version ", end);
  }
  return modules;
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

TEST(PtxGuard, FindsModulesInObjects) {
  using namespace std::string_literals;  // for their zeros
  const std::string object =
      "\x7f"
      "ELF.version\0"s
      "\n.version 9.0\n.target sm_90\n\tret;\n\0\x01"s;
  ASSERT_EQ(ptx_modules(object).size(), 1u);
  EXPECT_NE(ptx_modules(object)[0].find("ret;"), std::string::npos);
}

TEST(PtxGuard, EnvironmentKernelsAreExact) {
  std::ifstream list(CUSCHED_BINARY_DIR "/ptx_files.txt");
  ASSERT_TRUE(list) << "the build did not list its environment kernels";
  int objects = 0;
  for (std::string path; std::getline(list, path);) {
    if (path.empty()) continue;
    ++objects;
    std::ifstream stream(path, std::ios::binary);
    ASSERT_TRUE(stream) << path << " was not built";
    const std::string object((std::istreambuf_iterator<char>(stream)), {});
    int kernels = 0;
    for (const std::string& ptx : ptx_modules(object)) {
      for (size_t at = ptx.find(".entry"); at != ptx.npos; at = ptx.find(".entry", at + 1))
        ++kernels;
      for (const std::string& line : inexact_instructions(ptx))
        ADD_FAILURE() << path << ": " << line;
    }
    EXPECT_GT(kernels, 0) << path << " holds no PTX of a kernel";
  }
  if (objects == 0) GTEST_SKIP() << "no environment kernel was compiled (a build without CUDA)";
}

}  // namespace
}  // namespace cusched
