// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>

#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/group.h"
#include "cuda/team.h"

namespace cusched {

// One generic launch: a functor, trivially copyable, runs over indices on CPU threads or in a CUDA
// kernel. The functor's operator() is CUSCHED_HD and is the only place where the work is written.

// Runs body(begin, end) over [0, n) in pieces of at most `grain`, on several threads. The default
// is OpenMP; agents/ replaces it by LibTorch's pool, because two pools fight over the cores.
using HostParallelFor = std::function<void(int64_t n, int64_t grain,
                                           const std::function<void(int64_t, int64_t)>& body)>;
void set_host_parallel_for(HostParallelFor run);
void host_parallel_for(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

// Defined in cuda/launch.cuh; instantiated by CUSCHED_INSTANTIATE_ELEMENTS(F),
// CUSCHED_INSTANTIATE_TEAMS(F) and CUSCHED_INSTANTIATE_LANES(W, F) in a .cu file.
template <class F>
void launch_elements_cuda(const Exec& exec, int64_t n, const F& f);
template <class F>
void launch_teams_cuda(const Exec& exec, int64_t n, const F& f);
template <int W, class F>
void launch_lanes_cuda(const Exec& exec, int64_t begin, int64_t end, const F& f);

// f(i) for i in [0, n). `grain`: indices a CPU thread takes at a time.
template <class F>
void launch_elements(const Exec& exec, int64_t n, const F& f, int64_t grain = 4096) {
  static_assert(std::is_trivially_copyable_v<F>, "a functor is copied to the device byte by byte");
  if (n <= 0) return;
  if (exec.device.is_cuda()) {
#if CUSCHED_WITH_CUDA
    launch_elements_cuda(exec, n, f);
#else
    throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
#endif
    return;
  }
  host_parallel_for(n, grain, [&f](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

// f(team, i) for i in [0, n), each by a team of its own (cuda/team.h).
template <class F>
void launch_teams(const Exec& exec, int64_t n, const F& f, int64_t grain = 16) {
  static_assert(std::is_trivially_copyable_v<F>, "a functor is copied to the device byte by byte");
  if (n <= 0) return;
  if (exec.device.is_cuda()) {
#if CUSCHED_WITH_CUDA
    launch_teams_cuda(exec, n, f);
#else
    throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
#endif
    return;
  }
  host_parallel_for(n, grain, [&f](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(SerialTeam{}, i);
  });
}

// How the host serves a lane: one thread, or an emulation of 32 threads (tests).
enum class HostGroup : uint8_t { kSerial, kEmulated32, kShuffled32 };

// f(group, lane) for lanes [begin, end) on the calling thread.
template <class F>
void run_lanes_here(HostGroup mode, int64_t begin, int64_t end, const F& f) {
  if (mode == HostGroup::kSerial) {
    for (int64_t lane = begin; lane < end; ++lane) f(SerialGroup{}, lane);
    return;
  }
  for (int64_t lane = begin; lane < end; ++lane)
    f(EmulatedGroup(mode == HostGroup::kShuffled32, static_cast<uint32_t>(lane)), lane);
}

// The same on CPU threads, each taking `grain` lanes at a time.
template <class F>
void launch_lanes_host(HostGroup mode, int64_t begin, int64_t end, const F& f, int64_t grain) {
  host_parallel_for(end - begin, grain, [&](int64_t first, int64_t last) {
    run_lanes_here(mode, begin + first, begin + last, f);
  });
}

}  // namespace cusched
