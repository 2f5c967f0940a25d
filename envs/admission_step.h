// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_observation.h"
#include "envs/admission_running.h"
#include "envs/batch.h"

namespace cusched::admission {

// The dynamics of one lane. `item`: position in queue order, or -1 for none (wait).
template <class Group>
struct Dynamics : RunningOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using View::window;
  using QueueOps<Group>::f;
  using QueueOps<Group>::g;
  using QueueOps<Group>::sum;

  // ---- An episode -----------------------------------------------------------------------------

  // Empties the cluster, opens the job stream and runs to the first decision. `episode_key` keys
  // the draws of this episode; `first`: the lane's first episode, which may be staggered.
  CUSCHED_HD_NOINLINE void begin_episode(const RngKey& episode_key, bool first) {
    const uint32_t episode = s.episode;
    s = Scalars{};
    sum = Sums{};
    f = Facts{};
    s.episode = episode;
    s.next_end = kNever;
    s.next_index = -1;
    s.queue_begin = c.queue / 4;
    s.free_size = c.job_slots();
    s.horizon = p.horizon_s;
    g.for_each(c.nodes, [&](int n) {
      const NodeCapacity& node = p.nodes[n];
      a.node[n] = NodeState{node.cpu_milli, node.memory_mib, node.gpus, 0};
    });
    g.for_each(c.job_slots(),
               [&](int i) { a.free_slot[i] = static_cast<int16_t>(c.job_slots() - 1 - i); });
    g.for_each(kMaxPriority + 1, [&](int i) { a.priority_count[i] = 0; });
    g.for_each(kMaxTenants, [&](int i) { a.tenant[i] = TenantState{}; });
    g.for_each(kHistory, [&](int i) {
      a.history_cpu_ring[i] = 0;
      a.history_s_ring[i] = 0;
    });
    g.for_each(kOomBuckets, [&](int i) {
      a.oom_ring[i] = 0;
      a.end_ring[i] = 0;
    });
    g.for_each(c.log_jobs, [&](int i) { a.log[i] = JobLog{-1, -1, -1, 0, 0, 0, 0}; });
    source_begin(p.source, this->stream_key, s.source);
    if (first && p.stagger) stagger(episode_key);
    skip_to_decision();
    f = Facts{};  // what happened before the first decision belongs to no step
  }

  // One step. Returns how the episode stands after it.
  CUSCHED_HD Done step(int item) {
    f = Facts{};
    const int32_t before = s.now;
    ++s.steps;
    const bool valid = item >= 0 && item < this->visible() && this->allowed(item);
    const bool refused = valid ? false : item >= 0 || !this->wait_allowed();
    if (refused) ++sum.invalid_actions;
    if (any_allowed()) ++sum.decisions;
    if (p.commit) {
      commit_step(valid ? item : -1);
    } else if (p.advance == Advance::kTick) {
      if (valid) start_and_refill(item);
      run_until(s.now > kNever - 1 - p.tick_s ? kNever - 1 : s.now + p.tick_s);
      refresh_mask();
    } else {
      if (valid) {
        start_and_refill(item);
      } else {
        wait_for_event();
      }
      skip_to_decision();
    }
    close_interval(s.now - before);
    f.tick_s = p.tick_s;
    f.total_cpu_milli = p.total_cpu_milli;
    f.total_memory_mib = p.total_memory_mib;
    return status();
  }

  // Counts what never finished with its age and closes the episode's sums.
  CUSCHED_HD_NOINLINE void end_episode() {
    for (int i = 0; i < s.queue_size; ++i) leave_unfinished(this->job(i));
    if (!p.commit) {
      for (int r = 0; r < s.running_size; ++r) leave_unfinished(this->running_job(r));
    }
    while (next_arrival_due()) {  // held at the source by a full queue
      Job job{};
      source_next(p.source, this->stream_key, s.source, &job);
      this->log_arrival(job);
      ++sum.submitted;
      leave_unfinished(job);
    }
    sum.duration_s = s.now;
    sum.fair_ppm = jain_ppm();
  }

  // ---- Observation ----------------------------------------------------------------------------

  CUSCHED_HD_NOINLINE void observe(float* obs, uint8_t* mask) const {
    if (mask != nullptr) {
      g.for_each(c.slots, [&](int i) { mask[i] = a.slot_allowed[i]; });
      g.once([&] { mask[c.slots] = this->wait_allowed() ? 1 : 0; });
    }
    if (obs == nullptr) return;
    const GlobalFacts facts = global_facts();
    g.for_each(kGlobals, [&](int i) { obs[i] = global_feature(facts, i); });
    g.for_each(c.slots, [&](int i) {
      float* const out = obs + kGlobals + i * c.slot_features;
      if (i >= s.queue_size) {
        for (int k = 0; k < c.slot_features; ++k) out[k] = 0.0f;
        return;
      }
      const Job& job = this->job(i);
      encode_slot({int64_t{job.cpu_milli} * job.pods, int64_t{job.memory_mib} * job.pods,
                   job.priority, s.now - job.submit, job.estimate, job.type, job.pods,
                   p.commit ? this->fits(job) : a.slot_allowed[i] != 0},
                  p.total_cpu_milli, p.total_memory_mib, p.features, out);
    });
  }

