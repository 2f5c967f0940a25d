// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/admission.h"
#include "envs/admission_check.h"
#include "envs/admission_inputs.h"
#include "envs/admission_objectives.h"
#include "envs/admission_observation.h"
#include "envs/admission_presets.h"
#include "envs/admission_rules.h"
#include "envs/admission_schema.h"
#include "envs/admission_workload.h"
#include "envs/auto_nodes.h"
#include "envs/cluster_spec.h"
#include "envs/option_effects.h"
#include "envs/option_values.h"
#include "envs/preset.h"
#include "envs/workload/workload.h"
#include "envs/workload/workload_input.h"

// Settings and presets of `admission`: texts in, capacities and parameters out, checked at the
// door.
namespace cusched {
namespace {

using admission::Advance;
using admission::NodeChoice;
using admission::QueueOrder;

Advance parse_advance(const OptionValues& v) {
  return v.word("advance", {"event", "tick"}) == 0 ? Advance::kEvent : Advance::kTick;
}

// The words of `features`, in the order in which their numbers stand in the observation.
struct FeatureWord {
  const char* word;
  uint32_t bits;
};
constexpr FeatureWord kFeatureWords[] = {
    {"fits", admission::kFeatureFits},     {"pods", admission::kFeaturePods},
    {"scales", admission::kFeatureScales}, {"ready", admission::kFeatureReady},
    {"gpus", admission::kFeatureGpus},     {"tenant", admission::kFeatureTenant},
    {"urgent", admission::kFeatureUrgent}, {"models", admission::kFeatureModels},
    {"scores", admission::kFeatureScores}, {"behind", admission::kFeatureBehind}};

uint32_t parse_features(const OptionValues& v) {
  uint32_t features = 0;
  const std::vector<std::string> words = v.list("features");
  for (const std::string& word : words) {
    if (word == "none" && words.size() > 1)
      throw v.error("features", "\"none\" stands beside other words: " + v.text("features"),
                    "Give none alone, or leave it out");
    if (word == "none") continue;
    std::string known;
    bool found = false;
    for (const FeatureWord& feature : kFeatureWords) {
      known += std::string(feature.word) + ", ";
      if (word != feature.word) continue;
      features |= feature.bits;
      found = true;
    }
    if (!found)
      throw v.error("features", "\"" + word + "\" is no feature of the observation",
                    "Choose from " + known + "or none");
  }
  return features;
}

admission::DrfSettings parse_drf(const OptionValues& v, int member, int members) {
  admission::DrfSettings drf;
  if (v.text("drf-aging-share") == "queue_borrowed")
    throw v.error("drf-aging-share",
                  "drf-aging-share queue_borrowed means nothing here: admission has one queue, "
                  "whose tenants borrow nothing",
                  "Use queue or job");
  drf.share = v.word("drf-aging-share", {"queue", "job"}) == 0 ? admission::DrfShare::kQueue
                                                               : admission::DrfShare::kJob;
  drf.urgent_weight = v.number("drf-aging-urgent", member, members, -1e9, 1e9);
  drf.normal_weight = v.number("drf-aging-normal", member, members, -1e9, 1e9);
  drf.aging_per_hour = v.number("drf-aging-per-hour", member, members, 0.0, 1e6);
  drf.max_aging_hours = v.number("drf-aging-max-hours", member, members, 0.0, 1e6);
  // The oldest normal job, of share 0, stays behind a new urgent one of share 1.
  const bool crosses =
      drf.normal_weight - drf.aging_per_hour * drf.max_aging_hours <= drf.urgent_weight + 1.0;
  if (crosses && !v.boolean("drf-aging-cross-classes"))
    throw v.error("drf-aging-max-hours",
                  "an old normal job would overtake urgent ones: its score falls by up to "
                  "drf-aging-per-hour x drf-aging-max-hours",
                  "Age more slowly, set the weights further apart, or set drf-aging-cross-classes");
  return drf;
}

admission::TunedSettings parse_tuned(const OptionValues& v, int member, int members) {
  admission::TunedSettings tuned;
  const std::vector<std::string> list = v.list("tuned-weights");
  if (list.size() != 1 && list.size() != static_cast<size_t>(members))
    throw v.error("tuned-weights",
                  "has " + std::to_string(list.size()) + " values for " + std::to_string(members) +
                      " members",
                  "Give one, or one per member");
  const std::string& text = list[list.size() == 1 ? 0 : static_cast<size_t>(member)];
  std::fill(std::begin(tuned.weight), std::end(tuned.weight), 0.0);
  size_t at = 0, term = 0;
  while (at <= text.size()) {
    const size_t colon = std::min(text.find(':', at), text.size());
    if (term == admission::kTunedTerms)
      throw v.error("tuned-weights",
                    "has more than " + std::to_string(admission::kTunedTerms) + " weights: " + text,
                    "Give at most one for each term of the heuristic tuned");
    const std::string word = text.substr(at, colon - at);
    double weight = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), weight);
    if (error != std::errc() || end != word.data() + word.size() || !(weight >= -1e6) ||
        !(weight <= 1e6))
      throw v.error("tuned-weights", "\"" + word + "\" is no number from -1e6 to 1e6",
                    "Give numbers with colons between them, e.g. 1:0.5:0:-1");
    tuned.weight[term++] = weight;
    at = colon + 1;
  }
  return tuned;
}

