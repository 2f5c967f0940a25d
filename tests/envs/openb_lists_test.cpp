// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "envs/readers/openb.h"
#include "envs/readers/openb_table.h"
#include "envs/registry.h"
#include "tests/envs/placement_lane.h"
#include "tests/envs/workload_test_util.h"

// Lists of nodes, pods, orders and ranks as people bring them.
namespace cusched {
namespace {

using test::set;
using test::write_file;
using Notes = std::vector<std::string>;

const std::string kNodes = "sn,cpu_milli,memory_mib,gpu,model\nn0,8000,8192,2,T4\n";
const std::string kPodHead =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,"
    "scheduled_time\n";

OpenbNodes nodes(const std::string& text) { return read_openb_nodes(write_file("n.csv", text)); }
std::vector<OpenbPod> pods(const std::string& text, Notes* notes = nullptr) {
  return read_openb_pods(write_file("p.csv", text), {"T4", "A100"}, notes);
}
void expect_told(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(OpenbLists, QuotesSeparatorsAndBlanksAreRead) {
  for (const char* text :
       {"\"sn\",\"cpu_milli\",\"memory_mib\",\"gpu\",\"model\"\n\"n0\",\"8000\",\"8192\",\"2\","
        "\"T4\"\n",
        "sn;cpu_milli;memory_mib;gpu;model\nn0;8000;8192;2;T4\n",
        "sep=;\r\nsn;cpu_milli;memory_mib;gpu;model\r\nn0;8000;8192;2;T4\r\n",
        "sn\tcpu_milli\tmemory_mib\tgpu\tmodel\nn0\t8000\t8192\t2\tT4\n",
        "sn, cpu_milli, memory_mib, gpu, model,\nn0, 8000, 8192, 2, T4,\n",
        "sn,cpu_milli,memory_mib,gpu,model\nn0,8000m,8Gi,2,T4\n"}) {
    const OpenbNodes list = nodes(text);
    ASSERT_EQ(list.rows.size(), 1u) << text;
    EXPECT_EQ(list.rows[0].cpu_milli, 8000);
    EXPECT_EQ(list.rows[0].memory_mib, 8192);
    EXPECT_EQ(list.rows[0].gpus, 2);
    EXPECT_EQ(list.models, (std::vector<std::string>{"T4"}));
    EXPECT_EQ(list.notes, Notes{});
  }
  const auto list = pods(
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"
      "\"a,b-07\",4,8,1,500,\"T4|A100\"\n");
  EXPECT_EQ(list[0].number, "07");
  EXPECT_EQ(list[0].models, 3u);
  const auto bars = pods(
      "name;cpu_milli;memory_mib;num_gpu;gpu_milli;gpu_spec\n"
      "a-0;4;8;1;500;T4|A100\n");
  EXPECT_EQ(bars[0].models, 3u) << "a bar between models is no separator";
}

TEST(OpenbLists, OrdersAndRanksMayBeQuoted) {
  const auto list = pods(kPodHead + "a-0,1,1,1,500,,0,1,0\na-1,1,1,1,500,,0,1,0\n");
  const std::string order = write_file("o.csv",
                                       "\"workload\",\"seed\",\"pod_numbers_in_arrival_order\"\n"
                                       "\"w\",\"7\",\"1 0 1\"\n");
  const std::string rank =
      write_file("r.csv", "workload;seed;\"rank_of_node_0_to_1\"\nw;7;\"1 0\"\n");
  const auto orders = read_openb_orders({order}, rank, {}, list, 2);
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].pods, (std::vector<int32_t>{1, 0, 1}));
  EXPECT_EQ(orders[0].ranks, (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(orders[0].seed, 7);
  const std::string placements = write_file("x.csv", "\"pod\",node\n\"1\",0\n0,1\n");
  EXPECT_EQ(read_openb_orders({placements}, "", {}, list, 2)[0].pods, (std::vector<int32_t>{1, 0}));
}

TEST(OpenbLists, ANumberOfTwoPodsIsNoOrder) {
  Notes notes;
  const auto list = pods(kPodHead + "a-0,1,1,1,500,,0,1,0\nb-0,1,1,1,500,,0,1,0\n", &notes);
  EXPECT_EQ(notes, Notes{});
  expect_told(
      input_error([&] { read_openb_orders({write_file("o.csv", "pod\n0\n")}, "", {}, list, 2); }),
      {"o.csv:2, field pod", "several pods '0'"});
  pods(kPodHead + "a-0,1,1,1,500,,0,1,0\na-0,1,1,1,500,,0,1,0\n", &notes);
  ASSERT_EQ(notes.size(), 1u);
  expect_told(notes[0], {"p.csv: 1 pods have the name of an earlier one"});
}

TEST(OpenbLists, TimesThatAreMissingAreUnknown) {
  const auto list = pods(kPodHead +
                         "a-0,1,1,1,500,,10,,10\na-1,1,1,1,500,,,20,\na-2,1,1,1,500,,10,20,\n"
                         "a-3,1,1,1,500,,10,30,15.5\n"
                         "a-4,1,1,1,500,,1710032400,1710032490,1710032430\n");
  EXPECT_EQ(list[0].run_s, -1);
  EXPECT_EQ(list[1].run_s, -1);
  EXPECT_EQ(list[2].run_s, 10);
  EXPECT_EQ(list[3].run_s, 15) << "14.5 s, half up";
  EXPECT_EQ(list[4].run_s, 60);
  const std::string dates =
      "a-0,1,1,1,500,,2024-03-10 01:00:00+00,2024-03-10 01:01:00 UTC,2024-03-10T01:00:20Z\n";
  EXPECT_EQ(pods(kPodHead + dates)[0].run_s, 40);
  expect_told(input_error([&] { pods(kPodHead + "a-0,1,1,1,500,,30,20,30\n"); }),
              {"p.csv:2, field deletion_time", "ends before it starts"});
}

TEST(OpenbLists, AStaticModeNeedsNoTimesAndADynamicOneSaysWhere) {
  const std::string list = kPodHead + "a-0,1,1,1,500,,0,50,0\na-1,1,1,1,500,,0,,0\n";
  std::vector<EnvValue> values = {set("preset", "openb"), set("nodes", write_file("n.csv", kNodes)),
                                  set("pods", write_file("p.csv", list))};
  const auto& placement = find_environment("placement");
  EXPECT_EQ(input_error([&] { placement.create(values, {}); }), "");
  values.push_back(set("mode", "dynamic"));
  values.push_back(set("order", "resample"));
  expect_told(input_error([&] { placement.create(values, {}); }),
              {"p.csv:3", "deletion_time is empty or missing"});
}

TEST(OpenbLists, MisspeltColumnsAreAskedAboutAndOthersListed) {
  expect_told(input_error([] { nodes("sn,cpu_milli,memory_mib,gpus,model\nn0,8,8,2,T4\n"); }),
              {"n.csv:1: there is a column 'gpus', but none called 'gpu'", "Did you mean gpu?"});
  expect_told(input_error([] {
                pods("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpuspec\na-0,1,1,1,500,\n");
              }),
              {"p.csv:1", "Did you mean gpu_spec?"});
  expect_told(input_error([] { nodes("n0,8000,8192,2,T4\nn1,8000,8192,2,T4\n"); }),
              {"n.csv:1: the first line has values instead of names", "sn,cpu_milli"});
  expect_told(input_error([] { nodes("sn,a,b\nn,1,2\n"); }),
              {"there is no column 'cpu_milli'; there are 'sn', 'a', 'b', separated by commas"});
  Notes notes;
  pods("name,cpu_milli,memory_mib,num_gpu,gpu_milli,owner\na-0,1,1,1,500,me\n", &notes);
  ASSERT_EQ(notes.size(), 1u);
  expect_told(notes[0], {"p.csv: columns that are not used: 'owner'"});
}

TEST(OpenbLists, SharesOfGpusGoToGpuMilli) {
  expect_told(input_error([] { pods(kPodHead + "a-0,1,1,0.5,500,,0,1,0\n"); }),
              {"p.csv:2, field num_gpu: '0.5' is not a whole number", "num_gpu 1 and gpu_milli"});
  expect_told(input_error([] { pods(kPodHead + "a-0,1,1,1,0.5,,0,1,0\n"); }),
              {"field gpu_milli: '0.5'", "500 for half"});
  expect_told(input_error([] { pods(kPodHead + "a-0,1,500m,1,500,,0,1,0\n"); }),
              {"field memory_mib: '500m'", "thousandth"});
}

}  // namespace
}  // namespace cusched
