// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/portable_math.h"
#include "envs/placement_start.h"

namespace cusched::placement {

// How time passes when placed pods leave again: pods arrive (a Poisson process), run and end.
template <class Group>
struct TimeOps : StartOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using StartOps<Group>::f;
  using StartOps<Group>::g;
  using StartOps<Group>::sum;

  CUSCHED_HD void open_time() {
    s.horizon = p.horizon_s;
    s.next_end = kNever;
    s.gap_q16 = static_cast<int64_t>(p.gap_milli_s / static_cast<double>(s.gpu_milli) * 65536.0);
    s.arrival_q16 = next_arrival(0);
  }

  // A placed pod runs.
  CUSCHED_HD void start_running(int32_t pod, int node, uint16_t gpus) {
    const int32_t run = p.pods[pod].run_s;
    const int32_t end = run < kNever - 1 - s.now ? s.now + run : kNever - 1;
    g.once([&] {
      a.running[s.running_size] = RunningPod{end, pod, static_cast<int16_t>(node), gpus};
    });
    if (end < s.next_end) {
      s.next_end = end;
      s.next_index = s.running_size;
    }
    ++s.running_size;
  }

  // To the next second in which a pod ends or arrives. Between rounds: pods [0, kept) are pending.
  CUSCHED_HD_NOINLINE void pass_time() {
    int32_t t = s.next_end < s.horizon ? s.next_end : s.horizon;
    const int64_t arrival = s.arrival_q16 >> 16;
    if (s.kept < c.queue && arrival < t) t = static_cast<int32_t>(arrival);
    const int64_t seconds = t > s.now ? t - s.now : 0;  // held arrivals are in the past
    f.pending_s += s.kept * seconds;
    sum.pending_s += s.kept * seconds;
    sum.gpu_milli_s += s.used_gpu_milli * seconds;
    s.now += static_cast<int32_t>(seconds);
    while (s.next_end <= s.now) end_running(s.next_index);
    while (s.arrival_q16 >> 16 <= s.now && s.now < s.horizon) {
      if (s.kept == c.queue) {
        ++sum.queue_full;
        break;
      }
      arrive();
    }
  }

 private:
  CUSCHED_HD int64_t next_arrival(int64_t from) const {
    const uint32_t bits =
        draw4(this->stream_key, kStreamArrival, static_cast<uint32_t>(s.arrivals)).v[0];
    const double unit = (static_cast<double>(bits) + 0.5) / 4294967296.0;
    const double gap = -portable_log(unit) * static_cast<double>(s.gap_q16);
    constexpr double kLongest = 1e14;  // 2^-16 s: later than any horizon
    return from + 1 + static_cast<int64_t>(gap < kLongest ? gap : kLongest);
  }

  // Whether none of the episode's nodes could ever hold the pod. The list tells, but for a pod that
  // fits some of its nodes where an episode draws its own.
  CUSCHED_HD bool homeless(const PodSpec& pod) const {
    if (pod.homes != Homes::kSome || !p.sample_nodes) return pod.homes == Homes::kNone;
    return !g.any(c.slots, [&](int n) { return View::fits_empty(a.node[n], pod); });
  }

  // A pod that no node will ever hold fails at once: it would wait for ever, and fill the queue.
  CUSCHED_HD void arrive() {
    const int32_t pod = this->draw_pod(s.arrivals);
    const PodSpec& spec = p.pods[pod];
    const int32_t second = static_cast<int32_t>(s.arrival_q16 >> 16);
    const bool fails = homeless(spec);
    g.once([&] {
      if (!fails) {
        a.queue[s.kept] = PendingPod{pod, s.arrivals, second, 0, 0};
        ++a.pending_kind[spec.kind];
      }
      if (s.arrivals < c.log_pods) a.log[s.arrivals] = PlacedPod{pod, -1, 0, spec.gpu_milli()};
    });
    if (c.log_pods > 0 && s.arrivals >= c.log_pods) ++sum.log_overflow;
    sum.arrived_milli += spec.gpu_milli();
    sum.failed += fails ? 1 : 0;
    s.kept += fails ? 0 : 1;
    ++s.submitted;
    ++s.arrivals;
    s.arrival_q16 = next_arrival(s.arrival_q16);
  }

  CUSCHED_HD_NOINLINE void end_running(int index) {
    const RunningPod run = a.running[index];
    const PodSpec& pod = p.pods[run.pod];
    NodeState node = a.node[run.node];
    const int64_t before = p.frag.scaled(node);
    node.free_cpu_milli += pod.cpu_milli;
    node.free_memory_mib += pod.memory_mib;
    for (int i = 0; i < node.gpus; ++i)
      if (run.gpus >> i & 1) node.left[i] = static_cast<int16_t>(node.left[i] + pod.milli);
    p.frag.refresh(node);
    --s.running_size;
    g.once([&] {
      a.node[run.node] = node;
      a.running[index] = a.running[s.running_size];
      if (pod.gpus > 0) --a.hosted[run.node * kHostClasses + pod.host_class()];
    });
    const int64_t change = p.frag.scaled(node) - before;
    s.used_cpu_milli -= pod.cpu_milli;
    s.used_memory_mib -= pod.memory_mib;
    s.used_gpu_milli -= pod.gpu_milli();
    s.fragmentation += change;
    f.fragmentation += change;
    f.gpu_milli -= pod.gpu_milli();
    s.next_index = g.argmin(s.running_size, [&](int r) { return a.running[r].end; });
    s.next_end = s.next_index < 0 ? kNever : a.running[s.next_index].end;
  }
};

}  // namespace cusched::placement
