// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/network_registry.h"
#include "agents/policy_outputs.h"
#include "cuda/philox.h"
#include "export/policy_layout.h"
#include "export/policy_schema.h"

// Policies with random weights for the tests of export/.
namespace cusched::testing {

class Random {
 public:
  explicit Random(uint32_t seed) { key_.seed = seed; }
  float uniform(float low, float high) {
    return low + (high - low) * unit_float(draw4(key_, 99, index_++).v[0]);
  }

 private:
  RngKey key_;
  uint32_t index_ = 0;
};

inline BatchShape make_shape(int slots, int globals, int slot_features) {
  BatchShape shape;
  shape.slots = slots;
  shape.globals = globals;
  shape.slot_features = slot_features;
  return shape;
}

inline PolicyWeights make_weights(const std::string& kind, const std::string& activation,
                                  std::vector<int> hidden, const BatchShape& shape, uint32_t seed,
                                  PolicyHead head = PolicyHead::kLogits) {
  Random random(seed);
  PolicyWeights weights;
  weights.network = {kind, std::move(hidden), activation};
  weights.head = head;
  weights.shape = shape;
  for (const WeightSpec& spec : expected_weights(weights.network, shape, head)) {
    NamedTensor tensor{spec.name, spec.shape, {}};
    int64_t count = 1;
    for (int64_t n : spec.shape) count *= n;
    for (int64_t i = 0; i < count; ++i) tensor.values.push_back(random.uniform(-0.3f, 0.3f));
    weights.weights.push_back(std::move(tensor));
  }
  for (int64_t i = 0; i < normaliser_size(weights.network, shape); ++i) {
    weights.obs_mean.push_back(random.uniform(-0.5f, 0.5f));
    weights.obs_var.push_back(random.uniform(0.0f, 1.0f));
  }
  return weights;
}

inline std::string environment_json(const BatchShape& shape) {
  const auto fields = [](const std::string& prefix, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += std::string(i ? "," : "") + R"({"name":")" + prefix + std::to_string(i) +
             R"(","value":"minutes / 60","clip":[0,1]})";
    return out;
  };
  return R"({"environment":"admission","environment_version":1,"slots":)" +
         std::to_string(shape.slots) + R"(,"globals":)" + std::to_string(shape.globals) +
         R"(,"slot_features":)" + std::to_string(shape.slot_features) +
         R"(,"actions":"k < K admits the job in slot k, K waits","global_fields":[)" +
         fields("global_", shape.globals) + R"(],"slot_fields":[)" +
         fields("slot_", shape.slot_features) + "]}";
}

inline PolicyExport make_export(const PolicyWeights& weights) {
  return {weights, environment_json(weights.shape),
          R"({"config":{"algo":"ppo","epochs":4},"seeds":[7],"commit":"0123abc"})",
          R"({"env":"admission","policies":[]})"};
}

// The masked argmax of the weights, the lowest index on ties, computed in double.
inline std::vector<int> exact_actions(const PolicyWeights& weights, int slots, int64_t rows,
                                      const float* obs, const uint8_t* mask) {
  const auto out = evaluate_weights<double>(weights, slots, rows, obs);
  std::vector<int> actions;
  for (int64_t r = 0; r < rows; ++r) {
    int best = -1;
    for (int a = 0; a <= slots; ++a) {
      const auto i = static_cast<size_t>(r * (slots + 1) + a);
      if (mask[i] != 0 &&
          (best < 0 || out.logits[i] > out.logits[static_cast<size_t>(r * (slots + 1) + best)]))
        best = a;
    }
    actions.push_back(best < 0 ? slots : best);
  }
  return actions;
}

// A folder of the test's own, removed with the object.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("cusched_export_" + name + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cusched::testing
