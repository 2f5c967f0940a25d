// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>

#include "cuda/error.h"
#include "envs/workload/workload.h"

namespace cusched {

// Whether `read` accepts the bytes. InputError is the only exception that may come; any other ends
// the program and is a finding.
template <class F>
bool accepts(const F& read) {
  try {
    read();
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// What a reader accepted has to be replayed without fault: at most `count` jobs of one episode.
inline void replay(const Workload& workload, int count) {
  const SourceView view = workload.view();
  const RngKey key{1, 2, 3, 4};
  SourceState state{};
  source_begin(view, key, state);
  Job job{};
  for (int i = 0; i < count; ++i) {
    const int32_t announced = source_next_submit(state);
    if (!source_next(view, key, state, &job)) break;
    if (job.submit != announced || job.submit < 0 || job.id != i || job.run < 1 ||
        job.estimate < 1 || job.cpu_milli < 0 || job.memory_mib < 0 || job.pods() < 1 ||
        job.pods() > kMaxPods || job.priority > kMaxPriority || job.tenant >= kMaxTenants)
      std::abort();
  }
}

}  // namespace cusched
