// SPDX-License-Identifier: MIT
#include "tests/envs/placement_lane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "envs/generated/placement_extensions.h"
#include "envs/lane.h"
#include "envs/placement_lane.h"
#include "envs/registry.h"

namespace cusched::test {

struct PlacementLane::Dynamics : Placement::Lane<SerialGroup> {
  using Placement::Lane<SerialGroup>::Lane;
};

PlacementLane::PlacementLane(const std::vector<EnvValue>& settings, bool evaluation) {
  BatchOptions options;
  options.single_episode = evaluation;
  auto built = Placement::build(settings, options, [this](const void* data, size_t bytes) {
    if (bytes == 0) return static_cast<const void*>(nullptr);
    memory_.emplace_back((bytes + 7) / 8);
    std::memcpy(memory_.back().data(), data, bytes);
    return static_cast<const void*>(memory_.back().data());
  });
  caps = built.caps;
  params = built.params[0];
  notes = built.notes;
  Placement::visit_fields(columns, caps, [&]<class T>(const char*, T*& pointer, int n) {
    memory_.emplace_back(sizeof(T) * static_cast<size_t>(std::max(n, 1)) / 8 + 1);
    pointer = reinterpret_cast<T*>(memory_.back().data());
  });
  lane_ = std::make_unique<Dynamics>(SerialGroup{}, caps, params, columns, 0, INT32_MAX);
}

PlacementLane::~PlacementLane() = default;

void PlacementLane::begin(uint32_t seed, uint32_t env) {
  key_ = {seed, 0, env, 0};
  lane_->s.episode = 0;
  lane_->begin_episode({key_, key_}, params.stagger != 0);
  done = Done::kRunning;
}

Done PlacementLane::step(int item) { return done = lane_->step(item); }
void PlacementLane::end_episode() { lane_->end_episode(); }
void PlacementLane::observe(float* obs, uint8_t* mask) const { lane_->observe(obs, mask); }
const placement::View& PlacementLane::view() const { return lane_->view(); }
const placement::Sums& PlacementLane::sums() const { return lane_->sum; }
const placement::Facts& PlacementLane::facts() const { return lane_->facts(); }

int PlacementLane::choose(const std::string& heuristic) {
  static const std::vector<std::string> names = find_environment("placement").heuristics;
  const auto found = std::find(names.begin(), names.end(), heuristic);
  EXPECT_NE(found, names.end()) << heuristic;
  return Chooser<Placement, SerialGroup>::choose(
      static_cast<int>(found - names.begin()), SerialGroup{}, *lane_,
      draw4(key_, kStreamRandomAction, lane_->step_index()));
}

std::vector<PodPlacement> PlacementLane::run(const std::string& heuristic) {
  begin();
  for (int steps = 0; done == Done::kRunning; ++steps) {
    if (steps > 1000000) {
      ADD_FAILURE() << "the episode does not end";
      break;
    }
    step(choose(heuristic));
  }
  end_episode();
  lane_->store();
  return Placement::placements(columns, caps);
}

}  // namespace cusched::test
