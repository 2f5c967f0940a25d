// SPDX-License-Identifier: MIT
#include "export/heuristic_writer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cuda/error.h"
#include "envs/registry.h"
#include "export/torchscript_model.h"
#include "export/torchscript_policy.h"
#include "tests/export/policies.h"

// Policy files that decide as a heuristic, on made-up observations.
namespace cusched::testing {
namespace {

constexpr int kSlots = 5, kGlobals = 2, kFields = 3, kColumn = 1;

// An observation whose candidates have the fields before, behind_f1 and after.
std::string schema(const std::string& order = "submit time, then id",
                   const std::string& window = "head") {
  nlohmann::json json =
      nlohmann::json::parse(environment_json(make_shape(kSlots, kGlobals, kFields)));
  const char* const names[] = {"before", "behind_f1", "after"};
  for (int i = 0; i < kFields; ++i) json["slot_fields"][i]["name"] = names[i];
  json["queue_order"] = order;
  json["window"] = window;
  return json.dump();
}

HeuristicExport export_of(const HeuristicRule& rule) {
  return {rule.heuristic, rule.text(), schema(),
          R"({"config":{"features":"scores"},"seeds":[],"commit":"0123abc"})"};
}

HeuristicRule rule_of(const std::string& heuristic) {
  return heuristic_rule(find_environment("admission"), heuristic, schema());
}

torch::jit::Module load(const HeuristicRule& rule) {
  std::istringstream bytes(serialise_heuristic(rule, export_of(rule)));
  return torch::jit::load(bytes);
}

// Random masks and fields; field `column` has few values, so that there are ties. The actions are
// those of the lowest allowed one, or of the first where `column` is -1.
HeuristicDecisions decisions(int column, int slots = kSlots) {
  Random random(7);
  HeuristicDecisions d;
  d.rows.rows = 500;
  d.rows.slots = slots;
  for (int r = 0; r < 500; ++r) {
    for (int i = 0; i < kGlobals; ++i) d.rows.obs.push_back(random.uniform(0, 1));
    int best = slots;
    float lowest = 2;
    for (int k = 0; k < slots; ++k) {
      const bool allowed = random.uniform(0, 1) < 0.5f;
      d.rows.mask.push_back(allowed);
      for (int f = 0; f < kFields; ++f) {
        const float x = std::floor(random.uniform(0, 4));
        d.rows.obs.push_back(x / (x + 1));
        const float key = column < 0 ? 0 : d.rows.obs.back();
        if ((f == column || (column < 0 && f == 0)) && allowed && key < lowest) {
          lowest = key;
          best = k;
        }
      }
    }
    d.rows.mask.push_back(1);
    d.action.push_back(best);
  }
  return d;
}

TEST(HeuristicWriter, ChoosesTheLowestFieldOrTheFirstCandidate) {
  const TestFolder folder("heuristic");
  for (const char* heuristic : {"f1", "fcfs"}) {
    const HeuristicRule rule = rule_of(heuristic);
    EXPECT_EQ(rule.column, std::string(heuristic) == "f1" ? kColumn : -1);
    EXPECT_EQ(write_heuristic(folder.file("h.pt"), rule, export_of(rule), decisions(rule.column))
                  .substr(0, 3),
              "cpu");
    // The file itself, at another K than it was made for.
    const HeuristicDecisions longer = decisions(rule.column, 9);
    std::vector<int32_t> action(500, -1);
    load_policy(folder.file("h.pt"), Device{}, "admission", make_shape(9, kGlobals, kFields))
        ->act({}, 500, longer.rows.obs.data(), longer.rows.mask.data(), action.data());
    EXPECT_EQ(action, longer.action) << heuristic;
  }
}

TEST(HeuristicWriter, AnotherColumnIsFoundAndNothingIsWritten) {
  const TestFolder folder("mutation");
  HeuristicRule rule = rule_of("f1");
  for (const int column : {0, 2, -1}) {
    rule.column = column;
    EXPECT_THROW(write_heuristic(folder.file("h.pt"), rule, export_of(rule), decisions(kColumn)),
                 Error);
    EXPECT_FALSE(std::filesystem::exists(folder.file("h.pt")));
  }
}

TEST(HeuristicWriter, HasNoWeightsAndSaysWhatItIs) {
  const TestFolder folder("says");
  for (const char* heuristic : {"f1", "fifo-skip"}) {
    const HeuristicRule rule = rule_of(heuristic);
    torch::jit::Module module = load(rule);
    EXPECT_EQ(module.parameters().size(), 0u);
    EXPECT_EQ(module.buffers().size(), rule.column < 0 ? 0u : 1u);
    write_heuristic(folder.file("h.pt"), rule, export_of(rule), decisions(rule.column));
    const PolicySchema schema = read_policy_schema(folder.file("h.pt"));
    EXPECT_EQ(schema.heuristic, heuristic);
    EXPECT_EQ(schema.network, "none");
    EXPECT_TRUE(schema.any_slots);
    EXPECT_FALSE(schema.q_values);
    const auto json = nlohmann::json::parse(schema.json);
    EXPECT_EQ(json["reads"], rule.text());
    EXPECT_EQ(json["observation"]["candidate"][kColumn]["name"], "behind_f1");
    EXPECT_EQ(json["observation"]["candidate"][kColumn]["index"], kGlobals + kColumn);
    EXPECT_FALSE(json["observation"]["candidate"][0].contains("normaliser"));
  }
}

// "None" lies below every candidate and above what is forbidden.
TEST(HeuristicWriter, LogitsAreTheFieldsWithNoneLast) {
  torch::jit::Module module = load(rule_of("f1"));
  const at::Tensor obs = at::zeros({1, kGlobals + kSlots * kFields});
  at::Tensor mask = at::ones({1, kSlots + 1}, at::kByte);
  obs[0][kGlobals + kColumn] = 0.75;
  mask[0][2] = 0;
  const auto out = module.forward({obs, mask}).toTupleRef().elements().vec();
  const at::Tensor logits = out[0].toTensor()[0];
  EXPECT_EQ(logits[0].item<float>(), -0.75f);
  EXPECT_EQ(logits[1].item<float>(), 0.0f);
  EXPECT_EQ(logits[2].item<float>(), -3.4e38f);
  EXPECT_EQ(logits[kSlots].item<float>(), -2.0f);
  EXPECT_EQ(out[1].toTensor()[0].item<float>(), 0.0f);
}

TEST(HeuristicWriter, IsAskedAsEveryPolicyIs) {
  const HeuristicDecisions d = decisions(kColumn);
  const int64_t width = kGlobals + kSlots * kFields;
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble}) {
    torch::jit::Module module = load(rule_of("f1"));
    module.to(type);
    at::Tensor obs = at::from_blob(const_cast<float*>(d.rows.obs.data()), {500, width}).clone();
    const at::Tensor mask =
        at::from_blob(const_cast<uint8_t*>(d.rows.mask.data()), {500, kSlots + 1}, at::kByte);
    const at::Tensor action =
        module.get_method("act")({obs.to(type), mask.to(at::kBool)}).toTensor();
    for (int64_t r = 0; r < 500; ++r) ASSERT_EQ(action[r].item<int64_t>(), d.action[r]) << r;
    // A broken sensor, and no row at all.
    obs[3][0] = std::nan("");
    EXPECT_EQ(module.get_method("act")({obs, mask}).toTensor()[3].item<int64_t>(), kSlots);
    EXPECT_EQ(module.get_method("act")({at::zeros({0, width}), at::zeros({0, kSlots + 1})})
                  .toTensor()
                  .numel(),
              0);
  }
}

