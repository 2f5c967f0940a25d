// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/placement_fragmentation.h"

// All data of `placement`, grouped by role: capacities (shared by all members), parameters (one per
// member, immutable while a batch lives), state (per lane), facts (per step). Units in the names.
namespace cusched::placement {

inline constexpr int32_t kNever = INT32_MAX;  // s
inline constexpr int kClasses = 16;           // pod classes of the observation's histogram
inline constexpr int kWindow = 16;            // further pods of the observation
inline constexpr int kHostClasses = 9;        // share pods, then pods of 1..8 GPUs

// Static shapes.
struct Caps {
  int slots = 32;          // K = N: nodes
  int queue = 512;         // static: pods of an episode; dynamic: pending pods held
  int running = 0;         // dynamic: running pods held; a full set blocks placements
  int log_pods = 0;        // pods of an episode whose placement is logged (evaluation), 0: none
  int globals = 129;       // G: 17 without Params::lookahead
  int node_features = 13;  // F, from Params::features
};

struct NodeRow {
  int32_t cpu_milli, memory_mib;
  int16_t gpus, model;
};

// Which nodes of the list hold a pod when they are empty.
enum class Homes : uint8_t { kSome, kAll, kNone };

struct PodSpec {
  int32_t cpu_milli, memory_mib;
  int16_t milli;  // of each GPU
  uint8_t gpus;
  uint8_t kind;     // pod class 0..15; kClasses: none of them
  uint32_t models;  // bit i: GPU model i will do; 0: any
  int32_t run_s;
  uint8_t priority;  // 0..3
  Homes homes;
  uint8_t pad[2];