 private:
  CUSCHED_HD void stagger(const RngKey& key) {
    const uint32_t bits = draw4(key, kStreamStagger, 0).v[0];
    if (s.horizon > 0) {
      s.horizon = 1 + static_cast<int32_t>(bounded(bits, static_cast<uint32_t>(s.horizon)));
    } else if (s.source.remaining != kNoMoreJobs && s.source.remaining > 0) {
      s.source.remaining =
          1 + static_cast<int32_t>(bounded(bits, static_cast<uint32_t>(s.source.remaining)));
    }
  }

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
    return p.commit || s.running_size == 0 ? Done::kTerminated : Done::kRunning;
  }

  // Integrates over [now, t] and moves the clock.
  CUSCHED_HD_NOINLINE void pass_time(int32_t t) {
    const int64_t dt = t - s.now;
    if (dt == 0) return;
    f.cpu_actual += s.actual_cpu_milli * dt;
    f.memory_actual += s.actual_memory_mib * dt;
    f.spread_ppm_s += s.spread_ppm * dt;
    f.slowdown_q32 += s.queue_inverse_run * dt;
    if (s.queue_size > 0) {
      const int64_t waited = int64_t{s.queue_size} * s.now - s.queue_submit_sum;
      const int64_t mean_ppm = waited * 1000 / (int64_t{s.queue_size} * 36) * 10;  // of one hour
      f.wait_ppm_s += (mean_ppm < 1000000 ? mean_ppm : 1000000) * dt;
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
  CUSCHED_HD void start_and_refill(int item) {
    this->start(item);
    if (s.queue_size < c.queue) refill();
  }

  // Waiting: on to the next event. Where nothing can ever happen any more, time still passes.
  CUSCHED_HD void wait_for_event() {
    const int32_t t = next_event();
    pass_time(t != kNever ? (t > s.now ? t : s.now) : s.now + p.tick_s);
    process_events();
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

  // Runs on to a second at which something can be decided, or to the episode's end.
  CUSCHED_HD_NOINLINE void skip_to_decision() {
    if (p.commit) {
      pull_one_if_empty();
      refresh_mask();
      return;
    }
    process_events();
    refresh_mask();
    if (p.advance == Advance::kTick) return;
    while (!any_allowed() && status() == Done::kRunning) {
      const int32_t t = next_event();
      if (t == kNever) return;
      const bool arrival_only = s.next_end > t;
      const int before = s.queue_size;
      pass_time(t);
      process_events();
      if (arrival_only && s.queue_size == before + 1) {
        refresh_mask_of(this->last_inserted);
      } else {
        refresh_mask();
      }
    }
  }

  // ---- Masks ----------------------------------------------------------------------------------

  CUSCHED_HD_NOINLINE void refresh_mask() {
    if (p.commit || s.running_size >= c.running) {
      g.for_each(c.slots, [&](int i) { a.slot_allowed[i] = p.commit && i < s.queue_size; });
      return;
    }
    const View::Peaks peaks = find_peaks();
    g.for_each(c.slots, [&](int i) {
      a.slot_allowed[i] = i < s.queue_size && this->fits(this->job(i), peaks) ? 1 : 0;
    });
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
  CUSCHED_HD static int32_t max(int32_t x, int32_t y) { return x > y ? x : y; }

  // The mask after one arrival where nothing could be started before: only that job may be.
  CUSCHED_HD void refresh_mask_of(int item) {
    const bool may = item < c.slots && this->may_start(item);
    g.for_each(c.slots, [&](int i) { a.slot_allowed[i] = i == item && may; });
  }

  // Whether anything can be started: among the first K, or for a heuristic the whole queue.
  CUSCHED_HD bool any_allowed() {
    const int count = this->visible();
    if (g.any(count, [&](int i) { return this->allowed(i); })) return true;
    if (count > 0 && s.running_size >= c.running) ++sum.running_full;
    return false;
  }

  // ---- RLScheduler: the chosen job is waited for ----------------------------------------------

  CUSCHED_HD_NOINLINE void commit_step(int item) {
    if (item < 0) {
      if (s.running_size > 0 || this->next_arrival() != kNever) commit_event();
    } else {
      const int slot = this->slot(item);
      if (!startable(slot)) {
        const int32_t shadow = p.backfill ? shadow_time(a.job[slot]) : 0;
        while (!startable(slot)) {
          if (p.backfill) backfill(shadow);
          commit_event();
        }
      }
      this->start(position(slot));
    }
    pull_one_if_empty();
    refresh_mask();
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
      pass_time(arrival > s.now ? arrival : s.now);
      this->arrive();
      return;
    }
    if (p.backfill) sort_running(0);
    pass_time(s.next_end > s.now ? s.next_end : s.now);
    this->end(s.next_index);
  }

  CUSCHED_HD void pull_one_if_empty() {
    while (s.queue_size == 0 && this->next_arrival() != kNever) commit_event();
  }

  // When the job could start by requested times, as the reference computes it: running jobs give
  // back their processors in order of start + request until there are enough.
  CUSCHED_HD int32_t shadow_time(const Job& job) {
    sort_running(1);
    int64_t free = p.total_cpu_milli - s.used_cpu_milli;
    int32_t shadow = s.now;
    for (int r = 0; r < s.running_size && free < int64_t{job.cpu_milli} * job.pods; ++r) {
      const Job& running = this->running_job(r);
      free += int64_t{running.cpu_milli} * running.pods;
      shadow = this->running_start(r) + running.estimate;
    }
    return shadow;
  }

  // Starts, in order of submission, each waiting job that fits and is requested to end before the
  // shadow time.
  CUSCHED_HD void backfill(int32_t shadow) {
    for (int i = 0; i < s.queue_size;) {
      const Job& job = this->job(i);
      if (int64_t{s.now} + job.estimate < shadow && startable(this->slot(i))) {
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

  // ---- Averages and sums ----------------------------------------------------------------------

  // Observations 2, 3 and 5 are means over decision intervals, weighted by time; an interval that
  // took no time is none.
  CUSCHED_HD void close_interval(int32_t elapsed) {
    f.elapsed_s = elapsed;
    if (elapsed == 0) return;
    s.last_cpu = f.cpu_actual;
    s.last_memory = f.memory_actual;
    s.last_s = elapsed;
    s.history_cpu += s.last_cpu - a.history_cpu_ring[s.history_at];
    s.history_s += elapsed - a.history_s_ring[s.history_at];
    g.once([&] {
      a.history_cpu_ring[s.history_at] = s.last_cpu;
      a.history_s_ring[s.history_at] = elapsed;
    });
    s.history_at = s.history_at + 1 == kHistory ? 0 : s.history_at + 1;
  }

  CUSCHED_HD GlobalFacts global_facts() const {
    GlobalFacts facts;
    facts.total_cpu_milli = p.total_cpu_milli;
    facts.total_memory_mib = p.total_memory_mib;
    facts.free_cpu_milli = p.total_cpu_milli - s.used_cpu_milli;
    facts.free_memory_mib = p.total_memory_mib - s.used_memory_mib;
    facts.interval_cpu = s.last_s > 0 ? s.last_cpu : s.actual_cpu_milli;
    facts.interval_memory = s.last_s > 0 ? s.last_memory : s.actual_memory_mib;
    facts.interval_s = s.last_s > 0 ? s.last_s : 1;
    facts.running = s.running_size;
    facts.history_cpu = s.history_cpu;
    facts.history_s = s.history_s;
    facts.recent_ooms = s.recent_ooms;
    facts.recent_ends = s.recent_ends;
    return facts;
  }

  CUSCHED_HD void leave_unfinished(const Job& job) {
    this->settle(job, s.now, false);
    ++sum.unfinished;
  }

  // Jain's index (sum x)^2 / (n sum x^2) over the tenants' dominant shares, each the largest over
  // resources of its mean usage / capacity; 10^6 when nothing was used.
  CUSCHED_HD_NOINLINE int64_t jain_ppm() {
    if (p.tenants <= 1 || s.now == 0) return 1000000;
    g.for_each(p.tenants, [&](int i) { this->integrate(a.tenant[i], s.now); });
    double total = 0.0, squares = 0.0;
    for (int i = 0; i < p.tenants; ++i) {
      const TenantState& t = a.tenant[i];
      double share = mean_share(t.cpu_s, p.total_cpu_milli);
      const double memory = mean_share(t.memory_s, p.total_memory_mib);
      const double gpu = mean_share(t.gpu_s, p.total_gpus);
      share = memory > share ? memory : share;
      share = gpu > share ? gpu : share;
      total += share;
      squares += share * share;
    }
    if (squares == 0.0) return 1000000;
    return static_cast<int64_t>(total * total / (p.tenants * squares) * 1000000.0);
  }
  CUSCHED_HD double mean_share(int64_t integral, int64_t total) const {
    return total > 0 ? static_cast<double>(integral) /
                           (static_cast<double>(total) * static_cast<double>(s.now))
                     : 0.0;
  }
};

}  // namespace cusched::admission
