// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include "envs/placement_curve.h"
#include "envs/readers/openb.h"
#include "envs/readers/openb_table.h"
#include "envs/readers/text_input.h"
#include "envs/registry.h"
#include "tests/envs/contract_batch.h"
#include "tests/envs/workload_test_util.h"

// Every placement and curve of FGD's experiments in the shared files, without one difference.
namespace cusched {
namespace {

const std::map<std::string, std::string>& policies() {
  static const std::map<std::string, std::string> names = {{"BestFit", "best-fit"},
                                                           {"DotProd", "dot-product"},
                                                           {"GpuPacking", "gpu-packing"},
                                                           {"GpuClustering", "gpu-clustering"},
                                                           {"FGD", "fgd"}};
  return names;
}

std::string gpus_text(uint32_t gpus) {
  std::string text;
  for (int g = 0; g < kMaxNodeGpus; ++g)
    if (gpus >> g & 1) text += (text.empty() ? "" : "-") + std::to_string(g);
  return text;
}

std::vector<PodPlacement> play(const std::vector<EnvValue>& values, const std::string& policy) {
  BatchOptions options = contract::lanes(1);
  options.single_episode = true;
  auto batch = find_environment("placement").create(values, options);
  batch->reset({}, {});
  for (int i = 0; i < 1000 && !batch->all_ended({}); ++i)
    batch->run_heuristic({}, contract::heuristic(*batch, policy), 4096, nullptr, {});
  EXPECT_TRUE(batch->all_ended({}));
  return batch->placements({})[0];
}

// Row of curves.csv for a workload, seed and policy.
std::vector<std::string> curve_row(const std::string& workload, const std::string& seed,
                                   const std::string& policy) {
  OpenbTable table(shared_file("conformance/openb/curves.csv"), {"workload", "seed", "policy"}, {});
  while (table.next()) {
    if (table.text("workload") != workload || table.text("seed") != seed ||
        table.text("policy") != policy)
      continue;
    std::vector<std::string> row = {table.text("allocated_gpu_milli"),
                                    table.text("arrived_gpu_milli")};
    for (int k = 0; k <= 130; ++k) row.push_back(table.text(std::to_string(k)));
    return row;
  }
  return {};
}

void expect_curve(const std::vector<PodPlacement>& placed, int64_t capacity,
                  const std::vector<std::string>& row) {
  ASSERT_EQ(row.size(), 133u);
  int64_t allocated = 0, arrived = 0;
  for (const PodPlacement& pod : placed) {
    arrived += pod.gpu_milli;
    allocated += pod.node >= 0 ? pod.gpu_milli : 0;
  }
  EXPECT_EQ(std::to_string(allocated), row[0]);
  EXPECT_EQ(std::to_string(arrived), row[1]);
  const std::vector<double> curve = allocation_curve(placed, capacity);
  ASSERT_EQ(curve.size(), 131u);
  for (size_t k = 0; k < curve.size(); ++k) {
    char text[32] = "";
    if (!std::isnan(curve[k])) std::snprintf(text, sizeof text, "%.2f", curve[k]);
    EXPECT_EQ(text, row[k + 2]) << "at " << k << " %";
  }
}

class Openb : public ::testing::TestWithParam<std::string> {};

TEST_P(Openb, EveryPlacementIsTheReferences) {
  const std::string file = shared_file("conformance/openb/" + GetParam() + ".placements.csv");
  if (file.empty()) GTEST_SKIP() << "no shared data here (set CUSCHED_SHARED)";
  const std::string workload = GetParam().substr(0, GetParam().find('.'));
  const std::string seed = GetParam().substr(GetParam().find(".seed") + 5);
  const std::string list = shared_file("data/openb/openb_pod_list_" + workload + ".csv");
  const bool listed = workload != "default";
  const std::vector<EnvValue> values = {
      {"preset", "openb", "test"},
      {"nodes", shared_file("data/openb/openb_node_list_gpu_node.csv"), "test"},
      {"pods", list, "test"},
      {"order", listed ? shared_file("conformance/openb/pod_order.csv") : file, "test"},
      {"rank", shared_file("conformance/openb/node_rank.csv"), "test"}};
  const OpenbNodes nodes = read_openb_nodes(values[1].value);
  int64_t capacity = 0;
  for (const OpenbNode& node : nodes.rows) capacity += kGpuMilli * node.gpus;
  const std::vector<OpenbPod> pods = read_openb_pods(list, nodes.models);
  for (const auto& [theirs, ours] : policies()) {
    SCOPED_TRACE(ours);
    const std::vector<PodPlacement> placed = play(values, ours);
    OpenbTable table(file, {"pod", theirs + "_node", theirs + "_gpus"}, {});
    size_t i = 0;
    for (; table.next(); ++i) {
      ASSERT_LT(i, placed.size());
      ASSERT_EQ(pods[placed[i].pod].number, table.text("pod")) << "line " << table.line();
      ASSERT_EQ(std::to_string(placed[i].node), table.text(theirs + "_node"))
          << "line " << table.line();
      ASSERT_EQ(gpus_text(placed[i].gpus), table.text(theirs + "_gpus")) << "line " << table.line();
    }
    ASSERT_EQ(i, placed.size());
    expect_curve(placed, capacity, curve_row(workload, seed, theirs));
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, Openb,
                         ::testing::Values("cpu050.seed42", "cpu100.seed42", "cpu200.seed42",
                                           "default.seed42", "default.seed43", "default.seed44",
                                           "gpushare100.seed42", "gpushare40.seed42",
                                           "gpushare60.seed42", "gpuspec10.seed42",
                                           "gpuspec25.seed42", "multigpu20.seed42",
                                           "multigpu30.seed42"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name.replace(name.find('.'), 1, "_");
                           return name;
                         });

}  // namespace
}  // namespace cusched