  CUSCHED_HD int32_t gpu_milli() const { return int32_t{milli} * gpus; }
  CUSCHED_HD bool shares_gpu() const { return gpus == 1 && milli < kMilli; }
  CUSCHED_HD int whole_gpus() const { return milli == kMilli ? gpus : 0; }
  CUSCHED_HD int host_class() const { return shares_gpu() ? 0 : gpus; }  // gpus > 0
};

enum class Stream : uint8_t {
  kSample,  // pods drawn from the list, with replacement
  kList,    // the list in random order, then pods drawn from it
  kGiven,   // orders read from files
};
enum class GpuChoice : uint8_t { kTightest, kFgd };
// Optional features per node after the 13, in this order; bits of Params::features.
enum Feature : uint32_t {
  kFeatureScores = 1,  // FGD's score, decrease of F and best fit, beside those of the best node
  kFeatureGpus = 2,    // free milli of each GPU, the largest first
  kFeatureKept = 4,    // shares of CPU, memory and GPUs that would stay free
};
CUSCHED_HD int node_features(uint32_t features) {
  return 13 + (features & kFeatureScores ? 3 : 0) + (features & kFeatureGpus ? kMaxGpus : 0) +
         (features & kFeatureKept ? 3 : 0);
}

enum class Defer : uint8_t { kNone, kShare, kFragmentation };

struct Params {
  const NodeRow* nodes;  // (node_rows)
  const PodSpec* pods;   // (pod_rows)
  FragView frag;
  const int32_t* order;        // kGiven: pods of all orders, one after the other
  const int32_t* order_begin;  // (orders + 1)
  const int32_t* order_rank;   // (orders, N); null: no order is given
  double gap_milli_s;          // dynamic: mean GPU milli x s a pod brings, over load
  int32_t node_rows, pod_rows, orders;
  int32_t max_cpu_milli, max_memory_mib;  // of the largest node
  int32_t inflation_percent = 130;        // GPU demand of an episode, of capacity
  int32_t rounds = 8;                     // static: most walks along the queue
  int32_t skip_limit = 3;                 // skips of one pod
  int32_t horizon_s = 86400;              // dynamic
  int32_t tick_s = 1;
  int32_t defer_milli = 0;  // Defer::kFragmentation: largest increase that is not deferred
  int32_t gpu_weight = 3;   // of requested-to-capacity
  uint32_t features = 0;    // Feature bits
  Stream stream = Stream::kSample;
  GpuChoice gpu_choice = GpuChoice::kTightest;
  Defer defer = Defer::kNone;  // heuristics skip such pods
  uint8_t dynamic = 0;         // placed pods leave after their run time
  uint8_t sample_nodes = 0;    // 1: an episode draws its N nodes from the list
  uint8_t skip = 1;            // 0: SKIP is masked out
  uint8_t lookahead = 1;       // 0: pods behind the current one are no part of the observation
  uint8_t stagger = 0;         // 1: the first episode of a lane is shorter
};

// ---- State: scalar columns [lane], loaded to registers by a step -----------------------------
// X(type, name): what it is.
#define CUSCHED_PLACEMENT_SCALARS(X)                                                 \
  X(uint32_t, episode)     /* episodes ended so far */                               \
  X(int32_t, ended)        /* Done of the running episode */                         \
  X(int32_t, now)          /* s; static: decisions */                                \
  X(int32_t, horizon)      /* s: this episode's */                                   \
  X(int32_t, round)        /* walks along the queue so far */                        \
  X(int32_t, head)         /* of the queue: next pod of this round */                \
  X(int32_t, kept)         /* pods [0, kept) of the queue wait for the next round */ \
  X(int32_t, size)         /* pods [head, size) of the queue wait in this round */   \
  X(int32_t, consecutive)  /* skips since the last placement or round */             \
  X(int32_t, round_placed) /* pods placed in this round */                           \
  X(int32_t, last_node)    /* chosen last; -1 at first */                            \
  X(int32_t, submitted)    /* pods that have arrived; static: all of the episode */  \
  X(int32_t, running_size) /* dynamic: running pods */                               \
  X(int32_t, next_end)     /* s: earliest end of a running pod, or kNever */         \
  X(int32_t, next_index)   /* which of the running pods that is */                   \
  X(int32_t, arrivals)     /* dynamic: pods drawn so far */                          \
  X(int64_t, arrival_q16)  /* dynamic: time of the next arrival, 2^-16 s */          \
  X(int64_t, gap_q16)      /* dynamic: mean time between arrivals, 2^-16 s */        \
  X(int64_t, cpu_milli)    /* capacities */                                          \
  X(int64_t, memory_mib)                                                             \
  X(int64_t, gpu_milli)                                                              \
  X(int64_t, used_cpu_milli)                                                         \
  X(int64_t, used_memory_mib)                                                        \
  X(int64_t, used_gpu_milli)                                                         \
  X(int64_t, fragmentation) /* sum of F over nodes, scaled (FragView) */             \
  X(int64_t, steps)         /* steps of this episode */

// ---- State: sums of the episode, and over ended episodes (statistics) -------------------------
// X(name): int64. Episode sums are added to the lane's totals when the episode ends.
#define CUSCHED_PLACEMENT_SUMS(X)                                                  \
  X(decisions)       /* steps at which a node fitted */                            \
  X(invalid_actions) /* masked-out actions */                                      \
  X(pods)            /* submitted */                                               \
  X(placed)                                                                        \
  X(failed)            /* pending at the end; dynamic: fit no node, too */         \
  X(skips)             /* while a node fitted */                                   \
  X(forced_skips)      /* because none did */                                      \
  X(walks)             /* rounds begun */                                          \
  X(allocated_milli)   /* GPU milli in use at the end */                           \
  X(arrived_milli)     /* GPU milli asked for by submitted pods */                 \
  X(capacity_milli)    /* GPU milli of the cluster */                              \
  X(cpu_ppm)           /* CPU in use at the end, of capacity, x 10^6 */            \
  X(memory_ppm)        /* memory likewise */                                       \
  X(fragmentation_ppm) /* F over GPU capacity at the end, x 10^6 */                \
  X(unallocated_gpus)  /* fully free GPUs at the end */                            \
  X(gpu_milli_s)       /* dynamic: GPU milli in use x s */                         \
  X(wait_s)            /* dynamic: waits of placed pods */                         \
  X(pending_s)         /* dynamic: pending pods x s */                             \
  X(duration_s)                                                                    \
  X(queue_full)   /* dynamic: arrivals held back by a full queue */                \
  X(running_full) /* dynamic: pods that waited because the running set was full */ \
  X(log_overflow) /* pods beyond Caps::log_pods */                                 \
  X(reward_q20)   /* return x 2^20 */

struct PendingPod {
  int32_t pod;        // row of Params::pods
  int32_t index;      // in arrival order
  int32_t arrival_s;  // dynamic
  int16_t skips;
  uint16_t rounds;  // waited
};

struct RunningPod {
  int32_t end;  // s
  int32_t pod;
  int16_t node;
  uint16_t gpus;  // bit g: GPU g
};

// What became of the pods of an evaluation episode, in arrival order.
struct PlacedPod {
  int32_t pod;        // row of the list, -1: beyond the episode's pods
  int16_t node;       // -1: not placed
  uint16_t gpus;      // bit g: GPU g
  int32_t gpu_milli;  // asked for, over all GPUs
};

// ---- State: array columns [lane][n] ----------------------------------------------------------
// X(type, name, elements): what it is. `c` is the Caps.
#define CUSCHED_PLACEMENT_ARRAYS(X)                                             \
  X(NodeState, node, c.slots)                                                   \
  X(uint8_t, fits, c.slots) /* whether the current pod fits: the mask */        \
  X(uint16_t, hosted, c.slots* placement::kHostClasses) /* GPU pods by class */ \
  X(PendingPod, queue, c.queue)                                                 \
  X(int32_t, pending_kind, placement::kClasses + 1) /* pending pods by class */ \
  X(RunningPod, running, c.running)                                             \
  X(PlacedPod, log, c.log_pods)

// Every column's base pointer, device memory. `sum_` is the running episode, `total_` ended ones.
struct Columns {
#define X(type, name) type* name;
  CUSCHED_PLACEMENT_SCALARS(X)
#undef X
#define X(name) int64_t *sum_##name, *total_##name;
  CUSCHED_PLACEMENT_SUMS(X)
#undef X
#define X(type, name, n) type* name;
  CUSCHED_PLACEMENT_ARRAYS(X)
#undef X
  int64_t *total_episodes, *total_steps;
};

// visit(name, pointer) for every column of sums over ended episodes.
template <class Visit>
void visit_totals(Columns& columns, const Visit& visit) {
#define X(name) visit("total_" #name, columns.total_##name);
  CUSCHED_PLACEMENT_SUMS(X)
#undef X
  visit("total_episodes", columns.total_episodes);
  visit("total_steps", columns.total_steps);
}

// visit(name, pointer, elements per lane) for every column, in memory order.
template <class Visit>
void visit_fields(Columns& columns, const Caps& c, const Visit& visit) {
#define X(type, name) visit(#name, columns.name, 1);
  CUSCHED_PLACEMENT_SCALARS(X)
#undef X
#define X(name) visit("sum_" #name, columns.sum_##name, 1);
  CUSCHED_PLACEMENT_SUMS(X)
#undef X
#define X(type, name, n) visit(#name, columns.name, n);
  CUSCHED_PLACEMENT_ARRAYS(X)
#undef X
  visit_totals(columns, [&](const char* name, auto*& total) { visit(name, total, 1); });
}

// The scalar columns of one lane, in registers.
struct Scalars {
#define X(type, name) type name;
  CUSCHED_PLACEMENT_SCALARS(X)
#undef X
};

struct Sums {
#define X(name) int64_t name;
  CUSCHED_PLACEMENT_SUMS(X)
#undef X
};

// ---- Facts of one step: integers that reward terms are functions of --------------------------
struct Facts {
  int32_t elapsed_s;
  int32_t placed;         // pods
  int32_t skips;          // 1: the pod was skipped while a node fitted
  int32_t submitted;      // pods of the episode so far
  int64_t gpu_milli;      // change of what is in use
  int64_t fragmentation;  // change of F, scaled by frag_weight
  int64_t frag_weight;
  int64_t total_gpu_milli;  // capacity, at least 1
  int64_t pending_s;        // pending pods x s
};

}  // namespace cusched::placement
