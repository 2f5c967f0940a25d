// SPDX-License-Identifier: MIT
#include "cli/decision.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/interrupt.h"
#include "cuda/error.h"

namespace cusched {
namespace {

// One of an evaluation's lanes, stepped by a policy on the CPU.
class PolicyLane {
 public:
  PolicyLane(const EvaluationSetup& setup, int lane, const TorchscriptModel& model)
      : lane_(lane), model_(model), batch_(make_evaluation_batch(setup, setup.episodes, false)) {
    check_policy_fits(model.schema(), "--policy", setup.entry->name, shape());
    check_fields_fit(model.schema(), "--policy", batch_->schema_json());
    const size_t rows = static_cast<size_t>(shape().lanes());
    obs_.resize(rows * shape().obs());
    mask_.resize(rows * shape().actions());
    logits_.resize(mask_.size());
    value_.resize(rows);
    actions_.resize(rows);
    done_.resize(rows);
    elapsed_s_.resize(rows);
    out_.obs = obs_.data();
    out_.mask = mask_.data();
    out_.done = done_.data();
    out_.elapsed_s = elapsed_s_.data();
    batch_->reset({}, out_);
    now_s_ = batch_->queue({}, lane).now_s;
  }

  const BatchShape& shape() const { return batch_->shape(); }
  Batch& batch() { return *batch_; }
  bool ended() const { return ended_; }
  int32_t now_s() const { return now_s_; }
  int64_t steps() const { return steps_; }

  const uint8_t* mask() const { return mask_.data() + int64_t{lane_} * shape().actions(); }
  const float* logits() const { return logits_.data() + int64_t{lane_} * shape().actions(); }
  int action() const { return actions_[lane_]; }

  // Asks the policy about the state as it is.
  void decide() {
    model_.forward(shape().lanes(), shape().slots, obs_.data(), mask_.data(), logits_.data(),
                   value_.data());
    const int actions = shape().actions();
    for (size_t row = 0; row < actions_.size(); ++row) {
      const float* const logits = logits_.data() + row * actions;
      actions_[row] = static_cast<int32_t>(std::max_element(logits, logits + actions) - logits);
    }
  }
  void step() {
    stop_if_interrupted();
    batch_->step({}, actions_.data(), out_);
    ++steps_;
    now_s_ += elapsed_s_[lane_];
    ended_ = done_[lane_] != static_cast<uint8_t>(Done::kRunning);
  }

