// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/placement_view.h"
#include "envs/stream_ids.h"

namespace cusched::placement {

// How an episode starts: its nodes, and the pods that will ask for them. All draws are of the
// workload's key, so that paired members meet the same cluster and the same pods.
template <class Group>
struct StartOps : View {
  Group g;
  Facts f;
  Sums sum;
  RngKey stream_key;

  // Fills the cluster with its nodes, empty.
  CUSCHED_HD_NOINLINE void open_cluster() {
    g.for_each(c.slots, [&](int n) {
      const int row = p.sample_nodes ? draw_row(static_cast<uint32_t>(n)) : n;
      const NodeRow& from = p.nodes[row];
      NodeState node{};
      node.free_cpu_milli = node.cpu_milli = from.cpu_milli;
      node.free_memory_mib = node.memory_mib = from.memory_mib;
      for (int i = 0; i < kMaxGpus; ++i) node.left[i] = i < from.gpus ? kMilli : 0;
      node.gpus = static_cast<uint8_t>(from.gpus);
      node.model = static_cast<uint8_t>(from.model);
      node.rank = p.order_rank == nullptr ? n : p.order_rank[order_row() * c.slots + n];
      node.row = row;
      p.frag.refresh(node);
      a.node[n] = node;
    });
    g.for_each(c.slots * kHostClasses, [&](int i) { a.hosted[i] = 0; });
    // Nodes of a sampled cluster stand in random order already.
    if (p.stream != Stream::kGiven && !p.sample_nodes) g.once([&] { shuffle_ranks(); });
    s.cpu_milli = g.sum(c.slots, [&](int n) { return a.node[n].cpu_milli; });
    s.memory_mib = g.sum(c.slots, [&](int n) { return a.node[n].memory_mib; });
    const int64_t gpus = g.sum(c.slots, [&](int n) { return a.node[n].gpus; });
    s.gpu_milli = gpus > 0 ? gpus * kMilli : 1;  // it divides
    s.fragmentation = g.sum(c.slots, [&](int n) { return p.frag.scaled(a.node[n]); });
  }

  // Static: all pods of the episode, in order of arrival.
  CUSCHED_HD_NOINLINE void open_queue() {
    int pods = c.queue;
    if (p.stream == Stream::kGiven) {
      const int32_t* const begin = p.order_begin + order_row();
      pods = begin[1] - begin[0];
      g.for_each(pods, [&](int i) { a.queue[i].pod = p.order[begin[0] + i]; });
    } else {
      if (p.stream == Stream::kList) g.once([&] { shuffle_list(); });
      const int first = p.stream == Stream::kList ? p.pod_rows : 0;
      g.for_each(pods - first, [&](int i) { a.queue[first + i].pod = draw_pod(i); });
      pods = cut(pods);
    }
    g.for_each(pods, [&](int i) { a.queue[i] = PendingPod{a.queue[i].pod, i, 0, 0, 0}; });
    s.size = pods;
  }
  // Shorter first episodes, so that thousands of lanes do not end together.
  CUSCHED_HD void stagger(const RngKey& episode_key) {
    const uint32_t bits = draw4(episode_key, kStreamStagger, 0).v[0];
    if (p.dynamic) {
      s.horizon = 1 + static_cast<int32_t>(bounded(bits, static_cast<uint32_t>(s.horizon)));
    } else {
      s.size = 1 + static_cast<int32_t>(bounded(bits, static_cast<uint32_t>(s.size)));
    }
  }
  // Counts the pods that were there from the start.
  CUSCHED_HD_NOINLINE void submit_queue() {
    s.submitted = s.size;
    sum.arrived_milli = g.sum(s.size, [&](int i) { return p.pods[a.queue[i].pod].gpu_milli(); });
    g.for_each(s.size < c.log_pods ? s.size : c.log_pods, [&](int i) {
      const int32_t pod = a.queue[i].pod;
      a.log[i] = PlacedPod{pod, -1, 0, p.pods[pod].gpu_milli()};
    });
    if (c.log_pods > 0 && s.size > c.log_pods) sum.log_overflow = s.size - c.log_pods;
    g.once([&] {
      for (int i = 0; i < s.size; ++i) ++a.pending_kind[p.pods[a.queue[i].pod].kind];
    });
  }

  // Pod `index` of an endless stream.
  CUSCHED_HD int32_t draw_pod(int index) const {
    const uint32_t i = static_cast<uint32_t>(index);
    return static_cast<int32_t>(bounded(draw4(stream_key, kStreamJobShape, i / 4).v[i % 4],
                                        static_cast<uint32_t>(p.pod_rows)));
  }

 private:
  CUSCHED_HD int order_row() const {
    return static_cast<int>((stream_key.env + stream_key.episode) %
                            static_cast<uint32_t>(p.orders));
  }
  CUSCHED_HD int draw_row(uint32_t node) const {
    return static_cast<int>(bounded(draw4(stream_key, kStreamCluster, node / 4).v[node % 4],
                                    static_cast<uint32_t>(p.node_rows)));
  }

  // Pods up to the last before their demand exceeds what the episode is to bring; at least one.
  CUSCHED_HD int cut(int pods) const {
    const int64_t most = s.gpu_milli / 100 * p.inflation_percent;
    int64_t demand = 0;
    for (int i = 0; i < pods; ++i) {
      demand += p.pods[a.queue[i].pod].gpu_milli();
      if (demand > most) return i > 0 ? i : 1;
    }
    return pods;
  }

  // Fisher-Yates, by one thread.
  CUSCHED_HD void shuffle_list() const {
    for (int i = 0; i < p.pod_rows; ++i) {
      const int j = draw_below(kStreamPodOrder, i);
      a.queue[i].pod = a.queue[j].pod;
      a.queue[j].pod = i;
    }
  }
  CUSCHED_HD void shuffle_ranks() const {
    for (int i = 0; i < c.slots; ++i) {
      const int j = draw_below(kStreamTieRank, i);
      a.node[i].rank = a.node[j].rank;
      a.node[j].rank = i;
    }
  }
  // 0..i
  CUSCHED_HD int draw_below(uint32_t stream, int i) const {
    const uint32_t at = static_cast<uint32_t>(i);
    return static_cast<int>(bounded(draw4(stream_key, stream, at / 4).v[at % 4], at + 1));
  }
};

}  // namespace cusched::placement