// An objective that nothing could be better or worse at.
void check_objective(const OptionValues& v, const Objective& objective,
                     const ClusterCapacity& capacity) {
  if (objective.name == "gpu-utilization" && capacity.gpus == 0)
    throw v.error("objective", "the cluster has no GPU",
                  "Give nodes with GPUs, e.g. --nodes 4x32c128g8gpu, or use another objective");
}

std::vector<OptionEffect> effects(const OptionValues& v, const WorkloadConfig& source) {
  std::vector<OptionEffect> table = workload_effects(source);
  // A part that a command asks for is played where there are windows in parts.
  for (OptionEffect& effect : table)
    if (std::string(effect.option) == "part" && v.trained("part")) effect.has_effect = true;
  table.push_back({"idle", !v.boolean("commit"), "a committed choice leaves no waiting", ""});
  const std::vector<std::string> words = v.list("features");
  table.push_back({"score-rules", std::find(words.begin(), words.end(), "scores") != words.end(),
                   "the observation has no scores", "add scores to features"});
  table.push_back({"drain-s", v.text("drain") == "auto" || v.boolean("drain"), "nothing is drained",
                   "set drain"});
  return table;
}

}  // namespace

std::vector<Preset> Admission::presets() { return admission::presets(); }
std::vector<Objective> Admission::objectives() { return admission::objectives(); }

