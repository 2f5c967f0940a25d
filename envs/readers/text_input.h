// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What the readers of traces share. Internal to envs.
namespace cusched {

inline constexpr double kMaxSubmitS = 1125899906842624.0;  // 2^50 s: sums and differences are safe

// The whole file as text, without a byte order mark of UTF-8; a file packed with gzip, xz, bzip2 or
// zstd is unpacked. Throws InputError where it cannot be read, is cut or damaged, or is no text of
// bytes (UTF-16, an archive, zero bytes; where the first 64 KiB show it, the rest is not read), and
// Error where the memory does not suffice.
std::string read_text(const std::string& path);

// Next line of `text` from `*at` on, without its end ("\n" or "\r\n"); false at the end.
bool next_line(std::string_view text, size_t* at, std::string_view* line);

// A finite decimal number, whole field. False where it is anything else (also NaN and infinity).
bool parse_number(std::string_view field, double* value);

// "FILE:LINE, field NAME" for messages.
std::string at_field(const std::string& where, int64_t line, const std::string& field);

// Number of `field` in [low, high], or InputError.
double number_field(std::string_view field, double low, double high, const std::string& where);

// Seconds since 1970-01-01 UTC of "2025-06-09T02:54:28.5+09:00" (date and time separated by T or a
// blank; the fraction may be missing, and so may the zone: UTC). Zones: Z, UTC, GMT, +09:00, +0900,
// +09, after a blank or none; "+0000 UTC" too. A date alone is its midnight, UTC. False where it is
// anything else, also a day that the calendar does not have.
bool parse_timestamp(std::string_view field, double* seconds);

}  // namespace cusched
