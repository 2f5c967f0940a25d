// SPDX-License-Identifier: MIT
#include "agents/learner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "agents/initialisation.h"
#include "cuda/error.h"
#include "cuda/host_info.h"
#include "cuda/launch.h"

namespace cusched {
namespace {

// Where a linear schedule ends that is none: the learning rate stays.
constexpr double kNever = 1e300;
// Rows of a member that one pass of a gradient step takes on CUDA, at most; whole blocks of sums.
constexpr int64_t kCudaStepRows = 512 * kSumBlock;

int64_t up(int64_t a, int64_t b) { return (a + b - 1) / b; }

std::vector<std::string> join_names(const LearnerPlan& plan) {
  std::vector<std::string> names = plan.terms;
  names.insert(names.end(), kSharedStatNames, kSharedStatNames + kSharedStats);
  names.insert(names.end(), plan.stats.begin(), plan.stats.end());
  return names;
}

}  // namespace

LearnerSizes make_sizes(const Batch& batch, const LearnerConfig& config, const LearnerPlan& plan,
                        const Device& device) {
  CUSCHED_CHECK(plan.rows > 0 && plan.pool >= plan.rows && plan.terms.size() <= kMaxTerms,
                "an algorithm asks for gradient steps that cannot be");
  const BatchShape& shape = batch.shape();
  LearnerSizes s;
  s.members = shape.members;
  s.envs = shape.envs;
  s.steps = config.rollout_steps;
  s.lanes = shape.lanes();
  s.samples = s.steps * s.envs;
  s.final_rows = std::max<int64_t>(1, batch.final_rows(s.steps));
  const int64_t largest = std::max((s.steps + 1) * s.lanes, s.lanes * s.final_rows);
  if (largest > std::numeric_limits<int32_t>::max())
    throw InputError("rollout_steps",
                     "a rollout of " + std::to_string(largest) + " samples is too large",
                     "Use fewer environments, members or rollout steps (at most 2^31 samples)");
  if (device.is_cuda()) {
    s.step_chunk = std::min(plan.rows, kCudaStepRows);
    s.chunk = std::max<int64_t>(s.step_chunk, s.envs);
    s.chunks_per_task = s.tasks = 1;
  } else {
    s.chunk = s.step_chunk = kChunkRows;
    const int64_t chunks = up(plan.rows, kChunkRows);
    s.chunks_per_task = up(chunks, kMaxTasks);
    s.tasks = up(chunks, s.chunks_per_task);
  }
  return s;
}

Learner::Learner(Batch& batch_in, const Exec& exec_in, const NetworkConfig& network,
                 const LearnerConfig& config_in, const LearnerPlan& plan, uint64_t seed_in,
                 int member_offset_in)
    : batch(batch_in),
      exec(exec_in),
      config(config_in),
      seed(static_cast<uint32_t>(seed_in ^ (seed_in >> 32))),
      member_offset(member_offset_in),
      head(plan.head),
      layout(make_layout(network, batch_in.shape(), plan.head)),
      net(make_network<float>(layout)),
      blas(exec.device),
      sizes(make_sizes(batch_in, config_in, plan, exec_in.device)),
      obs_layout{layout.slots, layout.globals, layout.features, layout.any_slots},
      terms(static_cast<int>(plan.terms.size())),
      stop_term(plan.stop_term),
      stat_names(join_names(plan)),
      stages(exec.device, layout, *net, exec.device.is_cuda() ? sizes.members : 1, sizes.chunk,
             terms),
      step{plan.rows, plan.pool, up(plan.pool, plan.rows)},
      by_time(config.discount == "time"),
      total_steps(config.schedule == "linear" ? static_cast<double>(config.total_steps) : kNever) {
  list_fields();
  shared_.allocate(exec.device);
  data.steps = sizes.steps;
  data.lanes = sizes.lanes;
  data.envs = sizes.envs;
  data.final_rows = static_cast<int>(sizes.final_rows);
  if (!config.action_mask)
    fill_bytes(exec, data.mask, 1,
               static_cast<size_t>((sizes.steps + 1) * sizes.lanes * layout.actions()));
  upload_params();
  launch_rows(exec, sizes.members, layout.obs(),
              FreezeMoments{moments, obs_mean, obs_scale, obs_layout});
}

// The one list of the memory that all algorithms have.
void Learner::list_fields() {
  const int64_t P = sizes.members, T = sizes.steps, L = sizes.lanes, D = layout.obs();
  const int64_t n = layout.size, stat = layout.stats();
  const bool saved = true;
  shared_.add(params, P * n, saved);
  if (config.optimiser == "adam") shared_.add(first, P * n, saved);
  shared_.add(second, P * n, saved);
  shared_.add(state, P, saved);
  shared_.add(counters, 1, saved);
  shared_.add(moments, P * stat, saved);
  shared_.add(obs_mean, P * D, saved);
  shared_.add(obs_scale, P * D, saved);
  shared_.add(running_return, L, saved);
  shared_.add(stats, P * stats_width(), saved);
  shared_.add(grad, P * n);
  shared_.add(task_grad, P * sizes.tasks * n);
  shared_.add(member_params, P);
  shared_.add(data.obs, (T + 1) * L * D);
  shared_.add(data.mask, (T + 1) * L * layout.actions());
  shared_.add(data.action, T * L);
  shared_.add(data.reward, T * L);
  shared_.add(data.done, T * L);
  shared_.add(data.elapsed_s, T * L);
  shared_.add(data.final_index, T * L);
  shared_.add(data.final_obs, L * sizes.final_rows * D);
  shared_.add(data.final_count, L);
  shared_.add(lane_sums, L);
  shared_.add(lane_partial, P * lane_blocks());
  shared_.add(obs_partial, P * obs_blocks() * stat * 3);
  shared_.add(term_partial, P * row_blocks() * terms);
  shared_.add(norm_partial, P * norm_blocks());
}

void Learner::upload_params() {
  std::vector<MemberParams> host;
  std::vector<MemberState> states(static_cast<size_t>(sizes.members));
  std::vector<float> weights;
  for (int p = 0; p < sizes.members; ++p) {
    MemberParams& m = host.emplace_back();
    m.learning_rate = per_member(config.learning_rate, p);
    m.gamma = per_member(config.gamma, p);
    m.gamma_per_s = std::pow(m.gamma, 1.0 / std::max(1, batch.tick_s()));
    m.max_grad_norm = per_member(config.max_grad_norm, p);
    m.stop_above = 0;
    m.reward_clip = config.scale_reward ? 10.0f : 0.0f;
    std::memset(&states[static_cast<size_t>(p)], 0, sizeof(MemberState));
    states[static_cast<size_t>(p)].reward_scale = 1;
    const std::vector<float> own_weights =
        initial_parameters(layout, seed, static_cast<uint32_t>(member_offset + p));
    weights.insert(weights.end(), own_weights.begin(), own_weights.end());
  }
  upload(exec, member_params, host);
  upload(exec, state, states);
  upload(exec, params, weights);
  if (config.optimiser == "rmsprop-tf") upload(exec, second, std::vector<float>(weights.size(), 1));
}

NetCall<float> Learner::call(const Stage& stage, int member0, int members, int64_t rows) const {
  NetCall<float> call;
  call.on = Rows<float>{exec, members, rows, stage.column_scratch, &blas};
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
  if (layout.any_slots)
    launch_rows(exec, rows, layout.slots, MarkValid{from, stage.x, stage.valid, obs_layout});
}

std::string Learner::memory_note() const {
  const auto text = [](size_t bytes) { return format_bytes(static_cast<int64_t>(bytes)); };
  const size_t finals = static_cast<size_t>(sizes.lanes * sizes.final_rows * layout.obs());
  return "memory: " + text(batch.state_bytes()) + " of environments, " +
         text(shared_.bytes() + own.bytes()) + " of rollouts and weights, of which " +
         text(finals * sizeof(float)) + " are for final observations (" +
         std::to_string(sizes.final_rows) + " of a lane)";
}

// The shared fields, the algorithm's, and the newest observation and mask: row T, from which the
// next rollout starts.
std::vector<uint8_t> Learner::save() const {
  std::vector<uint8_t> bytes;
  shared_.save(exec, bytes);
  own.save(exec, bytes);
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

// What is saved and counts.
void Learner::check_counts(const uint8_t* bytes, int64_t iterations) const {
  const auto refuse = [](const std::string& what) {
    throw InputError("checkpoint, state of the learner", what,
                     "The file is damaged, or of another program: use another checkpoint, or train "
                     "anew");
  };
  Counters saved;
  std::memcpy(&saved, bytes + shared_.saved_offset(counters), sizeof saved);
  if (saved.iteration != iterations)
    refuse("is of iteration " + std::to_string(saved.iteration) + ", not " +
           std::to_string(iterations));
  constexpr int64_t kMost = int64_t{1} << 50;
  const auto counts = [&](int64_t count) { return count >= 0 && count <= kMost; };
  if (!counts(saved.minibatch)) refuse("has a number of minibatches that cannot be");
  if (!(saved.done_share >= 0 && saved.done_share <= 1))
    refuse("has a share of the training that is not 0 to 1");
  for (int p = 0; p < sizes.members; ++p) {
    MemberState member;
    std::memcpy(&member, bytes + shared_.saved_offset(state) + p * sizeof member, sizeof member);
    if (!counts(member.optimiser_step) || !counts(member.minibatches) || !counts(member.updates))
      refuse("has a number of gradient steps of member " + std::to_string(p) + " that cannot be");
  }
}

void Learner::load(const uint8_t* bytes, size_t size, int64_t iterations) {
  const size_t obs_bytes = static_cast<size_t>(sizes.lanes * layout.obs()) * sizeof(float);
  const size_t mask_bytes = static_cast<size_t>(sizes.lanes * layout.actions());
  const size_t expected = shared_.saved_bytes() + own.saved_bytes() + obs_bytes + mask_bytes;
  if (size != expected)
    throw InputError("checkpoint",
                     "the learner's state has " + std::to_string(size) +
                         " bytes, this configuration needs " + std::to_string(expected),
                     "Resume with the algorithm, network, members and environments it was saved "
                     "with");
  check_counts(bytes, iterations);
  bytes = shared_.load(exec, bytes);
  bytes = own.load(exec, bytes);
  copy_bytes(exec, data.obs + sizes.steps * sizes.lanes * layout.obs(), bytes, obs_bytes);
  copy_bytes(exec, data.mask + sizes.steps * sizes.lanes * layout.actions(), bytes + obs_bytes,
             mask_bytes);
  synchronize(exec);
}

}  // namespace cusched
