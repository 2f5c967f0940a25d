// SPDX-License-Identifier: MIT
#include "agents/replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cuda/error.h"
#include "cuda/host_info.h"
#include "cuda/launch.h"

namespace cusched {
namespace {

// Leaves under a node of a level.
int64_t stretch(int level) {
  int64_t leaves = PriorityTree::kFan;
  for (int l = 0; l < level; ++l) leaves *= PriorityTree::kFan;
  return leaves;
}

// Bytes of a replay that keeps `steps` steps.
ReplaySizes sizes_of(const Batch& batch, const ReplayConfig& config, int64_t steps) {
  const BatchShape& shape = batch.shape();
  ReplaySizes s;
  s.rows = steps + 1;
  s.final_rows = std::max<int64_t>(1, batch.final_rows(steps));
  const int64_t row = shape.obs() * int64_t{sizeof(float)} + shape.actions();
  // A leaf, and its share of the nodes above: 8 bytes for each 15.
  const int64_t extra = config.prioritised ? 5 : 0;
  s.bytes = shape.lanes() *
            ((s.rows + s.final_rows) * row + s.rows * (int64_t{sizeof(ReplayStep)} + extra));
  return s;
}

bool fits_index(const Batch& batch, const ReplaySizes& s) {
  return (s.rows + s.final_rows) * batch.shape().lanes() <= std::numeric_limits<int32_t>::max();
}

}  // namespace

ReplaySizes replay_sizes(const Batch& batch, const ReplayConfig& config, int64_t rollout_steps,
                         int64_t memory_bytes) {
  const int64_t envs = batch.shape().envs, least = rollout_steps + config.n_step;
  if (config.transitions > 0) {
    const int64_t steps = config.transitions / envs;
    if (steps < least)
      throw InputError(
          "replay-size",
          std::to_string(config.transitions) + " transitions are too few for " +
              std::to_string(envs) + " environments",
          "Use at least " + std::to_string(least * envs) + ": a rollout and the steps of a return");
    const ReplaySizes s = sizes_of(batch, config, steps);
    if (!fits_index(batch, s))
      throw InputError("replay-size",
                       std::to_string(config.transitions) +
                           " transitions of all members are "
                           "more than 2^31 observations",
                       "Use a smaller replay, or fewer members");
    return s;
  }
  int64_t low = least, high = std::max(least, (kReplayDefault + envs - 1) / envs);
  const auto fits = [&](int64_t steps) {
    const ReplaySizes s = sizes_of(batch, config, steps);
    return s.bytes <= memory_bytes && fits_index(batch, s);
  };
  if (!fits(low))
    throw InputError("replay-size",
                     "a replay of " + std::to_string(low * envs) +
                         " transitions per member needs " +
                         format_bytes(sizes_of(batch, config, low).bytes) + ", it may take " +
                         format_bytes(memory_bytes),
                     "Use fewer environments or members");
  while (low < high) {  // the most steps that fit
    const int64_t middle = low + (high - low + 1) / 2;
    (fits(middle) ? low : high) = fits(middle) ? middle : middle - 1;
  }
  return sizes_of(batch, config, low);
}

Replay::Replay(const Batch& batch, const Exec& exec, const ReplayConfig& config,
               int64_t rollout_steps)
    : exec_(exec),
      config_(config),
      members_(batch.shape().members),
      obs_(batch.shape().obs()),
      actions_(batch.shape().actions()),
      sizes_(
          replay_sizes(batch, config, rollout_steps,
                       device_info(exec.device).memory_bytes / (exec.device.is_cuda() ? 2 : 8))) {
  const int64_t lanes = batch.shape().lanes(), stored = (sizes_.rows + sizes_.final_rows) * lanes;
  view_.rows = sizes_.rows;
  view_.final_rows = sizes_.final_rows;
  view_.lanes = lanes;
  view_.envs = batch.shape().envs;
  fields_.add(view_.obs, stored * obs_);
  fields_.add(view_.mask, stored * actions_);
  fields_.add(view_.step, view_.rows * lanes);
  fields_.add(view_.finals, lanes);
  fields_.add(view_.counters, 1);
  if (config_.prioritised) {
    tree_.shape(view_.rows * view_.envs);
    fields_.add(tree_.leaf, members_ * tree_.leaves);
    fields_.add(tree_.node, members_ * tree_.nodes);
    fields_.add(largest_, members_);
    fields_.add(block_priority_, members_ * sum_blocks(config.samples));
  }
  fields_.allocate(exec.device);
  if (config_.prioritised) {
    const std::vector<double> ones(static_cast<size_t>(members_), 1.0);
    copy_bytes(exec_, largest_, ones.data(), ones.size() * sizeof(double));
    synchronize(exec_);
  }
}

std::string Replay::note() const {
  return "replay: " + std::to_string(capacity()) + " transitions per member, " +
         format_bytes(sizes_.bytes) + " for all";
}

void Replay::store(const RolloutView& data) {
  const int64_t T = data.steps, L = view_.lanes, kept = data.final_rows;
  launch_rows(exec_, (T + 1) * L, obs_, StoreRows<float>{data.obs, view_.obs, view_, obs_});
  launch_rows(exec_, (T + 1) * L, actions_,
              StoreRows<uint8_t>{data.mask, view_.mask, view_, actions_});
  launch_rows(exec_, L * kept, obs_,
              StoreFinalRows<float>{data.final_obs, view_.obs, data.final_count, view_, kept, obs_},
              4096);
  launch_rows(
      exec_, L * kept, actions_,
      StoreFinalRows<uint8_t>{data.final_mask, view_.mask, data.final_count, view_, kept, actions_},
      4096);
  launch_elements(
      exec_, T * L,
      StoreSteps{data.action, data.reward, data.done, data.elapsed_s, data.final_index, view_});
  launch_elements(exec_, L, EndStore{data.final_count, view_, T});
  if (!config_.prioritised) return;
  // One thread does a member's on the CPU: neighbouring rows share nodes.
  const OpenPriorities opened{view_, tree_, largest_, T, config_.n_step};
  const int64_t leaves = opened.span() * view_.envs;
  launch_elements(exec_, members_ * leaves, opened, leaves);
  for (int level = 0; level < tree_.levels; ++level) {
    const SumOpened sums{opened, level, stretch(level)};
    launch_elements(exec_, members_ * opened.span() * sums.width(), sums,
                    opened.span() * sums.width());
  }
}

void Replay::sample(int32_t* index, TdSample* sample, uint32_t seed, int member_offset,
                    const LinearMove* beta, const Progress& progress) {
  const int64_t samples = config_.samples, blocks = sum_blocks(samples);
  if (!config_.prioritised) {
    launch_elements(
        exec_, members_ * samples,
        SampleUniform{view_, index, sample, samples, seed, member_offset, config_.n_step});
    return;
  }
  launch_elements(exec_, members_ * samples,
                  SamplePrioritised{view_, tree_, index, sample, samples, seed, member_offset},
                  256);
  launch_teams(exec_, members_ * blocks,
               SmallestPriority{sample, block_priority_, samples, blocks});
  launch_elements(exec_, members_ * samples,
                  ImportanceWeights{sample, block_priority_, beta, progress, samples, blocks}, 256);
}

void Replay::prioritise(const int32_t* index, const float* td_error, const float* alpha) {
  const int64_t samples = config_.samples, blocks = sum_blocks(samples);
  const PutPriorities put{view_, tree_, index, td_error, alpha, samples};
  launch_teams(exec_, members_ * blocks, LargestOfBlock{put, block_priority_, blocks}, 2);
  launch_teams(exec_, members_, RaiseLargest{block_priority_, largest_, blocks});
  launch_elements(exec_, members_ * samples, put, 256);
  for (int level = 0; level < tree_.levels; ++level)  // one thread a member, as in store
    launch_elements(exec_, members_ * samples, SumPut{put, level, stretch(level)}, samples);
}

// Arrays and how much of each is filled, in the order of a checkpoint.
std::vector<Replay::Part> Replay::filled(int64_t head, int64_t finals) const {
  const int64_t rows = std::min(head + 1, view_.rows), L = view_.lanes;
  const int64_t kept = std::min(finals, view_.final_rows), first = view_.rows * L;
  std::vector<Part> parts;
  const auto part = [&](auto* at, int64_t count) {
    parts.push_back({reinterpret_cast<uint8_t*>(at), static_cast<size_t>(count) * sizeof(*at)});
  };
  part(view_.finals, L);
  part(view_.obs, rows * L * obs_);
  part(view_.obs + first * obs_, kept * L * obs_);
  part(view_.mask, rows * L * actions_);
  part(view_.mask + first * actions_, kept * L * actions_);
  part(view_.step, std::min(head, view_.rows) * L);
  if (config_.prioritised) {
    part(tree_.leaf, members_ * tree_.leaves);
    part(largest_, members_);
  }
  return parts;
}

// [rows][final rows][most finals of a lane][counters][filled parts]
void Replay::save(std::vector<uint8_t>& bytes) const {
  ReplayCounters counters;
  std::vector<int64_t> finals(static_cast<size_t>(view_.lanes));
  copy_bytes(exec_, &counters, view_.counters, sizeof counters);
  copy_bytes(exec_, finals.data(), view_.finals, finals.size() * sizeof(int64_t));
  synchronize(exec_);
  const int64_t head[] = {view_.rows, view_.final_rows,
                          *std::max_element(finals.begin(), finals.end()), counters.head,
                          counters.draws};
  const auto* const raw = reinterpret_cast<const uint8_t*>(head);
  bytes.insert(bytes.end(), raw, raw + sizeof head);
  const std::vector<Part> parts = filled(counters.head, head[2]);
  size_t at = bytes.size(), total = at;
  for (const Part& part : parts) total += part.bytes;
  bytes.resize(total);
  for (const Part& part : parts) {
    copy_bytes(exec_, bytes.data() + at, part.at, part.bytes);
    at += part.bytes;
  }
  synchronize(exec_);
}

void Replay::check(const uint8_t* bytes, int64_t head, int64_t most_finals) const {
  const auto refuse = [](const std::string& what) {
    throw InputError("checkpoint, replay", what,
                     "The file is damaged, or of another program: use another checkpoint, or train "
                     "anew");
  };
  const std::vector<Part> parts = filled(head, most_finals);
  // The part at that array, copied: bytes of a file lie at any address.
  const auto read = [&]<class T>(const T* array) {
    const uint8_t* from = bytes;
    for (const Part& part : parts) {
      if (part.at == reinterpret_cast<const uint8_t*>(array)) {
        std::vector<T> values(part.bytes / sizeof(T));
        if (!values.empty()) std::memcpy(values.data(), from, part.bytes);
        return values;
      }
      from += part.bytes;
    }
    return std::vector<T>();
  };
  const auto finals = read(view_.finals);
  const auto [fewest, most] = std::minmax_element(finals.begin(), finals.end());
  if (*fewest < 0 || *most != most_finals || most_finals > head)
    refuse("has a number of final observations that cannot be");
  const auto steps = read(view_.step);
  for (size_t i = 0; i < steps.size(); ++i) {
    const ReplayStep& step = steps[i];
    const size_t lane = i % static_cast<size_t>(view_.lanes);
    if (step.action < 0 || step.action >= actions_)
      refuse("holds the action " + std::to_string(step.action) + " of " + std::to_string(actions_));
    if (step.end < kStepCut || step.end >= finals[lane])
      refuse("names the final observation " + std::to_string(step.end) + " of " +
             std::to_string(finals[lane]));
  }
  if (!config_.prioritised) return;
  for (const float priority : read(tree_.leaf))
    if (!(priority >= 0) || !std::isfinite(priority)) refuse("holds a priority that cannot be");
  for (const double priority : read(largest_))
    if (!(priority > 0) || !std::isfinite(priority)) refuse("holds a priority that cannot be");
}

const uint8_t* Replay::load(const uint8_t* bytes, const uint8_t* end) {
  const auto refuse = [](const std::string& problem) {
    throw InputError("checkpoint", "its replay " + problem,
                     "Resume with the configuration and replay size of that run");
  };
  int64_t head[5];
  if (end - bytes < static_cast<int64_t>(sizeof head)) refuse("is cut off");
  std::memcpy(head, bytes, sizeof head);
  bytes += sizeof head;
  if (head[0] != view_.rows || head[1] != view_.final_rows)
    refuse("holds " + std::to_string((head[0] - 1) * view_.envs) + " transitions per member, " +
           "this run's " + std::to_string(capacity()) + " (--replay-size)");
  constexpr int64_t kMost = int64_t{1} << 50;
  for (int i = 2; i < 5; ++i)
    if (head[i] < 0 || head[i] > kMost) refuse("has a count that cannot be");
  const ReplayCounters counters{head[3], head[4]};
  const std::vector<Part> parts = filled(head[3], head[2]);
  size_t total = 0;
  for (const Part& part : parts) total += part.bytes;
  if (static_cast<size_t>(end - bytes) < total) refuse("is cut off");
  check(bytes, head[3], head[2]);
  // What is not filled is as in a new replay, so that later checkpoints are equal too.
  const size_t stored = static_cast<size_t>((view_.rows + view_.final_rows) * view_.lanes);
  fill_bytes(exec_, view_.obs, 0, stored * static_cast<size_t>(obs_) * sizeof(float));
  fill_bytes(exec_, view_.mask, 0, stored * static_cast<size_t>(actions_));
  fill_bytes(exec_, view_.step, 0,
             static_cast<size_t>(view_.rows * view_.lanes) * sizeof(ReplayStep));
  copy_bytes(exec_, view_.counters, &counters, sizeof counters);
  for (const Part& part : parts) {
    copy_bytes(exec_, part.at, bytes, part.bytes);
    bytes += part.bytes;
  }
  synchronize(exec_);
  if (config_.prioritised) sum_tree();
  return bytes;
}

// All sums anew: they follow from the leaves alone.
void Replay::sum_tree() {
  for (int level = 0; level < tree_.levels; ++level)
    launch_rows(exec_, members_, tree_.size[level], SumLevel{tree_, level});
}

}  // namespace cusched
