// SPDX-License-Identifier: MIT
// A checkpoint's state may be of another program or damaged: whatever stands in it, no index points
// anywhere else. Every word of small states is set to extremes; what is accepted is played.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "cuda/error.h"
#include "tests/envs/contract_batch.h"

namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";

EnvValue set(const char* name, const std::string& value) { return {name, value, "test"}; }

// A field's name from "field NAME, lane L, ...".
std::string field_of(const std::string& difference) {
  const size_t begin = difference.find(' ') + 1;
  return difference.substr(begin, difference.find(',') - begin);
}

struct Mutations {
  std::set<std::string> refused;  // fields that were named for some value
  int accepted = 0;
};

// Sets each word of the state to each extreme, restores it and, where that is accepted, plays on.
Mutations mutate(Batch& batch) {
  Mutations found;
  const std::vector<uint8_t> good = batch.snapshot({});
  const int32_t extremes[] = {0, 1, -1, 255, 30000, 70000, INT32_MIN, INT32_MAX, INT32_MAX - 1};
  for (size_t at = 0; at + 4 <= good.size(); at += 4) {
    for (const int32_t value : extremes) {
      std::vector<uint8_t> bad = good;
      std::memcpy(bad.data() + at, &value, sizeof value);
      const std::string difference = batch.diff(good, bad);
      if (difference.empty()) continue;  // the same value, or between two fields
      const std::string field = field_of(difference);
      try {
        batch.restore({}, bad);
      } catch (const InputError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("field "), std::string::npos) << message;
        EXPECT_NE(message.find("state of environment "), std::string::npos) << message;
        found.refused.insert(field);
        continue;
      }
      ++found.accepted;
      rollout(batch, kRandom, 12);
    }
  }
  batch.restore({}, good);
  EXPECT_EQ(batch.snapshot({}), good);
  return found;
}

void expect_refused(const Mutations& found, const std::vector<const char*>& fields) {
  for (const char* field : fields) EXPECT_TRUE(found.refused.count(field) == 1) << field;
  EXPECT_GT(found.accepted, 0) << "nothing is left to play";
}

const std::vector<const char*> kAdmissionFields = {
    "now",      "horizon",   "source",     "queue_begin", "queue_size",    "running_size",
    "next_end", "free_size", "history_at", "oom_epoch",   "node",          "order",
    "run_end",  "run_slot",  "job",        "free_slot",   "priority_count"};

TEST(StateCheck, AdmissionOfAGenerator) {
  const Variant variant{
      "small",
      {set("nodes", "2x8c32g2gpu"), set("queue-capacity", "6"), set("running-capacity", "5"),
       set("slots", "3"), set("load", "1.2"), set("horizon-s", "20000")}};
  auto batch = make(find_environment("admission"), variant, lanes(1));
  reset(*batch);
  rollout(*batch, kRandom, 40, false);
  Mutations found = mutate(*batch);
  std::vector<const char*> fields = kAdmissionFields;
  for (const char* field : {"next_index", "start", "pod_node", "slot_allowed", "ready_order"})
    fields.push_back(field);
  expect_refused(found, fields);
}

TEST(StateCheck, AdmissionWithPickedJobs) {
  const Variant variant{
      "picked",
      {set("nodes", "2x8c32g2gpu"), set("queue-capacity", "6"), set("running-capacity", "4"),
       set("slots", "2"), set("load", "1.2"), set("horizon-s", "20000"), set("window", "sjf"),
       set("features", "scores,behind")}};
  auto batch = make(find_environment("admission"), variant, lanes(1));
  reset(*batch);
  rollout(*batch, kRandom, 40, false);
  std::vector<const char*> fields = kAdmissionFields;
  for (const char* field : {"window_order", "queue_work"}) fields.push_back(field);
  expect_refused(mutate(*batch), fields);
}

TEST(StateCheck, AdmissionWithCommittedJobs) {
  const Variant variant{
      "committed",
      {set("preset", "rlscheduler"), set("workload", "lublin"), set("max-procs", "16"),
       set("job-limit", "40"), set("slots", "4"), set("queue-capacity", "8"),
       set("running-capacity", "6"), set("backfill", "easy-rls")}};
  auto batch = make(find_environment("admission"), variant, lanes(1));
  reset(*batch);
  rollout(*batch, kRandom, 20, false);
  expect_refused(mutate(*batch), kAdmissionFields);
}

TEST(StateCheck, AdmissionOfATrace) {
  const std::string path =
      testing::TempDir() + "cusched_state_check_" + std::to_string(::getpid()) + ".csv";
  {
    std::ofstream csv(path);
    csv << "submit_s,run_s,cpu_milli,memory_mib\n";
    for (int i = 0; i < 50; ++i)
      csv << i * 30 << "," << 100 + i << "," << 1000 * (1 + i % 3) << ",512\n";
  }
  const Variant variant{
      "trace",
      {set("workload", "csv"), set("trace", path), set("nodes", "2x4c16g"), set("length", "30"),
       set("part", "all"), set("horizon-s", "0"), set("queue-capacity", "6"),
       set("running-capacity", "5"), set("slots", "3")}};
  auto batch = make(find_environment("admission"), variant, lanes(1));
  std::filesystem::remove(path);
  reset(*batch);
  rollout(*batch, kRandom, 10, false);
  expect_refused(mutate(*batch), kAdmissionFields);
}

