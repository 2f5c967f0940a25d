// SPDX-License-Identifier: MIT
#include "agents/learner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cuda/error.h"
#include "cuda/launch.h"

namespace cusched {
namespace {

constexpr size_t kAlignBytes = 256;

size_t aligned(size_t bytes) { return (bytes + kAlignBytes - 1) / kAlignBytes * kAlignBytes; }

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <class T>
T per_member(const std::vector<T>& values, int member) {
  return values.size() == 1 ? values[0] : values[static_cast<size_t>(member)];
}

}  // namespace

LearnerSizes make_sizes(const Batch& batch, const PpoConfig& config, const Device& device) {
  const BatchShape& shape = batch.shape();
  LearnerSizes s;
  s.members = shape.members;
  s.envs = shape.envs;
  s.steps = config.rollout_steps;
  s.lanes = shape.lanes();
  s.samples = s.steps * s.envs;
  s.minibatches = up(s.samples, std::min(config.minibatch, s.samples));
  s.rows = up(s.samples, s.minibatches);
  s.epochs = config.epochs;
  s.final_rows = std::max<int64_t>(1, batch.max_truncations(s.steps));
  const int64_t largest = std::max((s.steps + 1) * s.lanes, s.lanes * s.final_rows);
  if (largest > std::numeric_limits<int32_t>::max())
    throw InputError("rollout_steps",
                     "a rollout of " + std::to_string(largest) + " samples is too large",
                     "Use fewer environments, members or rollout steps (at most 2^31 samples)");
  if (device.is_cuda()) {
    s.chunk = std::max<int64_t>(s.rows, s.envs);
    s.chunks_per_task = s.tasks = 1;
  } else {
    s.chunk = kChunkRows;
    const int64_t chunks = up(s.rows, kChunkRows);
    s.chunks_per_task = up(chunks, kMaxTasks);
    s.tasks = up(chunks, s.chunks_per_task);
  }
  s.permutation_half = Permutation::half_bits(static_cast<uint32_t>(s.samples));
  return s;
}

Stage::Stage(const Device& device, const NetworkLayout& layout, const Network<float>& net,
             int members, int64_t rows) {
  struct Piece {
    void** at;
    size_t bytes;
  };
  const auto number = [&](float*& at, int64_t width) {
    return Piece{reinterpret_cast<void**>(&at),
                 aligned(static_cast<size_t>(members * rows * width) * sizeof(float))};
  };
  const size_t total_rows = static_cast<size_t>(members * rows);
  Piece pieces[] = {
      number(x, layout.obs()),
      number(logits, layout.actions()),
      number(dlogits, layout.actions()),
      number(value, 1),
      number(dvalue, 1),
      number(terms, kLossTerms),
      number(actor_work, net.actor_work()),
      number(critic_work, net.critic_work()),
      number(scratch, net.scratch()),
      {reinterpret_cast<void**>(&column_scratch),
       device.is_cuda()
           ? aligned(static_cast<size_t>(members * net.column_scratch(rows)) * sizeof(float))
           : 0},
      {reinterpret_cast<void**>(&valid), aligned(total_rows * static_cast<size_t>(layout.slots))},
      {reinterpret_cast<void**>(&index), aligned(total_rows * sizeof(int32_t))},
  };
  size_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.bytes;
  memory_ = DeviceMemory(device, bytes);
  char* at = static_cast<char*>(memory_.data());
  for (const Piece& piece : pieces) {
    *piece.at = at;
    at += piece.bytes;
  }
}

StagePool::StagePool(const Device& device, const NetworkLayout& layout, const Network<float>& net,
                     int members, int64_t rows)
    : device_(device), layout_(layout), net_(net), members_(members), rows_(rows) {}

std::unique_ptr<Stage> StagePool::take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Stage> stage = std::move(free_.back());
      free_.pop_back();
      return stage;
    }
  }
  return std::make_unique<Stage>(device_, layout_, net_, members_, rows_);
}

void StagePool::give(std::unique_ptr<Stage> stage) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(stage));
}

