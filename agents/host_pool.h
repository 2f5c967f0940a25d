// SPDX-License-Identifier: MIT
#pragma once

namespace cusched {

// Makes LibTorch's threads the ones of host_parallel_for: as many as at::get_num_threads() says, on
// the same OpenMP runtime, so that products and environments do not fight over the cores. Inside a
// piece LibTorch works on the calling thread. May be called again.
void install_torch_pool();

// Threads that LibTorch and host_parallel_for use; n >= 1.
void set_host_threads(int n);
int host_threads();

}  // namespace cusched
