// SPDX-License-Identifier: MIT
#include "tests/envs/contract_batch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "cuda/error.h"
#include "tests/envs/plain_view.h"

namespace cusched::contract {
namespace {

// Gangs of up to 100 pods beside jobs of one.
constexpr const char* kGangs = R"(name: gangs
load: 1.5
templates:
  - name: single
    cpu_milli: [500, 4000]
    memory_mib: [512, 8192]
    run_s: [30, 600]
  - name: gang
    type: ml
    cpu_milli: [250, 1500]
    memory_mib: [256, 4096]
    run_s: [60, 900]
    gang: {probability: 1, pods: [2, 100]}
    gpus: [0.9, 0.1]
    memory_use: [500, 900, 1400]
    memory_limit: 1300
mix:
  - rate: 100
    shares: {single: 3, gang: 1}
)";

// Jobs that ask for GPUs of one model, of one of two, of any, and for none.
constexpr const char* kModels = R"(name: models
load: 1.3
templates:
  - name: plain
    cpu_milli: [500, 4000]
    run_s: [30, 600]
  - name: any
    run_s: [60, 900]
    gpus: [0, 1, 1]
  - name: a100
    run_s: [60, 900]
    gpus: [0.2, 1, 1]
    gpu_model: A100
    gang: {probability: 0.3, pods: [2, 5]}
  - name: either
    run_s: [60, 900]
    gpus: [0, 1]
    gpu_model: A100|H100
mix:
  - rate: 100
    shares: {plain: 2, any: 1, a100: 2, either: 1}
)";

// A trace of jobs that run on when a window begins, some of them gangs.
std::string busy_trace() {
  std::string text = "submit_s,run_s,estimate_s,cpu_milli,memory_mib,gpus,pods,priority,tenant\n";
  for (int i = 0; i < 300; ++i) {
    const int run = 60 + i * 37 % 900 + (i % 11 == 0 ? 5000 : 0);
    for (const int number : {i * 45, run, run + i % 5 * 200, 500 + i % 7 * 900, 512 + i % 9 * 700,
                             i % 13 == 0 ? 1 : 0, i % 17 == 0 ? 5 : 1, i % 4})
      text += std::to_string(number) + ",";
    text += std::to_string(i % 3) + "\n";
  }
  return text;
}