Learner::Learner(Batch& batch_in, const Exec& exec_in, const NetworkConfig& network,
                 const PpoConfig& config_in, uint64_t seed_in, int member_offset_in)
    : batch(batch_in),
      exec(exec_in),
      config(config_in),
      seed(static_cast<uint32_t>(seed_in ^ (seed_in >> 32))),
      member_offset(member_offset_in),
      layout(make_layout(network, batch_in.shape())),
      net(make_network<float>(layout)),
      sizes(make_sizes(batch_in, config_in, exec_in.device)),
      obs_layout{layout.slots, layout.globals, layout.features, layout.pointer},
      stages(exec.device, layout, *net, exec.device.is_cuda() ? sizes.members : 1, sizes.chunk),
      by_time(config.discount == "time"),
      total_steps(config.schedule == "linear" ? static_cast<double>(config.total_steps) : 0.0) {
  list_fields();
  memory_ = DeviceMemory(exec.device, bytes_);
  for (const Field& f : fields_) *f.pointer = static_cast<char*>(memory_.data()) + f.offset;
  data.steps = sizes.steps;
  data.lanes = sizes.lanes;
  data.envs = sizes.envs;
  data.final_rows = static_cast<int>(sizes.final_rows);
  upload_params();
  launch_rows(exec, sizes.members, layout.obs(),
              FreezeMoments{moments, obs_mean, obs_scale, obs_layout});
}

template <class T>
void Learner::field(const char* name, T*& pointer, int64_t count, bool saved) {
  const size_t bytes = static_cast<size_t>(count) * sizeof(T);
  fields_.push_back({name, reinterpret_cast<void**>(&pointer), bytes, saved, bytes_});
  bytes_ += aligned(bytes);
}

// The one list of the learner's memory: it drives allocation, save and load.
void Learner::list_fields() {
  const int64_t P = sizes.members, T = sizes.steps, L = sizes.lanes, D = layout.obs();
  const int64_t n = layout.size, stat = layout.stats();
  const bool saved = true;
  field("params", params, P * n, saved);
  field("adam.first", first, P * n, saved);
  field("adam.second", second, P * n, saved);
  field("member_state", state, P, saved);
  field("counters", counters, 1, saved);
  field("normaliser.moments", moments, P * stat, saved);
  field("normaliser.mean", obs_mean, P * D, saved);
  field("normaliser.scale", obs_scale, P * D, saved);
  field("running_return", running_return, L, saved);
  field("stats", stats, P * kStats, saved);
  field("grad", grad, P * n);
  field("task_grad", task_grad, P * sizes.tasks * n);
  field("member_params", member_params, P);
  field("obs", data.obs, (T + 1) * L * D);
  field("mask", data.mask, (T + 1) * L * layout.actions());
  field("action", data.action, T * L);
  field("log_prob", data.log_prob, T * L);
  field("reward", data.reward, T * L);
  field("done", data.done, T * L);
  field("elapsed_s", data.elapsed_s, T * L);
  field("final_index", data.final_index, T * L);
  field("final_obs", data.final_obs, L * sizes.final_rows * D);
  field("final_count", data.final_count, L);
  field("value", data.value, (T + 1) * L);
  field("final_value", data.final_value, L * sizes.final_rows);
  field("sample", data.sample, T * L);
  field("lane_sums", lane_sums, L * kLaneSums);
  field("lane_partial", lane_partial, P * lane_blocks() * kLaneSums);
  field("obs_partial", obs_partial, P * obs_blocks() * stat * 3);
  field("advantage_partial", advantage_partial, P * row_blocks() * 2);
  field("term_partial", term_partial, P * row_blocks() * kLossTerms);
  field("norm_partial", norm_partial, P * norm_blocks());
  field("keys", keys, P);
  field("index", index, P * sizes.rows);
}

