// SPDX-License-Identifier: MIT
// What a stranger to cusched sees of a policy file: loaded by torch::jit::load alone and compared
// with a scalar implementation of both networks written here, from docs/ARCHITECTURE.md.
#include "export/torchscript_writer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

// One row through the network: logits of K candidates and of none, then the value.
class ScalarNetwork {
 public:
  explicit ScalarNetwork(const PolicyWeights& w) : w_(w) {
    for (const NamedTensor& t : w.weights) t_[t.name] = &t;
  }

  std::vector<double> operator()(const std::vector<float>& obs, int slots) const {
    return w_.network.kind == "mlp" ? mlp(obs) : pointer(obs, slots);
  }

 private:
  using V = std::vector<double>;

  double act(double x) const {
    return w_.network.activation == "tanh" ? std::tanh(x) : (x > 0 ? x : 0);
  }
  V layer(const std::string& name, const V& in, bool activate) const {
    const NamedTensor& weight = *t_.at(name + ".weight");
    V out;
    for (int64_t o = 0; o < weight.shape[0]; ++o) {
      double sum = t_.at(name + ".bias")->values[static_cast<size_t>(o)];
      for (int64_t i = 0; i < weight.shape[1]; ++i)
        sum += in.at(static_cast<size_t>(i)) *
               weight.values[static_cast<size_t>(o * weight.shape[1] + i)];
      out.push_back(activate ? act(sum) : sum);
    }
    return out;
  }
  double norm(double x, size_t i) const {
    const double z = (x - w_.obs_mean[i]) / std::sqrt(w_.obs_var[i] + 1e-8);
    return z > 10 ? 10 : (z < -10 ? -10 : z);
  }
  V mlp(const std::vector<float>& obs) const {
    V out;
    for (const std::string role : {"actor.", "critic."}) {
      V x;
      for (size_t i = 0; i < obs.size(); ++i) x.push_back(norm(obs[i], i));
      for (size_t i = 0; i <= w_.network.hidden.size(); ++i)
        x = layer(role + std::to_string(i), x, i < w_.network.hidden.size());
      out.insert(out.end(), x.begin(), x.end());
    }
    return out;
  }
  V pointer(const std::vector<float>& obs, int slots) const {
    const size_t g = static_cast<size_t>(w_.shape.globals);
    const size_t f = static_cast<size_t>(w_.shape.slot_features);
    V logits;
    for (const std::string role : {"actor.", "critic."}) {
      std::vector<V> encoded;
      V globals, mean(static_cast<size_t>(w_.network.hidden.back()), 0.0);
      V top(mean.size(), -1e300);
      int valid = 0;
      for (size_t i = 0; i < g; ++i) globals.push_back(norm(obs[i], i));
      for (size_t k = 0; k < static_cast<size_t>(slots); ++k) {
        bool any = false;
        for (size_t j = 0; j < f; ++j) any |= obs[g + k * f + j] != 0;
        V x = globals;
        for (size_t j = 0; j < f; ++j) x.push_back(any ? norm(obs[g + k * f + j], g + j) : 0.0);
        for (size_t i = 0; i < w_.network.hidden.size(); ++i)
          x = layer(role + "enc." + std::to_string(i), x, true);
        for (size_t i = 0; any && i < x.size(); ++i) {
          mean[i] += x[i];
          top[i] = std::max(top[i], x[i]);
        }
        valid += any;
        encoded.push_back(x);
      }
      V context;
      for (double m : mean) context.push_back(valid ? m / valid : 0.0);
      for (double m : top) context.push_back(valid ? m : 0.0);
      context.insert(context.end(), globals.begin(), globals.end());
      if (role == "critic.") {
        logits.push_back(layer("critic.value.1", layer("critic.value.0", context, true), false)[0]);
        continue;
      }
      for (V x : encoded) {
        x.insert(x.end(), context.begin(), context.end());
        logits.push_back(layer("actor.score.1", layer("actor.score.0", x, true), false)[0]);
      }
      logits.push_back(layer("actor.none.1", layer("actor.none.0", context, true), false)[0]);
    }
    return logits;
  }

