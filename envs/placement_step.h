// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/batch.h"
#include "envs/placement_observation.h"
#include "envs/placement_time.h"

namespace cusched::placement {

// The dynamics of one lane. A round walks the pending pods once, in order; the pod at the head is
// placed or goes to the next round. `item`: envs/placement_view.h, or -1 for none (SKIP).
template <class Group>
struct Dynamics : TimeOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using StartOps<Group>::f;
  using StartOps<Group>::g;
  using StartOps<Group>::sum;

  // `episode_key` keys the draws that are not the workload's; `first`: the lane's first episode.
  CUSCHED_HD_NOINLINE void begin_episode(const RngKey& episode_key, bool first) {
    const uint32_t episode = s.episode;
    s = Scalars{};
    sum = Sums{};
    f = Facts{};
    s.episode = episode;
    s.last_node = -1;
    s.horizon = s.next_end = kNever;
    g.for_each(kClasses + 1, [&](int i) { a.pending_kind[i] = 0; });
    g.for_each(c.log_pods, [&](int i) { a.log[i] = PlacedPod{-1, -1, 0, 0}; });
    this->open_cluster();
    if (p.dynamic) {
      this->open_time();
    } else {
      this->open_queue();
    }
    if (first && p.stagger) this->stagger(episode_key);
    if (!p.dynamic) this->submit_queue();
    sum.walks = 1;
    next_decision();
    f = Facts{};  // what happened before the first decision belongs to no step
  }

  // One step. Returns how the episode stands after it.
  CUSCHED_HD Done step(int item) {
    f = Facts{};
    const int32_t before = s.now;
    ++s.steps;
    if (s.ended == 0) {
      const int n = item < 0 ? -1 : node_of_item(item);
      const bool valid = n >= 0 && n < c.slots && a.fits[n] != 0;
      if (!valid && (item >= 0 || !this->wait_allowed())) ++sum.invalid_actions;
      ++sum.decisions;
      if (valid) {
        place(n, gpu_of_item(item));
      } else {
        ++sum.skips;
        ++f.skips;
        ++s.consecutive;
        keep(1);
      }
      if (!p.dynamic) ++s.now;
      next_decision();
    }
    f.elapsed_s = s.now - before;
    f.submitted = s.submitted > 0 ? s.submitted : 1;
    f.frag_weight = p.frag.weight;
    f.total_gpu_milli = s.gpu_milli;
    return static_cast<Done>(s.ended);
  }

  CUSCHED_HD_NOINLINE void end_episode() {
    sum.pods = s.submitted;
    sum.failed += s.kept + s.size - s.head;
    sum.allocated_milli = s.used_gpu_milli;
    sum.capacity_milli = s.gpu_milli;
    sum.cpu_ppm = ppm(s.used_cpu_milli, s.cpu_milli);
    sum.memory_ppm = ppm(s.used_memory_mib, s.memory_mib);
    sum.fragmentation_ppm = ppm(s.fragmentation, s.gpu_milli * p.frag.weight);
    sum.unallocated_gpus = g.sum(c.slots, [&](int n) { return a.node[n].full; });
    sum.duration_s = s.now;
  }

  // ---- Observation ----------------------------------------------------------------------------

  CUSCHED_HD_NOINLINE void observe(float* obs, uint8_t* mask) const {
    if (mask != nullptr) {
      g.for_each(c.slots, [&](int n) { mask[n] = a.fits[n]; });
      g.once([&] { mask[c.slots] = this->wait_allowed() ? 1 : 0; });
    }
    if (obs == nullptr) return;
    const GlobalFacts facts = global_facts();
    g.for_each(kStateGlobals, [&](int i) { obs[i] = global_feature(facts, i); });
    if (p.lookahead) observe_queue(facts.pending, obs + kStateGlobals);
    const PodSpec* const pod = this->has_pod() ? &this->pod() : nullptr;
    const bool scores = pod != nullptr && (p.features & kFeatureScores) != 0;
    g.for_each(c.slots, [&](int n) {
      const NodeState& node = a.node[n];
      const bool fits = pod != nullptr && a.fits[n] != 0;
      int64_t fall = 0;
      if (fits) fall = this->decrease(node, *pod, this->gpu_by_rule(node, *pod));
      float* const out = obs + c.globals + n * c.node_features;
      encode_node(node, {p.max_cpu_milli, p.max_memory_mib, p.frag.weight}, fits,
                  p.frag.scaled(node), fall, out);
      if (p.features == 0) return;
      Scores own{};
      if (scores && fits)
        own = {static_cast<float>(this->fgd(node, *pod).score),
               static_cast<float>(fall) / static_cast<float>(p.frag.weight),
               static_cast<float>(View::best_fit(node, *pod))};
      encode_extras(node, p.features, fits, pod, own, out + kNodeFeatures);
    });
    if (scores) compare_scores(obs + c.globals + kNodeFeatures);
  }

 private:
  // Scores become their closeness to the best; `first`: those of node 0.
  CUSCHED_HD void compare_scores(float* first) const {
    for (int i = 0; i < kScores; ++i) {
      float* const score = first + i;
      const int64_t stride = c.node_features;
      const int n = g.argmin(c.slots, [&](int k) {
        return a.fits[k] != 0 ? -score[k * stride] : 1e9f;  // more than any score
      });
      const float best = score[n * stride];
      g.for_each(c.slots, [&](int k) {
        if (a.fits[k] != 0) score[k * stride] = closeness(i, best, score[k * stride]);
      });
    }
  }

