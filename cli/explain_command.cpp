// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/explain.h"
#include "cli/help_text.h"
#include "cli/output.h"
#include "cli/standard_output.h"
#include "cuda/error.h"
#include "envs/registry.h"

namespace cusched {
namespace {

constexpr int kColumns = 80;

nlohmann::ordered_json to_json(const Explanation& one) {
  nlohmann::ordered_json json = {{"kind", one.kind}, {"name", one.name}};
  if (!one.environment.empty()) json["environment"] = one.environment;
  json["text"] = one.text;
  if (!one.source.empty()) json["source"] = one.source;
  if (!one.see.empty()) json["see"] = one.see;
  for (const auto& [label, value] : one.facts) json[label] = value;
  if (!one.sets.empty()) json["sets"] = nlohmann::ordered_json::array();
  for (const auto& [option, value] : one.sets)
    json["sets"].push_back({{"option", option}, {"value", value}});
  return json;
}

// LABEL: TEXT, wrapped under its text.
std::string labelled(const std::string& label, const std::string& text) {
  const std::string head = label + ": ";
  std::string out;
  for (const std::string& line : wrapped_lines(text, kColumns - 2 - static_cast<int>(head.size())))
    out += "  " + (out.empty() ? head : std::string(head.size(), ' ')) + line + "\n";
  return out;
}

std::string in_full(const Explanation& one) {
  std::string text = one.kind + " " + one.name;
  if (!one.environment.empty()) text += " of " + one.environment;
  text += "\n";
  for (const std::string& line : wrapped_lines(one.text, kColumns - 2)) text += "  " + line + "\n";
  if (!one.source.empty()) text += labelled("source", one.source);
  if (!one.see.empty()) text += labelled("see", one.see);
  for (const auto& [label, value] : one.facts) text += labelled(label, value);
  if (!one.sets.empty()) text += "  sets:\n";
  for (const auto& [option, value] : one.sets) text += "    " + option + " " + value + "\n";
  return text;
}

// Names of a kind, by environment.
std::string listed(const std::vector<const Explanation*>& all) {
  std::string text, head, names;
  const auto flush = [&] {
    if (names.empty()) return;
    text += head + "\n";
    for (const std::string& line : wrapped_lines(names, kColumns - 2)) text += "  " + line + "\n";
    names.clear();
  };
  for (const Explanation* one : all) {
    if (one->kind == "option") continue;
    const std::string now =
        one->kind + (one->environment.empty() ? "" : " of " + one->environment) + ":";
    if (now != head) flush();
    head = now;
    names += (names.empty() ? "" : ", ") + one->name;
  }
  flush();
  return text;
}

// Options of an environment or of none, each once, with the commands that have it.
std::string listed_options(const std::vector<const Explanation*>& all) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> heads;
  for (const Explanation* one : all) {
    if (one->kind != "option") continue;
    std::vector<std::string>& commands = heads[one->environment][one->name];
    for (const auto& [label, value] : one->facts)
      if (label == "of") commands.push_back(value);
  }
  std::string text;
  for (const auto& [environment, names] : heads) {
    text += "option" + (environment.empty() ? "" : " of " + environment) + ":\n";
    for (const auto& [name, commands] : names) text += labelled(name, join_words(commands, ", "));
  }
  return text;
}

std::string as_flag(std::string name) {
  if (name.rfind("--", 0) == 0) name = name.substr(2);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

class ExplainCommand : public Command {
 public:
  ExplainCommand()
      : Command("explain", "what a preset, objective, heuristic, metric, reward, ... is") {
    std::vector<std::string> kinds = explanation_kinds(), names, environments;
    for (const EnvEntry* entry : all_environments()) {
      environments.push_back(entry->name);
      for (const auto* more : {&entry->heuristics, &entry->metrics, &entry->reward_terms})
        names.insert(names.end(), more->begin(), more->end());
      for (const Preset& preset : entry->presets) names.push_back(preset.name);
      for (const Objective& objective : entry->objectives) names.push_back(objective.name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    options()
        .add("kind", &kind_, join_words(kinds, ", ") + "; may be left out")
        .positional()
        .suggests(kinds);
    options()
        .add("name", &name_, "its name; without one, the names there are")
        .positional()
        .suggests(names);
    options().add("env", &env_, "of this environment only").suggests(environments);
    add_json_option(options(), &json_, "it");
  }

  std::string notes() const override {
    return "Examples: cusched explain heuristic fcfs; cusched explain preset short-waits; cusched "
           "explain wait_mean_s";
  }

  int run() override {
    const auto& kinds = explanation_kinds();
    const bool has_kind = std::find(kinds.begin(), kinds.end(), kind_) != kinds.end();
    const std::string name = has_kind || !name_.empty() ? name_ : kind_;
    if (!has_kind && !name_.empty())
      throw InputError("--kind", "'" + kind_ + "' is no kind of thing",
                       "Choose one of: " + join_words(kinds, ", "));
    const std::vector<Explanation> all = all_explanations();
    std::vector<const Explanation*> found;
    std::vector<std::string> names;
    for (const Explanation& one : all) {
      if (has_kind && one.kind != kind_) continue;
      if (!env_.empty() && !one.environment.empty() && one.environment != env_) continue;
      names.push_back(one.name);
      if (name.empty() || as_flag(one.name) == as_flag(name)) found.push_back(&one);
    }
    if (found.empty()) {
      const std::string closest = closest_word(name, names);
      throw InputError("--name",
                       "there is no " + (has_kind ? kind_ + " '" : "thing called '") + name + "'",
                       closest.empty() ? "'cusched explain' lists the names"
                                       : "Did you mean '" + closest + "'?");
    }
    if (json_ != "-") {
      if (name.empty()) print(listed(found));
      if (name.empty())
        print(kind_ == "option" ? listed_options(found)
              : has_kind        ? ""
                                : "option: 'cusched explain option' lists them, 'cusched explain "
                                  "option NAME'\n  tells of one\n");
      for (size_t i = 0; !name.empty() && i < found.size(); ++i)
        print((i > 0 ? "\n" : "") + in_full(*found[i]));
    }
    nlohmann::json list = nlohmann::json::array();
    for (const Explanation* one : found) list.emplace_back(to_json(*one));
    emit_json(json_, list);
    return kExitOk;
  }

 private:
  std::string kind_, name_, env_, json_;
};

}  // namespace

std::unique_ptr<Command> make_explain_command() { return std::make_unique<ExplainCommand>(); }

}  // namespace cusched