  const PolicyWeights& w_;
  std::map<std::string, const NamedTensor*> t_;
};

struct Rows {
  at::Tensor obs, mask;
};

// Random rows with empty candidates in the middle; the last row has no candidate, and the one
// before it a mask that allows only none.
Rows make_rows(const BatchShape& shape, int slots, int64_t rows, uint32_t seed) {
  Random random(seed);
  const int64_t width = shape.globals + int64_t{slots} * shape.slot_features;
  Rows out{at::zeros({rows, width}), at::zeros({rows, slots + 1}, at::kByte)};
  auto obs = out.obs.accessor<float, 2>();
  auto mask = out.mask.accessor<uint8_t, 2>();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < shape.globals; ++i) obs[r][i] = random.uniform(-2, 30);
    for (int k = 0; k < slots; ++k) {
      const bool empty = r == rows - 1 || random.uniform(0, 1) < 0.3f;
      for (int64_t j = 0; j < shape.slot_features && !empty; ++j)
        obs[r][shape.globals + k * shape.slot_features + j] = random.uniform(-2, 3);
      mask[r][k] = !empty && r != rows - 2 && random.uniform(0, 1) < 0.7f;
    }
    mask[r][slots] = r % 3 != 0 || r >= rows - 2;
    if (at::sum(out.mask[r]).item<int64_t>() == 0) mask[r][0] = 1;
  }
  return out;
}

torch::jit::Module write_and_load(const PolicyExport& policy, const std::string& path) {
  write_policy(path, policy);
  return torch::jit::load(path);
}

void expect_matches(torch::jit::Module& module, const PolicyWeights& weights, const Rows& rows) {
  const ScalarNetwork reference(weights);
  const int slots = static_cast<int>(rows.mask.size(1)) - 1;
  const auto out = module.forward({rows.obs, rows.mask}).toTuple();
  const at::Tensor logits = out->elements()[0].toTensor(), value = out->elements()[1].toTensor();
  const at::Tensor action = module.get_method("act")({rows.obs, rows.mask}).toTensor();
  ASSERT_EQ(logits.sizes(), rows.mask.sizes());
  ASSERT_EQ(value.sizes(), at::IntArrayRef({rows.obs.size(0)}));
  ASSERT_EQ(action.sizes(), at::IntArrayRef({rows.obs.size(0)}));
  ASSERT_EQ(action.scalar_type(), at::kLong);
  for (int64_t r = 0; r < rows.obs.size(0); ++r) {
    const float* row = rows.obs[r].data_ptr<float>();
    const auto wants = reference({row, row + rows.obs.size(1)}, slots);
    int best = -1;
    for (int a = 0; a <= slots; ++a) {
      const float has = logits[r][a].item<float>();
      if (!rows.mask[r][a].item<uint8_t>()) {
        EXPECT_EQ(has, -3.4e38f) << "row " << r << " action " << a;
        continue;
      }
      EXPECT_NEAR(has, wants[static_cast<size_t>(a)], 1e-5) << "row " << r << " action " << a;
      if (best < 0 || wants[static_cast<size_t>(a)] > wants[static_cast<size_t>(best)]) best = a;
    }
    EXPECT_NEAR(value[r].item<float>(), wants.back(), 1e-5) << "row " << r;
    EXPECT_EQ(action[r].item<int64_t>(), best) << "row " << r;
  }
}

class Networks : public ::testing::TestWithParam<std::tuple<std::string, std::string, int>> {};

TEST_P(Networks, GiveTheLogitsAndActionsOfAScalarImplementation) {
  const auto [kind, activation, depth] = GetParam();
  const TestFolder folder("networks");
  const BatchShape shape = make_shape(10, 7, 6);
  const std::vector<int> hidden(static_cast<size_t>(depth), 16);
  const PolicyWeights weights = make_weights(kind, activation, hidden, shape, 3);
  auto module = write_and_load(make_export(weights), folder.file("policy.pt"));
  expect_matches(module, weights, make_rows(shape, 10, 65, 5));
  expect_matches(module, weights, make_rows(shape, 10, 2, 6));
  if (kind == "pointer")
    for (int slots : {1, 3, 33, 128})
      expect_matches(module, weights, make_rows(shape, slots, 9, 7));
}

