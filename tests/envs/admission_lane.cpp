// SPDX-License-Identifier: MIT
#include "tests/envs/admission_lane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "envs/admission_lane.h"
#include "envs/generated/admission_extensions.h"
#include "envs/lane.h"
#include "envs/registry.h"
#include "tests/envs/plain_view.h"

namespace cusched::test {
namespace {

BatchOptions whole_episode() {
  BatchOptions options;
  options.single_episode = true;
  options.whole_queue = true;
  return options;
}

}  // namespace

struct AdmissionLane::Dynamics : Admission::Lane<SerialGroup> {
  using Admission::Lane<SerialGroup>::Lane;
};

AdmissionLane::AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options)
    : AdmissionLane(settings, options, {}) {}

AdmissionLane::AdmissionLane(const std::vector<EnvValue>& settings, std::vector<Job> jobs)
    : AdmissionLane(settings, whole_episode(), std::move(jobs)) {}

AdmissionLane::AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options,
                             std::vector<Job> jobs) {
  auto built =
      Admission::build(with_plain_view(settings), options,
                       [this](const void* data, size_t bytes) { return keep(data, bytes); });
  caps = built.caps;
  params = built.params[0];
  if (!jobs.empty()) replay(std::move(jobs));
  Admission::visit_fields(columns, caps, [&]<class T>(const char*, T*& pointer, int n) {
    memory_.emplace_back(sizeof(T) * static_cast<size_t>(std::max(n, 1)) / 8 + 1);
    pointer = reinterpret_cast<T*>(memory_.back().data());
  });
  const int window = options.whole_queue ? INT32_MAX : caps.slots;
  lane_ = std::make_unique<Dynamics>(SerialGroup{}, caps, params, columns, 0, window);
}

AdmissionLane::~AdmissionLane() = default;

void AdmissionLane::replay(std::vector<Job> jobs) {
  std::vector<int64_t> submit;
  int tenants = 1;
  for (const Job& job : jobs) {
    submit.push_back(job.submit);
    tenants = std::max(tenants, job.tenant + 1);
    caps.max_pods = std::max<int>(caps.max_pods, job.pods());
  }
  const int count = static_cast<int>(jobs.size());
  const StartRange range{0, 1};
  SourceView source{};
  source.kind = SourceKind::kTrace;
  source.trace.rows = static_cast<const Job*>(keep(jobs.data(), jobs.size() * sizeof(Job)));
  source.trace.submit = static_cast<const int64_t*>(keep(submit.data(), submit.size() * 8));
  source.trace.ranges = static_cast<const StartRange*>(keep(&range, sizeof range));
  source.trace.range_count = source.trace.total_starts = 1;
  source.trace.length = count;
  params.source = source;
  params.tenants = tenants;
  params.horizon_s = 0;
  params.drain = 0;
  caps.log_jobs = count;
}

const void* AdmissionLane::keep(const void* data, size_t bytes) {
  if (bytes == 0) return nullptr;
  memory_.emplace_back((bytes + 7) / 8);
  std::memcpy(memory_.back().data(), data, bytes);
  return memory_.back().data();
}

void AdmissionLane::begin(uint32_t seed, uint32_t env) {
  key_ = {seed, 0, env, 0};
  lane_->s.episode = 0;
  lane_->begin_episode({key_, key_}, params.stagger != 0);
  done = Done::kRunning;
}

void AdmissionLane::begin_next() {
  key_.episode = lane_->episode();
  lane_->begin_episode({key_, key_}, false);
  done = Done::kRunning;
}

Done AdmissionLane::step(int item) { return done = lane_->step(item); }
void AdmissionLane::end_episode() { lane_->end_episode(); }
void AdmissionLane::observe(float* obs, uint8_t* mask) const { lane_->observe(obs, mask); }
const admission::View& AdmissionLane::view() const { return lane_->view(); }
const admission::Sums& AdmissionLane::sums() const { return lane_->sum; }
const admission::Facts& AdmissionLane::facts() const { return lane_->facts(); }

int AdmissionLane::choose(const std::string& heuristic) {
  static const std::vector<std::string> names = find_environment("admission").heuristics;
  const auto found = std::find(names.begin(), names.end(), heuristic);
  EXPECT_NE(found, names.end()) << heuristic;
  return Chooser<Admission, SerialGroup>::choose(
      static_cast<int>(found - names.begin()), SerialGroup{}, *lane_,
      draw4(key_, kStreamRandomAction, lane_->step_index()));
}

std::vector<admission::JobLog> AdmissionLane::run(const std::string& heuristic) {
  begin();
  for (int steps = 0; done == Done::kRunning; ++steps) {
    if (steps > 2000000) {
      ADD_FAILURE() << "the episode does not end";
      break;
    }
    step(choose(heuristic));
  }
  end_episode();
  return log();
}

std::vector<admission::JobLog> AdmissionLane::log() const {
  return {columns.log, columns.log + std::min<int64_t>(caps.log_jobs, lane_->sum.submitted)};
}

}  // namespace cusched::test
