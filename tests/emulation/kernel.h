// SPDX-License-Identifier: MIT
#pragma once

#include <vector_types.h>

#include <functional>
#include <string>

#include "tests/emulation/random.h"

namespace cusched::emulation {

// A kernel with its arguments: what one of its threads runs, in blocks of `block`, `grid` of them.
struct Kernel {
  std::function<std::string()> name;  // for reports
  dim3 grid, block;
  std::function<void()> thread;
};

// Runs all blocks, one after the other in a random order. The threads of a block are fibers; which
// one goes on is drawn anew whenever one waits for others or has left.
void run_kernel(const Kernel& kernel, Random& random);

// "thread (3, 0, 0) of block (1, 0, 0) of the kernel NAME" while one runs on this thread of the
// host, else empty.
std::string running_thread();

}  // namespace cusched::emulation
