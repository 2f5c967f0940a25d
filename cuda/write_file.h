// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cusched {

// The one writer of whole files. Replaces `path` by the pieces, one after the other:
// - A file is written under a temporary name in its folder, flushed to the disk and renamed, so
// that
//   `path` is always a whole file. It keeps the permissions of the file it replaces; a new one has
//   what the umask leaves of 0666. A link stays a link and its target is replaced; a link to
//   nothing makes its target. Only where the folder takes no new file, or where the file is a mount
//   of its own, it is written in place.
// - A device, a FIFO, /dev/stdout and /dev/fd/N (also what a shell makes of >(command)) are written
//   as they stand and never replaced.
// Throws, with the system's words, and leaves the old file and no temporary one: InputError where
// the path is at fault (no such folder, no permission, a folder), Error where the machine is (no
// space, I/O error, the reader of a pipe is gone; no signal is raised for it).
void write_file(const std::string& path, std::span<const std::span<const uint8_t>> pieces);
void write_file(const std::string& path, std::string_view text);

// The path of the file that write_file(path) would make or replace, the links of its last part
// followed; "" for a descriptor of ours such as /dev/stdout. Throws InputError for links in a
// circle.
std::string replaced_file(const std::string& path);

// Throws the InputError that write_file() would where it can be seen now, before the work whose
// result is to be written: a folder, a missing permission, a file in a folder's place, a link
// into a folder that is not there, a folder that takes no new file (one is made in it for a
// moment). Other folders that do not exist yet are no fault.
void check_writable(const std::string& path);

}  // namespace cusched
