// SPDX-License-Identifier: MIT
#include "cli/heuristic_export.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "build_info.h"
#include "cli/evaluate.h"
#include "cuda/error.h"
#include "envs/inputs.h"
#include "envs/json_text.h"
#include "envs/option_values.h"
#include "envs/preset.h"

namespace cusched {
namespace {

EvaluationProbe probe_of(const EnvEntry& entry, const std::vector<EnvValue>& values) {
  EvaluationSetup setup;
  setup.entry = &entry;
  setup.values = values;
  return probe_evaluation(setup);
}

int index_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
}

// What counts of an option: what was set, or what preset and objective say.
std::string text_of(const EnvEntry& entry, const std::vector<EnvValue>& given,
                    const std::string& name) {
  OptionValues values(entry.options);
  set_with_preset(values, entry.presets, entry.objectives, given);
  return values.text(name);
}

bool can_be_exported(const EnvEntry& entry, const std::vector<EnvValue>& values,
                     const std::string& heuristic) {
  try {
    exported_rule(entry, values, heuristic);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// A word for a shell.
std::string quoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-./,:=+@", c) != nullptr;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// As training_json() has it of a training, for `eval` to play the same settings.
std::string settings_json(const std::vector<EnvValue>& values,
                          const std::vector<InputPart>& inputs) {
  nlohmann::json config = nlohmann::json::object();
  for (const EnvValue& value : values) {
    std::string flag = value.name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    config[flag] = value.value;
  }
  return json_text(nlohmann::json{{"config", config},
                                  {"inputs", nlohmann::json::parse(inputs_to_json(inputs))},
                                  {"seeds", nlohmann::json::array()},
                                  {"commit", build_info().commit}});
}

}  // namespace

HeuristicRule exported_rule(const EnvEntry& entry, const std::vector<EnvValue>& values,
                            const std::string& heuristic) {
  return heuristic_rule(entry, heuristic, probe_of(entry, values).schema_json);
}

std::string export_command_line(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                const std::string& heuristic, const std::string& policy,
                                const std::string& out) {
  const auto with = [&](const char* name, const std::string& word) {
    const std::string now = text_of(entry, values, name);
    return EnvValue{name, now.empty() || now == "none" ? word : now + "," + word, "an export"};
  };
  const EnvValue scores = with("features", "scores");
  // What is as near to the training's as can be comes first.
  const std::vector<std::vector<EnvValue>> tries = {
      {},
      {scores},
      {with("score-rules", heuristic)},
      {scores, with("score-rules", heuristic)},
      {scores, {"score-rules", heuristic, "an export"}},
      {{"score-rules", heuristic, "an export"}}};
  const auto found = std::find_if(tries.begin(), tries.end(), [&](const auto& added) {
    std::vector<EnvValue> tried = values;
    tried.insert(tried.end(), added.begin(), added.end());
    return can_be_exported(entry, tried, heuristic);
  });
  if (found == tries.end()) return "";
  std::string more;
  for (const EnvValue& value : *found) more += " --" + value.name + " " + quoted(value.value);
  return "cusched export --heuristic " + heuristic + " --policy " + quoted(policy) + more +
         " --out " + quoted(out);
}

HeuristicDecisions heuristic_decisions(const EnvEntry& entry, const std::vector<EnvValue>& values,
                                       int heuristic, int player, int lanes, int steps,
                                       uint64_t seed) {
  BatchOptions options;
  options.envs = lanes;
  options.seed = seed;
  const std::unique_ptr<Batch> batch = entry.create(values, options);
  const BatchShape& shape = batch->shape();
  constexpr int64_t kMostNumbers = int64_t{1} << 24;  // 64 MiB of observations
  const int64_t rows = shape.lanes();
  const int64_t most = std::max<int64_t>(1, kMostNumbers / (rows * shape.obs()));
  const auto count = static_cast<size_t>(std::min<int64_t>(steps, most));
  HeuristicDecisions out;
  out.rows.rows = rows * static_cast<int64_t>(count);
  out.rows.slots = shape.slots;
  const size_t obs = static_cast<size_t>(rows) * shape.obs();
  const size_t mask = static_cast<size_t>(rows) * shape.actions();
  out.rows.obs.resize(count * obs);
  out.rows.mask.resize(count * mask);
  out.action.resize(count * static_cast<size_t>(rows));
  const auto seen_at = [&](size_t t) {
    StepBuffers buffers;
    buffers.obs = out.rows.obs.data() + t * obs;
    buffers.mask = out.rows.mask.data() + t * mask;
    return buffers;
  };
  batch->reset({}, seen_at(0));
  for (size_t t = 0; t < count; ++t) {
    int32_t* const action = out.action.data() + t * static_cast<size_t>(rows);
    RolloutBuffers next;  // the last step's is not asked about
    if (t + 1 < count) next.first = seen_at(t + 1);
    if (player == heuristic) {
      batch->run_heuristic({}, heuristic, 1, action, next);
      continue;
    }
    const std::vector<uint8_t> state = batch->snapshot({});
    batch->run_heuristic({}, heuristic, 1, action, {});
    batch->restore({}, state);
    batch->run_heuristic({}, player, 1, nullptr, next);
  }
  return out;
}

ExportedHeuristic export_heuristic(const EnvSettings& settings, const std::string& heuristic,
                                   const std::string& path) {
  const EnvEntry& entry = settings.entry();
  std::vector<EnvValue> values = settings.values();
  const EvaluationProbe probe = probe_of(entry, values);
  const HeuristicRule rule = heuristic_rule(entry, heuristic, probe.schema_json);
  ExportedHeuristic out;
  out.rule = rule.text();
  const HeuristicExport file = {heuristic, rule.text(), probe.schema_json,
                                settings_json(values, probe.inputs)};
  if (settings.text("backfill") == "easy-rls") {
    out.notes.push_back("with --backfill easy-rls " + heuristic +
                        " backfills jobs of one second in the order of its scores, a policy file "
                        "in the order of the queue: their results may differ a little");
  }
  // Without backfilling, which sorts the queue between what is seen and what is decided.
  const auto decided = std::find_if(entry.options.begin(), entry.options.end(),
                                    [](const EnvOption& o) { return o.name == "backfill"; });
  if (decided != entry.options.end())
    values.push_back({"backfill", "none", "the decisions that verify"});
  constexpr int kLanes = 64, kSteps = 40;
  const int index = index_of(entry.heuristics, heuristic);
  const HeuristicDecisions decisions =
      heuristic_decisions(entry, values, index, index, kLanes, kSteps, /*seed=*/2);
  const std::string devices = write_heuristic(path, rule, file, decisions);
  out.verified = grouped(decisions.rows.rows) + " decisions on " + devices;
  return out;
}

}  // namespace cusched