INSTANTIATE_TEST_SUITE_P(All, Networks,
                         ::testing::Combine(::testing::Values("mlp", "pointer"),
                                            ::testing::Values("tanh", "relu"),
                                            ::testing::Values(1, 2, 3)));

TEST(TorchscriptWriter, TakesTheLowestIndexAmongEqualLogits) {
  const TestFolder folder("ties");
  const BatchShape shape = make_shape(6, 2, 1);
  PolicyWeights weights = make_weights("mlp", "relu", {4}, shape, 1);
  for (NamedTensor& t : weights.weights)
    for (float& v : t.values) v = 0.0f;  // every logit is the bias of the last layer
  auto& bias = weights.weights[3];
  ASSERT_EQ(bias.name, "actor.1.bias");
  bias.values = {1, 2, 3, 3, 2, 3, 3};
  auto module = write_and_load(make_export(weights), folder.file("policy.pt"));
  const auto act = [&](std::vector<int> allowed) {
    at::Tensor mask = at::zeros({1, 7}, at::kByte);
    for (int a : allowed) mask[0][a] = 1;
    return module.get_method("act")({at::zeros({1, 8}), mask}).toTensor().item<int64_t>();
  };
  EXPECT_EQ(act({0, 1, 2, 3, 4, 5, 6}), 2);
  EXPECT_EQ(act({3, 5, 6}), 3);
  EXPECT_EQ(act({5, 6}), 5);
  EXPECT_EQ(act({1, 4}), 1);
  EXPECT_EQ(act({0}), 0);
  EXPECT_EQ(act({6}), 6);
  EXPECT_EQ(act({}), 6) << "nothing allowed: none";
}

TEST(TorchscriptWriter, DecidesNoneOnObservationsThatAreNotNumbers) {
  const TestFolder folder("nan");
  const BatchShape shape = make_shape(4, 2, 3);
  for (const std::string& kind : network_names()) {
    auto module = write_and_load(make_export(make_weights(kind, "tanh", {8}, shape, 2)),
                                 folder.file("policy.pt"));
    const at::Tensor obs = at::full({3, shape.obs()}, std::nanf(""));
    const at::Tensor action =
        module.get_method("act")({obs, at::ones({3, 5}, at::kByte)}).toTensor();
    EXPECT_TRUE(at::equal(action, at::full({3}, 4, at::kLong))) << kind;
  }
}

TEST(TorchscriptWriter, TakesBoolAndUint8Masks) {
  const TestFolder folder("masks");
  const BatchShape shape = make_shape(5, 3, 2);
  for (const std::string& kind : network_names()) {
    auto module = write_and_load(make_export(make_weights(kind, "tanh", {8}, shape, 2)),
                                 folder.file("policy.pt"));
    const Rows rows = make_rows(shape, 5, 33, 4);
    const auto bytes = module.forward({rows.obs, rows.mask}).toTuple();
    const auto bools = module.forward({rows.obs, rows.mask.to(at::kBool)}).toTuple();
    for (size_t i : {0u, 1u})
      EXPECT_TRUE(at::equal(bytes->elements()[i].toTensor(), bools->elements()[i].toTensor()));
    EXPECT_TRUE(
        at::equal(module.get_method("act")({rows.obs, rows.mask}).toTensor(),
                  module.get_method("act")({rows.obs, rows.mask.to(at::kBool)}).toTensor()));
  }
}

