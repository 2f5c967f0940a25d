// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace cusched {

// What an episode did to one job (environments with a queue of jobs). Times are seconds after the
// episode's origin.
struct JobRecord {
  enum class Outcome : uint8_t { kOpen, kCompleted, kFailed };  // open: waiting or running

  int32_t submit = 0;
  int32_t start = -1;  // of the last attempt; -1: never
  int32_t end = -1;    // -1: it has not ended
  int32_t run = 0;     // s it takes
  Outcome outcome = Outcome::kOpen;
  int tenant = 0, priority = 0;
  bool urgent = false;
  int pods = 1;
  int gpus = 0;           // over all pods
  int64_t cpu_milli = 0;  // over all pods

  // Time in the queue up to `now` (the episode's end); of a completed job without its runs.
  int64_t wait_s(int32_t now) const {
    if (outcome == Outcome::kCompleted) return int64_t{end} - submit - run;
    return (outcome == Outcome::kFailed ? end : now) - submit;
  }
};

struct EpisodeJobs {
  std::vector<JobRecord> jobs;  // in order of arrival
  int32_t end_s = 0;            // of the episode
};

// A waiting job, as a decision sees it.
struct WaitingJob {
  int32_t id =
      0;  // its place in order of arrival: EpisodeJobs::jobs[id]; < 0: of before the window
  int32_t submit = 0, estimate = 0, run = 0;
  int pods = 1, gpus = 0;                 // gpus per pod
  int64_t cpu_milli = 0, memory_mib = 0;  // per pod
  int tenant = 0, priority = 0;
  bool urgent = false;
  bool allowed = false;  // it may be chosen now
};

// The queue of an environment with jobs: those in a policy's slots, in their order, then the others
// in queue order.
struct QueueState {
  int32_t now_s = 0;     // after the episode's origin
  int64_t origin_s = 0;  // absolute time of the origin: of a trace as in its file
  int running = 0;       // jobs
  bool picked = false;   // the slots have picked jobs, not the first of the queue
  std::vector<WaitingJob> jobs;
};

}  // namespace cusched
