// SPDX-License-Identifier: MIT
// Part of every test program that is built with CUSCHED_SANITIZE.
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <unistd.h>

#include <cstdint>

// LibTorch forgets its reader of a zip file that it refuses.
extern "C" const char* __lsan_default_suppressions() { return "leak:mz_zip_reader\n"; }

namespace {

// Tests put stderr aside to read what a command says: a report must not be lost there.
[[maybe_unused]] const bool reports_to_the_first_stderr = [] {
  __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<intptr_t>(dup(STDERR_FILENO))));
  return true;
}();

}  // namespace
