// SPDX-License-Identifier: MIT
#include "agents/population_trainer.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "agents/host_pool.h"
#include "agents/kernels/iteration.h"
#include "agents/rollout.h"
#include "cuda/error.h"
#include "cuda/nvtx.h"

namespace cusched {
namespace {

// Products of iterations and steps stay in 64 bits.
constexpr uint64_t kMostIterations = uint64_t{1} << 40;

[[noreturn]] void refuse() {
  throw InputError("checkpoint", "the trainer's state is cut off or has another layout",
                   "Resume from a checkpoint that this version of cusched wrote");
}

void put_number(std::vector<uint8_t>& bytes, uint64_t n) {
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(n >> (8 * i)));
}

void put_block(std::vector<uint8_t>& bytes, const std::vector<uint8_t>& block) {
  put_number(bytes, block.size());
  bytes.insert(bytes.end(), block.begin(), block.end());
}

uint64_t take_number(const std::vector<uint8_t>& bytes, size_t& at) {
  if (bytes.size() - at < 8) refuse();
  uint64_t n = 0;
  for (int i = 0; i < 8; ++i) n |= uint64_t{bytes[at++]} << (8 * i);
  return n;
}

std::pair<const uint8_t*, size_t> take_block(const std::vector<uint8_t>& bytes, size_t& at) {
  const uint64_t n = take_number(bytes, at);
  if (n > bytes.size() - at) refuse();
  const uint8_t* begin = bytes.data() + at;
  at += static_cast<size_t>(n);
  return {begin, static_cast<size_t>(n)};
}

}  // namespace

PopulationTrainer::PopulationTrainer(Batch& batch, const Exec& exec, const NetworkConfig& network,
                                     const LearnerConfig& config, const LearnerPlan& plan,
                                     uint64_t seed, int member_offset)
    : learner(batch, exec, network, config, plan, seed, member_offset),
      warm(learner),
      host_stats_(exec.device, static_cast<size_t>(learner.sizes.members) *
                                   learner.stat_names.size() * sizeof(float)) {
  start_environments(learner);
}

void PopulationTrainer::set_phases(std::vector<Phase> phases) {
  auto& runners = runners_[static_cast<size_t>(WarmStage::kFree)];
  for (Phase& phase : phases) runners.emplace_back().phase = std::move(phase);
}

void PopulationTrainer::set_warm_phases(std::vector<Phase> imitation, std::vector<Phase> anchored) {
  const auto set = [&](WarmStage stage, std::vector<Phase>& phases) {
    auto& runners = runners_[static_cast<size_t>(stage)];
    for (Phase& phase : phases) runners.emplace_back().phase = std::move(phase);
  };
  set(WarmStage::kImitation, imitation);
  set(WarmStage::kAnchored, anchored);
}

void PopulationTrainer::run_phase(Runner& r, bool graphs) {
  const NvtxRange range(r.phase.name);
  const int64_t times = r.phase.times ? r.phase.times(iterations_) : 1;
  // The first time it runs eagerly: that loads its kernels and makes the stages that it borrows,
  // which must not happen while a graph is captured.
  if (graphs && r.warm && times > 0 && !r.graph.captured()) {
    r.graph.capture(learner.exec, r.phase.run);
    // A copy to the host inside an iteration would make every replay wait for the device.
    CUSCHED_CHECK(r.graph.stats().copies_to_host == 0, "a training graph copies to the host");
  }
  for (int64_t i = 0; i < times; ++i) {
    if (r.graph.captured()) {
      r.graph.replay(learner.exec);
    } else {
      r.phase.run();
    }
  }
  r.warm = r.warm || times > 0;
}

void PopulationTrainer::iterate() {
  const NvtxRange range("iteration");
  const bool graphs =
      learner.exec.device.is_cuda() && learner.config.cuda_graphs && learner.exec.stream != nullptr;
  for (Runner& runner : running()) run_phase(runner, graphs);
  ++iterations_;
  if (warm.on()) warm.advance(iterations_, clock_share_);
}

void PopulationTrainer::set_done_share(double share) {
  clock_share_ = share;
  if (follows_clock() || warm.on())
    launch_elements(learner.exec, 1, SetDoneShare{learner.counters, share});
}

int64_t PopulationTrainer::steps_per_iteration() const {
  return learner.sizes.samples * learner.sizes.members;
}

std::vector<PhaseGraph> PopulationTrainer::graphs() const {
  std::vector<PhaseGraph> graphs;
  if (!learner.exec.device.is_cuda()) return graphs;
  for (const Runner& runner : runners_[static_cast<size_t>(warm.stage())])
    if (runner.graph.captured()) graphs.push_back({runner.phase.name, runner.graph.stats()});
  return graphs;
}

