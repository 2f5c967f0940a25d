// SPDX-License-Identifier: MIT
#include "agents/host_pool.h"

#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "cuda/launch.h"

namespace cusched {
namespace {

// Pieces are taken one by one, because they differ in cost. `body` throws nothing: host_parallel_for
// keeps exceptions.
void run_on_torch_threads(int64_t n, int64_t grain,
                          const std::function<void(int64_t, int64_t)>& body) {
  const int64_t pieces = (n + grain - 1) / grain;
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    const c10::ParallelGuard guard(true);
    for (int64_t piece = next++; piece < pieces; piece = next++)
      body(piece * grain, std::min(n, (piece + 1) * grain));
  };
  if (at::in_parallel_region() || at::get_num_threads() == 1) {
    work();
    return;
  }
#pragma omp parallel num_threads(at::get_num_threads())
  work();
}

}  // namespace

void install_torch_pool() { set_host_parallel_for(run_on_torch_threads); }

void set_host_threads(int n) { at::set_num_threads(std::max(1, n)); }
int host_threads() { return at::get_num_threads(); }

}  // namespace cusched
