// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_commit.h"
#include "envs/admission_observation.h"
#include "envs/admission_scores.h"
#include "envs/batch.h"

namespace cusched::admission {

// The dynamics of one lane. `item`: position in queue order, or slot where jobs are picked for
// slots and the whole queue is not in view; -1 for none (wait).
template <class Group>
struct Dynamics : CommitOps<Group> {
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
    g.for_each(c.log_jobs, [&](int i) { a.log[i] = JobLog{-1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0}; });
    g.for_each(c.models, [&](int m) { a.used_gpus_of[m] = 0; });
    g.for_each(c.behind, [&](int i) { a.queue_work[i] = 0; });
    source_begin(p.source, this->stream_key, s.source);
    if (first && p.stagger) stagger(episode_key);
    this->warm_up();
    if (!p.commit) this->process_events();
    this->refresh_mask();
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
    if (this->any_allowed()) ++sum.decisions;
    if (valid && this->limited_to_picked()) item = this->position(a.window_order[item]);
    if (p.commit) {
      this->commit_step(valid ? item : -1);
    } else if (p.advance == Advance::kTick) {
      if (valid) this->start_and_refill(item);
      this->run_until(s.now > kNever - 1 - p.tick_s ? kNever - 1 : s.now + p.tick_s);
      this->refresh_mask();
    } else {
      if (valid) {
        this->start_and_refill(item);
      } else {
        this->wait_for_event();
      }
      skip_to_decision();
    }
    close_interval(s.now - before);
    f.tick_s = p.tick_s;
    f.total_cpu_milli = p.total_cpu_milli;
    f.total_memory_mib = p.total_memory_mib;
    f.total_gpus = p.total_gpus;
    return this->status();
  }

  // Counts what never finished with its age and closes the episode's sums.
  CUSCHED_HD_NOINLINE void end_episode() {
    for (int i = 0; i < s.queue_size; ++i) leave_unfinished(this->job(i));
    if (!p.commit) {
      for (int r = 0; r < s.running_size; ++r)
        if (!this->is_background(this->running_job(r))) leave_unfinished(this->running_job(r));
    }
    while (this->next_arrival_due()) {  // held at the source by a full queue
      Job job{};
      source_next(p.source, this->stream_key, s.source, &job);
      this->log_arrival(job);
      ++sum.submitted;
      leave_unfinished(job);
    }
    sum.duration_s = s.now;
    sum.fair_ppm = jain_ppm();
  }

  // ---- What a policy sees ---------------------------------------------------------------------

  // Between open and close, item k is the job of slot k, where jobs are picked for slots.
  struct Queue {
    int16_t* order;
    int32_t begin;
  };
  CUSCHED_HD Queue open_window() {
    const Queue whole{a.order, s.queue_begin};
    if (c.window > 0) {
      a.order = a.window_order;
      s.queue_begin = 0;
    }
    return whole;
  }
  CUSCHED_HD void close_window(const Queue& whole) {
    a.order = whole.order;
    s.queue_begin = whole.begin;
  }
  // Whether items are slots, of picked jobs.
  CUSCHED_HD bool limited_to_picked() const { return c.window > 0 && this->examined() > 0; }

  CUSCHED_HD_NOINLINE void observe(float* obs, uint8_t* mask) {
    if (mask != nullptr) {
      g.move(mask, a.slot_allowed, c.slots);
      g.once([&] { mask[c.slots] = this->wait_allowed() ? 1 : 0; });
    }
    if (obs == nullptr) return;
    const int head = p.score_rules > 0 ? this->first_arrived() : -1;
    const Queue whole = open_window();
    const GlobalRatios ratios = global_ratios(global_facts());
    g.for_each(kBaseGlobals, [&](int i) { obs[i] = ratio01(ratios.part[i], ratios.whole[i]); });
    if (c.globals > kBaseGlobals) {
      const FurtherFacts further = further_facts();
      g.once([&] { encode_further_globals(further, p.features, obs + kBaseGlobals); });
    }
    float* const slots = obs + c.globals;
    const int filled = this->first_items();
    const SlotScales scales = slot_scales(p.total_cpu_milli, p.total_memory_mib);
    g.for_each(filled,
               [&](int i) { encode_slot(slot_facts(i), scales, slots + i * c.slot_features); });
    if (p.features != 0) {
      g.for_each(filled, [&](int i) {
        const Job& job = this->job(i);
        const bool fits = p.commit ? this->fits(job) : a.slot_allowed[i] != 0;
        const int32_t ready_s = p.features & kFeatureReady ? this->ready_s(job) : 0;
        encode_further(slot_facts(i), fits, ready_s, p.node_gpus, p.total_gpus, p.features,
                       slots + i * c.slot_features + kBaseFeatures);
      });
    }
    if (p.score_rules > 0)
      ScoreEncoder<Group>{g, *this, head}.write(filled, slots + c.slot_features - p.score_rules);
    close_window(whole);
    g.for_each((c.slots - filled) * c.slot_features,
               [&](int i) { slots[filled * c.slot_features + i] = 0.0f; });
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

  // ---- To the next decision -------------------------------------------------------------------

  // Runs on to a second at which something can be decided, or to the episode's end. The mask is up
  // to date.
  CUSCHED_HD_NOINLINE void skip_to_decision() {
    if (p.commit) {
      this->pull_one_if_empty();
      this->refresh_mask();
      return;
    }
    if (p.advance == Advance::kTick) return;
    while (!this->any_allowed() && this->status() == Done::kRunning) {
      const int32_t t = this->next_event();
      if (t == kNever) return;
      this->pass_time(t);
      this->process_events_and_mask();
    }
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

  CUSCHED_HD FurtherFacts further_facts() const {
    FurtherFacts facts{};
    facts.free_gpus = p.total_gpus - s.used_gpus;
    facts.total_gpus = p.total_gpus;
    facts.node_gpus = p.node_gpus;
    facts.spread_ppm = s.spread_ppm;
    facts.models = c.models;
    for (int m = 0; m < c.models; ++m) {
      facts.free_gpus_of[m] = this->free_gpus_of(m);
      facts.total_gpus_of[m] = p.total_gpus_of[m];
    }
    if (p.features & kFeatureBehind) {
      const int filled = this->first_items();
      facts.behind = s.queue_size - filled;
      facts.slots = c.slots;
      facts.behind_ppm_s =
          *a.queue_work - g.sum(filled, [&](int i) { return this->work_ppm_s(this->job(i)); });
    }
    if (!(p.features & kFeatureGpus) || p.total_gpus == 0) return facts;
    const int most = g.argmin(c.nodes, [&](int n) { return -a.node[n].free_gpus; });
    facts.most_free = a.node[most].free_gpus;
    facts.fragmented = g.sum(c.nodes, [&](int n) -> int64_t {
      const int32_t free = a.node[n].free_gpus;
      return free < p.node_gpus ? free : 0;
    });
    return facts;
  }

  CUSCHED_HD SlotFacts slot_facts(int item) const {
    const Job& job = this->job(item);
    return {int64_t{job.cpu_milli} * job.pods(),
            int64_t{job.memory_mib} * job.pods(),
            job.priority,
            s.now - job.submit,
            job.estimate,
            job.type,
            job.pods(),
            job.gpus,
            a.tenant[job.tenant].share_ppm,
            job.urgent != 0,
            c.models,
            p.gpu_sets[job.gpu_model]};
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
