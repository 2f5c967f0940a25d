// SPDX-License-Identifier: MIT
// Registers, stack, local and shared memory of every kernel, as cuobjdump reads them from the
// objects: what decides how many threads a multiprocessor holds, seen without a GPU.
#include <cxxabi.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include "tests/golden/golden_file.h"

namespace cusched {
namespace {

constexpr std::array<const char*, 4> kNames = {"registers", "stack bytes", "shared bytes",
                                               "local bytes"};
using Usage = std::array<int, kNames.size()>;
using Kernels = std::map<std::string, Usage>;

// "lanes_kernel<32, StepLanes<Admission>>" of a mangled kernel.
std::string short_name(const std::string& mangled) {
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, nullptr), std::free);
  if (text == nullptr) return mangled;
  std::string name = std::regex_replace(text.get(), std::regex("void |cusched::|test::"), "");
  for (size_t at; (at = name.find("> >")) != name.npos;) name.erase(at + 1, 1);
  // Parameters follow the last template argument.
  const size_t end = name.rfind(">(");
  return end == name.npos ? name.substr(0, name.find('(')) : name.substr(0, end + 1);
}

// Our kernels in what `cuobjdump -res-usage` prints: " Function NAME:" and its numbers on the next
// line.
Kernels parse_usage(const std::string& text) {
  static const std::regex kKernel(
      R"(Function (\S+):\s+REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+))");
  Kernels kernels;
  for (std::sregex_iterator at(text.begin(), text.end(), kKernel), end; at != end; ++at) {
    const std::smatch& m = *at;
    Usage usage;
    for (size_t i = 0; i < usage.size(); ++i) usage[i] = std::stoi(m[i + 2].str());
    const std::string name = short_name(m[1].str());
    if (name.rfind("cub::", 0) != 0) kernels[name] = usage;  // CUB's are CUB's to budget
  }
  return kernels;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer;
  for (size_t n; pipe && (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    text.append(buffer.data(), n);
  return text;
}

std::string lines_of(const Kernels& kernels) {
  std::ostringstream out;
  for (const auto& [name, usage] : kernels) {
    for (const int number : usage) out << number << ' ';
    out << name << '\n';
  }
  return out.str();
}

Kernels parse_lines(const std::string& lines) {
  Kernels kernels;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    std::istringstream numbers(line);
    Usage usage;
    for (int& number : usage) numbers >> number;
    std::string name;
    std::getline(numbers >> std::ws, name);
    kernels[name] = usage;
  }
  return kernels;
}

TEST(KernelBudgets, AreReadFromTheToolsText) {
  const Kernels kernels = parse_usage(
      "Resource usage:\n Common:\n  GLOBAL:0\n"
      " Function _ZN7cusched12teams_kernelINS_13WriteDqnStatsEEEvT_:\n"
      "  REG:40 STACK:8 SHARED:9216 LOCAL:0 CONSTANT[0]:672 TEXTURE:0 SURFACE:0 SAMPLER:0\n"
      " Function _ZN7cusched15elements_kernelINS_9RowColumnINS_12UpdateTargetEEEEEvT_l:\n"
      "  REG:24 STACK:0 SHARED:0 LOCAL:4 CONSTANT[0]:592 TEXTURE:0 SURFACE:0 SAMPLER:0\n");
  const Kernels want = {{"teams_kernel<WriteDqnStats>", {40, 8, 9216, 0}},
                        {"elements_kernel<RowColumn<UpdateTarget>>", {24, 0, 0, 4}}};
  EXPECT_EQ(kernels, want);
  EXPECT_EQ(parse_lines(lines_of(kernels)), kernels);
}

TEST(KernelBudgets, AreKept) {
  std::ifstream list(CUSCHED_BINARY_DIR "/kernel_objects.txt");
  ASSERT_TRUE(list) << "the build did not list its kernels' objects";
  const std::string tool = CUSCHED_CUOBJDUMP, compiler = CUSCHED_NVCC_VERSION;
  Kernels kernels;
  int objects = 0;
  for (std::string path; std::getline(list, path);) {
    if (path.empty()) continue;
    ++objects;
    if (!tool.empty()) kernels.merge(parse_usage(output_of(tool + " -res-usage " + path)));
  }
  if (objects == 0) GTEST_SKIP() << "no kernel was compiled (a build without CUDA)";
  if (tool.empty()) GTEST_SKIP() << "there is no cuobjdump; scripts/setup installs it";
  ASSERT_FALSE(kernels.empty()) << tool << " found no kernel in " << objects << " objects";
  const std::string heading =
      "Of every kernel for sm_90 by nvcc " + compiler +
      ": registers, stack, shared and local bytes of a thread or block; never more than that.";
  if (golden::regenerates()) {
    golden::write("kernels", heading, "test_house --gtest_filter=KernelBudgets.*",
                  lines_of(kernels));
    GTEST_SKIP() << "wrote " << golden::path_of("kernels");
  }
  std::ifstream file(golden::path_of("kernels"));
  std::string first;
  std::getline(file, first);
  if (first != "# " + heading) GTEST_SKIP() << "the budgets are of another compiler: " << first;

  Kernels budgets = parse_lines(golden::read("kernels"));
  for (const auto& [name, usage] : kernels) {
    const auto budget = budgets.find(name);
    if (budget == budgets.end()) {
      ADD_FAILURE() << name << " has no budget: tests/golden/kernels.txt says how to add it";
      continue;
    }
    for (size_t i = 0; i < usage.size(); ++i) {
      EXPECT_LE(usage[i], budget->second[i]) << kNames[i] << " of " << name;
      if (usage[i] < budget->second[i])
        std::cout << name << ": " << kNames[i] << ' ' << budget->second[i] << " -> " << usage[i]
                  << ", the budget may be lowered\n";
    }
    budgets.erase(budget);
  }
  for (const auto& [name, usage] : budgets)
    ADD_FAILURE() << name << " has a budget, but is no more";
}

}  // namespace
}  // namespace cusched
