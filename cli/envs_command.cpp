// SPDX-License-Identifier: MIT
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/help_text.h"
#include "cli/metric_info.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/standard_output.h"
#include "envs/registry.h"

namespace cusched {
namespace {

const char* direction(const MetricInfo& metric) {
  if (metric.better == MetricInfo::Better::kLower) return "lower";
  return metric.better == MetricInfo::Better::kHigher ? "higher" : "";
}

nlohmann::json entry_json(const EnvEntry& entry) {
  using nlohmann::json;
  json root = {{"name", entry.name},
               {"version", entry.version},
               {"presets", preset_names(entry.presets)},
               {"heuristics", entry.heuristics},
               {"options", json::array()},
               {"metrics", json::array()},
               {"rewards", json::array()},
               {"objectives", json::array()},
               {"training_statistics", entry.stats}};
  for (const EnvOption& option : entry.options)
    root["options"].push_back(
        {{"name", option.name}, {"default", option.default_value}, {"help", option.help}});
  for (const MetricInfo& metric : metric_infos(entry.metrics))
    root["metrics"].push_back({{"name", metric.name},
                               {"unit", metric.unit},
                               {"meaning", metric.meaning},
                               {"better", direction(metric)}});
  for (const Objective& each : entry.objectives)
    root["objectives"].push_back(
        {{"name", each.name}, {"metric", each.metric}, {"meaning", each.meaning}});
  for (size_t i = 0; i < entry.reward_terms.size(); ++i)
    root["rewards"].push_back(
        {{"term", entry.reward_terms[i]}, {"weight", entry.reward_defaults[i]}});
  return root;
}

std::string entry_text(const EnvEntry& entry) {
  const auto paragraph = [](const std::string& text) {
    std::string lines;
    for (const std::string& line : wrapped_lines(text, kHelpColumns)) lines += line + "\n";
    return lines;
  };
  std::string text = entry.name + " (version " + std::to_string(entry.version) + ")\n\n";
  text += paragraph("presets: " + join_words(preset_names(entry.presets), ", "));
  text += paragraph("heuristics: " + join_words(entry.heuristics, ", "));
  text += "\noptions (default): what it is\n";
  for (const EnvOption& option : entry.options)
    text += help_entry(
        "--" + option.name,
        option.help +
            (option.default_value.empty() ? "" : " (default: " + option.default_value + ")"));
  text += "\nmetrics [unit], better: what it is\n";
  for (const MetricInfo& m : metric_infos(entry.metrics)) {
    const std::string unit = m.unit.empty() ? "" : " [" + m.unit + "]";
    const std::string better = *direction(m) ? std::string(", ") + direction(m) : "";
    text += help_entry(m.name + unit + better, m.meaning);
  }
  text += "\nobjectives, metric: what it is\n";
  for (const Objective& each : entry.objectives)
    text += help_entry(each.name + ", " + each.metric, each.meaning);
  text += "\nreward terms (weight under the default objective)\n";
  for (size_t i = 0; i < entry.reward_terms.size(); ++i)
    text += help_entry(entry.reward_terms[i] + " (" + number_text(entry.reward_defaults[i]) + ")",
                       entry.reward_about[i].text);
  return text + "\n" + paragraph("'cusched explain NAME' tells more of each name.");
}

class EnvsCommand : public Command {
 public:
  EnvsCommand() : Command("envs", "list environments; with a name: options, metrics, baselines") {
    std::vector<std::string> names;
    for (const EnvEntry* entry : all_environments()) names.push_back(entry->name);
    options().add("name", &name_, "environment, e.g. admission").positional().suggests(names);
    add_json_option(options(), &json_, "the list");
  }

  int run() override {
    std::vector<const EnvEntry*> entries = all_environments();
    if (!name_.empty()) entries = {&find_environment(name_)};
    nlohmann::json list = nlohmann::json::array();
    for (const EnvEntry* entry : entries) {
      list.push_back(entry_json(*entry));
      if (json_ == "-") continue;
      if (name_.empty()) {
        std::printf("%s (version %d): %zu heuristics, presets %s\n", entry->name.c_str(),
                    entry->version, entry->heuristics.size(),
                    join_words(preset_names(entry->presets), ", ").c_str());
      } else {
        print(entry_text(*entry));
      }
    }
    emit_json(json_, name_.empty() ? list : list[0]);
    return kExitOk;
  }

 private:
  std::string name_, json_;
};

}  // namespace

std::unique_ptr<Command> make_envs_command() { return std::make_unique<EnvsCommand>(); }

}  // namespace cusched
