// SPDX-License-Identifier: MIT
// Nodes of the graphs that an iteration replays: each launch costs microseconds on a device, so
// their number is kept. Counted under emulation, where a matrix product is one node; a GPU's cuBLAS
// may take several.
#include <gtest/gtest.h>

#include <sstream>

#include "agents/network_registry.h"
#include "cuda/stream.h"
#include "envs/registry.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/cuda/gpu.h"
#include "tests/golden/golden_file.h"

namespace cusched {
namespace {

constexpr int kRolloutSteps = 4;

// "ALGORITHM NETWORK PHASE NODES KERNELS COPIES FILLS", a line for each graph.
std::string graph_lines(const AlgorithmCase& c, const std::string& network) {
  const Device gpu{DeviceKind::kCuda, 0};
  BatchOptions options;
  options.members = 2;
  options.envs = 33;
  options.device = gpu;
  const auto batch = find_environment("admission").create(plain_admission(), options);
  const auto algorithm = make_case(c);
  algorithm->shared().rollout_steps = kRolloutSteps;
  const Stream stream(gpu);
  const auto trainer = algorithm->make_trainer(*batch, stream.exec(),
                                               NetworkConfig{network, {32, 32}, "tanh"}, 5, 0);
  for (int i = 0; i < 3; ++i) trainer->iterate();
  std::ostringstream lines;
  for (const PhaseGraph& graph : trainer->graphs()) {
    const GraphStats& s = graph.stats;
    EXPECT_EQ(s.copies_to_host, 0) << c.algo << ' ' << network << ' ' << graph.name;
    EXPECT_EQ(s.nodes, s.kernels + s.copies + s.fills) << graph.name;
    lines << c.algo << ' ' << network << ' ' << graph.name << ' ' << s.nodes << ' ' << s.kernels
          << ' ' << s.copies << ' ' << s.fills << '\n';
  }
  EXPECT_FALSE(lines.str().empty()) << c.algo << " captured no graph";
  return lines.str();
}

TEST(GraphBudgetsGpu, HaveTheNodesTheyHad) {
  CUSCHED_SKIP_WITHOUT_GPU();
  std::string lines;
  for (const AlgorithmCase& c : algorithm_cases())
    for (const std::string& network : network_names()) lines += graph_lines(c, network);
  if (!cuda_is_emulated()) GTEST_SKIP() << "a GPU's graphs:\n" << lines;
  if (golden::regenerates()) {
    golden::write("graphs",
                  "Nodes, kernels, copies and fills of each graph of an iteration of " +
                      std::to_string(kRolloutSteps) + " steps, two members.",
                  "test_agents_emulated --gtest_filter=GraphBudgets*", lines);
    GTEST_SKIP() << "wrote " << golden::path_of("graphs");
  }
  EXPECT_EQ(lines, golden::read("graphs"));
}

}  // namespace
}  // namespace cusched
