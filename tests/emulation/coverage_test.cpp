// SPDX-License-Identifier: MIT
// Every test that needs a GPU is run with an emulated one: emulation.cmake names folders, and takes
// the tests in them by their names.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace cusched::emulation {
namespace {

const std::filesystem::path kTests = std::filesystem::path(CUSCHED_SOURCE_DIR) / "tests";

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(EmulatedTests, AreAllThatNeedAGpu) {
  // The first line of such a test follows its head; the checks of the contract are functions.
  static const std::regex kHead(R"(^(TEST(_F|_P)?\((\w+),|void (\w+)\())");
  static const std::regex kEmulated(R"(\w+Gpu|cpu_and_cuda_\w+)");
  const std::set<std::string> folders = {"cuda", "envs", "agents", "bench", "cli"};
  int tests = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kTests)) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string folder = entry.path().parent_path().filename();
    if (folder == "emulation") continue;
    std::ifstream file(entry.path());
    std::string head;
    for (std::string line; std::getline(file, line);) {
      std::smatch match;
      if (std::regex_search(line, match, kHead)) head = match[3].str() + match[4].str();
      if (line.find("CUSCHED_SKIP_WITHOUT_GPU();") == std::string::npos) continue;
      ++tests;
      EXPECT_TRUE(folders.count(folder) == 1 && std::regex_match(head, kEmulated))
          << entry.path() << ": " << head << " needs a GPU, and is not run with an emulated one";
    }
  }
  EXPECT_GT(tests, 20);
}

// On a machine with a GPU there may be programs alone (docs/guides/gpu.md).
TEST(EmulatedTests, NeedNoSourceTree) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kTests)) {
    if (entry.path().extension() != ".cpp" || entry.path().parent_path() == kTests / "emulation")
      continue;
    const std::string text = read(entry.path());
    const bool gpu = text.find("CUSCHED_SKIP_WITHOUT_GPU();") != std::string::npos ||
                     entry.path().filename() == "contract_batch.cpp";  // what those of envs play
    if (!gpu) continue;
    ++files;
    EXPECT_EQ(text.find("CUSCHED_SOURCE_DIR"), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 5);
}

}  // namespace
}  // namespace cusched::emulation
