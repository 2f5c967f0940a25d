// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/admission_state.h"
#include "envs/env.h"
#include "envs/preset.h"

// `admission` (SKRueue): a cluster, a queue of jobs, one decision at a time: admit one of the first
// K waiting jobs, or wait. State in admission_state.h, dynamics in admission_step.h, encoder in
// admission_observation.h, settings and presets in admission_config.cpp.
namespace cusched {

namespace admission {
struct View;
}

struct Admission {
  static constexpr const char* kName = "admission";
  static constexpr int kVersion = 3;
  // The observation of version 1 is that of its features today: policies can be played.
  static constexpr int kPlaysSince = 1;

  using Caps = admission::Caps;
  using Params = admission::Params;
  using Columns = admission::Columns;
  using Facts = admission::Facts;
  using View = admission::View;  // envs/admission_view.h

  // The dynamics of one lane: envs/admission_lane.h.
  template <class Group>
  struct Lane;

  template <class Visit>
  static void visit_fields(Columns& columns, const Caps& caps, const Visit& visit) {
    admission::visit_fields(columns, caps, visit);
  }
  template <class Visit>
  static void visit_totals(Columns& columns, const Visit& visit) {
    admission::visit_totals(columns, visit);
  }

  static std::vector<EnvOption> options();
  static std::vector<Preset> presets();
  static std::vector<Objective> objectives();
  static Built<Admission> build(const std::vector<EnvValue>& values, const BatchOptions& batch,
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
  static EpisodeJobs episode_jobs(const Columns& lane, const Caps& caps);

  // A lane's waiting jobs now, from the columns of queue_columns().
  static std::vector<std::string> queue_columns();
  static QueueState queue(const Columns& lane, const Caps& caps, const Params& params);
};

CUSCHED_ENVIRONMENT(Admission);

}  // namespace cusched
