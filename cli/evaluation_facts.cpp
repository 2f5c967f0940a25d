// SPDX-License-Identifier: MIT
#include "cli/evaluation_facts.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "envs/json_text.h"

namespace cusched {

void add_facts(const EnvSettings& settings, const EvaluationSetup& setup,
               const std::vector<std::string>& policies, Evaluation* evaluation) {
  const std::string trace = settings.text("trace");
  evaluation->workload = settings.text("workload");
  if (evaluation->workload.empty() || evaluation->workload == "auto")
    evaluation->workload = std::filesystem::path(settings.text("pods")).filename().string();
  if (!trace.empty()) evaluation->workload = std::filesystem::path(trace).filename().string();
  if (!settings.text("starts").empty()) evaluation->episode_word = "start";
  auto& facts = evaluation->facts;
  facts.emplace_back("seed", std::to_string(setup.seed));
  for (const EnvValue& value : setup.values) facts.emplace_back(value.name, value.value);
  for (const std::string& file : policies) facts.emplace_back("policy", file);
  facts.emplace_back("machine", json_text(machine_json(to_string(setup.device))));
  facts.emplace_back("cusched", version_text());
}

}  // namespace cusched