std::string refusal(const std::string& env, const std::string& heuristic,
                    const std::string& schema_json) {
  try {
    heuristic_rule(find_environment(env), heuristic, schema_json);
    return "none";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(HeuristicRule, IsRefusedWithTheReason) {
  const std::string by_priority = schema("priority descending, then submit time, then id");
  const struct {
    std::string env, heuristic, schema_json, words;
  } cases[] = {
      {"admission", "f2", schema(), "no heuristic 'f2'. Did you mean 'f1'?"},
      {"admission", "drf-aging", schema(), "drf-aging decides by more than an observation holds"},
      {"admission", "easy-backfill", schema(), "easy-backfill decides by more"},
      {"admission", "fcfs", by_priority,
       "no field behind_fcfs, by which fcfs decides, and the queue has another order (priority"},
      {"admission", "fcfs", by_priority, "or set --queue-order arrival"},
      {"admission", "priority", schema(), "--queue-order priority"},
      {"admission", "sjf", schema(), "Add scores to --features and sjf to --score-rules"},
      {"admission", "fcfs", schema("submit time, then id", "sjf"), "--window head"},
      {"placement", "fgd", R"({"slot_fields":[]})", "Only heuristics of admission"},
  };
  for (const auto& c : cases) {
    const std::string text = refusal(c.env, c.heuristic, c.schema_json);
    EXPECT_NE(text.find(c.words), std::string::npos) << text;
    EXPECT_EQ(text.rfind("--heuristic: ", 0), 0u) << text;
  }
  EXPECT_EQ(refusal("admission", "priority", by_priority), "none");
  EXPECT_EQ(refusal("admission", "fifo-skip", schema("submit time, then id", "split")), "none");
}

TEST(HeuristicRule, AFileReadsTheFieldsItWasMadeFor) {
  const HeuristicRule rule = rule_of("f1");
  const PolicySchema made = parse_policy_json("h.pt", compose_heuristic_json(export_of(rule)));
  EXPECT_NO_THROW(check_fields_fit(made, "h.pt", schema()));
  nlohmann::json other = nlohmann::json::parse(schema());
  std::swap(other["slot_fields"][1], other["slot_fields"][2]);
  try {
    check_fields_fit(made, "h.pt", other.dump());
    ADD_FAILURE() << "fields in another order were taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("reads behind_f1 where the observation has after"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace cusched::testing
