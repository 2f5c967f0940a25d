// SPDX-License-Identifier: MIT
#include "envs/inputs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/envs/contract_batch.h"

namespace cusched::contract {
namespace {

EnvValue set(const char* name, const std::string& value) { return {name, value, "test"}; }

// FNV-1a's published values.
TEST(ContentHash, IsFnv1a) {
  EXPECT_EQ(ContentHash().text(), "cbf29ce484222325");
  EXPECT_EQ(ContentHash().add(uint8_t{'a'}).text(), "af63dc4c8601ec8c");
}

TEST(Inputs, DifferencesNameThePart) {
  const std::vector<InputPart> before = {{"trace", "5,000 jobs", "aa", "old.csv"},
                                         {"--load", "0.9"},
                                         {"cluster", "4 nodes", "11"},
                                         {kStateLayout, "80 bytes", "33"}};
  const auto differences = [&](const std::vector<InputPart>& now) {
    return input_differences(before, now, "X");
  };
  EXPECT_TRUE(differences(before).empty());
  std::vector<InputPart> now = before;
  now[0].from = "new.csv";  // it moved
  EXPECT_TRUE(differences(now).empty());
  now[3].hash = "44";
  EXPECT_EQ(differences(now).size(), 1u);
  now[0] = {"trace", "4,000 jobs", "bb", "new.csv"};
  now[1].text = "0.5";
  now[2].hash = "22";
  EXPECT_EQ(differences(now),
            (std::vector<std::string>{
                "the trace new.csv has 4,000 jobs, X was trained on 5,000 jobs",
                "--load is 0.5, X was trained with 0.9",
                "the cluster has 4 nodes, as what X was trained on, but not the same (contents 22, "
                "then 11)"}));
  now = before;
  now[0] = {"workload", "3 job templates", "cc"};
  EXPECT_EQ(
      differences(now),
      (std::vector<std::string>{"there is a workload (3 job templates), X was trained without one",
                                "there is no trace, X was trained on 5,000 jobs"}));
}

// The parts that differ between two batches of an environment.
std::vector<std::string> changed(const std::string& env, const std::vector<EnvValue>& a,
                                 const std::vector<EnvValue>& b) {
  const EnvEntry& entry = find_environment(env);
  const auto before = make(entry, {"a", a}, lanes(2)), now = make(entry, {"b", b}, lanes(5));
  std::vector<std::string> names;
  for (const InputPart& part : now->inputs()) {
    const InputPart* const then = find_part(before->inputs(), part.name);
    if (then == nullptr || !then->same(part)) names.push_back(part.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(Inputs, EachSettingAndTableCounts) {
  EXPECT_EQ(changed("admission", {}, {}), Names{});
  EXPECT_EQ(changed("admission", {}, {set("load", "0.5")}), (Names{"--load", "workload"}));
  EXPECT_EQ(changed("admission", {}, {set("nodes", "3x8c16g")}),
            (Names{"cluster", "workload", "layout of the state"}));
  EXPECT_EQ(changed("admission", {}, {set("drf-aging-urgent", "1")}), Names{});
  EXPECT_EQ(changed("admission", {}, {set("horizon-s", "7200")}), Names{"--horizon-s"});
  EXPECT_EQ(changed("placement", {}, {set("nodes", "8x96c384g8gpu"), set("sample-nodes", "32")}),
            Names{"list of nodes"});
  EXPECT_EQ(changed("placement", {}, {set("inflation", "120")}),
            (Names{"--inflation", "layout of the state"}));
  EXPECT_EQ(changed("placement", {}, {set("order", "synth")}).front(), "order of pods");
}

TEST(Inputs, AnEditOfATraceShows) {
  const std::string folder =
      testing::TempDir() + "cusched_inputs_" + std::to_string(::getpid()) + "/";
  std::filesystem::create_directories(folder);
  const auto jobs = [&](const char* name, int count, int edited) {
    std::ofstream csv(folder + name);
    csv << "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < count; ++i)
      csv << i * 30 << "," << (i == edited ? 99 : 50) << ",1000,512\n";
    return folder + name;
  };
  const auto with = [&](const std::string& path) {
    return std::vector<EnvValue>{set("workload", "csv"), set("trace", path),
                                 set("nodes", "2x4c16g"), set("length", "10")};
  };
  const std::string a = jobs("a.csv", 30, -1), same = jobs("b.csv", 30, -1);
  EXPECT_EQ(changed("admission", with(a), with(same)), Names{});
  EXPECT_EQ(changed("admission", with(a), with(jobs("c.csv", 30, 7))), Names{"trace"});
  EXPECT_EQ(changed("admission", with(a), with(jobs("d.csv", 29, -1))), Names{"trace"});
  const auto batch = make(find_environment("admission"), {"", with(a)}, lanes(1));
  const InputPart* const trace = find_part(batch->inputs(), "trace");
  ASSERT_NE(trace, nullptr);
  EXPECT_EQ(trace->text, "30 jobs");
  EXPECT_EQ(trace->from, "a.csv");
  EXPECT_EQ(trace->hash.size(), 16u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cusched::contract
