// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_running.h"

namespace cusched::admission {

// A trace's cluster is not empty when a window begins.
template <class Group>
struct WarmUpOps : RunningOps<Group> {
  using View::a;
  using View::c;
  using View::p;
  using View::s;
  using QueueOps<Group>::g;

  // Jobs of before the window that would still run at its start, had each begun when it was
  // submitted, hold their nodes for the time they have left: in order of submission, where they fit
  // and there is room among the running jobs. Their ids are negative (the row minus the window's
  // first), as are their submit and start times.
  CUSCHED_HD_NOINLINE void warm_up() {
    const TraceView& trace = p.source.trace;
    if (p.source.kind != SourceKind::kTrace || trace.warm_begin == nullptr) return;
    const int32_t first = s.source.first;
    const int32_t block = first / trace.warm_block;
    const int32_t listed = trace.warm_begin[block + 1] - trace.warm_begin[block];
    const int32_t* const rows = trace.warm_rows + trace.warm_begin[block];
    const int32_t from = block * trace.warm_block;
    for (int32_t i = 0; i < listed + first - from && s.running_size < c.running; ++i) {
      const int32_t row = i < listed ? rows[i] : from + i - listed;
      const int64_t submit = trace.submit[row] - trace.submit[first];
      Job job = trace.rows[row];
      if (submit + job.run <= 0) continue;
      job.id = row - first;
      job.submit = static_cast<int32_t>(submit);  // above -run
      if (p.source.augment.users > 1)             // the window's users are permuted
        job.tenant = permuted_tenant(this->stream_key, p.source.augment.users, job.tenant) &
                     (kMaxTenants - 1);
      if (this->fits(job)) hold(job);
    }
  }

 private:
  CUSCHED_HD void hold(const Job& job) {
    const int slot = a.free_slot[s.free_size - 1];
    --s.free_size;
    g.once([&] { a.job[slot] = job; });
    const int32_t end = job.submit + job.run;
    this->run(slot, job, job.submit, end < kNever ? end : kNever - 1);
    this->relieve_pressure_of(slot, job);
  }
};

}  // namespace cusched::admission
