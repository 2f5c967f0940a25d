// SPDX-License-Identifier: MIT
#include "agents/host_pool.h"

#include <ATen/Parallel.h>
#include <c10/core/thread_pool.h>
#include <c10/util/ParallelGuard.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "cuda/launch.h"

// MKL's own limit for the calling thread; the x86 builds of LibTorch carry MKL and export it.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int);

namespace cusched {
namespace {

using Body = std::function<void(int64_t, int64_t)>;

// While it lives, LibTorch and MKL work on this thread alone: sums split by the number of threads
// would differ in the last bits, and OpenMP's threads, which spin while they wait, would take the
// cores from ours. Both limits belong to the thread that sets them.
class OwnThread {
 public:
  OwnThread() : guard_(true), omp_before_(at::get_num_threads()) {
    omp_set_num_threads(1);
    if (MKL_Set_Num_Threads_Local != nullptr) mkl_before_ = MKL_Set_Num_Threads_Local(1);
  }
  ~OwnThread() {
    omp_set_num_threads(omp_before_);
    if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(mkl_before_);
  }
  OwnThread(const OwnThread&) = delete;  // a scope
  OwnThread& operator=(const OwnThread&) = delete;

 private:
  c10::ParallelGuard guard_;
  int omp_before_, mkl_before_ = 0;
};

// One call of host_parallel_for. Shared with the helpers, because one that wakes up late finds no
// piece left and the caller gone.
struct Job {
  Job(int64_t n_in, int64_t grain_in, const Body& body_in)
      : n(n_in), grain(grain_in), pieces((n_in + grain_in - 1) / grain_in), body(body_in) {}

  int64_t n, grain, pieces;
  const Body& body;  // not touched once all pieces are done
  std::atomic<int64_t> next{0}, done{0};

  // Pieces are taken one by one, because they differ in cost. `body` throws nothing:
  // host_parallel_for keeps exceptions.
  void work() {
    const OwnThread own;
    for (int64_t piece = next++; piece < pieces; piece = next++) {
      body(piece * grain, std::min(n, (piece + 1) * grain));
      if (done.fetch_add(1) + 1 == pieces) done.notify_all();
    }
  }
  void wait() {
    for (int64_t seen = done.load(); seen < pieces; seen = done.load()) done.wait(seen);
  }
};

// `threads` - 1 sleeping helpers beside the caller. OpenMP's, which LibTorch uses for its own
// loops, spin while they wait: where other processes need the cores, that costs many times the
// work.
c10::TaskThreadPool& helpers(int threads) {
  static std::mutex mutex;
  static std::unique_ptr<c10::TaskThreadPool> pool;
  static int size = 0;
  const std::lock_guard<std::mutex> lock(mutex);
  if (size != threads) {
    pool = std::make_unique<c10::TaskThreadPool>(static_cast<size_t>(threads - 1));
    size = threads;
  }
  return *pool;
}

void run_on_torch_threads(int64_t n, int64_t grain, const Body& body) {
  const auto job = std::make_shared<Job>(n, grain, body);
  const int threads = at::get_num_threads();
  if (threads > 1 && job->pieces > 1) {
    c10::TaskThreadPool& pool = helpers(threads);
    const int64_t wanted = std::min<int64_t>(threads, job->pieces) - 1;
    for (int64_t i = 0; i < wanted; ++i) pool.run([job] { job->work(); });
  }
  job->work();
  job->wait();
}

}  // namespace

void install_torch_pool() { set_host_parallel_for(run_on_torch_threads); }

void set_host_threads(int n) { at::set_num_threads(std::max(1, n)); }
int host_threads() { return at::get_num_threads(); }

}  // namespace cusched
