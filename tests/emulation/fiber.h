// SPDX-License-Identifier: MIT
#pragma once

#if defined(__x86_64__) && !defined(CUSCHED_PORTABLE_FIBERS)
#define CUSCHED_FIBER_ASSEMBLY 1
#else
#define CUSCHED_FIBER_ASSEMBLY 0
#include <ucontext.h>
#endif

namespace cusched::emulation {

// Code with a stack of its own, which runs until it switches to another. A warp of kernel threads
// switches millions of times a second, so on x86-64 a switch is a dozen instructions; ucontext,
// used elsewhere, makes two system calls.
class Fiber {
 public:
  Fiber() = default;                // the code that is running: the first switch away fills it
  explicit Fiber(void (*entry)());  // the first switch to it calls `entry`, which never returns
  Fiber(const Fiber&) = delete;     // others switch to it by its address
  Fiber& operator=(const Fiber&) = delete;

  // Goes on with `to`; returns when something switches back to `from`, which is running.
  static void change(Fiber& from, Fiber& to);

 private:
#if CUSCHED_FIBER_ASSEMBLY
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_ = {};
#endif
};

}  // namespace cusched::emulation
