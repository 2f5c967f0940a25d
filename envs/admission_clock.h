// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_warm_up.h"
#include "envs/admission_window.h"
#include "envs/batch.h"

namespace cusched::admission {

// The clock of one lane: what happens next, what happens at a second, and which of the first K
// items can be started then.
template <class Group>
struct ClockOps : WarmUpOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using QueueOps<Group>::f;
  using QueueOps<Group>::g;
  using QueueOps<Group>::sum;

  // ---- Time -----------------------------------------------------------------------------------

  CUSCHED_HD bool next_arrival_due() const { return this->next_arrival() <= s.now; }

  // The next second at which something happens or the episode may end; kNever when nothing does.
  CUSCHED_HD int32_t next_event() const {
    int32_t t = s.next_end;
    if (s.queue_size < c.queue) {
      const int32_t arrival = this->next_arrival();
      if (arrival < t) t = arrival;
    }
    const int32_t limit = last_second();
    return t < limit ? t : limit;
  }
  CUSCHED_HD int32_t last_second() const {
    if (s.horizon == 0) return kNever;
    if (!p.drain) return s.horizon;
    return s.horizon > kNever - 1 - p.drain_s ? kNever - 1 : s.horizon + p.drain_s;
  }

  CUSCHED_HD Done status() const {
    if (s.now >= last_second()) return Done::kTruncated;
    if (s.queue_size > 0 || this->next_arrival() != kNever) return Done::kRunning;
    if (p.commit) return Done::kTerminated;
    const bool runs =
        g.any(s.running_size, [&](int r) { return !this->is_background(this->running_job(r)); });
    return runs ? Done::kRunning : Done::kTerminated;
  }

  // Integrates over [now, t] and moves the clock.
  CUSCHED_HD_NOINLINE void pass_time(int32_t t) {
    const int64_t dt = t - s.now;
    if (dt == 0) return;
    f.cpu_actual += s.actual_cpu_milli * dt;
    f.memory_actual += s.actual_memory_mib * dt;
    f.gpu_reserved += s.used_gpus * dt;
    f.spread_ppm_s += s.spread_ppm * dt;
    f.slowdown_q32 += s.queue_inverse_run * dt;
    if (s.queue_size > 0) {
      const int64_t waited = int64_t{s.queue_size} * s.now - s.queue_submit_sum;
      const int64_t mean_ppm = waited * 1000 / (int64_t{s.queue_size} * 36) * 10;  // of one hour
      f.wait_ppm_s += (mean_ppm < 1000000 ? mean_ppm : 1000000) * dt;
      f.queue_s += s.queue_size * dt;
      f.gang_queue_s += s.queue_gangs * dt;
      count_squares(t);
      sum.queue_s += s.queue_size * dt;
    }
    sum.cpu_actual += s.actual_cpu_milli * dt;
    sum.memory_actual += s.actual_memory_mib * dt;
    sum.cpu_reserved += s.used_cpu_milli * dt;
    sum.memory_reserved += s.used_memory_mib * dt;
    sum.gpu_reserved += s.used_gpus * dt;
    s.now = t;
    roll_oom_buckets();
  }

  // (t - submit)^2 - (now - submit)^2 over the queue: (t - now) (n (now + t) - 2 sum of submits).
  CUSCHED_HD void count_squares(int32_t t) {
    constexpr int64_t kMost = int64_t{1} << 62;
    const int64_t dt = t - s.now;
    // Below 2^47: at most 2^15 jobs of at most 2^31 s.
    const int64_t rate = s.queue_size * (int64_t{s.now} + t) - 2 * s.queue_submit_sum;
    const int64_t squares = dt <= (int64_t{1} << 15) || rate <= kMost / dt ? rate * dt : kMost;
    f.wait_squares_s2 = squares < kMost - f.wait_squares_s2 ? f.wait_squares_s2 + squares : kMost;
  }

