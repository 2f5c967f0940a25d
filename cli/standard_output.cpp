// SPDX-License-Identifier: MIT
#include "cli/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cusched {
namespace {

int first_error = 0;  // the C library forgets why, and drops what it could not write

}  // namespace

void hold_standard_streams() {
  // In order: open() takes the lowest number that is free. Writing to a descriptor that is open for
  // reading fails as writing to a closed one does.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) == -1)
      (void)!::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

void print(const std::string& text) {
  errno = 0;
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!whole && first_error == 0) first_error = errno;
}

void flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 && first_error == 0) first_error = errno;
}

std::string lost_output() {
  flush_output();  // of std::cout, too, which has no buffer of its own
  if (first_error != 0) return std::strerror(first_error);
  return std::ferror(stdout) == 0 ? "" : "a part of it was lost";
}

}  // namespace cusched
