// SPDX-License-Identifier: MIT
#include "cli/train_setup.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/checkpoint.h"
#include "build_info.h"
#include "cli/command.h"
#include "cli/member_values.h"
#include "cli/words.h"
#include "cuda/error.h"
#include "cuda/stream.h"
#include "envs/json_text.h"
#include "export/torchscript_policy.h"
#include "export/torchscript_writer.h"

namespace cusched {
namespace {

using nlohmann::literals::operator""_json_pointer;

using LearnerValues = decltype(PresetLearner::values);
// A policy for any number of nodes.
const LearnerValues kPlacementPpo = {
    {"network", "pointer"}, {"hidden", "32,32"}, {"activation", "relu"}, {"envs", "512"},
    {"rollout", "32"},      {"epochs", "2"},     {"minibatch", "2048"},  {"learning-rate", "2e-3"},
    {"gamma", "0.99"},      {"entropy", "0"}};
// A policy for any number of waiting jobs.
const LearnerValues kAdmissionPpo = {
    {"network", "pointer"}, {"hidden", "32,32"},       {"activation", "relu"},
    {"envs", "256"},        {"rollout", "64"},         {"epochs", "2"},
    {"minibatch", "2048"},  {"learning-rate", "1e-3"}, {"entropy", "0.003"}};
const LearnerValues kAdmissionA2c = {{"network", "pointer"},    {"hidden", "32,32"},
                                     {"activation", "relu"},    {"envs", "256"},
                                     {"learning-rate", "3e-3"}, {"entropy", "0.003"}};
// Dueling: what an action adds is little beside the value of the state.
const LearnerValues kAdmissionDqn = {
    {"network", "pointer"}, {"hidden", "32,32"},  {"activation", "relu"},    {"envs", "256"},
    {"rollout", "8"},       {"minibatch", "512"}, {"replay-size", "200000"}, {"dueling", "true"}};
// Slots are no equals to a network of plain layers: it learns each of them, and needs the room.
const LearnerValues kAdmissionMlpPpo = {
    {"hidden", "128"}, {"activation", "tanh"}, {"learning-rate", "2e-3"}};
const LearnerValues kAdmissionMlpA2c = {{"hidden", "128"},         {"activation", "tanh"},
                                        {"learning-rate", "2e-3"}, {"envs", "64"},
                                        {"gamma", "0.97"},         {"normalise-advantage", "true"}};
const LearnerValues kAdmissionMlpDqn = {
    {"hidden", "128"}, {"activation", "tanh"}, {"learning-rate", "1e-3"}};
// From the best rule on, where there is time to find it.
LearnerValues from_a_rule(LearnerValues values) {
  values.push_back({"warm-start", "auto"});
  return values;
}
// A recorded trace. `seconds` counts where nobody says how long.
LearnerValues for_a_trace(LearnerValues values) {
  values.push_back({"seconds", "600"});
  return from_a_rule(values);
}
const std::vector<PresetLearner> kPresetLearners = {
    {"admission", "default", "ppo", from_a_rule(kAdmissionPpo)},
    {"admission", "default", "a2c", from_a_rule(kAdmissionA2c)},
    {"admission", "default", "dqn", from_a_rule(kAdmissionDqn)},
    {"admission", "default", "ppo", from_a_rule(kAdmissionMlpPpo), "mlp"},
    {"admission", "default", "a2c", from_a_rule(kAdmissionMlpA2c), "mlp"},
    {"admission", "default", "dqn", from_a_rule(kAdmissionMlpDqn), "mlp"},
    {"admission", "short-waits", "ppo", kAdmissionPpo},
    {"admission", "short-waits", "a2c", kAdmissionA2c},
    {"admission", "short-waits", "dqn", kAdmissionDqn},
    {"admission", "trace", "ppo", for_a_trace(kAdmissionPpo)},
    {"admission", "trace", "a2c", for_a_trace(kAdmissionA2c)},
    {"admission", "trace", "dqn", for_a_trace(kAdmissionDqn)},
    {"admission",
     "rlscheduler",
     "ppo",
     {{"network", "pointer"}, {"envs", "256"}, {"rollout", "256"}, {"gamma", "1"}}},
    {"placement", "default", "ppo", kPlacementPpo},
    {"placement", "selsched", "ppo", kPlacementPpo},
    {"placement", "openb-sample", "ppo", kPlacementPpo},
};

// Observations a policy will meet: lanes after some steps of a baseline.
VerifyRows real_rows(const TrainSetup& setup, int member) {
  constexpr int kLanes = 64;
  constexpr int kSteps = 40;
  BatchOptions options;
  options.envs = kLanes;
  options.seed = setup.seed + 1;
  const std::unique_ptr<Batch> batch =
      setup.settings.entry().create(setup.member_values(member), options);
  const BatchShape& shape = batch->shape();
  VerifyRows rows;
  rows.rows = kLanes;
  rows.slots = shape.slots;
  rows.obs.resize(static_cast<size_t>(kLanes) * shape.obs());
  rows.mask.resize(static_cast<size_t>(kLanes) * shape.actions());
  StepBuffers out;
  out.obs = rows.obs.data();
  out.mask = rows.mask.data();
  batch->reset({}, out);
  RolloutBuffers same_place;  // strides of 0: every step overwrites the last
  same_place.first = out;
  batch->run_heuristic({}, 0, kSteps, nullptr, same_place);
  return rows;
}

}  // namespace

const std::vector<PresetLearner>& preset_learners() { return kPresetLearners; }

void TrainSetup::declare(OptionTable& t, const EnvEntry& entry, const std::string& algo) {
  env = entry.name;
  t.start_group("Run");
  t.add("env", &env, "environment");
  t.add("envs", &envs, "E: environments of a member").unit("count").min(1).max(1 << 24);
  t.add("members", &members, "P: agents that learn at once").unit("count").min(1).max(1 << 16);
  t.add("seed", &seed, "of all random draws");
  t.add("member-offset", &member_offset, "logical id of the first member, in a sharded sweep")
      .min(0);
  t.add("schedule-steps", &schedule_steps,
        "where schedules end; 0: at --steps, else they follow the clock to --seconds")
      .unit("steps")
      .min(0);
  learner.declare(t, algo);
  warm.declare(t, entry);
  t.start_group("Reward weights (one value, or one per member)");
  for (size_t i = 0; i < entry.reward_terms.size(); ++i) {
    RewardWeight& reward = rewards_.emplace_back();
    reward.term = i;
    reward.weight = {entry.reward_defaults[i]};
    std::string name = "reward-" + entry.reward_terms[i];
    for (char& c : name)
      if (c == '_') c = '-';
    reward.option =
        &t.add(name, &reward.weight, "weight of the term; --objective sets them all").optional();
  }
  settings.declare(t, entry);
}

void TrainSetup::before_settings(const OptionTable& table, const std::vector<Setting>& given) {
  settings.take(given);
  const std::string steps = setting_word(given, "steps", "0");
  const auto prefer = [&](const auto& values, const std::string& where) {
    for (const auto& [name, value] : values) {
      // How long a training takes: said by --steps, and nothing to an export.
      const bool budget = std::string_view(name) == "seconds";
      if (budget && (steps != "0" || table.find(name) == nullptr)) continue;
      const Option& option = table.get(name, where);
      option.prefer(option.is_list() ? split_list(value) : std::vector<std::string>{value}, where);
    }
  };
  const Objective& objective = objective_of(settings.entry(), settings.values());
  prefer(objective.learner, "objective " + objective.name);
  for (const PresetLearner& each : kPresetLearners) {
    const std::string network = setting_word(given, "network", learner.network.kind);
    const bool fits = env == each.env && settings.text("preset") == each.preset &&
                      learner.algo == each.algo &&
                      (*each.network == '\0' || network == each.network);
    if (fits) prefer(each.values, std::string("preset ") + each.preset);
  }
  learner.apply_recipe(table, given);
}

void TrainSetup::validate(const OptionTable& table) {
  learner.validate(table, envs, members);
  warm.validate(settings.entry());
  for (const RewardWeight& reward : rewards_) {
    if (reward.weight.size() == 1 || reward.weight.size() == static_cast<size_t>(members)) continue;
    throw InputError("--" + reward.option->name(),
                     "has " + std::to_string(reward.weight.size()) + " values for " +
                         std::to_string(members) + " members",
                     "Give one value, or one per member (--members)");
  }
}

std::unique_ptr<Batch> TrainSetup::make_batch(const Device& device) const {
  BatchOptions options;
  options.members = members;
  options.envs = envs;
  options.device = device;
  options.seed = seed;
  options.member_offset = member_offset;
  std::unique_ptr<Batch> batch = settings.entry().create(settings.values(), options);
  // Weights the user did not name stay as the preset has them.
  std::vector<float> weights = batch->reward_weights();
  const size_t terms = batch->reward_terms().size();
  for (const RewardWeight& reward : rewards_) {
    if (!reward.option->was_set()) continue;
    for (int p = 0; p < members; ++p)
      weights[p * terms + reward.term] = reward.weight[reward.weight.size() == 1 ? 0 : p];
  }
  batch->set_reward_weights(weights);
  return batch;
}

std::unique_ptr<Trainer> TrainSetup::make_trainer(Batch& batch, const Exec& exec) const {
  learner.algorithm->shared().total_steps = schedule_steps;
  learner.algorithm->shared().warm = warm.config(settings.entry());
  return learner.algorithm->make_trainer(batch, exec, learner.network, seed, member_offset);
}

std::vector<EnvValue> TrainSetup::member_values(int member) const {
  return values_of_member(settings.entry(), settings.values(), member, members);
}

std::vector<EnvValue> TrainSetup::policy_values(const std::string& policy) const {
  const auto json = nlohmann::json::parse(read_policy_schema(policy).json, nullptr, false);
  const int member = json.value("/training/member"_json_pointer, member_offset) - member_offset;
  return member_values(std::clamp(member, 0, members - 1));
}

void read_setup(TrainSetup& setup, OptionTable& table, const std::string& yaml,
                const std::string& path) {
  const std::vector<Setting> settings = parse_yaml(table, yaml, path, /*skip_unknown=*/true);
  setup.before_settings(table, settings);
  for (const Setting& setting : settings) setting.option->set(setting.words, setting.where);
  setup.validate(table);
}

std::string export_member(const TrainSetup& setup, int member, const PolicyWeights& weights,
                          const std::string& training, const std::string& evaluation,
                          const std::string& path) {
  PolicyExport policy;
  policy.weights = weights;
  EvaluationSetup probe;
  probe.entry = &setup.settings.entry();
  probe.values = setup.member_values(member);
  policy.environment_json = probe_evaluation(probe).schema_json;
  policy.training_json = training;
  policy.evaluation_json = evaluation;
  const std::unique_ptr<Policy> trainer = make_policy(weights, Device{});
  const VerifyReport report = write_policy(path, policy, trainer.get(), real_rows(setup, member));
  return std::to_string(report.rows) + " observations on " + report.devices +
         ", largest difference of a logit " + short_number(report.logit_difference);
}

std::string training_json(const TrainSetup& setup, const OptionTable& table, int member,
                          int64_t steps, double seconds) {
  nlohmann::json config = nlohmann::json::object();
  for (const Option& option : table.options()) {
    if (!option.is_saved() || (option.is_optional() && !option.was_set())) continue;
    if (option.name() == "out") continue;  // of the machine, not of the policy
    std::vector<std::string> words = option.words();
    // Of the environment what this member was trained on: an evaluation plays it.
    if (const std::string name = setup.settings.name_of(option.name()); !name.empty())
      for (std::string& word : words)
        word = values_of_member(setup.settings.entry(), {{name, word, ""}}, member, setup.members)
                   .front()
                   .value;
    config[option.name()] = option.is_list() ? nlohmann::json(words) : nlohmann::json(words[0]);
  }
  return json_text(nlohmann::json{{"config", config},
                                  {"inputs", nlohmann::json::parse(inputs_to_json(setup.inputs))},
                                  {"seeds", {setup.seed}},
                                  {"member", setup.member_offset + member},
                                  {"steps", steps},
                                  {"seconds", seconds},
                                  {"commit", build_info().commit}});
}

}  // namespace cusched
