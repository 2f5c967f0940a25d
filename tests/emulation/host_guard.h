// SPDX-License-Identifier: MIT
#pragma once

namespace cusched::emulation {

// Reports touches of memory that is closed to the toucher: of device memory by the host, of
// anything invalid by a kernel. Called before device memory is handed out, and by each thread that
// runs kernels (a full stack is reported on another).
void install_host_guard();

}  // namespace cusched::emulation
