// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_test_util.h"
#include "tests/cli/door_files.h"

// Packed traces, in every command that reads one. (tests/envs/unpack_test.cpp: the other packings.)
namespace cusched::test {
namespace {

class TraceCommand : public FolderTest {
 protected:
  // A CSV of `jobs` jobs, packed.
  std::string packed(int jobs) const {
    std::string text = "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < jobs; ++i)
      text += std::to_string(60 * i) + "," + std::to_string(30 + (i * 7919) % 600) + ",1000,1024\n";
    const std::string path = at("packed");
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return read("packed");
  }
  std::vector<std::vector<std::string>> commands(const std::string& trace) const {
    return {
        {"workload", "--trace", trace},
        {"eval", "--env", "admission", "--trace", trace, "--baselines", "fifo", "--episodes", "1"},
        {"bench", "env", "--env", "admission", "--trace", trace, "--envs", "2", "--seconds",
         "0.01"},
        {"train", "--env", "admission", "--trace", trace, "--envs", "4", "--steps", "256",
         "--rollout", "8", "--minibatch", "32", "--select-episodes", "0", "--verdict=false",
         "--out", at("run")}};
  }
};

TEST_F(TraceCommand, APackedTraceIsReadWhateverItsName) {
  const std::string bytes = packed(40);
  for (const char* name : {"jobs.csv.gz", "jobs.GZ", "jobs", "jobs.swf"}) {
    write(name, bytes);
    const Outcome told = cusched_command({"workload", "--trace", at(name), "--json", "-"});
    ASSERT_EQ(told.code, 0) << told.err;
    EXPECT_EQ(nlohmann::json::parse(told.out)["jobs"], 40);
    EXPECT_EQ(nlohmann::json::parse(told.out)["name"], "csv");
  }
  for (const auto& command : commands(at("jobs.csv.gz"))) {
    const Outcome outcome = cusched_command(command);
    EXPECT_EQ(outcome.code, 0) << command[0] << outcome.err;
  }
}

TEST_F(TraceCommand, ATraceThatIsCutIsRefusedByEveryCommand) {
  const std::string bytes = packed(5000);
  for (const size_t size : {bytes.size() / 3, bytes.size() - 1, bytes.size() - 8}) {
    write("cut.csv.gz", bytes.substr(0, size));
    for (const auto& command : commands(at("cut.csv.gz"))) {
      const Outcome outcome = cusched_command(command);
      EXPECT_EQ(outcome.code, 2) << command[0];
      EXPECT_TRUE(contains(outcome.err, "cut.csv.gz: its gzip data end too early")) << outcome.err;
    }
    EXPECT_FALSE(std::filesystem::exists(at("run")));
  }
}

TEST_F(TraceCommand, APackedMixAndPackedNodesThatAreCutAreRefused) {
  const std::string bytes = packed(5000);
  write("cut.yaml", bytes.substr(0, bytes.size() / 2));
  for (const char* option : {"--nodes", "--pods"}) {
    const Outcome outcome = cusched_command({"eval", "--env", "placement", option, at("cut.yaml"),
                                             "--baselines", "fgd", "--episodes", "1"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_TRUE(contains(outcome.err, "too early")) << outcome.err;
  }
}

}  // namespace
}  // namespace cusched::test
