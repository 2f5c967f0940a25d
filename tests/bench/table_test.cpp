// SPDX-License-Identifier: MIT
// bench/table.py, which makes the README's table of results.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace cusched {
namespace {

namespace fs = std::filesystem;

class Table : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("python3 -c 'import json' 2>/dev/null") != 0) GTEST_SKIP() << "no python3";
    folder_ = fs::temp_directory_path() / ("cusched_table_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "results");
    write("README.md", "# Name\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nrest\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  void result(const std::string& name, const std::string& metric, const std::string& median) {
    write("results/" + name, R"({"metric":")" + metric + R"(","steps_per_s":{"median":)" + median +
                                 R"(,"min":1.5e6,"max":2.5e6},"config":{"env":"admission",
                                 "envs":4096,"options":{"load":"0.9"},"hidden":[64,64]},
                                 "machine":{"name":"Machine","cores":2},"commit":"abc"})");
  }
  // Exit code; what it printed is in output_.
  int run(const std::string& flags) {
    const std::string out = (folder_ / "out").string();
    const int status =
        std::system(("python3 " CUSCHED_SOURCE_DIR "/bench/table.py --results " +
                     (folder_ / "results").string() + " --readme " +
                     (folder_ / "README.md").string() + " " + flags + " > " + out + " 2>&1")
                        .c_str());
    output_ = read("out");
    return WEXITSTATUS(status);
  }
  std::string read(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }

  fs::path folder_;
  std::string output_;
};

TEST_F(Table, ReplacesWhatStandsBetweenTheMarkersOnly) {
  result("b.json", "train_ppo", "2.04e5");
  result("a.json", "env_random_feasible", "4.25e9");
  EXPECT_EQ(run("--check"), 1) << output_;
  EXPECT_EQ(run(""), 0) << output_;
  const std::string readme = read("README.md");
  EXPECT_EQ(readme.substr(0, 30), "# Name\n<!-- bench:begin -->\n| ");
  EXPECT_NE(readme.find("<!-- bench:end -->\nrest\n"), std::string::npos);
  EXPECT_EQ(readme.find("old"), std::string::npos);
  EXPECT_NE(readme.find("**4.25 G** (1.5 M to 2.5 M) | admission, load 0.9, E 4,096, 64-64 | "
                        "Machine, 2 cores | `abc` |"),
            std::string::npos)
      << readme;
  EXPECT_LT(readme.find("4.25 G"), readme.find("204 k")) << "order of the metrics";
  EXPECT_EQ(run("--check"), 0) << output_;
  EXPECT_EQ(run(""), 0);
  EXPECT_EQ(read("README.md"), readme) << "a second call changes nothing";
}

// A GPU's rows name its driver; of the widths that were timed, the fastest one is shown.
TEST_F(Table, ShowsTheFastestWidthOfAGpu) {
  const auto on_gpu = [this](const std::string& width, const std::string& median) {
    write("results/w" + width + ".json",
          R"({"metric":"env_random_feasible","steps_per_s":{"median":)" + median +
              R"(,"min":1e6,"max":9e9},"config":{"env":"admission","envs":4096,"width":)" + width +
              R"(,"device":"cuda:0","threads":1},"machine":{"name":"Big GPU","gpu":{"driver":"13.0",
              "driver_version":"580.95"}},"commit":"abc"})");
  };
  result("a.json", "train_ppo", "2.04e5");
  EXPECT_EQ(run(""), 0) << output_;
  EXPECT_NE(read("README.md").find("No row is from a GPU yet"), std::string::npos);
  on_gpu("1", "1e9");
  on_gpu("32", "2e9");
  EXPECT_EQ(run(""), 0) << output_;
  const std::string readme = read("README.md");
  EXPECT_NE(readme.find("| admission, E 4,096, W 32 | Big GPU, driver 580.95 | `abc` |"),
            std::string::npos)
      << readme;
  EXPECT_EQ(readme.find("W 1 "), std::string::npos) << readme;
  EXPECT_EQ(readme.find("No row is from a GPU yet"), std::string::npos);
}

TEST_F(Table, RefusesASpeedOfTheEmulatedDevice) {
  write("results/emulated.json",
        R"json({"metric":"env_random_feasible","steps_per_s":{"median":1,"min":1,"max":1},
        "config":{},"machine":{"name":"A CPU","gpu":{"name":"emulated (no GPU)"}},
        "commit":"abc"})json");
  EXPECT_EQ(run(""), 2);
  EXPECT_NE(output_.find("emulated.json"), std::string::npos) << output_;
}

TEST_F(Table, NamesTheFileThatIsNoResult) {
  for (const char* text : {"{", "[]", "{}", R"({"metric":"m","steps_per_s":{"median":1}})"}) {
    write("results/broken.json", text);
    EXPECT_EQ(run(""), 2) << text;
    EXPECT_NE(output_.find("broken.json"), std::string::npos) << output_;
    EXPECT_EQ(output_.find("Traceback"), std::string::npos) << output_;
  }
  result("broken.json", "train_ppo", "0");
  EXPECT_EQ(run(""), 2);
  EXPECT_NE(output_.find("median"), std::string::npos) << output_;
}

TEST_F(Table, WantsTheMarkers) {
  result("a.json", "train_ppo", "1e5");
  for (const char* text : {"# Name\n", "<!-- bench:end -->\n<!-- bench:begin -->\n"}) {
    write("README.md", text);
    EXPECT_EQ(run(""), 2);
    EXPECT_NE(output_.find("<!-- bench:begin -->"), std::string::npos) << output_;
    EXPECT_EQ(read("README.md"), text);
  }
}

// bench/algorithms.py makes the tables of docs/algorithms.md.
TEST(AlgorithmsPage, HoldsWhatTheResultFilesSay) {
  EXPECT_EQ(std::system("python3 " CUSCHED_SOURCE_DIR "/bench/algorithms.py --table --check"), 0);
}

// bench/placement.py makes those of docs/placement.md.
TEST(PlacementPage, HoldsWhatTheResultFileSays) {
  EXPECT_EQ(std::system("python3 " CUSCHED_SOURCE_DIR "/bench/placement.py --table --check"), 0);
}

// bench/warm_start.py makes table and picture of docs/warm_start.md.
TEST(WarmStartPage, HoldsWhatTheResultFileSays) {
  EXPECT_EQ(std::system("python3 " CUSCHED_SOURCE_DIR "/bench/warm_start.py --table --check"), 0);
}

TEST(AlgorithmsPage, IsRefusedWithOtherNumbers) {
  const fs::path page =
      fs::temp_directory_path() / ("cusched_page_" + std::to_string(::getpid()) + ".md");
  std::ofstream(page) << std::ifstream(CUSCHED_SOURCE_DIR "/docs/algorithms.md").rdbuf();
  const std::string check = "python3 " CUSCHED_SOURCE_DIR "/bench/algorithms.py --table --page " +
                            page.string() + " --check > " + page.string() + ".out 2>&1";
  EXPECT_EQ(std::system(check.c_str()), 0);
  std::string text = (std::ostringstream() << std::ifstream(page).rdbuf()).str();
  text.insert(text.find("<!-- returns:end -->"), "| another row |\n");
  std::ofstream(page) << text;
  EXPECT_NE(std::system(check.c_str()), 0);
  fs::remove(page);
  fs::remove(page.string() + ".out");
}

}  // namespace
}  // namespace cusched
