// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "envs/placement_data.h"
#include "envs/readers/openb.h"
#include "envs/registry.h"
#include "tests/envs/contract_batch.h"
#include "tests/envs/placement_lane.h"
#include "tests/envs/workload_test_util.h"

// Bad files and settings: one message with file, line and field.
namespace cusched {
namespace {

using test::set;
using test::write_file;

const char* const kNodes = "sn,cpu_milli,memory_mib,gpu,model\nn0,8000,8192,2,T4\n";
const char* const kPods = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\na-0,1,1,1,500,\n";

std::string message(const std::vector<EnvValue>& values) {
  return input_error([&] { find_environment("placement").create(values, {}); });
}
std::string with(const std::string& nodes, const std::string& pods,
                 std::vector<EnvValue> more = {}) {
  std::vector<EnvValue> values = {set("preset", "openb"), set("nodes", write_file("n.csv", nodes)),
                                  set("pods", write_file("p.csv", pods))};
  values.insert(values.end(), more.begin(), more.end());
  return message(values);
}

void expect_told(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(PlacementInput, GoodFilesAreTaken) { EXPECT_EQ(with(kNodes, kPods), ""); }

TEST(PlacementInput, BadNodesAreRefused) {
  const std::string heading = "sn,cpu_milli,memory_mib,gpu,model\n";
  expect_told(with(heading + "n,8000,x,2,T4\n", kPods), {"n.csv:2, field memory_mib", "'x'"});
  expect_told(with(heading + "n,0,8192,2,T4\n", kPods), {"n.csv:2, field cpu_milli"});
  expect_told(with(heading + "n,8000,0,2,T4\n", kPods), {"n.csv:2, field memory_mib"});
  expect_told(with(heading + "n,8000,8192,9,T4\n", kPods), {"n.csv:2, field gpu"});
  expect_told(with(heading + "n,8000,8192,1.5,T4\n", kPods), {"n.csv:2, field gpu", "1.5"});
  expect_told(with(heading + "n,8000,8192,2\n", kPods), {"n.csv:2", "4 fields"});
  expect_told(with(heading + "n,8000,8192,0,\n", kPods), {"no GPU"});
  expect_told(with(heading, kPods), {"n.csv", "no nodes"});
  expect_told(with("", kPods), {"n.csv", "empty"});
  expect_told(with("sn,cpu_milli,memory_mib,gpu\nn,1,1,1\n", kPods), {"n.csv:1", "'model'"});
  expect_told(message({set("preset", "openb")}), {"nodes", "preset"});
  expect_told(message({set("preset", "openb"), set("nodes", "/no/such.csv"), set("pods", "x.csv")}),
              {"/no/such.csv", "opened"});
  expect_told(message({set("nodes", "2x8c16g9gpu")}), {"test", "8 GPUs"});
}

TEST(PlacementInput, BadPodsAreRefused) {
  const std::string heading = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n";
  expect_told(with(kNodes, heading + "a-0,1,1,1,500,A100\n"),
              {"p.csv:2, field gpu_spec", "'A100'", "T4"});
  expect_told(with(kNodes, heading + "a-0,1,1,1,1001,\n"), {"p.csv:2, field gpu_milli"});
  expect_told(with(kNodes, heading + "a-0,1,1,1,0,\n"), {"p.csv:2, field gpu_milli"});
  expect_told(with(kNodes, heading + "a-0,1,1,2,500,\n"), {"p.csv:2, field gpu_milli"});
  expect_told(with(kNodes, heading + "a-0,1,1,0,500,\n"), {"p.csv:2, field gpu_milli"});
  expect_told(with(kNodes, heading + "a-0,-1,1,1,500,\n"), {"p.csv:2, field cpu_milli"});
  expect_told(with(kNodes, heading + "a-0,1,1,nan,500,\n"), {"p.csv:2, field num_gpu"});
  expect_told(with(kNodes, heading + "a-0,1,1,1,500,,x\n"), {"p.csv:2", "7 fields"});
  expect_told(with(kNodes, heading + "a-0,9000,1,1,500,\n"), {"test: no pod of the list fits"});
  expect_told(with(kNodes, heading + "a-0,1,1,0,0,\n"), {"test: no pod asks for a GPU"});
  expect_told(with(kNodes, heading), {"p.csv", "no pods"});
  expect_told(with(kNodes, std::string(kPods), {set("mode", "dynamic"), set("order", "resample")}),
              {"test: ", "deletion_time"});
}

TEST(PlacementInput, BadOrdersAndRanksAreRefused) {
  const auto order = [](const std::string& text) {
    return set("order", write_file("o.csv", text));
  };
  const std::string lines = "workload,seed,pod_numbers_in_arrival_order\n";
  EXPECT_EQ(with(kNodes, kPods, {order("pod\n0\n0\n")}), "");
  expect_told(with(kNodes, kPods, {order("pod\n0\n7\n")}), {"o.csv:3, field pod", "'7'"});
  expect_told(with(kNodes, kPods, {order("pod\n")}), {"o.csv", "no rows"});
  expect_told(with(kNodes, kPods, {order(lines + "a,1,0\nb,1,0\n")}), {"o.csv", "a/1, b/1"});
  EXPECT_EQ(with(kNodes, kPods, {order(lines + "other,1,0 0\n")}), "") << "there is no other";
  EXPECT_EQ(with(kNodes, kPods, {order(lines + "other,1,0 0\n"), set("workload", "other")}), "");
  expect_told(with(kNodes, kPods, {order(lines + "other,1,0 3\n"), set("workload", "other")}),
              {"o.csv:2, field pod_numbers", "'3'"});
  const auto rank = [](const std::string& text) { return set("rank", write_file("r.csv", text)); };
  const std::string ranks = "workload,seed,rank_of_node_0_to_0\n";
  EXPECT_EQ(with(kNodes, kPods, {order("pod\n0\n"), rank(ranks + "w,1,0\n")}), "");
  expect_told(with(kNodes, kPods, {order("pod\n0\n"), rank(ranks + "w,1,1\n")}),
              {"r.csv:2, field rank_of_node_0_to_0", "1"});
  expect_told(with(kNodes, kPods, {order("pod\n0\n"), rank(ranks + "w,1,0 1\n")}),
              {"r.csv:2", "2 ranks for 1 nodes"});
  expect_told(with(kNodes, kPods, {order("pod\n0\n"), rank(ranks + "w,1,0.5\n")}),
              {"r.csv:2", "'0.5'"});
  expect_told(with(kNodes, kPods, {rank(ranks + "w,1,0\n")}), {"rank", "--order FILE"});
  expect_told(with(kNodes, kPods, {order("pod\n0\n"), set("sample-nodes", "3")}), {"order"});
}

TEST(PlacementInput, OrdersOfAFileAreEpisodes) {
  const std::string orders = write_file(
      "orders.csv", "workload,seed,pod_numbers_in_arrival_order\nw,1,0 0\nx,1,0\nw,2,0 0 0\n");
  std::vector<EnvValue> values = {set("preset", "openb"), set("nodes", write_file("n.csv", kNodes)),
                                  set("pods", write_file("openb_pod_list_w.csv", kPods)),
                                  set("order", orders), set("workload", "w")};
  const auto& env = find_environment("placement");
  EXPECT_EQ(env.create(values, contract::lanes(1, 77))->episodes(),
            (std::vector<std::string>{"w.seed1", "w.seed2"}));
  BatchOptions seeded;
  seeded.seed = 2;
  EXPECT_EQ(env.create(values, seeded)->episodes(), (std::vector<std::string>{"w.seed2"}));
  values.push_back(set("order-seed", "2"));
  EXPECT_EQ(env.create(values, {})->episodes(), (std::vector<std::string>{"w.seed2"}));
  EXPECT_EQ(openb_workload_name("a/openb_pod_list_cpu050.csv"), "cpu050");
}

TEST(PlacementInput, OrdersWithAndWithoutRanksKeepTheirRows) {
  std::vector<OpenbOrder> orders(3);
  orders[0].pods = {0, 1};
  orders[1].pods = {1};
  orders[1].ranks = {2, 0, 1};
  orders[2].pods = {1, 0};
  const OrderTable table = order_table(orders, 3);
  EXPECT_EQ(table.pods, (std::vector<int32_t>{0, 1, 1, 1, 0}));
  EXPECT_EQ(table.begin, (std::vector<int32_t>{0, 2, 3, 5}));
  EXPECT_EQ(table.ranks, (std::vector<int32_t>{0, 1, 2, 2, 0, 1, 0, 1, 2}));
}

TEST(PlacementInput, BadSettingsAreRefused) {
  EXPECT_NE(message({set("defer", "sometimes")}), "");
  EXPECT_NE(message({set("mode", "live")}), "");
  EXPECT_NE(message({set("inflation", "0")}), "");
  EXPECT_NE(message({set("sample-nodes", "-1")}), "");
  EXPECT_NE(message({set("gpu-choice", "loosest")}), "");
}

}  // namespace
}  // namespace cusched
