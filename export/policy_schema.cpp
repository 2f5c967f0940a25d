// SPDX-License-Identifier: MIT
#include "export/policy_schema.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "agents/network_registry.h"
#include "cuda/error.h"
#include "envs/json_text.h"
#include "envs/registry.h"
#include "export/policy_layout.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;  // raised when a reader of the older files would misread newer ones

Json parse_part(const std::string& name, const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  CUSCHED_CHECK(!json.is_discarded(), "the policy's " + name + " is not JSON");
  return json;
}

const Json& part_field(const Json& json, std::string_view part, const char* key) {
  CUSCHED_CHECK(json.is_object() && json.contains(key),
                "the policy's " + std::string(part) + " has no \"" + key + "\"",
                "an exported policy has to say how it was made and what it reads");
  return json[key];
}

Json numbers(const std::vector<float>& from, const std::vector<size_t>& at) {
  if (at.size() == 1) return from[at[0]];
  Json out = Json::array();
  for (size_t i : at) out.push_back(from[i]);
  return out;
}

// G, F or K as the environment's schema has it.
int size_in(const Json& environment, const char* key) {
  const Json& size = part_field(environment, "environment schema", key);
  CUSCHED_CHECK(size.is_number_integer(),
                std::string("the environment schema's \"") + key + "\" is no whole number");
  return size.get<int>();
}

BatchShape shape_in(const Json& environment) {
  BatchShape shape;
  shape.slots = size_in(environment, "slots");
  shape.globals = size_in(environment, "globals");
  shape.slot_features = size_in(environment, "slot_features");
  return shape;
}

// The environment's fields, each with its place in an observation and, where the policy has
// `weights`, its normaliser: one mean and variance, or K of them where the network keeps statistics
// of every observation number.
Json fields_of(const Json& fields, const BatchShape& shape, const PolicyWeights* weights,
               bool candidate) {
  Json out = Json::array();
  for (size_t i = 0; i < fields.size(); ++i) {
    part_field(fields[i], "observation field " + std::to_string(i), "name");
    part_field(fields[i], "observation field " + std::to_string(i), "value");
    Json field = fields[i];
    const size_t first = i + (candidate ? static_cast<size_t>(shape.globals) : 0);
    field["index"] = first;
    if (candidate) field["index_step"] = shape.slot_features;
    std::vector<size_t> at = {first};
    if (weights != nullptr && candidate && !takes_any_slots(weights->network)) {
      for (int k = 1; k < shape.slots; ++k)
        at.push_back(first + static_cast<size_t>(k) * static_cast<size_t>(shape.slot_features));
    }
    if (weights != nullptr)
      field["normaliser"] = {{"mean", numbers(weights->obs_mean, at)},
                             {"var", numbers(weights->obs_var, at)}};
    out.push_back(std::move(field));
  }
  return out;
}

Json observation(const Json& environment, const BatchShape& shape, const PolicyWeights* weights) {
  const Json& globals = part_field(environment, "environment schema", "global_fields");
  const Json& candidate = part_field(environment, "environment schema", "slot_fields");
  CUSCHED_CHECK(globals.is_array() && static_cast<int>(globals.size()) == shape.globals &&
                    candidate.is_array() &&
                    static_cast<int>(candidate.size()) == shape.slot_features,
                "the environment's schema does not describe all G + F observation fields");
  return {{"globals", fields_of(globals, shape, weights, false)},
          {"candidate", fields_of(candidate, shape, weights, true)}};
}

// The first part of cusched.json, the same of every policy.
Json head_of(const Json& environment, bool any_slots, bool q_values) {
  CUSCHED_CHECK(part_field(environment, "environment schema", "environment").is_string(),
                "the environment schema's \"environment\" is not a name");
  const BatchShape shape = shape_in(environment);
  Json json;
  json["format"] = kFormat;
  json["env"] = environment["environment"];
  json["env_version"] = part_field(environment, "environment schema", "environment_version");
  json["K"] = shape.slots;
  json["G"] = shape.globals;
  json["F"] = shape.slot_features;
  json["any_K"] = any_slots;
  json["q_values"] = q_values;
  json["masked_logit"] = -3.4e38;
  json["action"] = {{"meaning", part_field(environment, "environment schema", "actions")},
                    {"choose", "0 .. K-1: that candidate; K: none"},
                    {"rule", "largest allowed logit, the lowest index on ties"}};
  return json;
}

