// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "agents/policy.h"
#include "envs/batch.h"

namespace cusched {

// All that goes into an exported policy. Texts are JSON.
struct PolicyExport {
  PolicyWeights weights;
  // Batch::schema_json(): an object with "environment" (name), "environment_version", "slots",
  // "globals", "slot_features", "global_fields" (G), "slot_fields" (F) and "actions" (what they
  // mean). A field is an object with at least "name" and "value" (what the number is, with its
  // unit). Further keys are kept.
  std::string environment_json;
  // {"config": {...}, "seeds": [...], "commit": "..."} and whatever else is worth keeping.
  std::string training_json;
  // A table of an evaluation, any JSON; empty where there was none.
  std::string evaluation_json;
};

// All that goes into an exported heuristic, beside its rule (export/heuristic_rule.h).
struct HeuristicExport {
  std::string heuristic;         // e.g. "f1"
  std::string reads;             // what it decides by, in words, e.g. "the lowest behind_f1"
  std::string environment_json;  // as in PolicyExport
  std::string settings_json;     // as training_json; "config" are the environment's settings
};

// What a reader needs of cusched.json.
struct PolicySchema {
  std::string environment;      // e.g. "admission"
  int environment_version = 0;  // of its observation and dynamics
  std::string network;          // e.g. "mlp"; "none" of a heuristic
  std::string heuristic;        // e.g. "f1" of an exported heuristic; empty: the policy was trained
  BatchShape shape;             // members and envs are not used
  bool any_slots = false;       // whether the network takes any K
  bool q_values = false;
  std::string json;  // all of cusched.json
};

// Name of the extra file in the archive.
inline constexpr const char* kPolicySchemaFile = "cusched.json";

// Writes cusched.json. Throws Error, with the field, where a text is not what PolicyExport says or
// contradicts the weights.
std::string compose_policy_json(const PolicyExport& policy);

// The same of a heuristic, which fits every K. It has no normaliser and says "heuristic".
std::string compose_heuristic_json(const HeuristicExport& heuristic);

// Reads it. Throws InputError whose place is `where` and the field.
PolicySchema parse_policy_json(const std::string& where, const std::string& text);

// Throws InputError, with `path` and the field, when the policy was trained for another environment
// or another shape of observation. A policy that takes any K fits every K.
void check_policy_fits(const PolicySchema& schema, const std::string& path,
                       const std::string& environment, const BatchShape& shape);

// Throws InputError, with `path`, when the environment's observation (Batch::schema_json) has
// another field where the policy reads one, e.g. of another --score-rules. Policies made for
// another version of the environment are not asked: fields may have been renamed.
void check_fields_fit(const PolicySchema& schema, const std::string& path,
                      const std::string& schema_json);

}  // namespace cusched
