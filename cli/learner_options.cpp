// SPDX-License-Identifier: MIT
#include "cli/learner_options.h"

#include <algorithm>
#include <cmath>

#include "agents/network_registry.h"
#include "cli/command.h"
#include "cli/early_words.h"
#include "cuda/error.h"

namespace cusched {
namespace {

void add_field(OptionTable& table, const ConfigField& field) {
  Option& option =
      std::visit([&](auto* target) -> Option& { return table.add(field.name, target, field.help); },
                 field.target);
  if (!field.unit.empty()) option.unit(field.unit);
  if (std::isfinite(field.min)) option.min(field.min);
  if (std::isfinite(field.max)) option.max(field.max);
  if (!field.choices.empty()) option.choices(field.choices);
}

}  // namespace

void LearnerSettings::declare(OptionTable& table, const std::string& name) {
  algorithm = make_algorithm(name);
  algo = name;
  std::vector<std::string> names, recipes;
  for (const auto& each : all_algorithms()) names.push_back(each->name());
  for (const Recipe& each : algorithm->recipes()) recipes.push_back(each.name);
  table.add("algo", &algo, "learning algorithm").choices(names);
  Option& option =
      table.add("recipe", &recipe, "hyper-parameters of that name; what you set wins").optional();
  if (!recipes.empty()) option.choices(recipes);

  table.start_group("Network");
  std::string networks;
  for (const NetworkEntry* entry : all_networks())
    networks += (networks.empty() ? "" : "; ") + entry->name + ": " + entry->help;
  table.add("network", &network.kind, networks).choices(network_names());
  table.add("hidden", &network.hidden, "widths of the hidden layers")
      .unit("neurons")
      .min(1)
      .max(65536);
  table.add("activation", &network.activation, "after each hidden layer").choices({"tanh", "relu"});
  table.add("init", &network.init, "how weights start: orthogonal, or as torch's Linear")
      .choices({"orthogonal", "torch"});
  table.add("attention-layers", &network.attention_layers, "of network attention").min(1).max(16);
  table.add("heads", &network.heads, "of network attention; divides the last of --hidden")
      .min(1)
      .max(1024);

  table.start_group("Learning (lists: one value, or one per member)");
  for (const ConfigField& field : shared_fields(algorithm->shared())) add_field(table, field);
  table.start_group(std::string(algorithm->title()) + " (lists: one value, or one per member)");
  for (const ConfigField& field : algorithm->fields()) add_field(table, field);
}

void LearnerSettings::apply_recipe(const OptionTable& table, const std::vector<Setting>& given) {
  const std::string wanted = setting_word(given, "recipe", "");
  if (wanted.empty()) return;
  for (const Recipe& each : algorithm->recipes()) {
    if (each.name != wanted) continue;
    const std::string where = "recipe " + wanted;
    for (const auto& [name, value] : each.values) {
      const Option& option = table.get(name, where);
      option.set(option.is_list() ? split_list(value) : std::vector<std::string>{value}, where);
      option.show(join_words(option.words(), ","), where);
    }
    return;
  }
  throw InputError("--recipe", "'" + wanted + "' is no recipe of " + algo,
                   "'cusched train --algo " + algo + " --help' lists them");
}

void LearnerSettings::validate(const OptionTable& table, int envs, int members) {
  check_fields(algorithm->all_fields(), members, "");
  if (network.hidden.empty() || network.hidden.size() > 16)
    throw InputError("--hidden", "needs 1 to 16 layers", "For example --hidden 64,64");
  algorithm->fit(envs, [&](const char* name) {
    const Option* option = table.find(name);
    return option != nullptr && option->was_set();
  });
}

std::vector<std::string> LearnerSettings::idle_options(const OptionTable& table) {
  struct Need {
    const char *option, *of;
    std::vector<std::string> values;  // one of these makes it count
  };
  static const std::vector<Need> needs = {
      {"heads", "network", {"attention"}},
      {"attention-layers", "network", {"attention"}},
      {"rmsprop-alpha", "optimiser", {"rmsprop", "rmsprop-tf"}},
      {"priority-alpha", "prioritised", {"true"}},
      {"priority-beta", "prioritised", {"true"}},
  };
  std::vector<std::string> notes;
  for (const Need& need : needs) {
    const Option *option = table.find(need.option), *of = table.find(need.of);
    if (option == nullptr || of == nullptr || !is_changed(*option)) continue;
    const std::string value = of->words()[0];
    if (std::find(need.values.begin(), need.values.end(), value) == need.values.end())
      notes.push_back("--" + option->name() + " has no effect: " + need.of + " is " + value);
  }
  return notes;
}

std::string algorithm_of(const std::vector<std::string>& words) {
  const std::string name = early_word(words, "algo");
  if (!name.empty()) {
    (void)make_algorithm(name);
    return name;
  }
  const std::string recipe = early_word(words, "recipe");
  for (const auto& algorithm : all_algorithms())
    for (const Recipe& each : algorithm->recipes())
      if (each.name == recipe) return algorithm->name();
  return "ppo";
}

}  // namespace cusched
