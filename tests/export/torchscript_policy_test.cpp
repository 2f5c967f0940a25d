// SPDX-License-Identifier: MIT
#include "export/torchscript_policy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "cuda/error.h"
#include "export/torchscript_model.h"
#include "export/torchscript_writer.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

// Expects InputError that names the file and `words`.
void expect_input_error(const std::function<void()>& run, const std::string& file,
                        const std::string& words) {
  try {
    run();
    ADD_FAILURE() << "no error; expected one with: " << words;
  } catch (const InputError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(file), std::string::npos) << text;
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << "more than a line: " << text;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "not an InputError: " << error.what();
  }
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A TorchScript file made by hand: a module with weight w, the given methods and cusched.json.
void write_module(const std::string& path, const std::string& methods, const std::string& json,
                  float w = 1.0f) {
  torch::jit::Module module("__torch__.Handmade");
  module.register_parameter("w", at::full({1}, w), false);
  if (!methods.empty()) module.define(methods);
  torch::jit::ExtraFilesMap extra;
  if (!json.empty()) extra["cusched.json"] = json;
  module.save(path, extra);
}

const char* const kMethods =
    "def forward(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:\n"
    "    return mask * self.w, torch.sum(obs, [1])\n"
    "def act(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
    "    return torch.argmax(mask, 1)\n";
const char* const kJson =
    R"({"format":1,"env":"admission","env_version":1,"K":4,"G":2,"F":3,"any_K":false,"q_values":false,
        "network":{"kind":"mlp"}})";

std::string changed(const std::string& key, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(kJson);
  json[key] = value;
  return json.dump();
}

std::string without(const std::string& key) {
  auto json = nlohmann::json::parse(kJson);
  json.erase(key);
  return json.dump();
}

TEST(TorchscriptPolicy, ActsAsTheWeightsDo) {
  const TestFolder folder("act");
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = make_weights(kind, "tanh", {16, 16}, make_shape(4, 2, 3), 8);
    write_policy(folder.file("p.pt"), make_export(weights));
    const VerifyRows rows = probe_rows(weights, 4, 257, 5);
    std::vector<int32_t> action(257, -1);
    load_policy(folder.file("p.pt"), Device{})
        ->act({}, rows.rows, rows.obs.data(), rows.mask.data(), action.data());
    const auto wants = exact_actions(weights, 4, 257, rows.obs.data(), rows.mask.data());
    for (size_t r = 0; r < 257; ++r) EXPECT_EQ(action[r], wants[r]) << kind << " row " << r;
  }
}

TEST(TorchscriptPolicy, AnswersTheSameInOneCallAndInPieces) {
  const TestFolder folder("pieces");
  const PolicyWeights weights = make_weights("pointer", "tanh", {8}, make_shape(128, 2, 3), 8);
  write_policy(folder.file("p.pt"), make_export(weights));
  const int64_t count = 4100;  // more than a piece of 2^19 / 129 rows
  const VerifyRows rows = probe_rows(weights, 128, count, 5);
  const auto policy = load_policy(folder.file("p.pt"), Device{});
  std::vector<int32_t> all(static_cast<size_t>(count)), one(1);
  policy->act({}, count, rows.obs.data(), rows.mask.data(), all.data());
  for (int64_t r : {int64_t{0}, int64_t{4063}, int64_t{4064}, int64_t{4065}, count - 1}) {
    policy->act({}, 1, rows.obs.data() + r * 386, rows.mask.data() + r * 129, one.data());
    EXPECT_EQ(all[static_cast<size_t>(r)], one[0]) << "row " << r;
  }
}

