// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/env.h"
#include "envs/placement_state.h"
#include "envs/preset.h"

// `placement` (SelSched): pods with CPU, memory and parts of GPUs; each is put on one of N nodes,
// or skipped until the next round. State in placement_state.h, dynamics in placement_step.h, FGD's
// fragmentation in placement_fragmentation.h, encoder in placement_observation.h, settings and
// presets in placement_config.cpp.
namespace cusched {

namespace placement {
struct View;
}

struct Placement {
  static constexpr const char* kName = "placement";
  static constexpr int kVersion = 1;

  using Caps = placement::Caps;
  using Params = placement::Params;
  using Columns = placement::Columns;
  using Facts = placement::Facts;
  using View = placement::View;  // envs/placement_view.h

  // The dynamics of one lane: envs/placement_lane.h.
  template <class Group>
  struct Lane;

  template <class Visit>
  static void visit_fields(Columns& columns, const Caps& caps, const Visit& visit) {
    placement::visit_fields(columns, caps, visit);
  }
  template <class Visit>
  static void visit_totals(Columns& columns, const Visit& visit) {
    placement::visit_totals(columns, visit);
  }

  static std::vector<EnvOption> options();
  static std::vector<Preset> presets();
  static std::vector<Objective> objectives();
  static Built<Placement> build(const std::vector<EnvValue>& values, const BatchOptions& batch,
                                const Upload& upload);

  // Statistics of ended episodes, and how the totals of a member's lanes, summed, become them.
  static std::vector<std::string> stat_names();
  static void stats(const Columns& totals, double* values);
  // BatchStats::episode of one member's totals.
  static std::vector<std::string> episode_names();
  static void episode_values(const Columns& totals, const Params& params, double* values);

  // Metrics of one ended episode from the lane's columns on the host: those of metric_columns().
  static std::vector<std::string> metric_names();
  static std::vector<std::string> metric_columns();
  static void metrics(const Columns& lane, const Caps& caps, const Params& params, double* values);
  static std::vector<int32_t> start_times(const Columns& lane, const Caps& caps);
  static std::vector<PodPlacement> placements(const Columns& lane, const Caps& caps);
  static ClusterState cluster(const Exec& exec, const Columns& lane, const Caps& caps,
                              const Params& params);
};

CUSCHED_ENVIRONMENT(Placement);

}  // namespace cusched