TEST(TorchscriptWriter, RefusesInputsOfAnotherShape) {
  const TestFolder folder("inputs");
  const BatchShape shape = make_shape(5, 3, 2);
  for (const std::string& kind : network_names()) {
    auto module = write_and_load(make_export(make_weights(kind, "tanh", {8}, shape, 2)),
                                 folder.file("policy.pt"));
    const auto call = [&](int64_t rows, int64_t width, int64_t mask_rows, int64_t actions) {
      module.forward({at::zeros({rows, width}), at::ones({mask_rows, actions}, at::kByte)});
    };
    EXPECT_NO_THROW(call(2, 13, 2, 6));
    EXPECT_ANY_THROW(call(2, 12, 2, 6)) << kind;
    EXPECT_ANY_THROW(call(2, 13, 2, 5)) << kind;
    EXPECT_ANY_THROW(call(2, 13, 1, 6)) << kind;
    EXPECT_ANY_THROW(call(2, 3, 2, 1)) << kind;
  }
}

TEST(TorchscriptWriter, ValueOfQNetworksIsTheMaskedMaximum) {
  const TestFolder folder("q");
  const BatchShape shape = make_shape(5, 3, 2);
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights =
        make_weights(kind, "relu", {8, 8}, shape, 9, PolicyHead::kQValues);
    auto module = write_and_load(make_export(weights), folder.file("policy.pt"));
    const Rows rows = make_rows(shape, 5, 33, 4);
    const auto out = module.forward({rows.obs, rows.mask}).toTuple();
    const at::Tensor logits = out->elements()[0].toTensor();
    EXPECT_TRUE(at::equal(out->elements()[1].toTensor(), std::get<0>(logits.max(1)))) << kind;
    for (const auto& p : module.named_parameters()) EXPECT_NE(p.name.substr(0, 6), "critic");
  }
}

TEST(TorchscriptWriter, DuelingQIsTheValueAndTheAdvantageOverItsMean) {
  const TestFolder folder("dueling");
  const BatchShape shape = make_shape(5, 3, 2);
  for (const std::string& kind : network_names()) {
    const Rows rows = make_rows(shape, 5, 33, 4);
    PolicyWeights weights = make_weights(kind, "relu", {8, 8}, shape, 9);
    const auto plain =
        write_and_load(make_export(weights), folder.file("a.pt")).forward({rows.obs, rows.mask});
    const at::Tensor a = plain.toTuple()->elements()[0].toTensor();
    const at::Tensor v = plain.toTuple()->elements()[1].toTensor();
    weights.head = PolicyHead::kDueling;
    const auto out =
        write_and_load(make_export(weights), folder.file("q.pt")).forward({rows.obs, rows.mask});
    const at::Tensor q = out.toTuple()->elements()[0].toTensor();
    const at::Tensor allowed = rows.mask.to(at::kBool);
    const at::Tensor mean = at::sum(at::where(allowed, a, 0.0), 1) / at::sum(allowed, 1);
    const at::Tensor wants = a + (v - mean).unsqueeze(1);
    EXPECT_TRUE(
        at::allclose(at::masked_select(q, allowed), at::masked_select(wants, allowed), 0, 1e-6))
        << kind;
    EXPECT_TRUE(at::equal(out.toTuple()->elements()[1].toTensor(), std::get<0>(q.max(1)))) << kind;
  }
}