  CUSCHED_HD void roll_oom_buckets() {
    const int32_t epoch = s.now / kOomBucketS;
    const int32_t passed = epoch - s.oom_epoch;
    if (passed == 0) return;
    const int clear = passed < kOomBuckets ? passed : kOomBuckets;
    for (int k = 1; k <= clear; ++k) {
      const int bucket = (s.oom_epoch + k) % kOomBuckets;
      s.recent_ooms -= a.oom_ring[bucket];
      s.recent_ends -= a.end_ring[bucket];
    }
    g.for_each(clear, [&](int k) {
      const int bucket = (s.oom_epoch + 1 + k) % kOomBuckets;
      a.oom_ring[bucket] = 0;
      a.end_ring[bucket] = 0;
    });
    s.oom_epoch = epoch;
  }

  // Everything that happens at this second: ends first, then arrivals while the queue has room.
  CUSCHED_HD_NOINLINE void process_events() {
    while (s.next_end <= s.now) this->end(s.next_index);
    refill();
  }
  CUSCHED_HD_NOINLINE void refill() {
    while (next_arrival_due()) {
      if (s.queue_size >= c.queue) {
        ++sum.queue_full;
        return;
      }
      this->arrive();
    }
  }
  // Starts an item and brings queue and mask up to date.
  CUSCHED_HD void start_and_refill(int item) {
    const int waiting = s.queue_size - 1, running = s.running_size + 1, slot = this->slot(item);
    this->start(item);
    if (s.queue_size < c.queue) refill();
    // No arrival, no kill.
    if (s.queue_size == waiting && s.running_size == running && c.window == 0) {
      refresh_mask_after_start(item, slot);
    } else {
      refresh_mask();
    }
  }

  // Waiting: on to the next event. Where nothing can ever happen any more, time still passes.
  CUSCHED_HD void wait_for_event() {
    const int32_t t = next_event();
    pass_time(t != kNever ? (t > s.now ? t : s.now) : s.now + p.tick_s);
    process_events_and_mask();
  }

  // Everything that happens at this second, and the mask after it. Nearly always that is one
  // arrival or one end, after which little of the mask can have changed: examining only that is the
  // largest saving of a step.
  CUSCHED_HD_NOINLINE void process_events_and_mask() {
    if (c.window > 0) {
      process_events();
      return refresh_mask();
    }
    const int waiting = s.queue_size, kills = f.oom_kills;
    const bool blocked = s.running_size >= c.running;
    int ends = 0, slot = -1;
    for (; s.next_end <= s.now; ++ends) {
      slot = a.run_slot[s.next_index];
      this->end(s.next_index);
    }
    refill();
    const int arrivals = s.queue_size - waiting;
    if (blocked || f.oom_kills != kills || ends + arrivals > 1) {
      refresh_mask();
    } else if (ends == 1) {
      refresh_mask_after_end(slot);
    } else if (arrivals == 1) {
      refresh_mask_after_arrival(this->last_inserted);
    }
  }

  CUSCHED_HD void run_until(int32_t t) {
    const int32_t limit = last_second();
    if (t > limit) t = limit;
    process_events();
    while (status() == Done::kRunning) {
      const int32_t next = next_event();
      if (next > t) break;
      pass_time(next > s.now ? next : s.now);
      process_events();
      if (next == t) return;
    }
    if (status() == Done::kRunning) pass_time(t);
  }

  // ---- Masks ----------------------------------------------------------------------------------