Built<Admission> Admission::build(const std::vector<EnvValue>& given, const BatchOptions& batch,
                                  const Upload& upload) {
  OptionValues v(options());
  const Objective& objective =
      set_with_preset(v, admission::presets(), admission::objectives(), given);

  const bool commit = v.boolean("commit");
  const bool evaluation = batch.single_episode;
  WorkloadConfig source = admission::workload_config(v, batch);
  const ClusterSpec cluster = nodes_of(v.text("nodes"), source, v.where("nodes"));

  Built<Admission> built;
  built.notes = cluster.notes;
  check_effects(v, effects(v, source), &built.notes);
  check_objective(v, objective, cluster.capacity);
  const int64_t total_procs = cluster.capacity.cpu_milli / 1000;
  built.caps.slots = static_cast<int>(v.integer("slots", 1, 4096));
  built.caps.nodes = static_cast<int>(cluster.nodes.size());

  admission::Params base{};
  base.features = parse_features(v);
  if (base.features & admission::kFeatureScores) admission::set_score_rules(v, &base);
  admission::set_window(v, &built.caps, &base);
  base.advance = parse_advance(v);
  base.queue_order = v.word("queue-order", {"priority", "arrival"}) == 0 ? QueueOrder::kPriority
                                                                         : QueueOrder::kArrival;
  constexpr NodeChoice kNodeChoices[] = {NodeChoice::kLeastAllocated, NodeChoice::kMostAllocated,
                                         NodeChoice::kFirstFit};
  base.node_choice =
      kNodeChoices[v.word("node-choice", {"least-allocated", "most-allocated", "first-fit"})];
  base.commit = commit;
  base.backfill = v.word("backfill", {"none", "easy-rls"}) == 1;
  base.clip_reward = v.boolean("clip-reward");
  base.idle = v.boolean("idle");
  base.drain_s = static_cast<int32_t>(v.integer("drain-s", 0, INT32_MAX / 2));
  base.stagger = batch.stagger && !evaluation;
  base.total_cpu_milli = cluster.capacity.cpu_milli;
  base.total_memory_mib = cluster.capacity.memory_mib;
  base.total_gpus = cluster.capacity.gpus;
  built.gpu_models = cluster.capacity.gpu_models;
  built.caps.models = static_cast<int>(built.gpu_models.size());
  for (const admission::NodeCapacity& node : cluster.nodes) {
    base.node_gpus = std::max(base.node_gpus, node.gpus);
    if (node.model >= 0) base.total_gpus_of[node.model] += node.gpus;
  }
  base.nodes = static_cast<const admission::NodeCapacity*>(
      upload(cluster.nodes.data(), cluster.nodes.size() * sizeof(admission::NodeCapacity)));
  if (base.backfill && !commit)
    throw v.error("backfill", "easy-rls works only where a choice is committed to",
                  "Set commit: true (preset rlscheduler), or use the heuristic easy-backfill");
  if (commit && (base.queue_order != QueueOrder::kArrival || base.advance != Advance::kEvent))
    throw v.error("commit", "RLScheduler's protocol has queue-order arrival and advance event",
                  "Use --preset rlscheduler");

  // One workload per distinct configuration; most populations have one.
  std::map<double, std::shared_ptr<Workload>> workloads;
  std::map<double, SourceView> views;
  int64_t min_steps = INT64_MAX, jobs = 0, window_jobs = 0, running = 0;
  for (int member = 0; member < batch.members; ++member) {
    source.load = admission::load_of(v, source, member, batch.members);
    auto& workload = workloads[source.load];
    if (!workload) {
      workload = std::make_shared<Workload>(make_workload(source, cluster.capacity));
      views[source.load] = workload->view(upload);
    }
    admission::Params params = base;
    params.source = views[source.load];
    std::copy(workload->gpu_sets.begin(), workload->gpu_sets.end(), params.gpu_sets);
    params.tick_s = static_cast<int32_t>(v.integer("tick-s", member, batch.members, 1, 86400));
    params.horizon_s = admission::horizon_of(v, *workload, member, batch.members);
    params.backoff_limit =
        static_cast<int32_t>(v.integer("backoff-limit", member, batch.members, 0, 250));
    params.tenants =
        static_cast<int32_t>(std::clamp<size_t>(workload->tenants.size(), 1, kMaxTenants));
    params.drf = parse_drf(v, member, batch.members);
    params.tuned = parse_tuned(v, member, batch.members);
    params.drain =
        v.text("drain") == "auto" ? evaluation && params.horizon_s > 0 : v.boolean("drain");
    if (params.horizon_s == 0 && workload->window_jobs == 0)
      throw v.error("horizon-s", "an endless stream of jobs needs a horizon",
                    "Give horizon-s, or job-limit");
    built.params.push_back(params);
    built.caps.max_pods =
        member == 0 ? workload->max_pods : std::max(built.caps.max_pods, workload->max_pods);
    jobs = std::max(jobs, admission::expected_jobs(*workload, params.horizon_s));
    window_jobs = std::max(window_jobs, workload->window_jobs);
    running = admission::running_with_warm_up(*workload, cluster.capacity);
    const int64_t steps = params.advance == Advance::kTick && params.horizon_s > 0
                              ? (params.horizon_s + params.tick_s - 1) / params.tick_s
                              : 1;
    min_steps = std::min(min_steps, steps);
  }
  built.tick_s = built.params[0].tick_s;
  const bool truncates = std::any_of(built.params.begin(), built.params.end(),
                                     [](const Params& p) { return p.horizon_s > 0; });
  built.min_episode_steps = truncates ? min_steps : INT32_MAX;
  for (const char* name : {"throughput", "gpu-utilization", "utilization"})
    if (objective.name == name && !truncates)
      built.notes.push_back("objective " + objective.name +
                            " of episodes that are played to their end: every policy completes the "
                            "same jobs; --horizon-s gives them a length");

  const int64_t auto_queue = commit ? std::max<int64_t>(window_jobs, 1) : 1024;
  const int64_t auto_running =
      commit ? std::min<int64_t>(total_procs, std::max<int64_t>(window_jobs, 1))
             : std::max<int64_t>(512, running);
  built.caps.queue = static_cast<int>(v.integer_or("queue-capacity", "auto", auto_queue, 1, 30000));
  built.caps.running =
      static_cast<int>(v.integer_or("running-capacity", "auto", auto_running, 1, 30000));
  if (admission::needs_ready_order(base)) built.caps.ready = built.caps.running;
  if (built.caps.order_size() > INT16_MAX)
    throw v.error("queue-capacity", "queue and running capacity together are too large",
                  "Keep 1.5 x queue-capacity + running-capacity below 32,700");
  built.caps.log_jobs =
      static_cast<int>(v.integer_or("log-jobs", "auto", evaluation ? jobs : 0, 0, INT32_MAX / 64));
  built.caps.globals = admission::global_numbers(base.features, built.caps.models);
  built.caps.slot_features =
      admission::slot_features(base.features, built.caps.models, base.score_rules);
  if (base.score_rules > 0) built.caps.scored = built.caps.slots;
  built.caps.behind = base.features & admission::kFeatureBehind ? 1 : 0;

  if (built.caps.max_pods > 8)  // those of built-in mixes weigh little
    built.notes.push_back("gangs of up to " + std::to_string(built.caps.max_pods) + " pods take " +
                          std::to_string(admission::gang_bytes(built.caps)) +
                          " bytes of each environment; a smaller queue-capacity or "
                          "running-capacity makes that less");

  built.shape.slots = built.caps.slots;
  built.shape.globals = built.caps.globals;
  built.shape.slot_features = built.caps.slot_features;
  for (const auto& [name, weight] : objective.rewards) built.reward_weights[name] = weight;
  built.schema_json = admission_schema(built.caps, built.params[0], workloads.begin()->second->name,
                                       built.gpu_models);
  std::vector<const Workload*> all;
  for (const auto& [load, workload] : workloads) {
    for (const std::string& note : workload->notes)  // the same trace under several loads
      if (std::find(built.notes.begin(), built.notes.end(), note) == built.notes.end())
        built.notes.push_back(note);
    all.push_back(workload.get());
  }
  built.summary = admission::summary(source, cluster, *workloads.begin()->second);
  built.summary.horizon_s = built.params[0].horizon_s;
  if (built.params[0].source.kind == SourceKind::kTrace)
    built.trace_submit = all.front()->trace_submit;
  built.inputs = admission::inputs(v, cluster, workload_input(all, source.file));
  built.check = admission::make_check(built.caps, built.params, cluster.nodes,
                                      static_cast<int64_t>(all.front()->rows.size()));
  return built;
}

}  // namespace cusched
