// SPDX-License-Identifier: MIT
#include "cli/trained_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "cli/command.h"
#include "cli/globs.h"
#include "cli/older_policies.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "envs/json_text.h"
#include "export/torchscript_policy.h"

namespace cusched {
namespace {

using nlohmann::literals::operator""_json_pointer;

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whether a setting of the training is not one of the evaluation: which jobs were learnt from, and
// what the user says about the jobs leaves no sense to.
bool is_replaced(const EnvSettings& settings, const std::string& name) {
  if (is_one_of(name, {"part", "starts", "trace-ranges"}) || name.starts_with("augment-"))
    return true;
  if (settings.was_given("workload") || settings.was_given("trace"))
    return is_one_of(
        name, {"workload", "trace", "load", "fit-trace", "fit-first", "fit-count", "job-limit"});
  return (settings.was_given("starts") || settings.was_given("trace-ranges")) &&
         is_one_of(name, {"split", "warm-up"});
}

}  // namespace

const EnvEntry& evaluated_environment(const std::vector<std::string>& words) {
  std::vector<std::string> files = split_list(first_flag(words, "policy"));
  const bool named = !raw_flag(words, "env", "").empty() || !raw_flag(words, "config", "").empty();
  if (!files.empty() && !named) {
    try {
      files = expand_globs(files, "--policy");
      return find_environment(read_policy_schema(files[0]).environment);
    } catch (const InputError&) {
      // What is wrong with the file is said when its settings are read: --help works without.
    }
  }
  return environment_of(words);
}

std::map<std::string, std::string> training_settings(const PolicySchema& schema,
                                                     const EnvSettings& settings) {
  std::map<std::string, std::string> given;
  for (const auto& [flag, value] : training_flags(schema))
    if (const std::string name = settings.name_of(flag); !name.empty()) given[name] = value;
  return given;
}

std::string prefer_training(const std::string& file, EnvSettings* settings) {
  const PolicySchema schema = read_policy_schema(file);
  if (schema.environment != settings->entry().name)
    return "";  // refused, with the reason, when the policy is loaded
  const std::map<std::string, std::string> given = training_settings(schema, *settings);
  // What is not in the file was left at its default.
  std::string preset = given.contains("preset") ? given.at("preset") : "";
  for (const EnvOption& option : settings->entry().options)
    if (preset.empty() && option.name == "preset") preset = option.default_value;
  if (settings->was_given("preset") && settings->text("preset") != preset) return "";
  std::string told;
  for (const auto& [name, value] : given) {
    if (settings->was_given(name) || is_replaced(*settings, name)) continue;
    settings->prefer(name, value, file + ", training configuration");
    told += (told.empty() ? "" : ", ") + name + " " + value;
  }
  const char* const how = schema.heuristic.empty() ? " was trained: " : " was exported: ";
  return told.empty() ? "" : "as " + file + how + told;
}

std::string trained_otherwise(const std::string& file, const std::string& first,
                              const EnvSettings& settings) {
  const PolicySchema schema = read_policy_schema(file);
  if (schema.environment != settings.entry().name) return "";  // refused when it is loaded
  const auto ours = training_settings(schema, settings);
  const auto theirs = training_settings(read_policy_schema(first), settings);
  std::string told;
  for (const EnvOption& option : settings.entry().options) {
    const auto text_in = [&](const std::map<std::string, std::string>& given) {
      const auto found = given.find(option.name);
      return found != given.end() ? found->second : option.default_value;
    };
    if (text_in(ours) != text_in(theirs))
      told += (told.empty() ? "" : ", ") + option.name + " " + text_in(ours) + " (not " +
              text_in(theirs) + ")";
  }
  const char* const how = schema.heuristic.empty() ? " was trained" : " was exported";
  return told.empty() ? "" : file + how + " otherwise than " + first + ": " + told;
}

std::vector<std::string> changed_since_training(const std::string& file,
                                                const EnvSettings& settings,
                                                const std::vector<InputPart>& inputs) {
  // What says which jobs and nodes there are: given anew, they are of course others.
  for (const char* name : {"preset", "workload", "trace", "load", "memory-per-proc-mib", "nodes",
                           "tenants", "max-procs", "fit-trace", "pods", "order", "rank"})
    if (settings.was_given(name)) return {};
  const PolicySchema schema = read_policy_schema(file);
  if (!schema.heuristic.empty()) return {};  // it learnt from none of them
  const auto json = nlohmann::json::parse(schema.json, nullptr, false);
  const auto then = json.value("/training/inputs"_json_pointer, nlohmann::json());
  if (!then.is_array()) return {};  // a policy of an earlier version
  const std::vector<InputPart> before =
      inputs_from_json(file + ", training inputs", json_text(then));
  std::vector<std::string> notes;
  for (const InputPart& part : inputs) {
    const InputPart* const old = find_part(before, part.name);
    if (old != nullptr && !part.from.empty() && !part.hash.empty() && !part.same(*old))
      notes.push_back(input_difference(*old, part, file));
  }
  return notes;
}

}  // namespace cusched
