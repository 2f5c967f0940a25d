// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/gpu_models.h"
#include "envs/job.h"
#include "envs/node_capacity.h"
#include "envs/workload/source.h"

// All data of `admission`, grouped by role: capacities (shared by all members), parameters (one per
// member, immutable while a batch lives), state (per lane), facts (per step). Units in the names.
namespace cusched::admission {

// Time "never": later than any event.
inline constexpr int32_t kNever = INT32_MAX;

inline constexpr int kHistory = 10;      // decision intervals of observation 5
inline constexpr int kOomBuckets = 12;   // buckets of observation 6 ...
inline constexpr int kOomBucketS = 300;  // ... of five minutes: one hour

// Static shapes.
struct Caps {
  int slots = 10;         // K: candidates a policy sees
  int nodes = 16;         // N
  int queue = 1024;       // waiting jobs a lane holds; a full queue holds arrivals at the source
  int running = 512;      // running jobs a lane holds; a full set blocks further starts
  int max_pods = 1;       // pods of the largest gang of the workload
  int log_jobs = 0;       // jobs of an episode whose times are logged (evaluation), 0: none
  int globals = 7;        // G, from Params::features
  int slot_features = 6;  // F, from Params::features
  int models = 0;         // GPU models of the cluster, 0: none has a name
  int ready = 0;          // running jobs that are kept in order of their expected ends: 0, or all
  int scored = 0;         // slots whose scores are compared, with kFeatureScores: 0, or K
  int behind = 0;         // 1: the work of the queue is kept, for kFeatureBehind
  int window = 0;         // slots whose jobs are picked: 0: slot k has item k of the queue, or K

