// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "agents/algorithm.h"
#include "cuda/error.h"
#include "envs/env.h"

namespace cusched {

// What tests of all algorithms train with: small, and quick on the toys. An algorithm adds itself.
struct AlgorithmCase {
  const char* algo;
  std::map<std::string, double> numbers;  // fields of its configuration
  int iterations;                         // that suffice on the decision processes of mdp.h
};
inline void PrintTo(const AlgorithmCase& c, std::ostream* out) { *out << c.algo; }

inline const std::vector<AlgorithmCase>& algorithm_cases() {
  static const std::vector<AlgorithmCase> cases = {
      {"ppo",
       {{"rollout", 32}, {"minibatch", 1024}, {"learning-rate", 3e-3}, {"entropy", 0.0}},
       60},
      {"a2c", {{"rollout", 16}, {"learning-rate", 3e-3}, {"entropy", 0.01}}, 400},
      {"dqn",
       {{"rollout", 4},
        {"minibatch", 512},
        {"replay-size", 20000},
        {"learning-rate", 3e-3},
        {"n-step", 1},
        {"epsilon-end", 0.2}},
       1000},
  };
  return cases;
}

inline void set_number(Algorithm& algorithm, const std::string& name, double value) {
  for (const ConfigField& field : algorithm.all_fields()) {
    if (field.name != name) continue;
    if (auto* on = std::get_if<bool*>(&field.target)) {
      **on = value != 0;
    } else if (auto* whole = std::get_if<int*>(&field.target)) {
      **whole = static_cast<int>(value);
    } else if (auto* large = std::get_if<int64_t*>(&field.target)) {
      **large = static_cast<int64_t>(value);
    } else if (auto* real = std::get_if<float*>(&field.target)) {
      **real = static_cast<float>(value);
    } else {
      *std::get<std::vector<float>*>(field.target) = {static_cast<float>(value)};
    }
    return;
  }
  throw Error("no field " + name);
}

inline std::unique_ptr<Algorithm> make_case(const AlgorithmCase& c) {
  std::unique_ptr<Algorithm> algorithm = make_algorithm(c.algo);
  for (const auto& [name, value] : c.numbers) set_number(*algorithm, name, value);
  algorithm->shared().schedule = "constant";
  return algorithm;
}

// Settings of admission whose observation costs little: on the emulated device a window and scores
// of rules take most of a test's time.
inline std::vector<EnvValue> plain_admission() {
  return {{"window", "head", "test"},
          {"features", "fits,pods,scales,ready,gpus,tenant,urgent,models", "test"}};
}

}  // namespace cusched
