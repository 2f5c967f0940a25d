// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "envs/admission.h"
#include "envs/admission_view.h"

namespace cusched::test {

// A job of one pod that uses what it requests, for tests that set what they care about.
inline Job make_job(int32_t submit, int32_t run, int32_t cpu_milli, int32_t memory_mib = 0) {
  Job job{};
  job.submit = submit;
  job.run = run;
  job.estimate = run;
  job.cpu_milli = cpu_milli;
  job.memory_mib = memory_mib;
  job.set_pods(1);
  job.type = JobType::kGeneric;
  job.cpu_use = 1000;
  job.memory_use = 1000;
  return job;
}

// One lane of `admission` on the host with its state open to a test. Compiled once, so that a
// change of the dynamics compiles one file of the tests again.
class AdmissionLane {
 public:
  // Settings as a user gives them, with the view of tests/envs/plain_view.h.
  explicit AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options = {});

  // Hand-made jobs, in order of submission, on the cluster of the settings; runs until all ended.
  AdmissionLane(const std::vector<EnvValue>& settings, std::vector<Job> jobs);

  ~AdmissionLane();
  AdmissionLane(const AdmissionLane&) = delete;  // the lane points into this object
  AdmissionLane& operator=(const AdmissionLane&) = delete;

  void begin(uint32_t seed = 1, uint32_t env = 0);
  void begin_next();  // the next episode
  Done step(int item);
  void end_episode();
  void observe(float* obs, uint8_t* mask = nullptr) const;

  const admission::View& view() const;
  const admission::Sums& sums() const;
  const admission::Facts& facts() const;

  // What a heuristic would choose now.
  int choose(const std::string& heuristic);
  // A whole episode; the log of its jobs.
  std::vector<admission::JobLog> run(const std::string& heuristic);
  std::vector<admission::JobLog> log() const;

  admission::Caps caps;
  admission::Params params;
  admission::Columns columns{};
  Done done = Done::kTerminated;

 private:
  struct Dynamics;

  AdmissionLane(const std::vector<EnvValue>& settings, const BatchOptions& options,
                std::vector<Job> jobs);
  void replay(std::vector<Job> jobs);
  const void* keep(const void* data, size_t bytes);

  std::deque<std::vector<uint64_t>> memory_;  // zeroed, aligned for every column
  RngKey key_;
  std::unique_ptr<Dynamics> lane_;
};

}  // namespace cusched::test
