// SPDX-License-Identifier: MIT
// GPU models as people write them: of nodes, of jobs in tables, of job templates.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "envs/cluster_spec.h"
#include "envs/inputs.h"
#include "envs/registry.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

void expect_told(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

std::string all(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += note + "\n";
  return text;
}

ClusterSpec cluster(const std::string& text) { return parse_cluster(text, "nodes"); }

TEST(GpuModels, OfNodesAreNumberedAsTheyAppear) {
  const ClusterSpec spec =
      cluster("4x32c128g8gpu:A100+2x32c128g8gpu:H100 + 3x8c16g1gpu:A100+1x8c16g2gpu");
  EXPECT_EQ(spec.capacity.gpu_models, (std::vector<std::string>{"A100", "H100"}));
  ASSERT_EQ(spec.nodes.size(), 10u);
  EXPECT_EQ(spec.nodes[0].model, 0);
  EXPECT_EQ(spec.nodes[4].model, 1);
  EXPECT_EQ(spec.nodes[6].model, 0);
  EXPECT_EQ(spec.nodes[9].model, kNoGpuModel);
  EXPECT_EQ(spec.nodes[4].model_bit, 4);
  EXPECT_EQ(spec.capacity.nodes[3].model_bit, 1);
  EXPECT_EQ(spec.capacity.gpus, 53);
  EXPECT_EQ(cluster_text(spec), "10 nodes, 224 cores, 832 GiB, 53 GPUs (35 A100, 16 H100)");
  EXPECT_EQ(cluster("1x8c16g1gpu:RTX_3090-24.GB").capacity.gpu_models.at(0), "RTX_3090-24.GB");
  std::string eight = "1x8c16g1gpu:m0";
  for (int m = 1; m < kMaxGpuModels; ++m) eight += "+1x8c16g1gpu:m" + std::to_string(m);
  EXPECT_EQ(cluster(eight).nodes.back().model, 7);
  expect_told(input_error([&] { cluster(eight + "+1x8c16g1gpu:nine"); }),
              {"nodes: the nodes have more than 8 GPU models"});
  for (const char* bad : {"1x8c16g1gpu:", "1x8c16g1gpu:A 100", "1x8c16g1gpu:A100,H100",
                          "1x8c16g0gpu:A100", "1x8c16g:A100"})
    expect_told(input_error([&] { cluster(bad); }), {"describes no nodes", ":MODEL"});
}

const std::string kTable =
    "job_id,submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n"
    "0,0,60,1000,64,1,A100\n"
    "1,1,60,1000,64,2,A100|H100\n"
    "2,2,60,1000,64,1,\n"
    "3,3,60,1000,64,0,A100\n"
    "4,4,60,1000,64,1,H100 | A100\n"
    "5,5,60,1000,64,1,H100|T4\n";

Workload build(const std::string& table, const std::string& nodes, bool drop = false) {
  WorkloadConfig config;
  config.name = "csv";
  config.drop_oversize = drop;
  return build_trace(parse_job_csv(table, "t.csv"), config, cluster(nodes).capacity);
}

TEST(GpuModels, OfJobsAreSetsOfTheClustersModels) {
  const Workload w = build(kTable, "1x8c16g8gpu:H100+1x8c16g8gpu:A100+1x8c16g");
  EXPECT_EQ(w.gpu_sets, (std::vector<GpuModelBits>{kEveryGpuModel, 4, 6, 2}));
  std::vector<int> sets;
  for (const Job& job : w.rows) sets.push_back(job.gpu_model);
  EXPECT_EQ(sets, (std::vector<int>{1, 2, 0, 0, 2, 3})) << "H100 is model 0, A100 model 1";
  expect_told(all(w.notes), {"1 jobs without GPUs name a GPU model: it is ignored",
                             "1 job would take the GPU model T4, too"});
}

TEST(GpuModels, OfJobsAreIgnoredWithANoteWhereTheClusterHasNone) {
  const Workload w = build(kTable, "2x8c16g8gpu");
  for (const Job& job : w.rows) EXPECT_EQ(job.gpu_model, 0);
  EXPECT_EQ(w.gpu_sets.size(), 1u);
  expect_told(all(w.notes), {"4 jobs name GPU models, and the cluster's nodes have none"});
  // And a column that nobody fills in says nothing.
  const Workload empty =
      build("job_id,submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n0,0,60,1000,64,1,\n",
            "1x8c16g1gpu");
  EXPECT_TRUE(empty.notes.empty()) << all(empty.notes);
}

TEST(GpuModels, AJobOfAnotherModelNeverFits) {
  expect_told(input_error([&] { build(kTable, "1x8c16g8gpu:H100"); }),
              {"t.csv:2: a job asks for 1 x 1000 milli-CPU, 64 MiB, 1 GPUs of A100",
               "its GPU models are H100", "--oversize drop"});
  const Workload w = build(kTable, "1x8c16g8gpu:H100", true);
  EXPECT_EQ(w.rows.size(), 5u);
  expect_told(all(w.notes), {"1 of 6 jobs ask for more than the empty cluster holds", "t.csv:2"});
  // Two GPUs of one of the models, but no node of it has two.
  expect_told(input_error([&] { build(kTable, "1x8c16g1gpu:A100+1x8c16g1gpu:H100+1x8c16g8gpu"); }),
              {"t.csv:3: ", "2 GPUs of A100|H100, which the empty cluster does not hold"});
}

TEST(GpuModels, AnEmptyNameIsRefused) {
  for (const char* bad : {"A100|", "|A100", "A100||H100", "|"})
    expect_told(
        input_error([&] {
          parse_job_csv(
              std::string("submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n0,60,1000,64,1,") +
                  bad + "\n",
              "t.csv");
        }),
        {"t.csv:2, field gpu_model", "empty name of a GPU model"});
}

TEST(GpuModels, MoreThan15SetsAreRefused) {
  std::string nodes, table = "submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n";
  for (int m = 0; m < 5; ++m)
    nodes += (m > 0 ? "+1x8c16g1gpu:m" : "1x8c16g1gpu:m") + std::to_string(m);
  for (int set = 1; set < 17; ++set) {
    std::string names;
    for (int m = 0; m < 5; ++m)
      if (set >> m & 1) names += (names.empty() ? "m" : "|m") + std::to_string(m);
    table += "0,60,1000,64,1," + names + "\n";
    if (set == 15) {
      EXPECT_EQ(build(table, nodes).rows.back().gpu_model, 15);
    }
  }
  expect_told(input_error([&] { build(table, nodes); }), {"t.csv:17", "more than 15"});
}

TEST(GpuModels, OfTemplatesGoToJobsWithGpus) {
  const char* const mix = R"(templates:
  - name: train
    cpu_milli: 9000
    gpus: [1, 1, 0, 0, 1]
    gpu_model: A100
mix:
  - rate: 10
)";
  const MixSpec spec = parse_mix_yaml(mix, "m.yaml");
  const Workload w = build_mix(spec, {}, cluster("2x16c64g+1x8c16g2gpu:A100+1x8c16g8gpu").capacity);
  EXPECT_EQ(w.gpu_sets, (std::vector<GpuModelBits>{kEveryGpuModel, 2}));
  int with = 0;
  for (const Job& job : draw_jobs(w.view(), {1, 0, 0, 0}, 500)) {
    ASSERT_EQ(job.gpu_model, job.gpus > 0 ? 1 : 0);
    ASSERT_LE(job.gpus, 2) << "cut to the node of its model";
    ASSERT_EQ(job.cpu_milli, job.gpus > 0 ? 8000 : 9000);
    with += job.gpus > 0 ? 1 : 0;
  }
  EXPECT_GT(with, 200);
  const Workload none = build_mix(spec, {}, cluster("2x16c64g8gpu").capacity);
  for (const Job& job : draw_jobs(none.view(), {1, 0, 0, 0}, 50)) ASSERT_EQ(job.gpu_model, 0);
  expect_told(all(none.notes), {"have no GPU models: any GPU will do for jobs of train"});
  expect_told(input_error([&] { build_mix(spec, {}, cluster("1x8c16g2gpu:T4").capacity); }),
              {"template 'train', gpu_model: no node has a GPU of A100", "The nodes have T4"});
  std::string without = mix;
  without.replace(without.find("[1, 1, 0, 0, 1]"), 15, "[1]");
  expect_told(input_error([&] { parse_mix_yaml(without, "m.yaml"); }),
              {"gpu_model: its jobs have no GPUs"});
}