std::vector<std::string> PopulationTrainer::notes() const {
  std::vector<std::string> notes = {learner.memory_note()};
  for (const std::string& note : own_notes()) notes.push_back(note);
  return notes;
}

TrainStats PopulationTrainer::stats() {
  copy_bytes(learner.exec, host_stats_.data(), learner.stats, host_stats_.size());
  synchronize(learner.exec);
  TrainStats out;
  out.names = learner.stat_names;
  out.values.resize(host_stats_.size() / sizeof(float));
  std::memcpy(out.values.data(), host_stats_.data(), host_stats_.size());
  // Nobody measures it any more, and nothing pulls.
  if (warm.on() && warm.stage() == WarmStage::kFree)
    for (size_t i = 0; i < out.values.size(); ++i) {
      const std::string& name = out.names[i % out.names.size()];
      if (name == kWarmStatNames[kStatAgreement]) out.values[i] = std::nanf("");
      if (name == kWarmStatNames[kStatAnchor]) out.values[i] = 0;
    }
  return out;
}

std::optional<WarmStartReport> PopulationTrainer::warm_start() const {
  if (!warm.on()) return std::nullopt;
  return warm.report();
}

// [length][learner][length][environments][length][more][length][warm start][iterations]; the warm
// start only where there is one.
std::vector<uint8_t> PopulationTrainer::save() {
  std::vector<uint8_t> bytes;
  put_block(bytes, learner.save());
  put_block(bytes, learner.batch.snapshot(learner.exec));
  const size_t at = bytes.size();  // in place, because it may be large
  put_number(bytes, 0);
  save_more(bytes);
  for (int i = 0; i < 8; ++i)
    bytes[at + static_cast<size_t>(i)] = static_cast<uint8_t>((bytes.size() - at - 8) >> (8 * i));
  if (warm.on()) put_block(bytes, warm.save());
  put_number(bytes, static_cast<uint64_t>(iterations_));
  return bytes;
}

void PopulationTrainer::load(const std::vector<uint8_t>& bytes) {
  size_t at = 0;
  const auto [block, block_size] = take_block(bytes, at);
  const auto [state, state_size] = take_block(bytes, at);
  const auto [more, more_size] = take_block(bytes, at);
  std::pair<const uint8_t*, size_t> start{nullptr, 0};
  if (warm.on()) start = take_block(bytes, at);
  const uint64_t iterations = take_number(bytes, at);
  if (at != bytes.size()) refuse();
  if (iterations > kMostIterations) refuse();
  const std::vector<uint8_t> environments(state, state + state_size);
  learner.batch.restore(learner.exec, environments);
  learner.load(block, block_size, static_cast<int64_t>(iterations));
  load_more(more, more + more_size);
  if (warm.on()) warm.load(start.first, start.second);
  iterations_ = static_cast<int64_t>(iterations);
}

void PopulationTrainer::load_more(const uint8_t* bytes, const uint8_t* end) {
  if (bytes != end) refuse();
}

PolicyWeights PopulationTrainer::policy(int member) {
  const NetworkLayout& layout = learner.layout;
  CUSCHED_CHECK(member >= 0 && member < learner.sizes.members, "no such member of the population");
  std::vector<float> params(static_cast<size_t>(layout.size));
  std::vector<Moments> moments(static_cast<size_t>(layout.stats()));
  copy_bytes(learner.exec, params.data(), learner.params + member * layout.size,
             params.size() * sizeof(float));
  copy_bytes(learner.exec, moments.data(), learner.moments + member * layout.stats(),
             moments.size() * sizeof(Moments));
  synchronize(learner.exec);
  PolicyWeights out;
  out.network = layout.config;
  out.head = learner.head;
  out.shape = learner.batch.shape();
  out.weights = to_tensors(layout, params.data());
  for (const Moments& m : moments) {
    out.obs_mean.push_back(static_cast<float>(m.mean));
    out.obs_var.push_back(m.count > 0 ? static_cast<float>(m.m2 / m.count) : 1.0f);
  }
  return out;
}

void prepare_trainer(const std::string& algorithm, LearnerConfig& config,
                     const std::vector<ConfigField>& own, int members) {
  check_fields(shared_fields(config), members, algorithm + ".");
  check_fields(own, members, algorithm + ".");
  if (config.total_steps < 0)
    throw InputError(algorithm + ".total_steps", "is negative", "Use 0 where it is unknown");
  install_torch_pool();
}

}  // namespace cusched