TEST(TorchscriptPolicy, FitsOtherKOnlyWhereTheNetworkDoes) {
  const TestFolder folder("fits");
  const std::string path = folder.file("p.pt");
  for (const std::string& kind : network_names()) {
    const PolicyWeights weights = make_weights(kind, "tanh", {8}, make_shape(4, 2, 3), 8);
    write_policy(path, make_export(weights));
    EXPECT_NO_THROW(load_policy(path, Device{}, "admission", make_shape(4, 2, 3)));
    const auto load = [&](const std::string& env, const BatchShape& shape) {
      return [&path, env, shape] { load_policy(path, Device{}, env, shape); };
    };
    expect_input_error(load("placement", make_shape(4, 2, 3)), path, "field \"env\"");
    expect_input_error(load("admission", make_shape(4, 3, 3)), path, "field \"G\"");
    expect_input_error(load("admission", make_shape(4, 2, 4)), path, "field \"F\"");
    if (kind == "mlp") {
      expect_input_error(load("admission", make_shape(9, 2, 3)), path, "field \"K\"");
      continue;
    }
    const auto policy = load_policy(path, Device{}, "admission", make_shape(9, 2, 3));
    const VerifyRows rows = probe_rows(weights, 9, 17, 5);
    std::vector<int32_t> action(17);
    policy->act({}, 17, rows.obs.data(), rows.mask.data(), action.data());
    const auto wants = exact_actions(weights, 9, 17, rows.obs.data(), rows.mask.data());
    for (size_t r = 0; r < 17; ++r) EXPECT_EQ(action[r], wants[r]) << kind << " row " << r;
  }
}

TEST(TorchscriptPolicy, ReadsTheSchema) {
  const TestFolder folder("read");
  const PolicyWeights weights = make_weights("pointer", "tanh", {8}, make_shape(4, 2, 3), 8);
  write_policy(folder.file("p.pt"), make_export(weights));
  const PolicySchema schema = read_policy_schema(folder.file("p.pt"));
  EXPECT_EQ(schema.environment, "admission");
  EXPECT_EQ(schema.network, "pointer");
  EXPECT_TRUE(schema.any_slots);
  EXPECT_FALSE(schema.q_values);
  EXPECT_EQ(schema.shape.obs(), 14);
  EXPECT_EQ(nlohmann::json::parse(schema.json)["training"]["commit"], "0123abc");
}

TEST(TorchscriptPolicy, RefusesFilesThatAreNoPolicies) {
  const TestFolder folder("hostile");
  const std::string path = folder.file("hostile.pt");
  const auto load = [&] { load_policy(path, Device{}); };
  expect_input_error(load, path, "cannot be read");
  std::filesystem::create_directory(path);
  expect_input_error(load, path, "cannot be read");
  std::filesystem::remove(path);
  for (const std::string& bytes : {std::string(), std::string("PK\3\4"), std::string(5000, 'x'),
                                   std::string("PK\5\6") + std::string(18, '\0')}) {
    write_bytes(path, bytes);
    expect_input_error(load, path, "not a TorchScript policy file");
  }
}

TEST(TorchscriptPolicy, SaysWhatAFileIsThatIsNoPolicy) {
  const TestFolder folder("kinds");
  const std::string path = folder.file("kind.pt");
  const auto refuse = [&](const std::string& bytes, const std::string& words) {
    write_bytes(path, bytes);
    expect_input_error([&] { load_policy(path, Device{}); }, path, words);
  };
  refuse("", "it is empty");
  refuse(std::string("CUSCHEDC\3\0\0\0", 12),
         "it is a checkpoint of cusched. `cusched export " + path + "` makes a policy of it");
  refuse("\x1f\x8b\x08 packed", "it is packed with gzip");
  refuse("\x80\x02}q", "it is a Python pickle");
  refuse("load: 0.9\n# caf\xC3\xA9\n", "it is a text");
  refuse("PK\3\4 archive/data.pkl", "it is cut off");
  const std::string end = "PK\5\6" + std::string(18, '\0');
  refuse("PK\3\4 archive/data.pkl archive/data/0" + end, "it holds weights alone");
  refuse("PK\3\4 notes.txt" + end, "it is an archive of other things");
  write_module(path, kMethods, "");
  expect_input_error([&] { load_policy(path, Device{}); }, path,
                     "is a TorchScript model, but no policy of cusched");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  write_module(path + "/policy.pt", kMethods, kJson);
  expect_input_error([&] { load_policy(path, Device{}); }, path,
                     "is a folder. Its policy is " + path + "/policy.pt");
}

TEST(TorchscriptPolicy, RefusesOtherVersionsOfTheEnvironment) {
  const TestFolder folder("versions");
  const std::string path = folder.file("p.pt");
  const auto load = [&] { load_policy(path, Device{}, "admission", make_shape(4, 2, 3)); };
  write_module(path, kMethods, kJson);
  EXPECT_NO_THROW(load());
  write_module(path, kMethods, changed("env_version", 1000));
  expect_input_error(load, path,
                     "cusched.json, field \"env_version\": the policy was made for version 1000 of "
                     "admission, this cusched has version 3. Use a newer cusched");
  write_module(path, kMethods, changed("env", "kueue"));
  expect_input_error(load, path, "the environment kueue, which this cusched does not have");
}

