// SPDX-License-Identifier: MIT
#include "cuda/launch.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <utility>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace cusched {
namespace {

using Body = std::function<void(int64_t, int64_t)>;

void run_serial(int64_t begin, int64_t end, int64_t grain, const Body& body) {
  for (int64_t at = begin; at < end; at += grain) body(at, std::min(end, at + grain));
}

// Pieces are taken one by one: lanes differ in cost (resets), so equal shares would wait.
void run_openmp(int64_t n, int64_t grain, const Body& body) {
#if defined(_OPENMP)
  const int64_t pieces = (n + grain - 1) / grain;
  const int threads = static_cast<int>(std::min<int64_t>(pieces, omp_get_max_threads()));
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t piece = 0; piece < pieces; ++piece)
    body(piece * grain, std::min(n, (piece + 1) * grain));
#else
  run_serial(0, n, grain, body);
#endif
}

HostParallelFor& hook() {
  static HostParallelFor run = run_openmp;
  return run;
}

thread_local bool inside = false;  // this thread runs a piece of a host_parallel_for

struct InsideScope {
  InsideScope() { inside = true; }
  ~InsideScope() { inside = false; }
};

// The exception of the lowest failing piece: pieces below it still run, those above are skipped, so
// the same one is thrown whatever the threads do.
class FirstFailure {
 public:
  bool skips(int64_t begin) const { return begin > at_.load(std::memory_order_relaxed); }
  void keep(int64_t begin, std::exception_ptr error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (begin >= at_.load(std::memory_order_relaxed)) return;
    at_.store(begin, std::memory_order_relaxed);
    error_ = std::move(error);
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<int64_t> at_{std::numeric_limits<int64_t>::max()};
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void set_host_parallel_for(HostParallelFor run) { hook() = run ? std::move(run) : run_openmp; }

void host_parallel_for(int64_t n, int64_t grain, const Body& body) {
  if (n <= 0) return;
  grain = std::clamp<int64_t>(grain, 1, n);
  if (inside || grain == n) {
    run_serial(0, n, grain, body);
    return;
  }
  FirstFailure failure;
  hook()(n, grain, [&](int64_t begin, int64_t end) {
    // A pool may hand out several pieces at once; the promise of `grain` holds all the same.
    const InsideScope scope;
    for (int64_t at = begin; at < end && !failure.skips(at); at += grain) {
      try {
        body(at, std::min(end, at + grain));
      } catch (...) {
        failure.keep(at, std::current_exception());
      }
    }
  });
  failure.rethrow();
}

}  // namespace cusched