  // The pods behind the current one, and all pending pods by kind.
  CUSCHED_HD void observe_queue(int64_t pending, float* window) const {
    g.for_each(kWindow, [&](int i) {
      const int at = s.head + 1 + i;
      encode_pod(at < s.size ? &p.pods[a.queue[at].pod] : nullptr, p.max_cpu_milli,
                 p.max_memory_mib, window + i * kPodFeatures);
    });
    float* const histogram = window + kWindow * kPodFeatures;
    g.for_each(kClasses, [&](int i) { histogram[i] = ratio01(a.pending_kind[i], pending); });
  }

  // ---- To the next decision -------------------------------------------------------------------

  // Moves on to a pod that fits somewhere, or to the end of the episode. The mask is then up to
  // date.
  CUSCHED_HD_NOINLINE void next_decision() {
    while (s.ended == 0) {
      if (s.head == s.size) {
        next_round();
      } else if (examine()) {
        return;
      } else {
        ++sum.forced_skips;
        keep(0);
      }
    }
    g.for_each(c.slots, [&](int n) { a.fits[n] = 0; });
  }

  // Fills the mask for the pod at the head. False when it fits nowhere.
  CUSCHED_HD bool examine() {
    const PodSpec pod = this->pod();
    if (p.dynamic && s.running_size == c.running) {
      ++sum.running_full;
      return false;
    }
    if (!g.any(c.slots, [&](int n) { return View::fits(a.node[n], pod); })) return false;
    g.for_each(c.slots, [&](int n) { a.fits[n] = View::fits(a.node[n], pod) ? 1 : 0; });
    return true;
  }

  CUSCHED_HD void next_round() {
    if (p.dynamic) {
      if (s.now >= s.horizon) {
        s.ended = static_cast<int32_t>(Done::kTruncated);
        return;
      }
      this->pass_time();
    } else if (s.round_placed == 0 || s.kept == 0 || s.round + 1 >= p.rounds) {
      s.ended = static_cast<int32_t>(Done::kTerminated);
      return;
    }
    ++sum.walks;
    ++s.round;
    s.size = s.kept;
    s.head = s.kept = s.consecutive = s.round_placed = 0;
  }

  // The pod at the head waits for the next round.
  CUSCHED_HD void keep(int skipped) {
    PendingPod entry = this->pending();
    entry.skips = static_cast<int16_t>(entry.skips + (entry.skips < INT16_MAX ? skipped : 0));
    entry.rounds = static_cast<uint16_t>(entry.rounds + (entry.rounds < UINT16_MAX ? 1 : 0));
    g.once([&] { a.queue[s.kept] = entry; });
    ++s.kept;
    ++s.head;
  }

  // The pod at the head goes to node n, where it fits.
  CUSCHED_HD_NOINLINE void place(int n, int gpu) {
    const PendingPod entry = this->pending();
    const PodSpec pod = p.pods[entry.pod];
    NodeState node = a.node[n];
    const int64_t before = p.frag.scaled(node);
    const bool named = gpu >= 0 && gpu < node.gpus && node.left[gpu] >= pod.milli;
    const uint16_t gpus = View::take(node, pod, named ? gpu : this->gpu_by_rule(node, pod));
    p.frag.refresh(node);
    g.once([&] {
      a.node[n] = node;
      if (pod.gpus > 0) ++a.hosted[n * kHostClasses + pod.host_class()];
      --a.pending_kind[pod.kind];
      if (entry.index < c.log_pods) {
        a.log[entry.index].node = static_cast<int16_t>(n);
        a.log[entry.index].gpus = gpus;
      }
    });
    if (p.dynamic) {
      this->start_running(entry.pod, n, gpus);
      sum.wait_s += s.now - entry.arrival_s;
    }
    const int64_t change = p.frag.scaled(node) - before;
    s.used_cpu_milli += pod.cpu_milli;
    s.used_memory_mib += pod.memory_mib;
    s.used_gpu_milli += pod.gpu_milli();
    s.fragmentation += change;
    f.fragmentation += change;
    f.gpu_milli += pod.gpu_milli();
    ++f.placed;
    ++sum.placed;
    ++s.round_placed;
    s.consecutive = 0;
    s.last_node = n;
    ++s.head;
  }

  CUSCHED_HD GlobalFacts global_facts() const {
    GlobalFacts facts{};
    facts.pending = s.kept + s.size - s.head;
    if (this->has_pod()) {
      facts.pod = &this->pod();
      facts.waited_rounds = this->pending().rounds;
      facts.skips = this->pending().skips;
      facts.fitting = g.sum(c.slots, [&](int n) { return a.fits[n]; });
    }
    facts.nodes = c.slots;
    facts.max_cpu_milli = p.max_cpu_milli;
    facts.max_memory_mib = p.max_memory_mib;
    facts.position = s.head;
    facts.size = s.size;
    facts.gpu_milli = s.gpu_milli;
    facts.used_gpu_milli = s.used_gpu_milli;
    facts.cpu_milli = s.cpu_milli;
    facts.used_cpu_milli = s.used_cpu_milli;
    facts.memory_mib = s.memory_mib;
    facts.used_memory_mib = s.used_memory_mib;
    facts.fragmentation = s.fragmentation;
    facts.frag_weight = p.frag.weight;
    facts.submitted = s.submitted;
    facts.round = s.round;
    facts.rounds = p.rounds;
    facts.skip_limit = p.skip_limit;
    facts.left = p.dynamic ? s.horizon - s.now : s.size - s.head;
    facts.length = p.dynamic ? s.horizon : s.size;
    return facts;
  }

  CUSCHED_HD static int64_t ppm(int64_t part, int64_t whole) {
    return whole > 0
               ? static_cast<int64_t>(static_cast<double>(part) * 1e6 / static_cast<double>(whole))
               : 0;
  }
};

}  // namespace cusched::placement
