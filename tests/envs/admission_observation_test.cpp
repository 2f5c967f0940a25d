// SPDX-License-Identifier: MIT
#include "envs/admission_observation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "envs/registry.h"
#include "tests/envs/admission_lane.h"

// The further numbers of the observation on hand-made states.
namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;
using Json = nlohmann::json;

EnvValue set(const std::string& name, const std::string& value) { return {name, value, "test"}; }

Job gpu_job(int pods, int gpus, int tenant, bool urgent) {
  Job job = make_job(0, 1000, 1000);
  job.set_pods(pods);
  job.gpus = static_cast<int16_t>(gpus);
  job.tenant = static_cast<uint8_t>(tenant);
  job.urgent = urgent ? 1 : 0;
  return job;
}

std::vector<float> observed(const AdmissionLane& lane) {
  std::vector<float> obs(
      static_cast<size_t>(lane.caps.globals + lane.caps.slots * lane.caps.slot_features));
  lane.observe(obs.data());
  return obs;
}

std::vector<float> part(const std::vector<float>& obs, int from, int count) {
  return {obs.begin() + from, obs.begin() + from + count};
}

TEST(AdmissionObservationFields, OfGpusTenantsAndUrgency) {
  // 14 GPUs: nodes of 4, 4, 4 and 2, filled one after the other.
  std::vector<Job> jobs = {gpu_job(1, 3, 0, false), gpu_job(2, 1, 1, false),
                           gpu_job(1, 4, 2, false), gpu_job(1, 0, 1, true),
                           gpu_job(3, 2, 0, false)};
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].id = static_cast<int32_t>(i);
  AdmissionLane lane(
      {set("nodes", "3x8c32g4gpu+1x8c32g2gpu"), set("node-choice", "first-fit"), set("slots", "4"),
       set("queue-order", "arrival"), set("features", "urgent,gpus,tenant")},
      jobs);
  lane.begin();
  ASSERT_EQ(lane.caps.globals, 11);
  ASSERT_EQ(lane.caps.slot_features, 10);
  lane.step(0);  // node 0 keeps 1 GPU
  lane.step(0);  // node 0 keeps none, node 1 keeps 3
  ASSERT_EQ(lane.view().queue_size(), 3);
  std::vector<float> obs = observed(lane);
  // Free, largest block, those on nodes without 4 free ones, spread of 3/14, 2/14 and 0.
  EXPECT_EQ(part(obs, 7, 4), (std::vector<float>{9 / 14.0f, 1.0f, 5 / 9.0f, 214285 / 1e6f}));
  // A pod's of 4, all of 14, share of the tenant, urgent.
  EXPECT_EQ(part(obs, 11 + 6, 4), (std::vector<float>{1.0f, 4 / 14.0f, 0.0f, 0.0f}));
  EXPECT_EQ(part(obs, 21 + 6, 4), (std::vector<float>{0.0f, 0.0f, 142857 / 1e6f, 1.0f}));
  EXPECT_EQ(part(obs, 31 + 6, 4), (std::vector<float>{0.5f, 6 / 14.0f, 214285 / 1e6f, 0.0f}));
  EXPECT_EQ(part(obs, 41, 10), std::vector<float>(10, 0.0f));  // an empty slot

  lane.step(0);  // node 2 keeps none
  obs = observed(lane);
  // Spread of 4/14, 3/14 and 2/14.
  EXPECT_EQ(part(obs, 7, 4), (std::vector<float>{5 / 14.0f, 0.75f, 1.0f, 142857 / 1e6f}));
}

TEST(AdmissionObservationFields, OfGpuModels) {
  std::vector<Job> jobs = {gpu_job(1, 3, 0, false), gpu_job(1, 1, 0, false),
                           gpu_job(1, 1, 0, false)};
  jobs[1].gpu_model = 1;
  AdmissionLane lane(
      {set("nodes", "2x8c32g4gpu:A100+1x8c32g2gpu:H100"), set("slots", "2"),
       set("node-choice", "first-fit"), set("queue-order", "arrival"), set("features", "models")},
      jobs);
  lane.params.gpu_sets[1] = gpu_model_bit(1);  // H100
  lane.begin();
  ASSERT_EQ(lane.caps.globals, 9);
  ASSERT_EQ(lane.caps.slot_features, 8);
  lane.step(0);
  const std::vector<float> obs = observed(lane);
  EXPECT_EQ(part(obs, 7, 2), (std::vector<float>{5 / 8.0f, 1.0f}));
  EXPECT_EQ(part(obs, 9 + 6, 2), (std::vector<float>{0.0f, 1.0f}));
  EXPECT_EQ(part(obs, 17 + 6, 2), (std::vector<float>{1.0f, 1.0f}));

  const auto batch =
      find_environment("admission").create({set("nodes", "2x8c32g4gpu:A100+1x8c32g2gpu:H100")}, {});
  const Json schema = Json::parse(batch->schema_json());
  EXPECT_EQ(schema["global_fields"][11]["name"], "gpus_available_A100");
  EXPECT_EQ(schema["slot_fields"][20]["name"], "accepts_H100");
  EXPECT_EQ(schema["slot_fields"].size(), static_cast<size_t>(batch->shape().slot_features));
}

