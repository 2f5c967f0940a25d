// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/admission_view.h"

namespace cusched::admission {

// The queue of one lane: slots of waiting jobs in queue order, with room at both ends of `order`,
// so that taking one of the first K moves at most K elements.
template <class Group>
struct QueueOps : View {
  Group g;
  RngKey stream_key;  // keys the job stream; without the member when comparisons are paired
  Sums sum{};
  Facts f{};
  int last_inserted = 0;  // item that came in last

  // The job of a slot is needed soon. In a large batch it is in no cache: without this a step of
  // the host waits for memory a fifth of its time.
  CUSCHED_HD void expect_job(int slot) const {
    prefetch(a.job + slot);
    prefetch(reinterpret_cast<const char*>(a.job + slot + 1) - 1);
  }

  CUSCHED_HD static int64_t inverse_run(const Job& job) {
    return (int64_t{1} << 32) / (job.run > 10 ? job.run : 10);
  }

  // Moves the next arrival from the source to the queue.
  CUSCHED_HD_NOINLINE void arrive() {
    Job arrived{};  // source_next fills it: a job was due
    source_next(p.source, stream_key, s.source, &arrived);
    const int slot = a.free_slot[s.free_size - 1];
    --s.free_size;
    g.once([&] { a.job[slot] = arrived; });
    log_arrival(arrived);
    ++sum.submitted;
    insert(fresh_position(arrived), slot, arrived);
  }

  // When the next job arrives, kNever when none does. An evaluation stops arrivals at the horizon.
  CUSCHED_HD int32_t next_arrival() const {
    const int32_t submit = source_next_submit(s.source);
    return p.drain && s.horizon > 0 && submit > s.horizon ? kNever : submit;
  }

  // Puts a killed job back to its place: by priority, submit time and id.
  CUSCHED_HD_NOINLINE void requeue(int slot, const Job& job) {
    const bool by_priority = p.queue_order == QueueOrder::kPriority;
    const int position = g.first(s.queue_size, [&](int i) {
      const Job& other = this->job(i);
      if (by_priority && other.priority != job.priority) return other.priority < job.priority;
      if (other.submit != job.submit) return other.submit > job.submit;
      return other.id > job.id;
    });
    insert(position, slot, job);
  }

  // Takes an item out of the queue; its slot stays in use.
  CUSCHED_HD_NOINLINE void remove(int item) {
    const Job& job = this->job(item);
    s.queue_submit_sum -= job.submit;
    s.queue_inverse_run -= inverse_run(job);
    s.queue_gangs -= job.pods() > 1 ? 1 : 0;
    g.once([&] {
      --a.priority_count[job.priority];
      if (c.behind > 0) *a.queue_work -= work_ppm_s(job);
    });
    int16_t* const first = a.order + s.queue_begin;
    if (item < s.queue_size / 2) {
      g.move(first + 1, first, item);
      ++s.queue_begin;
    } else {
      g.move(first + item, first + item + 1, s.queue_size - item - 1);
    }
    --s.queue_size;
  }

  CUSCHED_HD void release_slot(int slot) {
    g.once([&] { a.free_slot[s.free_size] = static_cast<int16_t>(slot); });
    ++s.free_size;
  }

  CUSCHED_HD void log_arrival(const Job& job) {
    if (c.log_jobs == 0) return;
    if (job.id >= c.log_jobs) {
      ++sum.log_overflow;
      return;
    }
    g.once([&] {
      a.log[job.id] = JobLog{job.submit,
                             -1,
                             -1,
                             job.run,
                             0,
                             job.tenant,
                             job.priority,
                             job.urgent,
                             static_cast<int16_t>(job.pods()),
                             job.gpus,
                             int64_t{job.cpu_milli} * job.pods()};
    });
  }

 private:
  // A fresh arrival is the latest of its priority.
  CUSCHED_HD int fresh_position(const Job& job) const {
    if (p.queue_order == QueueOrder::kArrival) return s.queue_size;
    int position = 0;
    for (int priority = job.priority; priority <= kMaxPriority; ++priority)
      position += a.priority_count[priority];
    return position;
  }

  CUSCHED_HD_NOINLINE void insert(int position, int slot, const Job& job) {
    if (s.queue_begin == 0 || s.queue_begin + s.queue_size == c.order_size()) centre();
    int16_t* first = a.order + s.queue_begin;
    if (position < s.queue_size / 2) {
      g.move(first - 1, first, position);
      --s.queue_begin;
      --first;
    } else {
      g.move(first + position + 1, first + position, s.queue_size - position);
    }
    g.once([&] {
      first[position] = static_cast<int16_t>(slot);
      ++a.priority_count[job.priority];
      if (c.behind > 0) *a.queue_work += work_ppm_s(job);
    });
    last_inserted = position;
    ++s.queue_size;
    s.queue_submit_sum += job.submit;
    s.queue_inverse_run += inverse_run(job);
    s.queue_gangs += job.pods() > 1 ? 1 : 0;
  }

  CUSCHED_HD_NOINLINE void centre() {
    const int begin = (c.order_size() - s.queue_size) / 2;
    g.move(a.order + begin, a.order + s.queue_begin, s.queue_size);
    s.queue_begin = begin;
  }
};

}  // namespace cusched::admission