// A file of the process with that text. Where a GPU is, there may be no source tree: tests bring
// what they read.
struct TemporaryFile {
  std::string path;
  TemporaryFile(const std::string& name, const std::string& text)
      : path(testing::TempDir() + "cusched_" + std::to_string(::getpid()) + name) {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;  // one owner
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

// Settings of an environment beyond its presets.
std::vector<Variant> more_variants(const std::string& env) {
  const auto set = [](const char* name, const std::string& value) {
    return EnvValue{name, value, "test"};
  };
  if (env == "placement") {
    return {{"whole-cluster",
             {set("nodes", "3x32c128g4gpu+2x16c64g1gpu+1x64c256g8gpu+1x32c64g"),
              set("sample-nodes", "0"), set("order", "synth"), set("rounds", "1"),
              set("skip", "false"), set("lookahead", "false"), set("gpu-choice", "fgd")}},
            {"deferring",
             {set("nodes", "5x32c128g4gpu"), set("sample-nodes", "5"), set("defer", "share"),
              set("rounds", "3"), set("skip-limit", "1"), set("features", "scores,gpus")}},
            {"crowded",
             {set("mode", "dynamic"), set("sample-nodes", "3"), set("load", "2.5"),
              set("horizon-s", "30000"), set("queue-capacity", "20"), set("running-capacity", "25"),
              set("defer", "20"), set("tick-s", "10")}}};
  }
  if (env != "admission") return {};
  const std::vector<EnvValue> committed = {set("preset", "rlscheduler"), set("workload", "lublin"),
                                           set("max-procs", "64"), set("job-limit", "100"),
                                           set("running-capacity", "64")};
  std::vector<EnvValue> backfilled = committed;
  backfilled.push_back(set("backfill", "easy-rls"));
  static const TemporaryFile gangs("gangs.yaml", kGangs), models("models.yaml", kModels);
  static const TemporaryFile busy("busy.csv", busy_trace());
  const std::vector<EnvValue> varied = {
      set("trace", busy.path),       set("nodes", "4x8c32g1gpu+1x16c64g2gpu"),
      set("length", "25"),           set("queue-capacity", "24"),
      set("running-capacity", "40"), set("slots", "8"),
      set("augment-load", "0.5,2"),  set("augment-arrivals", "0.3"),
      set("augment-users", "true"),  set("augment-jitter", "0.5"),
      set("augment-model", "0.4")};
  std::vector<Variant> all = {
      {"committed", committed},
      {"backfilled", backfilled},
      {"tiny",
       {set("queue-capacity", "3"), set("running-capacity", "2"), set("slots", "2"),
        set("load", "1.5"), set("horizon-s", "7200")}},
      {"crowded",
       {set("nodes", "5x4c16g1gpu+1x8c32g"), set("load", "1.5"), set("slots", "40"),
        set("features", "fits,pods,scales,ready,gpus,tenant,urgent"),
        set("node-choice", "most-allocated"), set("horizon-s", "20000")}},
      {"gangs",
       {set("trace", gangs.path), set("nodes", "11x16c64g2gpu+2x32c96g"),
        set("queue-capacity", "24"), set("running-capacity", "16"), set("slots", "8"),
        set("features", "fits,pods,ready,gpus"), set("horizon-s", "20000")}},
      {"gpu-models",
       {set("trace", models.path),
        set("nodes", "3x8c32g2gpu:A100+2x8c32g4gpu:H100+1x8c32g2gpu+2x16c64g"),
        set("queue-capacity", "60"), set("running-capacity", "40"), set("slots", "8"),
        set("features", "fits,pods,ready,gpus,models"), set("horizon-s", "20000")}},
      {"windows",
       {set("trace", busy.path), set("nodes", "4x8c32g1gpu+1x16c64g2gpu"), set("length", "25"),
        set("queue-capacity", "24"), set("running-capacity", "40"), set("slots", "8"),
        set("features", "fits,pods,ready")}},
      {"scored",
       {set("nodes", "5x4c16g1gpu+1x8c32g"), set("load", "1.5"), set("slots", "12"),
        set("features", "scores,behind"), set("horizon-s", "20000")}},
      {"picked",
       {set("trace", gangs.path), set("nodes", "11x16c64g2gpu+2x32c96g"), set("slots", "7"),
        set("queue-capacity", "60"), set("running-capacity", "30"), set("window", "f1"),
        set("features", "fits,ready,scores,behind"), set("horizon-s", "20000")}},
      {"both-ends",
       {set("nodes", "5x4c16g1gpu+1x8c32g"), set("load", "1.5"), set("slots", "5"),
        set("window", "split"), set("features", "fits,behind"), set("horizon-s", "20000")}},
      {"varied", varied},
      {"lublin",
       {set("workload", "lublin"), set("nodes", "pool"), set("max-procs", "128"),
        set("queue-order", "arrival"), set("horizon-s", "40000")}}};
  for (Variant& variant : all) variant.values = test::with_plain_view(variant.values);
  return all;
}

// A rollout's buffers in a batch's memory.
class Buffers {
 public:
  // `whole`: false makes room for the actions only.
  Buffers(const Batch& batch, int steps, bool whole = true) : exec_{batch.device(), nullptr} {
    const BatchShape& shape = batch.shape();
    lanes_ = shape.lanes();
    obs_ = lanes_ * shape.obs();
    mask_ = lanes_ * shape.actions();
    record.action.resize(steps * lanes_);
    if (!whole) return;
    record.final_rows = static_cast<int>(batch.max_truncations(steps));
    record.obs.resize(steps * obs_);
    record.mask.resize(steps * mask_);
    record.reward.resize(steps * lanes_);
    record.done.resize(steps * lanes_);
    record.elapsed_s.resize(steps * lanes_);
    record.final_index.resize(steps * lanes_);
    record.final_count.resize(lanes_);
    record.final_obs.resize(obs_ * record.final_rows);
    record.final_mask.resize(mask_ * record.final_rows);
  }

  RolloutBuffers place() {
    RolloutBuffers out;
    out.first = {device(record.obs),         device(record.mask),        device(record.reward),
                 device(record.done),        device(record.elapsed_s),   device(record.final_obs),
                 device(record.final_index), device(record.final_count), record.final_rows,
                 device(record.final_mask)};
    out.obs_stride = obs_;
    out.mask_stride = mask_;
    out.scalar_stride = lanes_;
    return out;
  }
  int32_t* place_actions() { return device(record.action); }

  // Back to the host.
  Record take() {
    for (const auto& [memory, host] : placed_)
      copy_bytes(exec_, host, memory.data(), memory.size());
    synchronize(exec_);
    return std::move(record);
  }

  Record record;

 private:
  template <class T>
  T* device(std::vector<T>& host) {
    placed_.emplace_back(DeviceMemory(exec_.device, host.size() * sizeof(T)), host.data());
    copy_bytes(exec_, placed_.back().first.data(), host.data(), host.size() * sizeof(T));
    synchronize(exec_);
    return static_cast<T*>(placed_.back().first.data());
  }

  Exec exec_;
  int64_t lanes_, obs_, mask_;
  std::vector<std::pair<DeviceMemory, void*>> placed_;
};

template <class T>
std::string difference_of(const char* name, const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return std::string(name) + ": sizes differ";
  const auto [i, j] = std::mismatch(a.begin(), a.end(), b.begin());
  if (i == a.end()) return "";
  return std::string(name) + ", element " + std::to_string(i - a.begin()) + " of " +
         std::to_string(a.size()) + ": " + std::to_string(*i) + " != " + std::to_string(*j);
}

}  // namespace

std::string Record::difference(const Record& o) const {
  std::string text = difference_of("action", action, o.action);
  if (text.empty()) text = difference_of("done", done, o.done);
  if (text.empty()) text = difference_of("elapsed_s", elapsed_s, o.elapsed_s);
  if (text.empty()) text = difference_of("reward", reward, o.reward);
  if (text.empty()) text = difference_of("mask", mask, o.mask);
  if (text.empty()) text = difference_of("obs", obs, o.obs);
  if (text.empty()) text = difference_of("final_index", final_index, o.final_index);
  if (text.empty()) text = difference_of("final_count", final_count, o.final_count);
  if (text.empty()) text = difference_of("final_obs", final_obs, o.final_obs);
  if (text.empty()) text = difference_of("final_mask", final_mask, o.final_mask);
  return text;
}

std::vector<Variant> variants(const EnvEntry& env) {
  std::vector<Variant> all;
  for (const std::string& preset : preset_names(env.presets)) {
    const Variant variant{preset, {{"preset", preset, "test"}}};
    try {
      make(env, variant, lanes(1));
    } catch (const InputError&) {
      continue;  // needs a file
    }
    all.push_back(variant);
  }
  for (const Variant& variant : more_variants(env.name)) all.push_back(variant);
  return all;
}

std::unique_ptr<Batch> make(const EnvEntry& env, const Variant& variant,
                            const BatchOptions& options) {
  return env.create(variant.values, options);
}

BatchOptions lanes(int envs, uint64_t seed) {
  BatchOptions options;
  options.envs = envs;
  options.seed = seed;
  return options;
}

int heuristic(const Batch& batch, const std::string& name) {
  const std::vector<std::string>& names = batch.heuristics();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw Error("there is no heuristic " + name);
  return static_cast<int>(found - names.begin());
}

Record reset(Batch& batch) {
  Buffers buffers(batch, 1);
  StepBuffers out = buffers.place().first;
  batch.reset({batch.device(), nullptr}, out);
  return buffers.take();
}

Record rollout(Batch& batch, const std::string& name, int steps, bool whole) {
  Buffers buffers(batch, steps, whole);
  const RolloutBuffers out = whole ? buffers.place() : RolloutBuffers{};
  batch.run_heuristic({batch.device(), nullptr}, heuristic(batch, name), steps,
                      buffers.place_actions(), out);
  return buffers.take();
}

Record rollout_with_rows(Batch& batch, const std::string& name, int steps, int final_rows) {
  Buffers buffers(batch, steps);
  RolloutBuffers out = buffers.place();
  out.first.final_rows = final_rows;
  batch.run_heuristic({batch.device(), nullptr}, heuristic(batch, name), steps,
                      buffers.place_actions(), out);
  return buffers.take();
}

Record replay(Batch& batch, const std::vector<int32_t>& action, int pieces) {
  const int64_t lanes = batch.shape().lanes();
  const int64_t steps = static_cast<int64_t>(action.size()) / lanes;
  const Exec exec{batch.device(), nullptr};
  Buffers buffers(batch, static_cast<int>(steps));
  const RolloutBuffers out = buffers.place();
  buffers.record.action = action;
  const int32_t* const actions = buffers.place_actions();
  for (int64_t t = 0; t < steps; ++t) {
    if (pieces == 0) {
      batch.step(exec, actions + t * lanes, out.at(t));
      continue;
    }
    for (int64_t begin = 0; begin < lanes; begin += pieces)
      batch.step(exec, {begin, std::min<int64_t>(lanes, begin + pieces)}, actions + t * lanes,
                 out.at(t));
  }
  return buffers.take();
}

std::string state_difference(const Batch& a, const Batch& b) {
  return a.diff(a.snapshot({a.device(), nullptr}), b.snapshot({b.device(), nullptr}));
}

}  // namespace cusched::contract
