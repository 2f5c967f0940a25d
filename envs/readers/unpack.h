// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Files packed with gzip, xz, bzip2 or zstd, told by their first bytes. Internal to envs.
namespace cusched {

inline constexpr size_t kMaxTextBytes = size_t{1} << 33;  // of a file, packed or not

// "gzip", "xz", "bzip2" or "zstd"; null where the bytes begin like none of them.
const char* packing_of(std::string_view bytes);

// What packed bytes stand for; one packed piece may follow another, as the four tools allow. Throws
// InputError, with how much came out until there, where the bytes end before the packed stream
// does, are damaged, are followed by others, or stand for more than `limit` bytes.
std::string unpack(std::string_view bytes, const std::string& where, size_t limit = kMaxTextBytes);

}  // namespace cusched
