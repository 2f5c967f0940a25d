// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/option_effects.h"
#include "envs/option_values.h"
#include "envs/placement.h"
#include "envs/placement_check.h"
#include "envs/placement_data.h"
#include "envs/placement_fragmentation_build.h"
#include "envs/placement_inputs.h"
#include "envs/placement_presets.h"
#include "envs/placement_schema.h"
#include "envs/preset.h"

// Settings of `placement`: texts in, capacities and parameters out, checked at the
// door.
namespace cusched {
namespace {

using placement::Defer;
using placement::GpuChoice;
using placement::Stream;

template <class T>
const T* place(const Upload& upload, const std::vector<T>& values) {
  return static_cast<const T*>(upload(values.data(), values.size() * sizeof(T)));
}

// Most pods that ask for `gpu_milli` together, with a margin of eight standard deviations.
int64_t most_pods(const std::vector<OpenbPod>& pods, double gpu_milli) {
  double sum = 0.0, squares = 0.0;
  for (const OpenbPod& pod : pods) {
    const double milli = static_cast<double>(pod.gpus) * pod.gpu_milli;
    sum += milli;
    squares += milli * milli;
  }
  const double count = static_cast<double>(pods.size());
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  const double expected = gpu_milli / mean;
  return static_cast<int64_t>(expected + 8.0 * deviation / mean * std::sqrt(expected)) + 64;
}

// GPU milli x s that a pod of the list brings, in the mean; one that fits no node brings nothing.
double mean_work(const PlacementData& data, int64_t run_limit_s) {
  double sum = 0.0;
  for (size_t i = 0; i < data.pods.size(); ++i) {
    const OpenbPod& pod = data.pods[i];
    if (data.homes[i] == placement::Homes::kNone) continue;
    sum += static_cast<double>(pod.gpus) * pod.gpu_milli *
           static_cast<double>(std::min<int64_t>(pod.run_s, run_limit_s));
  }
  return sum / static_cast<double>(data.pods.size());
}

std::vector<placement::PodSpec> specs_of(const PlacementData& data,
                                         const std::vector<placement::TypicalPod>& typical,
                                         int64_t run_limit_s) {
  std::vector<placement::PodSpec> specs;
  for (const OpenbPod& pod : data.pods) {
    placement::PodSpec spec{};
    spec.homes = data.homes[specs.size()];
    spec.cpu_milli = pod.cpu_milli;
    spec.memory_mib = pod.memory_mib;
    spec.milli = static_cast<int16_t>(pod.gpu_milli);
    spec.gpus = static_cast<uint8_t>(pod.gpus);
    spec.models = pod.models;
    spec.priority = static_cast<uint8_t>(pod.priority);
    spec.run_s = static_cast<int32_t>(std::clamp<int64_t>(pod.run_s, 0, run_limit_s));
    spec.kind = placement::kClasses;
    for (size_t i = 0; i < typical.size() && i < placement::kClasses; ++i)
      if (typical[i].cpu_milli == pod.cpu_milli && typical[i].milli == pod.gpu_milli &&
          typical[i].gpus == pod.gpus && typical[i].models == pod.models)
        spec.kind = static_cast<uint8_t>(i);
    specs.push_back(spec);
  }
  return specs;
}

uint32_t parse_features(const OptionValues& v) {
  uint32_t features = 0;
  const std::vector<std::string> words = v.list("features");
  for (const std::string& word : words) {
    if (word == "none" && words.size() > 1)
      throw v.error("features", "\"none\" stands beside other words: " + v.text("features"),
                    "Give none alone, or leave it out");
    if (word == "none") continue;
    if (word == "scores") {
      features |= placement::kFeatureScores;
    } else if (word == "gpus") {
      features |= placement::kFeatureGpus;
    } else if (word == "kept") {
      features |= placement::kFeatureKept;
    } else {
      throw v.error("features", "\"" + word + "\" is no node feature",
                    "Choose from scores, gpus, kept, or none");
    }
  }
  return features;
}

std::vector<OptionEffect> effects(const OptionValues& v, bool dynamic, bool ordered) {
  constexpr const char* kDynamic = "it belongs to mode dynamic";
  constexpr const char* kSetDynamic = "set mode dynamic";
  const bool skip = v.boolean("skip");
  return {
      {"load", dynamic, kDynamic, kSetDynamic},
      {"horizon-s", dynamic, kDynamic, kSetDynamic},
      {"run-limit-s", dynamic, kDynamic, kSetDynamic},
      {"tick-s", dynamic, kDynamic, kSetDynamic},
      {"queue-capacity", dynamic, kDynamic, kSetDynamic},
      {"running-capacity", dynamic, kDynamic, kSetDynamic},
      {"rounds", !dynamic, "mode dynamic has no rounds", ""},
      {"order", !dynamic, "mode dynamic draws its pods from the list", ""},
      {"inflation", !dynamic && !ordered,
       dynamic ? "in mode dynamic, load says what arrives" : "an order from a file is played whole",
       ""},
      {"workload", ordered, "it chooses rows of order files", "give --order FILE"},
      {"order-seed", ordered, "it chooses rows of order files", "give --order FILE"},
      {"skip-limit", skip, "nothing is skipped", "set skip"},
      {"defer", skip, "nothing is skipped", "set skip"},
  };
}

}  // namespace

std::vector<EnvOption> Placement::options() {
  return {
      {"preset", "default", "settings to start from"},
      {"objective", "allocation",
       "what is wanted of a policy: reward, discount and metric together; of the preset"},
      {"nodes", "8x96c384g8gpu+12x104c512g2gpu+8x96c384g4gpu+4x64c256g2gpu",
       "cluster: CSV file (sn,cpu_milli,memory_mib,gpu,model), or "
       "COUNTxCPUcMEMg[GPUgpu[:MODEL]]+...",
       false, true},
      {"pods", "mix",
       "CSV file (name,cpu_milli,memory_mib,num_gpu,gpu_milli,...), or mix: a built-in list", false,
       true},
      {"sample-nodes", "32", "N nodes, drawn from the list for each episode; 0: all, as listed"},
      {"order", "resample",
       "resample: pods drawn from the list; synth: the list in random order, then drawn from it; "
       "or "
       "files: lists of pod numbers (workload,seed,pod_numbers_in_arrival_order) or placements",
       true, true},
      {"rank", "", "CSV file of the nodes' ranks on ties (workload,seed,rank_...); default: drawn",
       false, true},
      {"workload", "auto",
       "rows of order and rank files to take; auto: by the name of the pod file"},
      {"order-seed", "auto",
       "rows of order and rank files to take; auto: that of --seed, where there is one, else all"},
      {"inflation", "130", "GPU demand of an episode's pods, % of capacity (per member)", true},
      {"mode",
       "static",
       "static: placed pods stay; dynamic: they leave after their run time",
       false,
       false,
       {"static", "dynamic"}},
      {"rounds", "8", "static: most walks along the pending pods"},
      {"skip", "true", "SKIP is allowed while a node fits"},
      {"skip-limit", "3", "most times a pod is skipped (per member)", true},
      {"lookahead", "true", "pods behind the current one are observed"},
      {"features",
       "none",
       "further features per node: scores (FGD's, best fit's), gpus, kept",
       true,
       false,
       {"scores", "gpus", "kept"}},
      {"gpu-choice",
       "tightest",
       "GPU of a share pod: tightest that fits, or fgd (best score)",
       false,
       false,
       {"tightest", "fgd"}},
      {"load", "0.9", "dynamic: GPU work that arrives, of capacity (per member)", true},
      {"horizon-s", "86400", "s, dynamic: episodes are truncated here (per member)", true},
      {"run-limit-s", "86400", "s, dynamic: longer pods end here"},
      {"tick-s", "60", "s, dynamic: unit of discounting; static: a decision"},
      {"queue-capacity", "auto", "dynamic: pending pods held; a full queue holds arrivals back"},
      {"running-capacity", "auto", "dynamic: running pods held; a full set blocks placements"},
      {"defer", "none",
       "heuristics skip, where allowed: none, share (pods with a part of a GPU), or pods that "
       "raise "
       "fragmentation by more than this many GPU milli"},
      {"gpu-weight", "3", "of GPU in requested-to-capacity"},
      {"log-pods", "auto", "pods of an episode whose placement is kept; auto: all in evaluations"},
  };
}

std::vector<Preset> Placement::presets() { return placement::presets(); }
std::vector<Objective> Placement::objectives() { return placement::objectives(); }

Built<Placement> Placement::build(const std::vector<EnvValue>& given, const BatchOptions& batch,
                                  const Upload& upload) {
  OptionValues v(options());
  const Objective& objective =
      set_with_preset(v, placement::presets(), placement::objectives(), given);
  const bool evaluation = batch.single_episode;
  const bool dynamic = v.word("mode", {"static", "dynamic"}) == 1;
  if (objective.name == "wait" && !dynamic)
    throw v.error("objective", "no pod waits for another to leave: mode is static",
                  "Set mode dynamic, or use another objective");

  const PlacementData data = load_placement_data(v, batch.seed);
  const std::vector<OpenbNode>& nodes = data.nodes.rows;
  const std::vector<OpenbPod>& pods = data.pods;
  Built<Placement> built;
  built.notes = data.notes;
  check_effects(v, effects(v, dynamic, !data.orders.empty()), &built.notes);
  const int64_t sampled = v.integer("sample-nodes", 0, kMaxListNodes);
  built.caps.slots = static_cast<int>(sampled > 0 ? sampled : static_cast<int64_t>(nodes.size()));

  placement::Params base{};
  const int64_t run_limit_s = v.integer("run-limit-s", 1, INT32_MAX / 4);
  const std::vector<placement::TypicalPod> typical = placement::typical_pods(pods);
  std::vector<placement::NodeRow> rows;
  int64_t gpus = 0, most_gpus = 0;
  for (const OpenbNode& node : nodes) {
    rows.push_back({node.cpu_milli, node.memory_mib, static_cast<int16_t>(node.gpus),
                    static_cast<int16_t>(node.model)});
    base.max_cpu_milli = std::max(base.max_cpu_milli, node.cpu_milli);
    base.max_memory_mib = std::max(base.max_memory_mib, node.memory_mib);
    gpus += node.gpus;
    most_gpus = std::max<int64_t>(most_gpus, node.gpus);
  }
  base.nodes = place(upload, rows);
  const std::vector<placement::PodSpec> specs = specs_of(data, typical, run_limit_s);
  base.pods = place(upload, specs);
  base.node_rows = static_cast<int32_t>(rows.size());
  base.pod_rows = static_cast<int32_t>(pods.size());
  base.frag =
      placement::make_fragmentation(typical, static_cast<int>(data.nodes.models.size()), upload);
  base.sample_nodes = sampled > 0;
  base.dynamic = dynamic;
  base.rounds = static_cast<int32_t>(v.integer("rounds", 1, 100000));
  base.skip = v.boolean("skip");
  base.lookahead = v.boolean("lookahead");
  base.gpu_choice = static_cast<GpuChoice>(v.word("gpu-choice", {"tightest", "fgd"}));
  base.gpu_weight = static_cast<int32_t>(v.integer("gpu-weight", 0, 100));
  base.stagger = batch.stagger && !evaluation;
  base.tick_s = dynamic ? static_cast<int32_t>(v.integer("tick-s", 1, 86400)) : 1;
  base.features = parse_features(v);
  const std::string& defer = v.text("defer");
  if (defer == "share") {
    base.defer = Defer::kShare;
  } else if (defer != "none") {
    base.defer = Defer::kFragmentation;
    base.defer_milli = static_cast<int32_t>(v.integer("defer", 0, 8000));
  }

  int64_t longest = 0;
  if (!data.orders.empty()) {
    if (sampled > 0 || dynamic)
      throw v.error("order", "an order is for the whole list of nodes, static",
                    "Leave out sample-nodes and mode, or use --order synth");
    base.stream = Stream::kGiven;
    for (const OpenbOrder& one : data.orders) {
      built.episodes.push_back(one.workload +
                               (one.seed >= 0 ? ".seed" + std::to_string(one.seed) : ""));
      longest = std::max<int64_t>(longest, static_cast<int64_t>(one.pods.size()));
    }
    base.orders = static_cast<int32_t>(data.orders.size());
    const OrderTable table = order_table(data.orders, built.caps.slots);
    base.order = place(upload, table.pods);
    base.order_begin = place(upload, table.begin);
    base.order_rank = place(upload, table.ranks);
  } else {
    base.stream = v.text("order") == "synth" ? Stream::kList : Stream::kSample;
  }

  int64_t arrivals = 0;
  for (int member = 0; member < batch.members; ++member) {
    placement::Params params = base;
    params.inflation_percent =
        static_cast<int32_t>(v.integer("inflation", member, batch.members, 1, 10000));
    params.skip_limit =
        static_cast<int32_t>(v.integer("skip-limit", member, batch.members, 0, 30000));
    params.horizon_s =
        static_cast<int32_t>(v.integer("horizon-s", member, batch.members, 1, INT32_MAX / 4));
    const double load = v.number("load", member, batch.members, 0.001, 1000.0);
    params.gap_milli_s = mean_work(data, run_limit_s) / load;
    if (dynamic && params.gap_milli_s <= 0)
      throw v.error("pods", "no pod that fits a node keeps a GPU for a second",
                    "The load is made of GPU work: give pods with GPUs and run times");
    built.params.push_back(params);
    const double capacity = 1000.0 * static_cast<double>(sampled > 0 ? sampled * most_gpus : gpus);
    if (base.stream != Stream::kGiven && !dynamic) {
      double demand = capacity / 100.0 * params.inflation_percent;
      int64_t listed = 0;
      if (base.stream == Stream::kList) {
        for (const OpenbPod& pod : pods) demand -= static_cast<double>(pod.gpus) * pod.gpu_milli;
        listed = static_cast<int64_t>(pods.size());
      }
      longest = std::max(longest, listed + (demand > 0 ? most_pods(pods, demand) : 0));
    }
    const double expected = dynamic ? capacity * params.horizon_s / params.gap_milli_s : 0.0;
    arrivals = std::max(arrivals, static_cast<int64_t>(expected + 8.0 * std::sqrt(expected)) + 64);
  }
  if (longest > (1 << 24))
    throw v.error("inflation", "an episode would have more than 16,777,216 pods",
                  "Use a smaller cluster or inflation");
  built.caps.queue =
      static_cast<int>(dynamic ? v.integer_or("queue-capacity", "auto", 512, 1, 1 << 20) : longest);
  built.caps.running = static_cast<int>(
      dynamic ? v.integer_or("running-capacity", "auto", int64_t{32} * built.caps.slots, 1, 1 << 20)
              : 0);
  built.caps.log_pods = static_cast<int>(v.integer_or("log-pods", "auto",
                                                      !evaluation ? 0
                                                      : dynamic   ? arrivals
                                                                  : longest,
                                                      0, INT32_MAX / 64));
  for (const OpenbPod& pod : pods) built.pod_names.push_back(pod.number);
  built.gpu_models = data.nodes.models;
  built.tick_s = base.tick_s;
  built.min_episode_steps = dynamic ? 1 : INT32_MAX;
  built.shape.slots = built.caps.slots;
  built.caps.globals = base.lookahead ? placement::kGlobals : placement::kStateGlobals;
  built.caps.node_features = placement::node_features(base.features);
  built.shape.globals = built.caps.globals;
  built.shape.slot_features = built.caps.node_features;
  for (const auto& [name, weight] : objective.rewards) built.reward_weights[name] = weight;
  built.schema_json = placement_schema(built.caps, base);
  built.inputs = placement::inputs(v, data);
  built.check = placement::make_check(built.caps, built.params, rows, specs);
  return built;
}

}  // namespace cusched
