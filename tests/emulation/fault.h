// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cusched::emulation {

// Says on stderr what the program did that no CUDA device allows, and aborts. For what the CUDA
// runtime reports by an error code, the emulated call returns that code instead.
[[noreturn]] void fault(const std::string& what);

}  // namespace cusched::emulation
