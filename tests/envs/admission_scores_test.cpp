// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/registry.h"
#include "tests/envs/admission_lane.h"

// What a policy sees of the heuristics' scores, and of the queue that it does not see.
namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;
using Json = nlohmann::json;

EnvValue set(const std::string& name, const std::string& value) { return {name, value, "test"}; }

const EnvEntry& admission() { return find_environment("admission"); }

std::string all_rules() {
  std::string rules;
  for (const std::string& rule : admission().score_rules)
    rules += (rules.empty() ? "" : ",") + rule;
  return rules;
}

struct Observed {
  std::vector<float> obs;
  std::vector<uint8_t> mask;
};

Observed observed(const AdmissionLane& lane) {
  const auto slots = static_cast<size_t>(lane.caps.slots);
  Observed o{std::vector<float>(static_cast<size_t>(lane.caps.globals) +
                                slots * static_cast<size_t>(lane.caps.slot_features)),
             std::vector<uint8_t>(slots + 1)};
  lane.observe(o.obs.data(), o.mask.data());
  return o;
}

// The allowed slot with the smallest number `field` of a slot, the lowest on ties; -1: none is.
int best_slot(const AdmissionLane& lane, const Observed& o, int field) {
  int best = -1;
  float least = 2.0f;
  for (int k = 0; k < lane.caps.slots; ++k) {
    const float x =
        o.obs[static_cast<size_t>(lane.caps.globals + k * lane.caps.slot_features + field)];
    if (o.mask[static_cast<size_t>(k)] == 0 || x >= least) continue;
    best = k;
    least = x;
  }
  return best;
}

// Plays at random; in every state each rule's numbers say what the heuristic would do that sees
// what the policy sees.
void expect_rules_followed(std::vector<EnvValue> settings) {
  settings.push_back(set("features", "scores,behind"));
  settings.push_back(set("score-rules", all_rules() + ",easy"));
  AdmissionLane lane(settings);
  const std::vector<std::string>& rules = admission().score_rules;
  const int first = lane.caps.slot_features - static_cast<int>(rules.size()) - 1;
  int states = 0, choices = 0;
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    lane.begin(seed);
    for (int step = 0; step < 150 && lane.done == Done::kRunning; ++step, ++states) {
      const Observed o = observed(lane);
      for (float x : o.obs) ASSERT_TRUE(x >= 0.0f && x <= 1.0f) << x;
      for (size_t r = 0; r < rules.size(); ++r)
        ASSERT_EQ(best_slot(lane, o, first + static_cast<int>(r)), lane.choose(rules[r]))
            << rules[r] << ", step " << step;
      int allowed = 0;
      for (int k = 0; k < lane.caps.slots; ++k) allowed += o.mask[static_cast<size_t>(k)];
      choices += allowed > 1 ? 1 : 0;
      lane.step(lane.choose("random-feasible"));
    }
  }
  EXPECT_GT(states, 200);
  EXPECT_TRUE(choices > 10 || lane.caps.slots == 1) << choices << " states with a choice";
}

const std::vector<EnvValue> kBusy = {set("nodes", "4x16c64g2gpu+2x8c32g"), set("load", "1.4"),
                                     set("horizon-s", "40000")};
const std::vector<EnvValue> kCommitted = {set("preset", "rlscheduler"), set("workload", "lublin"),
                                          set("max-procs", "64"), set("job-limit", "200"),
                                          set("running-capacity", "64")};

TEST(AdmissionScores, SayWhatTheHeuristicWouldDo) {
  for (const char* slots : {"1", "6", "32"})
    for (const char* window : {"head", "split", "wfp3"})
      for (std::vector<EnvValue> settings : {kBusy, kCommitted}) {
        settings.push_back(set("slots", slots));
        settings.push_back(set("window", window));
        SCOPED_TRACE(settings[0].value + ", slots " + slots + ", window " + window);
        expect_rules_followed(settings);
      }
}

TEST(AdmissionScores, AreRanksAmongWhatMayBeChosen) {
  // 10 cores, of which 6 are taken: 2 and 3 cores fit, 5 and 8 do not.
  std::vector<Job> jobs = {make_job(0, 100, 6000), make_job(0, 40, 8000), make_job(0, 30, 2000),
                           make_job(0, 20, 3000), make_job(0, 10, 5000)};
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].id = static_cast<int32_t>(i);
  AdmissionLane lane({set("nodes", "1x10c10g"), set("slots", "5"), set("features", "scores"),
                      set("score-rules", "sjf,largest-first")},
                     jobs);
  lane.begin();
  lane.step(0);
  const Observed o = observed(lane);
  ASSERT_EQ(lane.caps.slot_features, 8);
  const float expected[5][2] = {{2 / 3.0f, 0.0f}, {0.5f, 0.5f}, {0.0f, 0.0f}, {0.0f, 0.0f}, {0, 0}};
  for (int k = 0; k < 5; ++k)
    for (int r = 0; r < 2; ++r)
      EXPECT_EQ(o.obs[static_cast<size_t>(7 + 8 * k + 6 + r)], expected[k][r]) << k << " " << r;
}

