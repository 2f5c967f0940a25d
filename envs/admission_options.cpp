// SPDX-License-Identifier: MIT
#include "envs/admission.h"

// The settings of `admission`, with defaults and units.
namespace cusched {
namespace {

constexpr const char* kDefaultNodes = "4x32c128g2gpu+8x16c64g+4x8c32g";

}  // namespace

std::vector<EnvOption> Admission::options() {
  return {
      {"preset", "default", "settings to start from"},
      {"objective", "wait",
       "what is wanted of a policy: reward, discount and metric together; of the preset"},
      {"workload", "skrueue-sim",
       "skrueue-templates[-burst|-uniform], skrueue-sim, skrueue-legacy or lublin; with --trace, "
       "what the file holds"},
      {"trace", "",
       "trace or mix file, told by its content: SWF, CSV, SQLite, YAML, ...; .gz, .xz, .bz2, .zst",
       false, true},
      {"load", "auto",
       "offered load as a share of capacity; 0: the workload's own rates; auto: 0.9 for "
       "skrueue-sim, 0 for others (per member)",
       true},
      {"nodes", kDefaultNodes,
       "cluster: COUNTxCPUcMEMg[GPUgpu[:MODEL]]+..., pool: one node with the trace's processors, "
       "or "
       "auto: by the jobs of the trace"},
      {"slots", "32", "K, waiting jobs a policy sees"},
      {"window", "head",
       "which jobs have the slots: head, the first of the queue; split, the first and the last "
       "K/2; "
       "or a heuristic, its best, those that can start first"},
      {"features",
       "fits,pods,scales,ready,gpus,tenant,urgent,models",
       "what a policy sees beside SKRueue's numbers: fits, pods, scales, ready, gpus, tenant, "
       "urgent, models, scores, behind, or none",
       true,
       false,
       {"fits", "pods", "scales", "ready", "gpus", "tenant", "urgent", "models", "scores",
        "behind"}},
      {"score-rules", "f1,sjf,saf,wfp3,unicep,smallest-first,largest-first,easy",
       "heuristics of features scores: how far a job is behind the best by each; easy: EASY's "
       "backfill window",
       true},
      {"advance",
       "event",
       "event: waiting jumps to the next arrival or end; tick: steps of tick-s",
       false,
       false,
       {"event", "tick"}},
      {"tick-s", "10", "s, length of a tick and unit of per-tick rewards (per member)", true},
      {"horizon-s", "auto",
       "s, episodes are truncated here; 0: never; auto: 0 for windows of a trace, else 86400 (per "
       "member)",
       true},
      {"drain", "auto", "stop arrivals at the horizon and run until empty; auto: in evaluations"},
      {"drain-s", "172800", "s, longest time after the horizon"},
      {"queue-order",
       "priority",
       "priority (then submit time, then id) or arrival",
       false,
       false,
       {"priority", "arrival"}},
      {"node-choice",
       "least-allocated",
       "least-allocated, most-allocated or first-fit",
       false,
       false,
       {"least-allocated", "most-allocated", "first-fit"}},
      {"queue-capacity", "auto", "waiting jobs held; a full queue holds arrivals at the source"},
      {"running-capacity", "auto", "running jobs held; a full set blocks starts"},
      {"backoff-limit", "2", "OOM kills after which a job returns to the queue (per member)", true},
      {"commit", "false", "RLScheduler: a chosen job is waited for, wait is masked out"},
      {"idle", "true", "wait is allowed while something can be started"},
      {"backfill",
       "none",
       "none or easy-rls, while a committed job is waited for",
       false,
       false,
       {"none", "easy-rls"}},
      {"clip-reward", "false", "clip the reward to [-1, 1] (SKRueue)"},
      {"tenants", "auto", "tenants of a generator; auto: the workload's own"},
      {"job-limit", "0", "jobs of an episode of a generator; 0: no end"},
      {"part", "auto",
       "of a trace: train, validation, held-out or all; auto: train in a training, all in an "
       "evaluation"},
      {"split", "0.8",
       "share of a trace's jobs, the first ones, that are not held out; its last eighth is for "
       "validation"},
      {"length", "auto",
       "jobs of a trace window; auto: a sixth of the part held-out, 100 to 500; 0: the whole "
       "trace"},
      {"warm-up", "auto",
       "auto: jobs of before a trace window hold their nodes when it begins; none: it begins "
       "empty"},
      {"starts", "", "first jobs of the trace windows, e.g. 1981,2756; default: drawn", true},
      {"trace-ranges", "", "windows lie inside these jobs of the trace, e.g. 0-1981,6252-7085",
       true},
      {"augment-load", "1",
       "training on a trace: factor on the load of an episode, drawn from LO,HI: 0.8,1.25", true},
      {"augment-arrivals", "0",
       "... probability that the gaps between an episode's arrivals are drawn from the window's"},
      {"augment-users", "false", "... tenants change places, anew in each episode"},
      {"augment-jitter", "0", "... sizes and run times of jobs times a factor from 1/(1+X) to 1+X"},
      {"augment-model", "0",
       "... probability that an episode's jobs come from a model fitted to what is trained on"},
      {"oversize",
       "refuse",
       "jobs of a trace that the empty cluster does not hold: refuse the trace, or drop them",
       false,
       false,
       {"refuse", "drop"}},
      {"memory-per-proc-mib", "0", "MiB, memory request of a processor of an HPC job"},
      {"max-procs", "0", "largest job of workload lublin; 0: what the largest node holds"},
      {"fit-trace", "", "SWF file to which workload lublin is fitted ...", false, true},
      {"fit-first", "0", "... from this job ..."},
      {"fit-count", "0", "... this many jobs; 0: to the end"},
      {"drf-aging-share", "queue",
       "heuristic drf-aging: dominant share of the tenant with the job (queue), or of the job "
       "(job)"},
      {"drf-aging-urgent", "0", "its weight of class urgent, lower goes first (per member)", true},
      {"drf-aging-normal", "1000", "its weight of class normal (per member)", true},
      {"drf-aging-per-hour", "0.1", "what it takes from a job's score per hour waited (per member)",
       true},
      {"drf-aging-max-hours", "336", "h, longest wait it counts (per member)", true},
      {"drf-aging-cross-classes", "false",
       "a normal job may become old enough to pass urgent ones"},
      {"tuned-weights", "1:1",
       "heuristic tuned: weights of its terms, with colons between them; those left out are 0 (per "
       "member)",
       true},
      {"log-jobs", "auto", "jobs of an episode whose times are kept; auto: enough in evaluations"},
  };
}

}  // namespace cusched
