// SPDX-License-Identifier: MIT
// A policy that was trained, exported and loaded again computes what the trainer's own network
// does.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "agents/ppo.h"
#include "envs/registry.h"
#include "export/policy_layout.h"
#include "export/torchscript_model.h"
#include "export/torchscript_writer.h"
#include "tests/agents/toy_batch.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

PolicyWeights train(const std::string& kind) {
  ToyOptions options;
  options.shape.slots = 6;
  options.shape.slot_features = 3;
  ToyBatch batch(options);
  PpoConfig config;
  config.rollout_steps = 16;
  config.minibatch = 256;
  const auto trainer = make_ppo(batch, Exec{}, {kind, {24, 16}, "tanh"}, config, 3);
  for (int i = 0; i < 5; ++i) trainer->iterate();
  return trainer->policy(0);
}

TEST(TrainedPolicy, ExportsTheTrainersLogitsValuesAndActions) {
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = train(kind);
    check_weights(weights);
    const auto trainer = make_policy(weights, Device{});
    const std::string bytes = serialise_policy(make_export(weights));
    const VerifyReport report = verify_policy("p.pt", bytes, weights, trainer.get(), {});
    EXPECT_LE(report.ties, report.rows / 50) << kind;

    const VerifyRows rows = probe_rows(weights, weights.shape.slots, 129, 9);
    const auto wants = evaluate_weights<float>(weights, rows.slots, rows.rows, rows.obs.data());
    std::vector<float> logits(wants.logits.size()), value(wants.value.size());
    TorchscriptModel("p.pt", bytes, Device{})
        .forward(rows.rows, rows.slots, rows.obs.data(), rows.mask.data(), logits.data(),
                 value.data());
    for (size_t i = 0; i < logits.size(); ++i) {
      if (rows.mask[i] != 0) {
        EXPECT_NEAR(logits[i], wants.logits[i], 1e-5) << kind << " number " << i;
      } else {
        EXPECT_EQ(logits[i], -3.4e38f) << kind << " number " << i;
      }
    }
    for (size_t r = 0; r < value.size(); ++r)
      EXPECT_NEAR(value[r], wants.value[r], 1e-5) << kind << " row " << r;
  }
}

// Trained on 6 candidates, asked about 1,523: the file, the trainer's policy and its logits agree.
TEST(TrainedPolicy, RunsOnManyMoreCandidates) {
  constexpr int kSlots = 1523;
  for (const std::string& kind : network_names()) {
    if (!takes_any_slots({kind, {24, 16}, "tanh"})) continue;
    PolicyWeights weights = train(kind);
    const TorchscriptModel model("p.pt", serialise_policy(make_export(weights)), Device{});
    const VerifyRows rows = probe_rows(weights, kSlots, 3, 9);
    std::vector<float> logits(rows.mask.size()), value(3);
    model.forward(3, kSlots, rows.obs.data(), rows.mask.data(), logits.data(), value.data());
    weights.shape.slots = kSlots;
    const auto wants = evaluate_weights<float>(weights, kSlots, 3, rows.obs.data());
    for (size_t i = 0; i < logits.size(); ++i) {
      if (rows.mask[i] == 0) continue;
      ASSERT_NEAR(logits[i], wants.logits[i], 1e-5) << kind << " " << i;
    }
    std::vector<int32_t> file(3), trainer(3);
    model.act({}, 3, kSlots, rows.obs.data(), rows.mask.data(), file.data());
    make_policy(weights, Device{})->act({}, 3, rows.obs.data(), rows.mask.data(), trainer.data());
    EXPECT_EQ(file, trainer) << kind;
  }
}

// The schema of the real environment goes through, field by field.
TEST(TrainedPolicy, CarriesTheSchemaOfAdmission) {
  for (const char* features : {"none", "fits,pods,scales,ready,gpus,tenant,urgent,models"}) {
    BatchOptions options;
    options.envs = 2;
    const auto batch =
        find_environment("admission").create({{"features", features, "test"}}, options);
    PolicyExport policy = make_export(make_weights("pointer", "tanh", {8}, batch->shape(), 5));
    policy.environment_json = batch->schema_json();
    const TorchscriptModel model("p.pt", serialise_policy(policy), Device{});
    EXPECT_EQ(model.schema().environment, "admission");
    check_policy_fits(model.schema(), "p.pt", batch->name(), batch->shape());
    const auto json = nlohmann::json::parse(model.schema().json);
    size_t fields = 0;
    for (const char* scope : {"globals", "candidate"})
      for (const auto& field : json["observation"][scope]) {
        EXPECT_FALSE(field["name"].get<std::string>().empty());
        EXPECT_FALSE(field["value"].get<std::string>().empty());
        EXPECT_TRUE(field["normaliser"]["var"].is_number());
        EXPECT_EQ(field["index"], fields++);
      }
    EXPECT_EQ(fields, static_cast<size_t>(batch->shape().globals + batch->shape().slot_features));
  }
}

}  // namespace
}  // namespace cusched::testing