  CUSCHED_HD_NOINLINE void refresh_mask() {
    if (c.window > 0) return pick_window();
    if (p.commit || s.running_size >= c.running) {
      g.for_each(c.slots, [&](int i) { a.slot_allowed[i] = p.commit && i < s.queue_size; });
      return;
    }
    const View::Peaks peaks = find_peaks();
    g.for_each(c.slots, [&](int i) {
      a.slot_allowed[i] = i < s.queue_size && this->fits(this->job(i), peaks) ? 1 : 0;
    });
  }
  CUSCHED_HD_NOINLINE void pick_window() {
    const bool full = s.running_size >= c.running;
    const View::Peaks peaks = find_peaks();
    WindowPicker<Group>{g, *this}.pick(
        [&](int i) { return p.commit || (!full && this->fits(this->job(i), peaks)); });
  }
  CUSCHED_HD View::Peaks find_peaks() const {
    if constexpr (Group::kWidth > 1)
      return {g.argmin(c.nodes, [&](int n) { return -a.node[n].free_cpu_milli; }),
              g.argmin(c.nodes, [&](int n) { return -a.node[n].free_memory_mib; }),
              g.argmin(c.nodes, [&](int n) { return -a.node[n].free_gpus; })};
    View::Peaks peaks{0, 0, 0};
    NodeState most = a.node[0];
    for (int n = 1; n < c.nodes; ++n) {
      const NodeState node = a.node[n];
      peaks.cpu = node.free_cpu_milli > most.free_cpu_milli ? n : peaks.cpu;
      peaks.memory = node.free_memory_mib > most.free_memory_mib ? n : peaks.memory;
      peaks.gpus = node.free_gpus > most.free_gpus ? n : peaks.gpus;
      most.free_cpu_milli = max(most.free_cpu_milli, node.free_cpu_milli);
      most.free_memory_mib = max(most.free_memory_mib, node.free_memory_mib);
      most.free_gpus = max(most.free_gpus, node.free_gpus);
    }
    return peaks;
  }
  CUSCHED_HD int first_items() const { return s.queue_size < c.slots ? s.queue_size : c.slots; }
  CUSCHED_HD static int32_t max(int32_t x, int32_t y) { return x > y ? x : y; }

  // The mask after one arrival: the others are where they were, or one further.
  CUSCHED_HD void refresh_mask_after_arrival(int item) {
    if (item >= c.slots) return;
    g.move(a.slot_allowed + item + 1, a.slot_allowed + item, c.slots - 1 - item);
    const bool may = this->fits(this->job(item));
    g.once([&] { a.slot_allowed[item] = may; });
  }

  // The mask after the job of `slot` ended: what was allowed still is, and what was not needs a pod
  // where that job left room.
  CUSCHED_HD_NOINLINE void refresh_mask_after_end(int slot) {
    const uint16_t* const freed = a.pod_node + slot * c.max_pods;
    const int pods = a.job[slot].pods();
    g.for_each(this->first_items(), [&](int i) {
      if (a.slot_allowed[i]) return;
      const Job& job = this->job(i);
      bool may = false;
      for (int pod = 0; pod < pods; ++pod) may |= this->holds(freed[pod], job);
      if (may) a.slot_allowed[i] = job.pods() == 1 || this->fits(job);
    });
  }

  // The mask after one start that killed nothing: what was not allowed before is not now. What
  // still fits often does so beside the job of `slot` that has just started.
  CUSCHED_HD_NOINLINE void refresh_mask_after_start(int item, int slot) {
    if (s.running_size >= c.running) return refresh_mask();
    const int last = c.slots - 1;
    if (item < last) g.move(a.slot_allowed + item, a.slot_allowed + item + 1, last - item);
    if (s.queue_size > c.slots) this->expect_job(this->slot(c.slots));
    const int beside = a.pod_node[slot * c.max_pods];
    const int filled = first_items();
    g.for_each(c.slots, [&](int i) {
      if (i >= filled) {
        a.slot_allowed[i] = 0;
      } else if (i == last || a.slot_allowed[i]) {
        const Job& job = this->job(i);
        a.slot_allowed[i] = (job.pods() == 1 && this->holds(beside, job)) || this->fits(job);
      }
    });
  }

  // Whether anything can be started: in a slot, or for a heuristic in the whole queue.
  CUSCHED_HD bool any_allowed() {
    if (g.any(first_items(), [&](int i) { return a.slot_allowed[i] != 0; })) return true;
    const int examined = this->examined();
    const int further = this->visible() - examined;
    if (g.any(further, [&](int i) { return this->may_start(examined + i); })) return true;
    if (s.queue_size > 0 && s.running_size >= c.running) ++sum.running_full;
    return false;
  }
};

}  // namespace cusched::admission