TEST(GpuModels, TheLoadIsTheLargestOverTheirSets) {
  const std::string head = "submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n";
  const std::string nodes = "1x8c16g4gpu:A100+1x8c16g4gpu:H100+1x8c16g24gpu";
  const auto load = [&](const std::string& jobs) { return build(head + jobs, nodes).load_gpu; };
  // Over 100 s: 400 GPU seconds of the four A100s.
  EXPECT_DOUBLE_EQ(load("0,200,10,1,2,A100\n100,1,10,1,0,\n"), 1.0);
  // Those count on the eight of both, too, beside 1,200 that may run on either.
  EXPECT_DOUBLE_EQ(load("0,200,10,1,2,A100\n100,600,10,1,2,A100|H100\n"), 2.0);
  // And on all 32.
  EXPECT_DOUBLE_EQ(load("0,200,10,1,2,A100\n100,3000,10,1,4,\n"), 3.875);
}

// The environment with fractions of GPUs reads the same text.
TEST(GpuModels, OfNodesInATextCountInPlacement) {
  const std::string file = testing::TempDir() + "cusched_model_pods.csv";
  const auto create = [&](const std::string& spec) {
    std::ofstream(file) << "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\np-0,1000,1024,1,"
                           "1000,"
                        << spec << "\np-1,1000,1024,1,1000,\n";
    return find_environment("placement")
        .create({{"nodes", "1x32c128g2gpu:A100+2x32c128g2gpu:T4+1x32c128g2gpu", "test"},
                 {"pods", file, "test"}},
                {})
        ->inputs();
  };
  EXPECT_FALSE(create("T4|A100").empty());
  expect_told(input_error([&] { create("H100"); }),
              {":2, field gpu_spec", "no node has the GPU model 'H100'", "A100, T4"});
  std::remove(file.c_str());
}

// A checkpoint says what it was trained on: models count.
TEST(GpuModels, AreAmongTheInputs) {
  const std::string file = testing::TempDir() + "cusched_gpu_models.csv";
  std::ofstream(file) << kTable;
  const auto inputs = [&](const std::string& nodes) {
    return find_environment("admission")
        .create({{"nodes", nodes, "test"}, {"trace", file, "test"}}, {})
        ->inputs();
  };
  const auto plain = inputs("2x8c16g8gpu"), one = inputs("1x8c16g8gpu:A100+1x8c16g8gpu:H100");
  const auto other = inputs("1x8c16g8gpu:H100+1x8c16g8gpu:A100");
  std::remove(file.c_str());
  for (const char* name : {"cluster", "trace"}) {
    EXPECT_FALSE(find_part(plain, name)->same(*find_part(one, name))) << name;
    EXPECT_FALSE(find_part(one, name)->same(*find_part(other, name))) << name;
  }
}

}  // namespace
}  // namespace cusched
