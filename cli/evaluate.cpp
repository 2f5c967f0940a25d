// SPDX-License-Identifier: MIT
#include "cli/evaluate.h"

#include <algorithm>
#include <memory>

#include "cli/interrupt.h"
#include "cuda/error.h"
#include "cuda/stream.h"

namespace cusched {

std::unique_ptr<Batch> make_evaluation_batch(const EvaluationSetup& setup, int episodes,
                                             bool whole_queue) {
  BatchOptions options;
  options.members = 1;
  options.envs = episodes;
  options.env_offset = setup.first_episode;
  options.device = setup.device;
  options.seed = setup.seed;
  options.paired = true;
  options.single_episode = true;
  options.learns = setup.learns;
  options.whole_queue = whole_queue;
  options.stagger = false;
  return setup.entry->create(setup.values, options);
}

namespace {

// Steps between two looks at whether every lane has ended: the look synchronises. Fewer where many
// lanes make a step slow: between two looks nobody hears a signal.
int64_t look_every(int64_t lanes) {
  return std::clamp<int64_t>((int64_t{1} << 15) / std::max<int64_t>(lanes, 1), 1, 256);
}
// An evaluation ends by itself (the drain is bounded): more steps mean a policy that cannot end it.
constexpr int64_t kMostSteps = int64_t{1} << 28;

// Runs `advance(steps)` until every lane has ended its episode.
template <class Advance>
PlayedEpisodes play(Batch& batch, const Exec& exec, const PlayProgress& progress,
                    const Advance& advance) {
  PlayedEpisodes played;
  const int64_t steps = look_every(batch.shape().lanes());
  while (!batch.all_ended(exec)) {
    CUSCHED_CHECK(played.steps < kMostSteps, "an evaluation did not end",
                  std::to_string(played.steps) + " steps were taken", "Use a shorter horizon");
    advance(steps);
    played.steps += steps;
    if (progress && !progress(played.steps)) throw Interrupted();
  }
  played.metrics = batch.episode_metrics(exec);
  played.start_times = batch.start_times(exec);
  played.placements = batch.placements(exec);
  played.cluster = batch.cluster(exec, 0);
  played.jobs = batch.episode_jobs(exec);
  return played;
}

}  // namespace

PlayedEpisodes play_heuristic(const EvaluationSetup& setup, int heuristic, bool whole_queue,
                              const PlayProgress& progress) {
  const std::unique_ptr<Batch> batch = make_evaluation_batch(setup, setup.episodes, whole_queue);
  const Stream stream(setup.device);
  const Exec exec = stream.exec();
  batch->reset(exec, {});
  return play(*batch, exec, progress,
              [&](int64_t steps) { batch->run_heuristic(exec, heuristic, steps, nullptr, {}); });
}

PlayedEpisodes play_policy(const EvaluationSetup& setup, Policy& policy,
                           const PlayProgress& progress) {
  const std::unique_ptr<Batch> batch = make_evaluation_batch(setup, setup.episodes, false);
  const Stream stream(setup.device);
  const Exec exec = stream.exec();
  const BatchShape& shape = batch->shape();
  const size_t rows = static_cast<size_t>(shape.lanes());
  const DeviceMemory obs(setup.device, rows * shape.obs() * sizeof(float));
  const DeviceMemory mask(setup.device, rows * shape.actions());
  const DeviceMemory action(setup.device, rows * sizeof(int32_t));
  StepBuffers out;
  out.obs = static_cast<float*>(obs.data());
  out.mask = static_cast<uint8_t*>(mask.data());
  int32_t* const actions = static_cast<int32_t*>(action.data());
  batch->reset(exec, out);
  return play(*batch, exec, progress, [&](int64_t steps) {
    for (int64_t i = 0; i < steps; ++i) {
      policy.act(exec, shape.lanes(), out.obs, out.mask, actions);
      batch->step(exec, actions, out);
    }
  });
}

EvaluationProbe probe_evaluation(const EvaluationSetup& setup) {
  // One lane on the CPU costs little.
  EvaluationSetup small = setup;
  small.device = Device{};
  const std::unique_ptr<Batch> batch = make_evaluation_batch(small, 1, false);
  return {batch->shape(),     batch->notes(),  batch->schema_json(), batch->episodes(),
          batch->pod_names(), batch->inputs(), batch->summary()};
}

}  // namespace cusched
