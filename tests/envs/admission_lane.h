// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "envs/admission.h"
#include "envs/batch_impl.h"

namespace cusched::test {

// A job of one pod that uses what it requests, for tests that set what they care about.
inline Job make_job(int32_t submit, int32_t run, int32_t cpu_milli, int32_t memory_mib = 0) {
  Job job{};
  job.submit = submit;
  job.run = run;
  job.estimate = run;
  job.cpu_milli = cpu_milli;
  job.memory_mib = memory_mib;
  job.pods = 1;
  job.type = JobType::kGeneric;
  job.cpu_use = 1000;
  job.memory_use = 1000;
  return job;
}

// One lane of `admission` on the host with its state open to a test.
class AdmissionLane {
 public:
  using Lane = Admission::Lane<SerialGroup>;

  // Settings as a user gives them.
  explicit AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options = {})
      : AdmissionLane(settings, options, {}) {}

  // Hand-made jobs, in order of submission, on the cluster of the settings; runs until all ended.
  AdmissionLane(const std::vector<EnvValue>& settings, std::vector<Job> jobs)
      : AdmissionLane(settings, whole_episode(), std::move(jobs)) {}

  AdmissionLane(const AdmissionLane&) = delete;  // the lane points into this object
  AdmissionLane& operator=(const AdmissionLane&) = delete;

  void begin(uint32_t seed = 1, uint32_t env = 0) {
    key_ = {seed, 0, env, 0};
    lane->clear();
    lane->begin_episode({key_, key_}, params.stagger != 0);
    done = Done::kRunning;
  }
  // The next episode.
  void begin_next() {
    key_.episode = lane->episode();
    lane->begin_episode({key_, key_}, false);
    done = Done::kRunning;
  }

  Done step(int item) { return done = lane->step(item); }

  const admission::View& view() const { return lane->view(); }
  const admission::Sums& sums() const { return lane->sum; }

  // What a heuristic would choose now.
  int choose(const std::string& heuristic) {
    static const EnvLists<Admission> lists;
    const auto found = std::find(lists.heuristics.begin(), lists.heuristics.end(), heuristic);
    EXPECT_NE(found, lists.heuristics.end()) << heuristic;
    return Chooser<Admission, SerialGroup>::choose(
        static_cast<int>(found - lists.heuristics.begin()), SerialGroup{}, *lane,
        draw4(key_, kStreamRandomAction, lane->step_index()));
  }

  // A whole episode; the log of its jobs.
  std::vector<admission::JobLog> run(const std::string& heuristic) {
    begin();
    for (int steps = 0; done == Done::kRunning; ++steps) {
      if (steps > 2000000) {
        ADD_FAILURE() << "the episode does not end";
        break;
      }
      step(choose(heuristic));
    }
    lane->end_episode();
    return log();
  }
  std::vector<admission::JobLog> log() const {
    return {columns.log, columns.log + std::min<int64_t>(caps.log_jobs, lane->sum.submitted)};
  }

  admission::Caps caps;
  admission::Params params;
  admission::Columns columns{};
  std::unique_ptr<Lane> lane;
  Done done = Done::kTerminated;

 private:
  static BatchOptions whole_episode() {
    BatchOptions options;
    options.single_episode = true;
    options.whole_queue = true;
    return options;
  }

  AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options,
                std::vector<Job> jobs) {
    auto built = Admission::build(
        settings, options, [this](const void* data, size_t bytes) { return keep(data, bytes); });
    caps = built.caps;
    params = built.params[0];
    if (!jobs.empty()) replay(std::move(jobs));
    Admission::visit_fields(columns, caps, [&]<class T>(const char*, T*& pointer, int n) {
      memory_.emplace_back(sizeof(T) * static_cast<size_t>(std::max(n, 1)) / 8 + 1);
      pointer = reinterpret_cast<T*>(memory_.back().data());
    });
    const int window = options.whole_queue ? INT32_MAX : caps.slots;
    lane = std::make_unique<Lane>(SerialGroup{}, caps, params, columns, 0, window);
  }

  void replay(std::vector<Job> jobs) {
    std::vector<int64_t> submit;
    int tenants = 1;
    for (const Job& job : jobs) {
      submit.push_back(job.submit);
      tenants = std::max(tenants, job.tenant + 1);
      caps.max_pods = std::max<int>(caps.max_pods, job.pods);
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

  const void* keep(const void* data, size_t bytes) {
    memory_.emplace_back(bytes / 8 + 1);
    if (bytes > 0) std::memcpy(memory_.back().data(), data, bytes);
    return memory_.back().data();
  }

  std::deque<std::vector<uint64_t>> memory_;  // zeroed, aligned for every column
  RngKey key_;
};

}  // namespace cusched::test