  CUSCHED_HD int job_slots() const { return queue + running; }
  // Killed jobs return to a queue that may be full, and both ends of `order` have room to grow.
  CUSCHED_HD int order_size() const { return job_slots() + queue / 2 + 2; }
};

enum class Advance : uint8_t { kEvent, kTick };
enum class QueueOrder : uint8_t { kPriority, kArrival };
// The number is the sign of the share left free in View::node_key.
enum class NodeChoice : int8_t { kLeastAllocated = -1, kFirstFit = 0, kMostAllocated = 1 };

// Optional numbers of the observation, after the 7 global ones and the six of a slot; bits of
// Params::features. What each is: envs/admission_observation.h.
enum Feature : uint32_t {
  kFeatureFits = 1,      // 1 a slot
  kFeaturePods = 2,      // 2 a slot
  kFeatureScales = 4,    // 4 a slot
  kFeatureReady = 8,     // 2 a slot: see View::ready_s
  kFeatureGpus = 16,     // 3 global, 2 a slot
  kFeatureTenant = 32,   // 1 global, 1 a slot
  kFeatureUrgent = 64,   // 1 a slot
  kFeatureModels = 128,  // 1 global, 1 a slot, for each GPU model of the cluster
  kFeatureScores = 256,  // 1 a slot for each rule: Params::score_rule
  kFeatureBehind = 512,  // 2 global
};
CUSCHED_HD int global_numbers(uint32_t features, int models) {
  return 7 + (features & kFeatureGpus ? 3 : 0) + (features & kFeatureTenant ? 1 : 0) +
         (features & kFeatureModels ? models : 0) + (features & kFeatureBehind ? 2 : 0);
}
// `rules`: of Params::score_rule; 0 without kFeatureScores.
CUSCHED_HD int slot_features(uint32_t features, int models, int rules) {
  return 6 + (features & kFeatureFits ? 1 : 0) + (features & kFeaturePods ? 2 : 0) +
         (features & kFeatureScales ? 4 : 0) + (features & kFeatureReady ? 2 : 0) +
         (features & kFeatureGpus ? 2 : 0) + (features & kFeatureTenant ? 1 : 0) +
         (features & kFeatureUrgent ? 1 : 0) + (features & kFeatureModels ? models : 0) + rules;
}

inline constexpr int8_t kSplitWindow = -1;  // the first and the last K / 2 of the queue

inline constexpr int kMaxScoreRules = 16;
inline constexpr int8_t kBackfillWindow = -1;  // a rule that is no heuristic's score

// Settings of the heuristic drf-aging (envs/baselines/drf_aging.h).
enum class DrfShare : uint8_t {
  kQueue,  // the tenant's dominant share with the job
  kJob,    // the job's own
};
struct DrfSettings {
  double urgent_weight = 0.0, normal_weight = 1000.0;  // of the job's class
  double aging_per_hour = 0.1;                         // alpha
  double max_aging_hours = 336.0;
  DrfShare share = DrfShare::kQueue;
};

// Settings of the heuristic tuned: a weight for each term of envs/baselines/tuned_terms.h.
inline constexpr int kTunedTerms = 13;
struct TunedSettings {
  double weight[kTunedTerms] = {1, 1};  // run time x size
};

struct Params {
  SourceView source;          // where jobs come from
  const NodeCapacity* nodes;  // (N), device memory
  int64_t total_cpu_milli, total_memory_mib, total_gpus;
  int32_t total_gpus_of[kMaxGpuModels] = {};           // by model
  GpuModelBits gpu_sets[kGpuSets] = {kEveryGpuModel};  // that Job::gpu_model numbers
  int32_t node_gpus = 0;                               // GPUs of the node that has most
  int32_t tick_s = 10;        // length of a tick, and the unit of "per tick" rewards
  int32_t horizon_s = 86400;  // episodes are truncated here; 0: never (trace windows)
  int32_t drain_s = 172800;   // evaluation: longest time after the horizon
  int32_t backoff_limit = 2;  // OOM kills after which a job is requeued; one more and it fails
  int32_t tenants = 1;        // 1..kMaxTenants
  uint32_t features = 0;      // Feature bits
  int32_t score_rules = 0;    // of score_rule, in the order of the observation's numbers
  int8_t score_rule[kMaxScoreRules] = {};  // number of a heuristic that scores, or kBackfillWindow
  DrfSettings drf;
  int8_t window_rule = kSplitWindow;  // with Caps::window: or number of a heuristic that scores
  TunedSettings tuned;
  Advance advance = Advance::kEvent;
  QueueOrder queue_order = QueueOrder::kPriority;
  NodeChoice node_choice = NodeChoice::kLeastAllocated;
  uint8_t drain = 0;        // 1: evaluation; stop arrivals at the horizon and run until empty
  uint8_t stagger = 0;      // 1: the first episode of a lane has a random shorter length
  uint8_t commit = 0;       // 1: RLScheduler; a chosen job is waited for, wait is masked out
  uint8_t backfill = 0;     // 1: easy-rls while a chosen job is waited for
  uint8_t idle = 1;         // 0: wait is masked out while something can be started
  uint8_t clip_reward = 0;  // 1: reward clipped to [-1, 1] (SKRueue)
};

// ---- State: scalar columns [lane], loaded to registers by a step -----------------------------
// X(type, name): what it is.
#define CUSCHED_ADMISSION_SCALARS(X)                                                     \
  X(uint32_t, episode)       /* episodes ended so far */                                 \
  X(int32_t, now)            /* s since the episode's origin */                          \
  X(int32_t, horizon)        /* s: this episode's horizon (staggered at first) */        \
  X(SourceState, source)     /* position in the job stream */                            \
  X(int32_t, queue_begin)    /* first used element of `order` */                         \
  X(int32_t, queue_size)     /* waiting jobs */                                          \
  X(int32_t, running_size)   /* running jobs */                                          \
  X(int32_t, next_end)       /* s: earliest end of a running job, or kNever */           \
  X(int32_t, next_index)     /* which of the running jobs that is */                     \
  X(int32_t, free_size)      /* free job slots on the stack */                           \
  X(int64_t, used_cpu_milli) /* requests of running jobs */                              \
  X(int64_t, used_memory_mib)                                                            \
  X(int64_t, used_gpus)                                                                  \
  X(int64_t, actual_cpu_milli) /* actual use of running jobs */                          \
  X(int64_t, actual_memory_mib)                                                          \
  X(int64_t, queue_submit_sum)  /* s: sum of submit times over the queue */              \
  X(int64_t, queue_inverse_run) /* sum over the queue of 2^32 / max(run, 10) */          \
  X(int32_t, queue_gangs)       /* waiting jobs of several pods */                       \
  X(int64_t, last_cpu)          /* milli x s of actual CPU in the last interval */       \
  X(int64_t, last_memory)       /* MiB x s of actual memory in the last interval */      \
  X(int32_t, last_s)            /* s: length of the last interval, 0 before the first */ \
  X(int32_t, history_at)        /* next element of the history rings */                  \
  X(int64_t, history_cpu)       /* sum of ring `history_cpu_ring` */                     \
  X(int64_t, history_s)         /* sum of ring `history_s_ring` */                       \
  X(int32_t, oom_epoch)         /* now / kOomBucketS of the newest OOM bucket */         \
  X(int32_t, recent_ooms)       /* OOM kills of the buckets in the last hour */          \
  X(int32_t, recent_ends)       /* jobs ended (done, failed, killed) likewise */         \
  X(int32_t, spread_ppm)        /* largest minus smallest dominant share of tenants */   \
  X(int64_t, steps)             /* steps of this episode */

// ---- State: sums of the episode, and over ended episodes (statistics) -------------------------
// X(name): int64. Episode sums are added to the lane's totals when the episode ends.
#define CUSCHED_ADMISSION_SUMS(X)                                                    \
  X(decisions)       /* steps at which at least one slot was allowed */              \
  X(invalid_actions) /* masked-out actions */                                        \
  X(submitted)       /* jobs that arrived by the horizon */                          \
  X(started)         /* starts, restarts included */                                 \
  X(completed)                                                                       \
  X(failed)     /* killed more than backoff_limit times */                           \
  X(unfinished) /* neither completed nor failed when the episode ended */            \
  X(oom_kills)                                                                       \
  X(wait_s)          /* waits of completed jobs; ages of the others */               \
  X(wait_max_s)      /* summed over episodes, as every line here */                  \
  X(starved)         /* jobs that waited more than a day */                          \
  X(slowdown_q20)    /* bounded slowdowns x 2^20 */                                  \
  X(cpu_actual)      /* milli x s */                                                 \
  X(memory_actual)   /* MiB x s */                                                   \
  X(cpu_reserved)    /* milli x s */                                                 \
  X(memory_reserved) /* MiB x s */                                                   \
  X(gpu_reserved)    /* GPU x s */                                                   \
  X(queue_s)         /* queue length x s */                                          \
  X(fair_ppm)        /* Jain index of tenants' dominant shares x 10^6, at the end */ \
  X(duration_s)                                                                      \
  X(queue_full)   /* times an arrival was held at the source */                      \
  X(running_full) /* steps at which a start was blocked by the running capacity */   \
  X(log_overflow) /* jobs beyond Caps::log_jobs */                                   \
  X(reward_q20)   /* return x 2^20 */

// One logged job of an evaluation episode.
struct JobLog {
  int32_t submit, start, end;  // s; start and end -1: never; start of the last attempt
  int32_t run;                 // s
  uint8_t outcome;             // JobRecord::Outcome
  uint8_t tenant, priority, urgent;
  int16_t pods, gpus;  // gpus per pod
  int64_t cpu_milli;   // request over all pods
};

struct NodeState {
  int32_t free_cpu_milli, free_memory_mib, free_gpus;  // by requests
  int32_t actual_memory_mib;                           // what running jobs really use
};

struct TenantState {
  int64_t cpu_milli, memory_mib, gpus;  // requests of running jobs
  int64_t cpu_s, memory_s, gpu_s;       // their integrals over time up to `since`
  int32_t since;                        // s
  int32_t share_ppm;                    // dominant share
};

// ---- State: array columns [lane][n] ----------------------------------------------------------
// X(type, name, elements): what it is. `c` is the Caps.
#define CUSCHED_ADMISSION_ARRAYS(X)                                                       \
  X(NodeState, node, c.nodes)                                                             \
  X(int16_t, order, c.order_size())  /* waiting jobs' slots, in queue order */            \
  X(uint8_t, slot_allowed, c.slots)  /* the mask of the jobs in slots */                  \
  X(int16_t, window_order, c.window) /* job slots of the jobs in slots */                 \
  X(int32_t, run_end, c.running)     /* s: when the job ends (or is OOM-killed) */        \
  X(int16_t, run_slot, c.running)                                                         \
  X(int16_t, ready_order, c.ready) /* run_slot by start + estimate, the earliest first */ \
  X(Job, job, c.job_slots())       /* waiting and running jobs */                         \
  X(int32_t, start, c.job_slots()) /* s: start of the running attempt */                  \
  X(uint16_t, pod_node, c.job_slots() * c.max_pods) /* node of each pod */                \
  X(int16_t, free_slot, c.job_slots())              /* stack of free job slots */         \
  X(int32_t, priority_count, kMaxPriority + 1)      /* waiting jobs of each priority */   \
  X(TenantState, tenant, kMaxTenants)                                                     \
  X(int64_t, history_cpu_ring, admission::kHistory) /* milli x s of actual CPU */         \
  X(int32_t, history_s_ring, admission::kHistory)                                         \
  X(int32_t, oom_ring, admission::kOomBuckets)                                            \
  X(int32_t, end_ring, admission::kOomBuckets)                                            \
  X(int32_t, used_gpus_of, c.models)  /* GPUs of running jobs, by model */                \
  X(double, slot_score, 2 * c.scored) /* work space of the encoder, else zeros */         \
  X(int64_t, queue_work, c.behind)    /* sum of View::work_ppm_s over the queue */        \
  X(JobLog, log, c.log_jobs)

// Every column's base pointer, device memory. `sum_` is the running episode, `total_` ended ones.
struct Columns {
#define X(type, name) type* name;
  CUSCHED_ADMISSION_SCALARS(X)
#undef X
#define X(name) int64_t *sum_##name, *total_##name;
  CUSCHED_ADMISSION_SUMS(X)
#undef X
#define X(type, name, n) type* name;
  CUSCHED_ADMISSION_ARRAYS(X)
#undef X
  int64_t *total_episodes, *total_steps;
  int32_t* heuristic_scratch;  // [lane][scratch_ints(caps)]: work space of `choose` heuristics
};

// Waiting jobs for which conservative backfilling keeps a reservation.
inline constexpr int kMaxReservations = 64;
CUSCHED_HD int reservations(const Caps& c) {
  return c.queue < kMaxReservations ? c.queue : kMaxReservations;
}
// Work space of a heuristic, int32 words, as laid out by envs/baselines/profile.h: counters, two
// copies of the nodes' free resources and a count for each, expected starts and ends of running and
// reserved jobs, and the reserved jobs with their pods' nodes.
CUSCHED_HD int scratch_ints(const Caps& c) {
  const int heuristic =
      4 + 7 * c.nodes + 2 * (c.running + 2 * reservations(c)) + reservations(c) * (1 + c.max_pods);
  if (c.window == 0) return heuristic;
  // Picking a window: a double and a word for each waiting job, and two rankings. Even: doubles lie
  // at multiples of 8 bytes.
  const int picking = 3 * c.job_slots() + 2 * c.slots;
  return ((heuristic > picking ? heuristic : picking) + 1) & ~1;
}

// visit(name, pointer) for every column of sums over ended episodes.
template <class Visit>
void visit_totals(Columns& columns, const Visit& visit) {
#define X(name) visit("total_" #name, columns.total_##name);
  CUSCHED_ADMISSION_SUMS(X)
#undef X
  visit("total_episodes", columns.total_episodes);
  visit("total_steps", columns.total_steps);
}

// visit(name, pointer, elements per lane) for every column, in memory order.
template <class Visit>
void visit_fields(Columns& columns, const Caps& c, const Visit& visit) {
#define X(type, name) visit(#name, columns.name, 1);
  CUSCHED_ADMISSION_SCALARS(X)
#undef X
#define X(name) visit("sum_" #name, columns.sum_##name, 1);
  CUSCHED_ADMISSION_SUMS(X)
#undef X
#define X(type, name, n) visit(#name, columns.name, n);
  CUSCHED_ADMISSION_ARRAYS(X)
#undef X
  visit_totals(columns, [&](const char* name, auto*& total) { visit(name, total, 1); });
  visit("heuristic_scratch", columns.heuristic_scratch, scratch_ints(c));
}

// Bytes of a lane that are there for gangs: nodes of jobs' pods, and of reservations'
// (scratch_ints).
CUSCHED_HD int64_t gang_bytes(const Caps& c) {
  return int64_t{c.max_pods} * (2 * c.job_slots() + 4 * reservations(c));
}

// The scalar columns of one lane, in registers.
struct Scalars {
#define X(type, name) type name;
  CUSCHED_ADMISSION_SCALARS(X)
#undef X
};

struct Sums {
#define X(name) int64_t name;
  CUSCHED_ADMISSION_SUMS(X)
#undef X
};

// ---- Facts of one step: integers that reward terms are functions of --------------------------
struct Facts {
  int32_t elapsed_s;  // simulated time of the step
  int32_t tick_s;     // s of a tick
  int32_t started;    // jobs started, restarts included
  int32_t completed;
  int32_t failed;
  int32_t oom_kills;
  int64_t cpu_actual;       // milli x s of actual use
  int64_t memory_actual;    // MiB x s of actual use
  int64_t wait_ppm_s;       // integral of min(mean minutes waited / 60, 1) x 10^6 over the step
  int64_t gpu_reserved;     // GPU x s
  int64_t queue_s;          // waiting jobs x s
  int64_t gang_queue_s;     // waiting jobs of several pods x s
  int64_t wait_squares_s2;  // increase of the sum over the queue of (now - submit)^2, at most 2^62
  int64_t spread_ppm_s;     // integral of the tenants' spread of dominant shares x 10^6
  int64_t slowdown_q32;     // increase of the sum of bounded slowdowns x 2^32
  int64_t total_cpu_milli, total_memory_mib, total_gpus;
};

}  // namespace cusched::admission