TEST(AdmissionObservationFields, AreZeroWithoutGpusAndWithOneTenant) {
  AdmissionLane lane({set("nodes", "2x4c8g"), set("slots", "1"), set("features", "gpus,tenant")},
                     {make_job(0, 100, 1000), make_job(0, 100, 1000)});
  lane.begin();
  lane.step(0);
  const std::vector<float> obs = observed(lane);
  ASSERT_EQ(obs.size(), 7u + 4u + 6u + 3u);
  EXPECT_EQ(part(obs, 7, 4), std::vector<float>(4, 0.0f));
  EXPECT_EQ(part(obs, 11 + 6, 3), std::vector<float>(3, 0.0f));
}

TEST(AdmissionObservationFields, OfAFullClusterHaveNoFreeGpu) {
  AdmissionLane lane({set("nodes", "1x4c8g2gpu"), set("slots", "1"), set("features", "gpus")},
                     {gpu_job(1, 2, 0, false), gpu_job(1, 2, 0, false)});
  lane.begin();
  EXPECT_EQ(part(observed(lane), 7, 3), (std::vector<float>{1.0f, 1.0f, 0.0f}));
  lane.step(0);
  // A waiting decision is made while nothing fits: the episode runs on to the end of the first.
  EXPECT_EQ(part(observed(lane), 7, 3), (std::vector<float>{1.0f, 1.0f, 0.0f}));
}

TEST(AdmissionObservationFields, DoNotChangeTheFirstOnes) {
  const std::vector<EnvValue> settings = {set("load", "1.1"), set("slots", "10")};
  std::vector<EnvValue> none = settings;
  none.push_back(set("features", "none"));
  BatchOptions options;
  options.stagger = false;
  AdmissionLane more(settings, options), plain(none, options);
  more.begin(3);
  plain.begin(3);
  const int globals = more.caps.globals, width = more.caps.slot_features;
  ASSERT_EQ(observed(plain).size(), 67u);
  for (int step = 0; step < 2000 && plain.done == Done::kRunning; ++step) {
    const int item = plain.choose("random-feasible");
    plain.step(item);
    more.step(item);
    const std::vector<float> few = observed(plain), many = observed(more);
    ASSERT_EQ(part(few, 0, 7), part(many, 0, 7)) << "step " << step;
    for (int i = 0; i < 10; ++i)
      ASSERT_EQ(part(few, 7 + i * 6, 6), part(many, globals + i * width, 6)) << "step " << step;
    for (const float number : many) ASSERT_TRUE(number >= 0.0f && number <= 128.0f);
  }
}

struct Shape {
  int slots, globals, slot_features;
  bool operator==(const Shape&) const = default;
};

TEST(AdmissionObservationFields, OfEachPresetAreNamedWithTheirFormula) {
  const std::vector<std::pair<std::string, Shape>> expected = {{"default", {32, 13, 28}},
                                                               {"short-waits", {32, 11, 19}},
                                                               {"skrueue", {10, 7, 6}},
                                                               {"skrueue-templates", {10, 7, 6}},
                                                               {"skrueue-legacy", {10, 7, 6}}};
  for (const auto& [preset, shape] : expected) {
    const auto batch = find_environment("admission").create({set("preset", preset)}, {});
    EXPECT_TRUE((Shape{batch->shape().slots, batch->shape().globals,
                       batch->shape().slot_features}) == shape)
        << preset;
    const Json schema = Json::parse(batch->schema_json());
    EXPECT_EQ(schema["environment_version"], 3);
    EXPECT_EQ(schema["globals"], shape.globals);
    EXPECT_EQ(schema["global_fields"].size(), static_cast<size_t>(shape.globals));
    EXPECT_EQ(schema["slot_fields"].size(), static_cast<size_t>(shape.slot_features));
    std::set<std::string> names;
    for (const char* list : {"global_fields", "slot_fields"})
      for (const Json& field : schema[list]) {
        EXPECT_TRUE(names.insert(field["name"].get<std::string>()).second) << field;
        EXPECT_GT(field["value"].get<std::string>().size(), 5u) << field;
        EXPECT_EQ(field["clip"][0], 0.0) << field;
      }
  }
}

}  // namespace
}  // namespace cusched