TEST(AdmissionScores, KnowTheWindowBeforeTheHeadsReservation) {
  // 10 cores: one of 6 runs for 100 s, then the head of 8 has room.
  std::vector<Job> jobs = {make_job(0, 100, 6000), make_job(0, 500, 8000), make_job(0, 100, 4000),
                           make_job(0, 101, 4000), make_job(0, 50, 5000)};
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].id = static_cast<int32_t>(i);
  jobs[4].priority = 3;  // goes first in the queue; the head is who arrived first
  AdmissionLane lane({set("nodes", "1x10c10g"), set("slots", "4"), set("features", "scores"),
                      set("score-rules", "easy")},
                     jobs);
  lane.begin();
  lane.step(1);
  const Observed o = observed(lane);
  ASSERT_EQ(lane.caps.slot_features, 7);
  const float expected[] = {0.0f, 1.0f, 1.0f, 0.0f};
  for (int k = 0; k < 4; ++k)
    EXPECT_EQ(o.obs[static_cast<size_t>(7 + 7 * k + 6)], expected[k]) << k;
}

TEST(AdmissionBehind, CountsWhatIsInNoSlot) {
  std::vector<Job> jobs = {make_job(0, 3600, 1000), make_job(0, 1800, 2000),
                           make_job(0, 7200, 5000), make_job(0, 36000, 1000)};
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].id = static_cast<int32_t>(i);
  AdmissionLane lane({set("nodes", "1x10c10g"), set("slots", "2"), set("features", "behind")},
                     jobs);
  lane.begin();
  ASSERT_EQ(lane.caps.globals, 9);
  // Half of the cluster for two hours and a tenth for ten are two hours of it.
  Observed o = observed(lane);
  EXPECT_EQ(o.obs[7], 0.5f);
  EXPECT_EQ(o.obs[8], 2 / 3.0f);
  lane.step(0);
  o = observed(lane);
  EXPECT_EQ(o.obs[7], 1 / 3.0f);
  EXPECT_EQ(o.obs[8], 0.5f);
  lane.step(0);
  o = observed(lane);
  EXPECT_EQ(o.obs[7], 0.0f);
  EXPECT_EQ(o.obs[8], 0.0f);
}

TEST(AdmissionScores, AreNamedInTheSchema) {
  // Preset short-waits leaves the rules, and which jobs have the slots, at their defaults.
  const auto batch =
      admission().create({set("preset", "short-waits"), set("features", "scores,behind")}, {});
  const Json schema = Json::parse(batch->schema_json());
  std::vector<std::string> names;
  for (const Json& field : schema["slot_fields"]) names.push_back(field["name"]);
  const std::vector<std::string> expected = {"behind_f1",
                                             "behind_sjf",
                                             "behind_saf",
                                             "behind_wfp3",
                                             "behind_unicep",
                                             "behind_smallest_first",
                                             "behind_largest_first",
                                             "backfill_window"};
  ASSERT_EQ(names.size(), 14u);
  EXPECT_EQ(std::vector<std::string>(names.begin() + 6, names.end()), expected);
  EXPECT_EQ(schema["window"], "head");
  EXPECT_EQ(schema["global_fields"][7]["name"], "queue_behind");
  EXPECT_EQ(schema["global_fields"][8]["name"], "work_behind");
}

TEST(AdmissionScores, RefuseWhatIsNoScore) {
  const auto refused = [](const char* rules, const char* features) {
    try {
      admission().create({set("features", features), set("score-rules", rules)}, {});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refused("fifo", "scores").find("the heuristic fifo gives jobs no scores"),
            std::string::npos);
  EXPECT_NE(refused("f2", "scores").find("there is no heuristic f2"), std::string::npos);
  EXPECT_NE(refused("sjf,sjf", "scores").find("sjf is there twice"), std::string::npos);
  EXPECT_NE(refused("", "scores").find("of no rule"), std::string::npos);
  EXPECT_NE(refused("sjf", "fits").find("the observation has no scores"), std::string::npos);
  EXPECT_EQ(refused("sjf,easy", "scores"), "");
}

}  // namespace
}  // namespace cusched