void Learner::upload_params() {
  const int P = sizes.members;
  std::vector<MemberParams> host(static_cast<size_t>(P));
  std::vector<MemberState> states(static_cast<size_t>(P));
  std::vector<float> weights;
  for (int p = 0; p < P; ++p) {
    MemberParams& m = host[static_cast<size_t>(p)];
    m.learning_rate = per_member(config.learning_rate, p);
    m.gamma = per_member(config.gamma, p);
    m.gamma_per_s = std::pow(m.gamma, 1.0 / std::max(1, batch.tick_s()));
    m.lambda = per_member(config.lambda, p);
    m.clip = per_member(config.clip, p);
    m.entropy = per_member(config.entropy, p);
    m.value_coef = per_member(config.value_coef, p);
    m.max_grad_norm = per_member(config.max_grad_norm, p);
    m.target_kl = per_member(config.target_kl, p);
    m.reward_clip = config.scale_reward ? 10.0f : 0.0f;
    m.clip_value = config.clip_value ? 1 : 0;
    std::memset(&states[static_cast<size_t>(p)], 0, sizeof(MemberState));
    states[static_cast<size_t>(p)].reward_scale = 1;
    const std::vector<float> own =
        initial_parameters(layout, seed, static_cast<uint32_t>(member_offset + p));
    weights.insert(weights.end(), own.begin(), own.end());
  }
  copy_bytes(exec, member_params, host.data(), host.size() * sizeof(MemberParams));
  copy_bytes(exec, state, states.data(), states.size() * sizeof(MemberState));
  copy_bytes(exec, params, weights.data(), weights.size() * sizeof(float));
  synchronize(exec);  // the host copies end here
}

NetCall<float> Learner::call(const Stage& stage, int member0, int members, int64_t rows) const {
  NetCall<float> call;
  call.on = Rows<float>{exec, members, rows, stage.column_scratch};
  call.params = params + member0 * layout.size;
  call.stride = layout.size;
  call.x = stage.x;
  call.valid = stage.valid;
  return call;
}

void Learner::load_obs(const Stage& stage, int member0, int members, const ObsRows& from) const {
  const int64_t D = layout.obs(), rows = members * from.rows;
  launch_rows(exec, rows, D,
              NormaliseRow{from, obs_mean + member0 * D, obs_scale + member0 * D, stage.x,
                           static_cast<int>(D)});
  if (layout.pointer)
    launch_rows(exec, rows, layout.slots, MarkValid{from, stage.x, stage.valid, obs_layout});
}

std::vector<uint8_t> Learner::save() const {
  std::vector<uint8_t> bytes;
  for (const Field& f : fields_) {
    if (!f.saved) continue;
    const size_t at = bytes.size();
    bytes.resize(at + f.bytes);
    copy_bytes(exec, bytes.data() + at, *f.pointer, f.bytes);
    synchronize(exec);  // the vector may move before the next copy
  }
  // The newest observation and mask: row T, from which the next rollout starts.
  const size_t obs_bytes = static_cast<size_t>(sizes.lanes * layout.obs()) * sizeof(float);
  const size_t mask_bytes = static_cast<size_t>(sizes.lanes * layout.actions());
  const size_t at = bytes.size();
  bytes.resize(at + obs_bytes + mask_bytes);
  copy_bytes(exec, bytes.data() + at, data.obs + sizes.steps * sizes.lanes * layout.obs(),
             obs_bytes);
  copy_bytes(exec, bytes.data() + at + obs_bytes,
             data.mask + sizes.steps * sizes.lanes * layout.actions(), mask_bytes);
  synchronize(exec);
  return bytes;
}

void Learner::load(const uint8_t* bytes, size_t size) {
  const size_t obs_bytes = static_cast<size_t>(sizes.lanes * layout.obs()) * sizeof(float);
  const size_t mask_bytes = static_cast<size_t>(sizes.lanes * layout.actions());
  size_t expected = obs_bytes + mask_bytes;
  for (const Field& f : fields_)
    if (f.saved) expected += f.bytes;
  if (size != expected)
    throw InputError("checkpoint",
                     "the learner's state has " + std::to_string(size) +
                         " bytes, this configuration needs " + std::to_string(expected),
                     "Resume with the network, members and environments it was saved with");
  for (const Field& f : fields_) {
    if (!f.saved) continue;
    copy_bytes(exec, *f.pointer, bytes, f.bytes);
    bytes += f.bytes;
  }
  copy_bytes(exec, data.obs + sizes.steps * sizes.lanes * layout.obs(), bytes, obs_bytes);
  copy_bytes(exec, data.mask + sizes.steps * sizes.lanes * layout.actions(), bytes + obs_bytes,
             mask_bytes);
  synchronize(exec);
}

void run_tasks(int64_t n, const std::function<void(int64_t)>& f) {
  host_parallel_for(std::max<int64_t>(n, 2), 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < std::min(end, n); ++task) f(task);
  });
}

}  // namespace cusched