TEST(StateCheck, AdmissionWithGpuModels) {
  const std::string path =
      testing::TempDir() + "cusched_state_models_" + std::to_string(::getpid()) + ".csv";
  {
    constexpr const char* kModels[] = {"A100", "A100|H100", "", "H100"};
    std::ofstream csv(path);
    csv << "submit_s,run_s,cpu_milli,memory_mib,gpus,gpu_model\n";
    for (int i = 0; i < 40; ++i) csv << i * 30 << ",200,1000,512,1," << kModels[i % 4] << "\n";
  }
  const Variant variant{
      "models",
      {set("trace", path), set("nodes", "1x4c16g2gpu:A100+1x4c16g1gpu:H100"), set("horizon-s", "0"),
       set("queue-capacity", "6"), set("running-capacity", "5"), set("slots", "3")}};
  auto batch = make(find_environment("admission"), variant, lanes(1));
  std::filesystem::remove(path);
  reset(*batch);
  rollout(*batch, kRandom, 10, false);
  std::vector<const char*> fields = kAdmissionFields;
  fields.push_back("used_gpus_of");
  expect_refused(mutate(*batch), fields);

  // The set of models stands in half a byte of a job.
  const std::vector<uint8_t> good = batch->snapshot({});
  std::string messages;
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int other : {0x10, 0x20, 0x30, 0xf0}) {
      std::vector<uint8_t> bad = good;
      bad[at] = static_cast<uint8_t>(bad[at] ^ other);
      if (field_of(batch->diff(good, bad)) != "job") continue;
      try {
        batch->restore({}, bad);
      } catch (const InputError& error) {
        messages += std::string(error.what()) + "\n";
      }
    }
  }
  EXPECT_NE(messages.find("a set of GPU models that there is not"), std::string::npos);
  EXPECT_NE(messages.find("a node of a GPU model it does not want"), std::string::npos);
}

const std::vector<const char*> kPlacementFields = {"ended", "now",  "horizon",   "head", "kept",
                                                   "size",  "node", "last_node", "fits", "queue"};

TEST(StateCheck, StaticPlacement) {
  const Variant variant{"static",
                        {set("nodes", "2x32c128g2gpu+1x64c256g8gpu"), set("sample-nodes", "3"),
                         set("inflation", "150"), set("rounds", "3")}};
  auto batch = make(find_environment("placement"), variant, lanes(1));
  reset(*batch);
  rollout(*batch, kRandom, 6, false);
  expect_refused(mutate(*batch), kPlacementFields);
}

TEST(StateCheck, DynamicPlacement) {
  const Variant variant{"dynamic",
                        {set("mode", "dynamic"), set("nodes", "3x32c128g4gpu"),
                         set("sample-nodes", "3"), set("load", "1.5"), set("horizon-s", "30000"),
                         set("queue-capacity", "8"), set("running-capacity", "9")}};
  auto batch = make(find_environment("placement"), variant, lanes(1));
  reset(*batch);
  rollout(*batch, kRandom, 30, false);
  std::vector<const char*> fields = kPlacementFields;
  for (const char* field :
       {"running_size", "next_end", "next_index", "arrivals", "arrival_q16", "gap_q16", "running"})
    fields.push_back(field);
  expect_refused(mutate(*batch), fields);
}

// What a batch saves it takes back, at any moment.
TEST(StateCheck, NothingThatWasPlayedIsRefused) {
  for (const EnvEntry* env : all_environments()) {
    for (const Variant& variant : variants(*env)) {
      auto batch = make(*env, variant, lanes(9));
      reset(*batch);
      for (const std::string& name : {std::string(kRandom), batch->heuristics()[0]}) {
        for (const int steps : {1, 6, 61}) {
          rollout(*batch, name, steps, false);
          const std::vector<uint8_t> saved = batch->snapshot({});
          EXPECT_NO_THROW(batch->restore({}, saved)) << env->name << " " << variant.name;
        }
      }
    }
  }
}

TEST(StateCheck, AnotherSizeIsRefused) {
  const EnvEntry& env = find_environment("admission");
  auto batch = make(env, {"default", {}}, lanes(2)), other = make(env, {"default", {}}, lanes(3));
  reset(*batch);
  reset(*other);
  const std::vector<uint8_t> before = batch->snapshot({});
  EXPECT_THROW(batch->restore({}, other->snapshot({})), InputError);
  EXPECT_EQ(batch->snapshot({}), before);
}

}  // namespace
}  // namespace cusched::contract
