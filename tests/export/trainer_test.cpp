// SPDX-License-Identifier: MIT
// A policy that was trained, exported and loaded again computes what the trainer's own network
// does.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "agents/learner.h"
#include "agents/ppo.h"
#include "envs/registry.h"
#include "export/policy_layout.h"
#include "export/torchscript_model.h"
#include "export/torchscript_writer.h"
#include "tests/agents/toy_batch.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

struct Outputs {
  std::vector<float> logits, value;  // (rows, A), (rows); logits not masked
};

// The trainer's normaliser and networks, as its rollout calls them.
Outputs trainer_forward(const PolicyWeights& weights, const VerifyRows& in) {
  const NetworkLayout layout = make_layout(weights.network, weights.shape);
  const auto net = make_network<float>(layout);
  const auto parameters = from_tensors(layout, weights.weights, "test");
  const ObsLayout columns{layout.slots, layout.globals, layout.features, layout.pointer};
  const size_t d = static_cast<size_t>(layout.obs());
  std::vector<float> mean(d), scale(d);
  for (size_t i = 0; i < d; ++i) {
    const auto s = static_cast<size_t>(columns.stat_of(static_cast<int>(i)));
    mean[i] = weights.obs_mean[s];
    scale[i] = static_cast<float>(1.0 / std::sqrt(double{weights.obs_var[s]} + 1e-8));
  }
  const Stage stage(Device{}, layout, *net, 1, in.rows);
  const ObsRows from{in.obs.data(), nullptr, 0, 0, 0, in.rows};
  const NormaliseRow normalise{from, mean.data(), scale.data(), stage.x, layout.obs()};
  const MarkValid mark{from, stage.x, stage.valid, columns};
  for (int64_t r = 0; r < in.rows; ++r) {
    for (int i = 0; i < layout.obs(); ++i) normalise(r, i);
    for (int k = 0; layout.pointer && k < layout.slots; ++k) mark(r, k);
  }
  NetCall<float> call;
  call.on = Rows<float>{Exec{}, 1, in.rows, stage.column_scratch};
  call.params = parameters.data();
  call.stride = layout.size;
  call.x = stage.x;
  call.valid = stage.valid;
  net->actor(call, stage.actor_work, stage.logits);
  net->critic(call, stage.critic_work, stage.value);
  return {{stage.logits, stage.logits + in.rows * layout.actions()},
          {stage.value, stage.value + in.rows}};
}

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
  for (const char* kind : {"mlp", "pointer"}) {
    const PolicyWeights weights = train(kind);
    check_weights(weights, false);
    const auto trainer = make_policy(weights, Device{});
    const std::string bytes = serialise_policy(make_export(weights));
    const VerifyReport report = verify_policy("p.pt", bytes, weights, false, trainer.get(), {});
    EXPECT_LE(report.ties, report.rows / 50) << kind;

    const VerifyRows rows = probe_rows(weights, weights.shape.slots, 129, 9);
    const Outputs wants = trainer_forward(weights, rows);
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

// The schema of the real environment goes through, field by field.
TEST(TrainedPolicy, CarriesTheSchemaOfAdmission) {
  for (const char* features : {"none", "fits,pods,scales"}) {
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
