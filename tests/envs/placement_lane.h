// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "envs/placement.h"
#include "envs/placement_view.h"

namespace cusched::test {

// A folder of this process: ctest runs the tests of a program side by side, each in its own.
class TestFolder {
 public:
  TestFolder()
      : path_(std::filesystem::path(::testing::TempDir()) /
              ("cusched_placement_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;  // owns the folder
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A file of a test, which lives as long as the process.
inline std::string write_file(const std::string& name, const std::string& text) {
  static const TestFolder folder;
  const std::filesystem::path path = folder.path() / name;
  std::ofstream(path) << text;
  return path.string();
}

inline EnvValue set(const std::string& name, const std::string& value) {
  return {name, value, "test"};
}

// Settings of an episode in which these pods ("CPU,MEMORY,GPUS,MILLI[,SPEC]") arrive in order on
// these nodes ("CPU,MEMORY,GPUS[,MODEL]"), one pass without SKIP unless `more` says otherwise.
inline std::vector<EnvValue> script(const std::string& name, const std::vector<std::string>& nodes,
                                    const std::vector<std::string>& pods,
                                    const std::vector<EnvValue>& more = {}) {
  std::string node_text = "sn,cpu_milli,memory_mib,gpu,model\n";
  std::string pod_text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n";
  std::string order_text = "pod\n";
  const auto with_commas = [](std::string row, int64_t commas) {
    while (std::count(row.begin(), row.end(), ',') < commas) row += ",";
    return row;
  };
  for (size_t i = 0; i < nodes.size(); ++i)
    node_text += "n" + std::to_string(i) + "," + with_commas(nodes[i], 3) + "\n";
  for (size_t i = 0; i < pods.size(); ++i) {
    pod_text += "pod-" + std::to_string(i) + "," + with_commas(pods[i], 4) + "\n";
    order_text += std::to_string(i) + "\n";
  }
  std::vector<EnvValue> values = {set("preset", "openb"),
                                  set("nodes", write_file(name + "_nodes.csv", node_text)),
                                  set("pods", write_file(name + "_pods.csv", pod_text)),
                                  set("order", write_file(name + "_order.csv", order_text))};
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

// One lane of `placement` on the host with its state open to a test. Compiled once, so that a
// change of the dynamics compiles one file of the tests again.
class PlacementLane {
 public:
  explicit PlacementLane(const std::vector<EnvValue>& settings, bool evaluation = true);
  ~PlacementLane();
  PlacementLane(const PlacementLane&) = delete;  // the lane points into this object
  PlacementLane& operator=(const PlacementLane&) = delete;

  void begin(uint32_t seed = 1, uint32_t env = 0);
  Done step(int item);
  void end_episode();
  void observe(float* obs, uint8_t* mask = nullptr) const;

  // What a heuristic would choose now.
  int choose(const std::string& heuristic);
  // A whole episode; where its pods went.
  std::vector<PodPlacement> run(const std::string& heuristic);

  const placement::View& view() const;
  const placement::Sums& sums() const;
  const placement::Facts& facts() const;

  placement::Caps caps;
  placement::Params params;
  placement::Columns columns{};
  std::vector<std::string> notes;
  Done done = Done::kTerminated;

 private:
  struct Dynamics;

  std::deque<std::vector<uint64_t>> memory_;  // zeroed, aligned for every column
  RngKey key_;
  std::unique_ptr<Dynamics> lane_;
};

// Nodes chosen for each pod, e.g. {0, 1, -1}.
inline std::vector<int> nodes_of(const std::vector<PodPlacement>& placed) {
  std::vector<int> nodes;
  for (const PodPlacement& pod : placed) nodes.push_back(pod.node);
  return nodes;
}

}  // namespace cusched::test