 private:
  int lane_;
  const TorchscriptModel& model_;
  std::unique_ptr<Batch> batch_;
  std::vector<float> obs_, logits_, value_;
  std::vector<uint8_t> mask_, done_;
  std::vector<int32_t> actions_, elapsed_s_;
  StepBuffers out_;
  int32_t now_s_ = 0;
  int64_t steps_ = 0;
  bool ended_ = false;
};

EpisodeMetrics metrics_of(const Batch& batch, int lane) {
  const EpisodeMetrics all = batch.episode_metrics({});
  const auto first = all.values.begin() + lane * static_cast<int64_t>(all.names.size());
  return {all.names, std::vector<double>(first, first + static_cast<int64_t>(all.names.size()))};
}

EpisodeJobs jobs_of(const Batch& batch, const std::string& env, int lane) {
  std::vector<EpisodeJobs> jobs = batch.episode_jobs({});
  if (jobs.empty())
    throw InputError("--env", "the environment " + env + " has no queue of jobs to show",
                     "Use `cusched eval --picture FILE` for its clusters");
  return std::move(jobs[static_cast<size_t>(lane)]);
}

// What heuristic `index` does in the state `snapshot`: the jobs that run afterwards and did not
// before.
HeuristicChoice choice_of(Batch& batch, const std::vector<uint8_t>& snapshot, int index, int lane,
                          const QueueState& queue) {
  HeuristicChoice choice;
  choice.name = batch.heuristics()[static_cast<size_t>(index)];
  std::vector<int32_t> actions(static_cast<size_t>(batch.shape().lanes()));
  batch.restore({}, snapshot);
  const EpisodeJobs before = batch.episode_jobs({})[static_cast<size_t>(lane)];
  batch.run_heuristic({}, index, 1, actions.data(), {});
  const int32_t action = actions[static_cast<size_t>(lane)];
  if (action < batch.shape().slots) {
    // Where waiting is masked out, a rule that would wait names a job that has no room.
    if (!queue.jobs[static_cast<size_t>(action)].allowed) return choice;
    choice.place = action;
    choice.job = queue.jobs[static_cast<size_t>(action)].id;
    return choice;
  }
  // None, or a job beyond the first K: the one that has started since.
  const EpisodeJobs after = batch.episode_jobs({})[static_cast<size_t>(lane)];
  for (size_t place = 0; place < queue.jobs.size(); ++place) {
    const int32_t id = queue.jobs[place].id;
    if (id < 0 || static_cast<size_t>(id) >= after.jobs.size()) continue;
    const auto start = [&](const EpisodeJobs& e) { return e.jobs[static_cast<size_t>(id)].start; };
    if (start(after) == queue.now_s && start(before) != start(after)) {
      choice.place = static_cast<int>(place);
      choice.job = id;
      return choice;
    }
  }
  return choice;
}

}  // namespace

PlayedEpisode play_episode(const EvaluationSetup& setup, int lane, const TorchscriptModel& model) {
  PolicyLane play(setup, lane, model);
  jobs_of(play.batch(), setup.entry->name, lane);  // told before the work
  PlayedEpisode episode;
  while (!play.ended()) {
    const uint8_t* const mask = play.mask();
    const auto choices = std::count(mask, mask + play.shape().slots, uint8_t{1});
    if (choices > 0)
      episode.decisions.push_back({play.steps(), play.now_s(), static_cast<int>(choices)});
    play.decide();
    play.step();
  }
  episode.metrics = metrics_of(play.batch(), lane);
  episode.jobs = jobs_of(play.batch(), setup.entry->name, lane);
  return episode;
}

PlayedEpisode play_episode(const EvaluationSetup& setup, int lane, int heuristic) {
  constexpr int64_t kSteps = 32;  // between two looks at whether the episode has ended
  const std::unique_ptr<Batch> batch = make_evaluation_batch(setup, setup.episodes, true);
  batch->reset({}, {});
  while (!batch->all_ended({})) {
    stop_if_interrupted();
    batch->run_heuristic({}, heuristic, kSteps, nullptr, {});
  }
  PlayedEpisode episode;
  episode.metrics = metrics_of(*batch, lane);
  episode.jobs = jobs_of(*batch, setup.entry->name, lane);
  return episode;
}

Decision decide_at(const EvaluationSetup& setup, int lane, const TorchscriptModel& model,
                   int64_t step) {
  PolicyLane play(setup, lane, model);
  while (play.steps() < step && !play.ended()) {
    play.decide();
    play.step();
  }
  CUSCHED_CHECK(!play.ended(), "the episode ends before step " + std::to_string(step));
  play.decide();
  Decision decision;
  decision.step = step;
  decision.slots = play.shape().slots;
  decision.queue = play.batch().queue({}, lane);
  decision.action = play.action();
  const int actions = play.shape().actions();
  const float* const logits = play.logits();
  double sum = 0;
  for (int i = 0; i < actions; ++i) {
    const bool allowed = play.mask()[i] != 0;
    decision.scores.push_back(allowed ? static_cast<double>(logits[i]) : std::nan(""));
    const double weight =
        allowed ? std::exp(static_cast<double>(logits[i]) - logits[decision.action]) : 0.0;
    decision.probabilities.push_back(weight);
    sum += weight;
  }
  for (double& p : decision.probabilities) p /= sum;
  if (model.schema().q_values) decision.probabilities.clear();

  const std::vector<uint8_t> snapshot = play.batch().snapshot({});
  const std::unique_ptr<Batch> other = make_evaluation_batch(setup, setup.episodes, true);
  other->reset({}, {});
  for (size_t h = 0; h < other->heuristics().size(); ++h) {
    stop_if_interrupted();
    decision.heuristics.push_back(
        choice_of(*other, snapshot, static_cast<int>(h), lane, decision.queue));
  }
  return decision;
}

}  // namespace cusched
