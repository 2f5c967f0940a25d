// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "envs/registry.h"

// Every start time of the reference RLScheduler runs, and their averages.
namespace cusched {
namespace {

namespace fs = std::filesystem;

fs::path shared_folder() {
  const char* set = std::getenv("CUSCHED_SHARED");
  return set != nullptr ? fs::path(set) : fs::path(CUSCHED_SOURCE_DIR) / ".." / "shared";
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// Rows of a CSV file as maps from column to text.
std::vector<std::map<std::string, std::string>> read_csv(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> columns = split(line, ',');
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(in, line)) {
    const std::vector<std::string> values = split(line, ',');
    std::map<std::string, std::string> row;
    for (size_t i = 0; i < columns.size() && i < values.size(); ++i) row[columns[i]] = values[i];
    rows.push_back(row);
  }
  return rows;
}

const std::map<std::string, std::string> kPolicies = {
    {"FCFS", "fcfs"}, {"WFP3", "wfp3-rls"}, {"UNI", "unicep-rls"}, {"SJF", "sjf"}, {"F1", "f1"}};

// All windows of one trace with one policy, a lane each, to their ends.
std::unique_ptr<Batch> run(const std::string& trace, const std::string& policy, bool backfill,
                           const std::string& starts, int count, const std::string& length) {
  const EnvEntry& entry = find_environment("admission");
  BatchOptions options;
  options.envs = count;
  options.single_episode = true;
  options.whole_queue = true;
  auto batch = entry.create(
      {{"preset", "rlscheduler", "test"},
       {"trace", (shared_folder() / "data" / "lublin" / (trace + ".swf")).string(), "test"},
       {"starts", starts, "test"},
       {"length", length, "test"},
       {"backfill", backfill ? "easy-rls" : "none", "test"}},
      options);
  batch->reset({}, {});
  const auto& names = batch->heuristics();
  const auto found = std::find(names.begin(), names.end(), policy);
  EXPECT_NE(found, names.end()) << policy;
  if (found == names.end()) return batch;
  while (!batch->all_ended({}))
    batch->run_heuristic({}, static_cast<int>(found - names.begin()), 256, nullptr, {});
  return batch;
}

class RlScheduler : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(shared_folder() / "conformance" / "rlscheduler"))
      GTEST_SKIP() << "no conformance files at " << shared_folder();
  }
};

TEST_F(RlScheduler, StartsEveryJobWhenTheReferenceDoes) {
  // (trace, policy, backfill) -> start -> times
  std::map<std::array<std::string, 3>, std::map<std::string, std::vector<int32_t>>> expected;
  for (auto& row : read_csv(shared_folder() / "conformance/rlscheduler/schedules.csv")) {
    std::vector<int32_t> times;
    for (const std::string& t : split(row["start_times_relative_to_first_submit"], ' '))
      times.push_back(std::stoi(t));
    expected[{row["trace"], row["policy"], row["backfill"]}][row["start"]] = times;
  }
  ASSERT_EQ(expected.size(), 20u);
  int runs = 0;
  for (const auto& [key, windows] : expected) {
    std::string starts;
    for (const auto& [start, times] : windows) starts += (starts.empty() ? "" : ",") + start;
    const auto batch = run(key[0], kPolicies.at(key[1]), key[2] == "1", starts,
                           static_cast<int>(windows.size()), "1024");
    const auto actual = batch->start_times({});
    size_t lane = 0;
    for (const auto& [start, times] : windows) {
      EXPECT_EQ(actual[lane], times)
          << key[0] << " " << key[1] << " backfill " << key[2] << " start " << start;
      ++lane;
      ++runs;
    }
  }
  EXPECT_EQ(runs, 200);
}

TEST_F(RlScheduler, AveragesMatchTo1e9) {
  const std::map<std::string, std::string> metrics = {{"avg_bsld", "bounded_slowdown"},
                                                      {"avg_wait", "wait_mean_s"},
                                                      {"avg_turnaround", "turnaround_mean_s"},
                                                      {"util_ref", "utilization_ref"},
                                                      {"makespan", "makespan_s"},
                                                      {"max_wait", "wait_max_s"}};
  for (auto& row : read_csv(shared_folder() / "conformance/rlscheduler/heuristics.csv")) {
    const auto batch = run(row["trace"], kPolicies.at(row["policy"]), row["backfill"] == "1",
                           row["start"], 1, row["len"]);
    const EpisodeMetrics actual = batch->episode_metrics({});
    for (const auto& [column, metric] : metrics) {
      const auto found = std::find(actual.names.begin(), actual.names.end(), metric);
      ASSERT_NE(found, actual.names.end()) << metric;
      const double want = std::stod(row[column]);
      EXPECT_NEAR(actual.values[found - actual.names.begin()], want, 1e-9 * std::abs(want))
          << row["trace"] << " " << row["policy"] << " " << row["start"] << " " << column;
    }
  }
}

}  // namespace
}  // namespace cusched
