// SPDX-License-Identifier: MIT
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/metric_info.h"
#include "cli/options.h"
#include "cli/output.h"
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

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void print_entry(const EnvEntry& entry) {
  std::printf("%s (version %d)\n\npresets: %s\nheuristics: %s\n\n", entry.name.c_str(),
              entry.version, joined(preset_names(entry.presets)).c_str(),
              joined(entry.heuristics).c_str());
  std::printf("options (default): what it is\n");
  for (const EnvOption& option : entry.options)
    std::printf("  --%s (%s): %s\n", option.name.c_str(), option.default_value.c_str(),
                option.help.c_str());
  std::printf("\nmetrics [unit], better: what it is\n");
  for (const MetricInfo& m : metric_infos(entry.metrics)) {
    const std::string unit = m.unit.empty() ? "" : " [" + m.unit + "]";
    const std::string better = *direction(m) ? std::string(", ") + direction(m) : "";
    std::printf("  %s%s%s: %s\n", m.name.c_str(), unit.c_str(), better.c_str(), m.meaning.c_str());
  }
  std::printf("\nobjectives, metric: what it is\n");
  for (const Objective& each : entry.objectives)
    std::printf("  %s, %s: %s\n", each.name.c_str(), each.metric.c_str(), each.meaning.c_str());
  std::printf("\nreward terms (weight under the default objective)\n");
  for (size_t i = 0; i < entry.reward_terms.size(); ++i)
    std::printf("  %s (%s)\n", entry.reward_terms[i].c_str(),
                number_text(entry.reward_defaults[i]).c_str());
}

class EnvsCommand : public Command {
 public:
  EnvsCommand() : Command("envs", "list environments; with a name: options, metrics, baselines") {
    options().add("name", &name_, "environment, e.g. admission").positional();
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
                    joined(preset_names(entry->presets)).c_str());
      } else {
        print_entry(*entry);
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
