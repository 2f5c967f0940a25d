// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <vector>

#include "tests/emulation/block_report.h"
#include "tests/emulation/collectives.h"
#include "tests/emulation/fault.h"
#include "tests/emulation/fiber.h"
#include "tests/emulation/kernel.h"
#include "tests/emulation/warp.h"

// What device code asks for its place; true of the thread that runs.
uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace cusched::emulation {
namespace {

// The block that runs. One at a time: the emulated runtime holds its lock meanwhile.
struct Running {
  const Kernel* kernel = nullptr;
  Random* random = nullptr;
  std::vector<Warp> warps;
  unsigned threads = 0, gone = 0, at_barrier = 0;
  unsigned warp = 0, lane = 0;  // of the thread that runs
  uint64_t draws = 0;           // bits for the choice of a lane, five at a time
  std::vector<Fiber*> idle;     // fibers whose thread has left
  Fiber scheduler;

  Warp& own_warp() { return warps[warp]; }
};
Running& running = *new Running;  // lives as long as its fibers

[[noreturn]] void fail(const std::string& problem) {
  fault(problem + ", in block " + to_string(blockIdx) + " of the kernel " + running.kernel->name() +
        ":\n" + describe_waits(running.warps, blockDim));
}

// Makes a thread of the running warp that can go on the running one; false when there is none.
bool choose_thread() {
  const uint32_t able = running.own_warp().able();
  if (able == 0) return false;
  if (running.draws < kWarp) running.draws = running.random->next() | uint64_t{1} << 63;
  const int turn = static_cast<int>(running.draws % kWarp);
  running.draws /= kWarp;
  running.lane = (static_cast<unsigned>(std::countr_zero(std::rotr(able, turn))) + turn) % kWarp;
  threadIdx = place_of(running.warp * kWarp + running.lane, blockDim);
  return true;
}

void serve_threads();

Fiber* idle_fiber() {
  if (running.idle.empty()) return new Fiber(serve_threads);
  Fiber* const fiber = running.idle.back();
  running.idle.pop_back();
  return fiber;
}

// The fiber of the chosen thread; one that has not begun gets `spare`, or an idle one.
Fiber* fiber_of_chosen(Fiber* spare) {
  Warp& warp = running.own_warp();
  const uint32_t bit = 1u << running.lane;
  if ((warp.unstarted & bit) != 0) {
    warp.unstarted &= ~bit;
    warp.fiber[running.lane] = spare != nullptr ? spare : idle_fiber();
  } else {
    warp.ready &= ~bit;
  }
  return warp.fiber[running.lane];
}

// What a fiber does: runs a chosen thread to its end, then the next that can go on. Threads that
// never wait run one after the other on one fiber, without a switch.
void serve_threads() {
  Fiber* const self = running.own_warp().fiber[running.lane];
  for (;;) {
    running.kernel->thread();
    running.own_warp().gone |= 1u << running.lane;
    ++running.gone;
    Fiber* next = &running.scheduler;
    if (choose_thread()) next = fiber_of_chosen(self);
    if (next == self) continue;
    running.idle.push_back(self);
    Fiber::change(*self, *next);
  }
}

// Lets others run until the running thread is chosen again.
void wait_here() {
  Fiber* const self = running.own_warp().fiber[running.lane];
  Fiber* const next = choose_thread() ? fiber_of_chosen(nullptr) : &running.scheduler;
  if (next != self) Fiber::change(*self, *next);
}

void run_warp(unsigned warp) {
  running.warp = warp;
  if (choose_thread()) Fiber::change(running.scheduler, *fiber_of_chosen(nullptr));
}

void run_block() {
  running.gone = running.at_barrier = 0;
  for (unsigned w = 0; w < running.warps.size(); ++w) {
    const unsigned lanes = std::min<unsigned>(kWarp, running.threads - w * kWarp);
    Warp& warp = running.warps[w];
    warp.lanes = warp.unstarted = ~0u >> (kWarp - lanes);
    warp.ready = warp.waiting = warp.at_barrier = warp.gone = 0;
  }
  while (running.gone < running.threads) {
    bool ran = false;
    Order order(*running.random, running.warps.size());
    for (size_t i = 0; i < running.warps.size(); ++i) {
      const auto warp = static_cast<unsigned>(order.next());
      if (running.warps[warp].able() == 0) continue;
      run_warp(warp);
      ran = true;
    }
    if (!ran) fail("threads wait for others that do not come");
  }
}

}  // namespace

void run_kernel(const Kernel& kernel, Random& random) {
  running.kernel = &kernel;
  running.random = &random;
  gridDim = kernel.grid;
  blockDim = kernel.block;
  running.threads = blockDim.x * blockDim.y * blockDim.z;
  running.warps.resize((running.threads + kWarp - 1) / kWarp);
  const uint64_t blocks = uint64_t{gridDim.x} * gridDim.y * gridDim.z;
  Order order(random, blocks);
  for (uint64_t i = 0; i < blocks; ++i) {
    blockIdx = place_of(order.next(), gridDim);
    run_block();
  }
  running.kernel = nullptr;
}

std::string running_thread() {
  if (running.kernel == nullptr) return "";
  return "thread " + to_string(threadIdx) + " of block " + to_string(blockIdx) + " of the kernel " +
         running.kernel->name();
}

uint64_t meet_warp(Collective what, unsigned mask, uint64_t payload, int source,
                   const std::source_location& where) {
  Warp& warp = running.own_warp();
  Wait& wait = warp.wait[running.lane];
  wait.at = what;
  wait.source = static_cast<uint8_t>(source);
  wait.mask = mask;
  wait.where = where;
  wait.payload = payload;
  const char* const problem = warp.arrive(static_cast<int>(running.lane));
  if (*problem != 0) fail(problem);
  wait_here();
  return wait.result;
}

void meet_block(const std::source_location& where) {
  Wait& wait = running.own_warp().wait[running.lane];
  wait.at = Collective::kSyncThreads;
  wait.where = where;
  running.own_warp().at_barrier |= 1u << running.lane;
  if (++running.at_barrier == running.threads) {
    for (Warp& warp : running.warps) {
      for (uint32_t rest = warp.lanes; rest != 0; rest &= rest - 1)
        if (warp.wait[std::countr_zero(rest)].where.line() != where.line())
          fail("threads of a block meet at different places");
      warp.ready = warp.lanes;
      warp.at_barrier = 0;
    }
    running.at_barrier = 0;
  }
  wait_here();
}

}  // namespace cusched::emulation