TEST(TorchscriptPolicy, SurvivesTruncatedAndFlippedFiles) {
  const TestFolder folder("fuzz");
  const std::string good =
      serialise_policy(make_export(make_weights("mlp", "tanh", {8}, make_shape(4, 2, 3), 8)));
  ASSERT_NO_THROW(TorchscriptModel("good.pt", good, Device{}));
  for (size_t length = 0; length < good.size(); length += good.size() / 23)
    expect_input_error([&] { TorchscriptModel("cut.pt", good.substr(0, length), Device{}); },
                       "cut.pt", "not a TorchScript policy file");
  int refused = 0;
  for (size_t i = 0; i < 200; ++i) {
    std::string bytes = good;
    bytes[i * 7919 % bytes.size()] ^= static_cast<char>(1 + i % 255);
    try {
      TorchscriptModel("flipped.pt", bytes, Device{});
    } catch (const InputError&) {
      ++refused;  // anything else than a policy or an InputError fails the test
    }
  }
  EXPECT_GT(refused, 20);
}

TEST(TorchscriptPolicy, RefusesModulesWithoutWhatAPolicyNeeds) {
  const TestFolder folder("modules");
  const std::string path = folder.file("handmade.pt");
  const auto load = [&] { load_policy(path, Device{}); };
  write_module(path, kMethods, kJson);
  EXPECT_NO_THROW(load());

  write_module(path, kMethods, "");
  expect_input_error(load, path, "cusched.json");
  write_module(path, "", kJson);
  expect_input_error(load, path, "method forward");
  write_module(path, std::string(kMethods).substr(0, std::string(kMethods).find("def act")), kJson);
  expect_input_error(load, path, "method act");
  for (float bad : {std::nanf(""), INFINITY}) {
    write_module(path, kMethods, kJson, bad);
    expect_input_error(load, path, "weight w");
  }
  const std::string act =
      "def act(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    return torch.argmax(mask, 1)\n";
  const std::string head = "def forward(self, obs: Tensor, mask: Tensor)";
  write_module(path, head + " -> Tensor:\n    return obs\n" + act, kJson);
  expect_input_error(load, path, "handmade.pt");
  write_module(path, head + " -> Tuple[Tensor, Tensor]:\n    return obs, obs\n" + act, kJson);
  expect_input_error(load, path, "method forward");
  write_module(
      path, head + " -> Tuple[Tensor, Tensor]:\n    return torch.mm(obs, obs), obs\n" + act, kJson);
  expect_input_error(load, path, "14 zeros");
  write_module(path, "def forward(self, obs: Tensor) -> Tensor:\n    return obs\n" + act, kJson);
  expect_input_error(load, path, "14 zeros");
}

TEST(TorchscriptPolicy, RefusesMalformedSchemas) {
  const TestFolder folder("schemas");
  const std::string path = folder.file("schema.pt");
  const auto refuse = [&](const std::string& json, const std::string& words) {
    write_module(path, kMethods, json);
    expect_input_error([&] { load_policy(path, Device{}); }, path, words);
  };
  refuse("{", "JSON");
  refuse("[1]", "JSON");
  refuse(std::string(100000, '['), "JSON");
  for (const char* key : {"format", "env", "env_version", "K", "G", "F", "any_K", "q_values"})
    refuse(without(key), std::string("field \"") + key + "\"");
  refuse(without("network"), "field \"network");
  refuse(changed("network", "mlp"), "field \"network");
  refuse(changed("format", 2), "newer");
  refuse(changed("K", 0), "field \"K\"");
  refuse(changed("K", -1), "field \"K\"");
  refuse(changed("K", 4.5), "field \"K\"");
  refuse(changed("K", "4"), "field \"K\"");
  refuse(changed("K", 2147483648LL), "field \"K\"");
  refuse(changed("F", 18446744073709551615ULL), "field \"F\"");
  refuse(changed("env", 7), "field \"env\"");
  refuse(changed("any_K", 1), "field \"any_K\"");
}

}  // namespace
}  // namespace cusched::testing