Json training_record(const std::string& text) {
  Json training = parse_part("training record", text);
  for (const char* key : {"config", "seeds", "commit"})
    part_field(training, "training record", key);
  return training;
}

class Reader {
 public:
  Reader(const std::string& where, const Json& json) : where_(where), json_(json) {}

  const Json& at(const std::string& key) const {
    if (!json_.contains(key)) fail(key, "is missing");
    return json_[key];
  }
  int integer(const std::string& key, int64_t low, int64_t high) const {
    const Json& value = at(key);
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() &&
         value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) ||
        value.get<int64_t>() < low || value.get<int64_t>() > high)
      fail(key, "is not an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return value.get<int>();
  }
  std::string string(const std::string& key) const {
    if (!at(key).is_string()) fail(key, "is not a string");
    return at(key).get<std::string>();
  }
  bool boolean(const std::string& key) const {
    if (!at(key).is_boolean()) fail(key, "is not true or false");
    return at(key).get<bool>();
  }
  [[noreturn]] void fail(const std::string& key, const std::string& problem) const {
    throw InputError(where_ + ", " + kPolicySchemaFile + ", field \"" + key + "\"",
                     "the field " + problem, "Export the policy again with `cusched export`");
  }

 private:
  std::string where_;
  const Json& json_;
};

}  // namespace

std::string compose_policy_json(const PolicyExport& policy) {
  const Json environment = parse_part("environment schema", policy.environment_json);
  const Json training = training_record(policy.training_json);
  const BatchShape& shape = policy.weights.shape;
  const struct {
    const char *key, *in_environment;
    int value;
  } sizes[] = {{"K", "slots", shape.slots},
               {"G", "globals", shape.globals},
               {"F", "slot_features", shape.slot_features}};
  for (const auto& size : sizes)
    CUSCHED_CHECK(size_in(environment, size.in_environment) == size.value,
                  std::string("the environment's \"") + size.in_environment +
                      "\" is not the network's " + size.key);
  const NetworkConfig& network = policy.weights.network;
  Json json =
      head_of(environment, takes_any_slots(network), policy.weights.head != PolicyHead::kLogits);
  json["normaliser"] = "clamp((x - mean) / sqrt(var + 1e-8), -10, 10), inside the model";
  json["observation"] = observation(environment, shape, &policy.weights);
  json["network"] = {
      {"kind", network.kind}, {"hidden", network.hidden}, {"activation", network.activation}};
  json["training"] = training;
  json["evaluation"] =
      policy.evaluation_json.empty() ? Json() : parse_part("evaluation", policy.evaluation_json);
  json["environment"] = environment;
  return json_text(json, 1) + "\n";
}

std::string compose_heuristic_json(const HeuristicExport& heuristic) {
  const Json environment = parse_part("environment schema", heuristic.environment_json);
  Json json = head_of(environment, /*any_slots=*/true, /*q_values=*/false);
  json["heuristic"] = heuristic.heuristic;
  json["reads"] = heuristic.reads;
  json["observation"] = observation(environment, shape_in(environment), nullptr);
  json["network"] = {{"kind", "none"}};
  json["training"] = training_record(heuristic.settings_json);
  json["evaluation"] = Json();
  json["environment"] = environment;
  return json_text(json, 1) + "\n";
}

