// SPDX-License-Identifier: MIT
#pragma once

namespace cusched {

// Makes host_parallel_for run on LibTorch's thread pool class, with as many threads as
// at::get_num_threads() says. Inside a piece LibTorch and its BLAS work on the calling thread, so
// products and environments do not fight over the cores. May be called again.
void install_torch_pool();

// Threads that LibTorch and host_parallel_for use; n >= 1. Not while work is running.
void set_host_threads(int n);
int host_threads();

}  // namespace cusched
