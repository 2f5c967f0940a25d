// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "cuda/error.h"

// Files packed with gzip, xz, bzip2 or zstd, told by their first bytes. Internal to envs.
namespace cusched {

inline constexpr size_t kMaxTextBytes = size_t{1} << 33;  // of a file, packed or not

// "gzip", "xz", "bzip2" or "zstd"; null where the bytes begin like none of them.
const char* packing_of(std::string_view bytes);

// What packed bytes stand for; one packed piece may follow another, as the four tools allow. Throws
// InputError, with how much came out until there, where the bytes end before the packed stream
// does, are damaged, are followed by others, or stand for more than `limit` bytes; Error where the
// memory does not suffice. `look`, where given, sees the first 64 KiB or more of a text that is as
// long, before the rest is unpacked: it throws for what is not wanted.
std::string unpack(std::string_view bytes, const std::string& where, size_t limit = kMaxTextBytes,
                   const std::function<void(std::string_view)>& look = nullptr);

// The error for a file that does not fit into memory; `so_far` says how much of it did.
Error too_little_memory(const std::string& path, const std::string& so_far);

}  // namespace cusched