PolicySchema parse_policy_json(const std::string& where, const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    throw InputError(where + ", " + kPolicySchemaFile, "the file is not a JSON object",
                     "Export the policy again with `cusched export`");
  const Reader reader(where, json);
  constexpr int kMaxSize = 1 << 20;
  const int format = reader.integer("format", 1, 1 << 20);
  if (format > kFormat)
    reader.fail("format", "is " + std::to_string(format) + ", newer than this cusched reads (" +
                              std::to_string(kFormat) + ")");
  PolicySchema schema;
  schema.environment = reader.string("env");
  schema.environment_version = reader.integer("env_version", 1, 1 << 20);
  schema.shape.slots = reader.integer("K", 1, kMaxSize);
  schema.shape.globals = reader.integer("G", 0, kMaxSize);
  schema.shape.slot_features = reader.integer("F", 1, kMaxSize);
  schema.any_slots = reader.boolean("any_K");
  schema.q_values = reader.boolean("q_values");
  if (!reader.at("network").is_object() || !reader.at("network").contains("kind") ||
      !reader.at("network")["kind"].is_string())
    reader.fail("network.kind", "is not a string");
  schema.network = reader.at("network")["kind"].get<std::string>();
  if (json.contains("heuristic")) schema.heuristic = reader.string("heuristic");
  if (int64_t{schema.shape.slots} * schema.shape.slot_features > kMaxSize)
    reader.fail("K", "times F is more than " + std::to_string(kMaxSize));
  schema.json = text;
  return schema;
}

namespace {

// An observation of another version means something else, whatever its size.
void check_environment_version(const PolicySchema& schema, const std::string& path) {
  const std::string place = path + ", " + kPolicySchemaFile + ", field ";
  for (const EnvEntry* entry : all_environments()) {
    if (entry->name != schema.environment) continue;
    if (entry->plays_since <= schema.environment_version &&
        schema.environment_version <= entry->version)
      return;
    const bool newer = schema.environment_version > entry->version;
    throw InputError(place + "\"env_version\"",
                     "the policy was made for version " +
                         std::to_string(schema.environment_version) + " of " + entry->name +
                         ", this cusched has version " + std::to_string(entry->version),
                     newer ? "Use a newer cusched, the one that made the policy"
                           : "Use the cusched that made the policy, or train another one");
  }
  throw InputError(place + "\"env\"",
                   "the policy was made for the environment " + schema.environment +
                       ", which this cusched does not have",
                   "Use the cusched that made the policy; `cusched envs` lists what there is");
}

}  // namespace

void check_policy_fits(const PolicySchema& schema, const std::string& path,
                       const std::string& environment, const BatchShape& shape) {
  const auto fail = [&](const std::string& field, const std::string& has,
                        const std::string& wants) {
    throw InputError(
        path + ", " + kPolicySchemaFile + ", field \"" + field + "\"",
        "the policy was trained for " + field + " = " + has + ", the environment has " + wants,
        "Use the environment and settings the policy was trained with, or train another one");
  };
  check_environment_version(schema, path);
  if (schema.environment != environment) fail("env", schema.environment, environment);
  const auto check = [&](const char* field, int has, int wants) {
    if (has != wants) fail(field, std::to_string(has), std::to_string(wants));
  };
  check("G", schema.shape.globals, shape.globals);
  check("F", schema.shape.slot_features, shape.slot_features);
  if (!schema.any_slots) check("K", schema.shape.slots, shape.slots);
}

void check_fields_fit(const PolicySchema& schema, const std::string& path,
                      const std::string& schema_json) {
  const Json policy = Json::parse(schema.json), now = Json::parse(schema_json);
  if (!policy.contains("environment") || !policy["environment"].is_object() ||
      now.at("environment_version") != schema.environment_version)
    return;
  const Json& then = policy["environment"];
  for (const char* fields : {"global_fields", "slot_fields"}) {
    if (!then.contains(fields) || !then[fields].is_array()) continue;
    const size_t count = std::min(then[fields].size(), now.at(fields).size());
    for (size_t i = 0; i < count; ++i) {
      const std::string read = then[fields][i].value("name", ""),
                        is = now[fields][i].value("name", "");
      if (read != is)
        throw InputError(path, "the policy reads " + read + " where the observation has " + is,
                         "Use the settings of the policy's training, or train another one");
    }
  }
}

}  // namespace cusched
