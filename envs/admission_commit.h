// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_clock.h"

namespace cusched::admission {

// RLScheduler's protocol: the chosen job is waited for, and while it is, others may be backfilled.
template <class Group>
struct CommitOps : ClockOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using QueueOps<Group>::g;

  // ---- RLScheduler: the chosen job is waited for ----------------------------------------------

  CUSCHED_HD_NOINLINE void commit_step(int item) {
    if (item < 0) {
      if (s.running_size > 0 || this->next_arrival() != kNever) this->commit_event();
    } else {
      const int slot = this->slot(item);
      if (!this->startable(slot)) {
        const int32_t shadow = p.backfill ? this->shadow_time(a.job[slot]) : 0;
        while (!this->startable(slot)) {
          if (p.backfill) this->backfill(shadow);
          this->commit_event();
        }
      }
      this->start(this->position(slot));
    }
    this->pull_one_if_empty();
    this->refresh_mask();
  }

  CUSCHED_HD bool startable(int slot) const {
    return s.running_size < c.running && this->fits(a.job[slot]);
  }
  CUSCHED_HD int position(int slot) const {
    return g.first(s.queue_size, [&](int i) { return this->slot(i) == slot; });
  }

  // One arrival, or one end: an arrival when it is not later than the next end.
  CUSCHED_HD_NOINLINE void commit_event() {
    const int32_t arrival = s.queue_size < c.queue ? this->next_arrival() : kNever;
    if (arrival != kNever && arrival <= s.next_end) {
      this->pass_time(arrival > s.now ? arrival : s.now);
      this->arrive();
      return;
    }
    if (p.backfill) this->sort_running(0);
    this->pass_time(s.next_end > s.now ? s.next_end : s.now);
    this->end(s.next_index);
  }

  CUSCHED_HD void pull_one_if_empty() {
    while (s.queue_size == 0 && this->next_arrival() != kNever) this->commit_event();
  }

  // When the job could start by requested times, as the reference computes it: running jobs give
  // back their processors in order of start + request until there are enough.
  CUSCHED_HD int32_t shadow_time(const Job& job) {
    this->sort_running(1);
    int64_t free = p.total_cpu_milli - s.used_cpu_milli;
    int32_t shadow = s.now;
    for (int r = 0; r < s.running_size && free < int64_t{job.cpu_milli} * job.pods(); ++r) {
      const Job& running = this->running_job(r);
      free += int64_t{running.cpu_milli} * running.pods();
      shadow = this->running_start(r) + running.estimate;
    }
    return shadow;
  }

  // Starts, in order of submission, each waiting job that fits and is requested to end before the
  // shadow time.
  CUSCHED_HD void backfill(int32_t shadow) {
    for (int i = 0; i < s.queue_size;) {
      const Job& job = this->job(i);
      if (int64_t{s.now} + job.estimate < shadow && this->startable(this->slot(i))) {
        this->start(i);
      } else {
        ++i;
      }
    }
  }

  // Sorts the list of running jobs, stably, by end (0) or by start + request (1), as the reference
  // does; jobs that end in the same second leave in the order this gives.
  CUSCHED_HD_NOINLINE void sort_running(int by_request) {
    g.once([&] {
      for (int i = 1; i < s.running_size; ++i) {
        const int32_t end = a.run_end[i];
        const int16_t slot = a.run_slot[i];
        const int64_t key = by_request ? int64_t{a.start[slot]} + a.job[slot].estimate : end;
        int j = i;
        while (j > 0) {
          const int16_t other = a.run_slot[j - 1];
          const int64_t other_key =
              by_request ? int64_t{a.start[other]} + a.job[other].estimate : a.run_end[j - 1];
          if (other_key <= key) break;
          a.run_end[j] = a.run_end[j - 1];
          a.run_slot[j] = other;
          --j;
        }
        a.run_end[j] = end;
        a.run_slot[j] = slot;
      }
    });
    this->find_next_end();
  }
};

}  // namespace cusched::admission
