// SPDX-License-Identifier: MIT
#include "tests/emulation/fault.h"

#include <cstdio>
#include <cstdlib>

namespace cusched::emulation {

void fault(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "CUDA emulation: %s\n", what.c_str());
  std::abort();
}

}  // namespace cusched::emulation
