// SPDX-License-Identifier: MIT
#include "cli/explain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/algorithm.h"
#include "cli/completion.h"
#include "cli/metric_info.h"
#include "cli/preset_values.h"
#include "cli/words.h"
#include "envs/registry.h"

namespace cusched {
namespace {

void add_presets(const EnvEntry& entry, std::vector<Explanation>* all) {
  for (const Preset& preset : entry.presets) {
    Explanation one{"preset", preset.name, entry.name, preset.meaning, "", "", {}, {}};
    const auto values = preset_values(entry, {{"preset", preset.name, ""}});
    for (auto value = values.begin(); value != values.end(); ++value) {
      const bool is_last = std::none_of(value + 1, values.end(), [&](const PresetValue& later) {
        return later.option == value->option;
      });
      if (is_last)
        one.sets.emplace_back("--" + value->option, value->value + " (" + value->by + ")");
    }
    for (const auto& algorithm : all_algorithms())
      for (const PresetValue& value : preset_learner_values(entry, preset.name, algorithm->name()))
        one.sets.emplace_back("--" + value.option, value.value + " (" + value.by + ")");
    all->push_back(std::move(one));
  }
}

void add_objectives(const EnvEntry& entry, std::vector<Explanation>* all) {
  for (const Objective& objective : entry.objectives) {
    Explanation one{"objective", objective.name, entry.name, objective.meaning, "", "", {}, {}};
    one.facts = {{"metric", objective.metric}};
    for (const auto& [term, weight] : objective.rewards)
      one.sets.emplace_back("--" + reward_flag(term), number_text(weight));
    for (const EnvValue& value : objective.values)
      one.sets.emplace_back("--" + value.name, value.value);
    for (const auto& [name, value] : objective.learner) one.sets.emplace_back("--" + name, value);
    all->push_back(std::move(one));
  }
}

void add_metrics(const EnvEntry& entry, std::vector<Explanation>* all) {
  for (const MetricInfo& metric : metric_infos(entry.metrics)) {
    Explanation one{"metric", metric.name, entry.name, metric.meaning, "", "", {}, {}};
    if (!metric.unit.empty()) one.facts.emplace_back("unit", metric.unit);
    if (metric.better != MetricInfo::Better::kNeither)
      one.facts.emplace_back("better",
                             metric.better == MetricInfo::Better::kLower ? "lower" : "higher");
    all->push_back(std::move(one));
  }
}

void add_rules(const EnvEntry& entry, std::vector<Explanation>* all) {
  for (size_t i = 0; i < entry.heuristics.size(); ++i) {
    const About& about = entry.heuristic_about[i];
    all->push_back({"heuristic",
                    entry.heuristics[i],
                    entry.name,
                    about.text,
                    about.source,
                    about.see,
                    {},
                    {}});
  }
}

void add_rewards(const EnvEntry& entry, std::vector<Explanation>* all) {
  for (size_t i = 0; i < entry.reward_terms.size(); ++i) {
    const About& about = entry.reward_about[i];
    all->push_back({"reward",
                    entry.reward_terms[i],
                    entry.name,
                    about.text,
                    about.source,
                    about.see,
                    {{"option", "--" + reward_flag(entry.reward_terms[i])},
                     {"default weight", number_text(entry.reward_defaults[i])}},
                    {}});
  }
}

nlohmann::json schema_with(const EnvEntry& entry, const std::string& features) {
  std::vector<EnvValue> values;
  if (!features.empty()) values.push_back({"features", features, "features"});
  return nlohmann::json::parse(entry.create(values, {})->schema_json());
}

// The words of --features: what each adds to an observation without any.
void add_feature_words(const EnvEntry& entry, const std::vector<std::string>& words,
                       std::vector<Explanation>* all) {
  const nlohmann::json without = schema_with(entry, "none");
  for (const std::string& word : words) {
    std::string added;
    const nlohmann::json with = schema_with(entry, word);
    for (const auto& [key, fields] : with.items()) {
      if (!key.ends_with("_fields")) continue;
      const nlohmann::json& before = without.contains(key) ? without[key] : nlohmann::json::array();
      for (const nlohmann::json& field : fields)
        if (std::find(before.begin(), before.end(), field) == before.end())
          added += (added.empty() ? "" : "; ") + field.at("name").get<std::string>() + ": " +
                   field.at("value").get<std::string>();
    }
    if (added.empty())  // of `models`: the default cluster names none
      added = "numbers for each of them that --nodes names; docs/guides/observation.md lists them";
    all->push_back({"feature",
                    word,
                    entry.name,
                    "a word of --features. A policy also sees " + added,
                    "",
                    "",
                    {{"option", "--features " + word}},
                    {}});
  }
}

// Words of --features, and the numbers of an observation with all of them.
void add_features(const EnvEntry& entry, std::vector<Explanation>* all) {
  std::string every_word;
  for (const EnvOption& option : entry.options) {
    if (option.name != "features" || option.words.empty()) continue;
    add_feature_words(entry, option.words, all);
    every_word = join_words(option.words, ",");
  }
  const nlohmann::json schema = schema_with(entry, every_word);
  for (const auto& [key, fields] : schema.items()) {
    if (!key.ends_with("_fields")) continue;
    for (const nlohmann::json& field : fields) {
      Explanation one{"feature", field.at("name"), entry.name, field.at("value"), "", "", {}, {}};
      one.facts = {{"of", key.substr(0, key.size() - 7)}};
      if (field.contains("clip"))
        one.facts.emplace_back("range", number_text(field["clip"][0].get<double>()) + " to " +
                                            number_text(field["clip"][1].get<double>()));
      all->push_back(std::move(one));
    }
  }
}

// An option of several commands is one where its text is the same.
void add_options(std::vector<Explanation>* all) {
  const size_t begin = all->size();
  for (const CompletedCommand& command : completion_table()) {
    for (const CompletedOption& option : command.options) {
      const std::string prefix = "Environment ";
      const bool of_env = option.heading.rfind(prefix, 0) == 0;
      const std::string env = of_env ? option.heading.substr(prefix.size()) : "";
      const auto same = std::find_if(all->begin() + begin, all->end(), [&](const Explanation& e) {
        return e.name == option.name && e.environment == env && e.text == option.meaning;
      });
      if (same != all->end()) {
        std::string& commands = same->facts[1].second;
        if (("," + commands + ",").find(command.name) == std::string::npos)
          commands += ", " + command.name;
        continue;
      }
      all->push_back({"option",
                      option.name,
                      env,
                      option.meaning,
                      "",
                      "",
                      {{"written", option.form}, {"of", command.name}},
                      {}});
    }
  }
}

}  // namespace

const std::vector<std::string>& explanation_kinds() {
  static const std::vector<std::string> kinds = {"preset", "objective", "heuristic", "metric",
                                                 "reward", "feature",   "option"};
  return kinds;
}

std::vector<Explanation> all_explanations() {
  std::vector<Explanation> all;
  for (const auto add :
       {add_presets, add_objectives, add_rules, add_metrics, add_rewards, add_features})
    for (const EnvEntry* entry : all_environments()) add(*entry, &all);
  add_options(&all);
  return all;
}

}  // namespace cusched
