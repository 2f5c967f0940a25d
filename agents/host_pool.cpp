// SPDX-License-Identifier: MIT
#include "agents/host_pool.h"

#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "cuda/launch.h"

// MKL's own limit for the calling thread; the x86 builds of LibTorch carry MKL and export it.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int);

namespace cusched {
namespace {

// While it lives, products of this thread are made by this thread alone: their sums would otherwise
// be split by the number of threads, and differ in the last bits.
class OwnThread {
 public:
  OwnThread() : guard_(true) {
    if (MKL_Set_Num_Threads_Local != nullptr) before_ = MKL_Set_Num_Threads_Local(1);
  }
  ~OwnThread() {
    if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(before_);
  }
  OwnThread(const OwnThread&) = delete;  // a scope
  OwnThread& operator=(const OwnThread&) = delete;

 private:
  c10::ParallelGuard guard_;
  int before_ = 0;
};

// Pieces are taken one by one, because they differ in cost. `body` throws nothing: host_parallel_for
// keeps exceptions.
void run_on_torch_threads(int64_t n, int64_t grain,
                          const std::function<void(int64_t, int64_t)>& body) {
  const int64_t pieces = (n + grain - 1) / grain;
  std::atomic<int64_t> next{0};
  const auto work = [&] {
    const OwnThread own;
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