TEST(TorchscriptWriter, SchemaHoldsWhatAReaderNeeds) {
  const TestFolder folder("schema");
  const BatchShape shape = make_shape(4, 2, 3);
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = make_weights(kind, "tanh", {8}, shape, 2);
    write_policy(folder.file("policy.pt"), make_export(weights));
    torch::jit::ExtraFilesMap extra = {{"cusched.json", ""}};
    torch::jit::load(folder.file("policy.pt"), at::Device(at::kCPU), extra);
    const auto json = nlohmann::json::parse(extra["cusched.json"]);
    EXPECT_EQ(json["env"], "admission");
    EXPECT_EQ(json["env_version"], 1);
    EXPECT_EQ(json["K"], 4);
    EXPECT_EQ(json["G"], 2);
    EXPECT_EQ(json["F"], 3);
    EXPECT_EQ(json["any_K"], kind != "mlp");
    EXPECT_EQ(json["q_values"], false);
    EXPECT_EQ(json["action"]["meaning"], "k < K admits the job in slot k, K waits");
    EXPECT_EQ(json["network"]["hidden"], nlohmann::json::array({8}));
    EXPECT_EQ(json["training"]["seeds"], nlohmann::json::array({7}));
    EXPECT_EQ(json["training"]["commit"], "0123abc");
    EXPECT_EQ(json["training"]["config"]["epochs"], 4);
    EXPECT_EQ(json["evaluation"]["env"], "admission");
    ASSERT_EQ(json["observation"]["globals"].size(), 2u);
    ASSERT_EQ(json["observation"]["candidate"].size(), 3u);
    for (const char* scope : {"globals", "candidate"}) {
      for (const auto& field : json["observation"][scope]) {
        for (const char* key : {"name", "value", "clip", "index", "normaliser"})
          EXPECT_TRUE(field.contains(key)) << scope << " " << key;
      }
    }
    EXPECT_FLOAT_EQ(json["observation"]["globals"][1]["normaliser"]["mean"].get<float>(),
                    weights.obs_mean[1]);
    const auto& var = json["observation"]["candidate"][2]["normaliser"]["var"];
    if (kind != "mlp") {
      EXPECT_FLOAT_EQ(var.get<float>(), weights.obs_var[4]);
    } else {
      ASSERT_EQ(var.size(), 4u);
      EXPECT_FLOAT_EQ(var[3].get<float>(), weights.obs_var[2 + 3 * 3 + 2]);
    }
    EXPECT_EQ(json["observation"]["candidate"][2]["index"], 4);
    EXPECT_EQ(json["observation"]["candidate"][2]["index_step"], 3);
  }
}

TEST(TorchscriptWriter, WritesTheSameBytesForTheSamePolicy) {
  const PolicyExport policy =
      make_export(make_weights("pointer", "tanh", {8}, make_shape(4, 2, 3), 2));
  EXPECT_EQ(serialise_policy(policy), serialise_policy(policy));
}

TEST(TorchscriptWriter, LeavesNoFileWhereAPolicyIsRefused) {
  const TestFolder folder("refused");
  const PolicyWeights good = make_weights("mlp", "tanh", {8}, make_shape(4, 2, 3), 2);
  const auto refused = [&](auto change, const std::string& words) {
    PolicyExport policy = make_export(good);
    change(policy);
    try {
      write_policy(folder.file("policy.pt"), policy);
      ADD_FAILURE() << "written in spite of: " << words;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << words;
  };
  refused([](PolicyExport& p) { p.weights.weights[1].values[3] = std::nanf(""); },
          "actor.0.bias[3]");
  refused([](PolicyExport& p) { p.weights.weights.pop_back(); }, "critic.1.bias is missing");
  refused(
      [](PolicyExport& p) {
        p.weights.weights[0].shape = {20, 8};
      },
      "actor.0.weight has shape");
  refused([](PolicyExport& p) { p.weights.weights[0].values.pop_back(); }, "numbers for shape");
  refused([](PolicyExport& p) { p.weights.weights.push_back(p.weights.weights[0]); }, "twice");
  refused([](PolicyExport& p) { p.weights.weights.push_back({"extra", {1}, {0}}); }, "extra");
  refused([](PolicyExport& p) { p.weights.obs_var[2] = -1; }, "obs_var is negative");
  refused([](PolicyExport& p) { p.weights.obs_mean.pop_back(); }, "normaliser");
  refused([](PolicyExport& p) { p.weights.network.kind = "table"; }, "table");
  refused([](PolicyExport& p) { p.weights.network.activation = "gelu"; }, "gelu");
  refused([](PolicyExport& p) { p.training_json = "{}"; }, "config");
  refused([](PolicyExport& p) { p.environment_json = "{"; }, "not JSON");
  refused([](PolicyExport& p) { p.environment_json = environment_json(make_shape(5, 2, 3)); },
          "slots");
  refused(
      [](PolicyExport& p) { p.environment_json = R"({"slots":4,"globals":2,"slot_features":3})"; },
      "environment");
}

}  // namespace
}  // namespace cusched::testing
