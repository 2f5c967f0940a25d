// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Quantities and durations as people write them: Kubernetes' quantities, Slurm's times, Go's
// durations. One grammar for columns, importers and options. Blanks around the text are the
// caller's to remove.
namespace cusched {

// What a number without a suffix counts in. CPU is returned in milli-CPU, memory in MiB, a count as
// it is.
enum class QuantityUnit : uint8_t {
  kMilliCpu,  // "1500" is 1500 milli-CPU: a column like cpu_milli
  kCores,     // "1.5" is 1500 milli-CPU: Kubernetes' cpu, a column of cores
  kMib,       // "2048" is 2048 MiB: a column like memory_mib
  kGib,       // "2" is 2048 MiB: a column of GiB
  kBytes,     // "1048576" is 1 MiB: Kubernetes' memory
  kSlurmMib,  // "2048" is 2048 MiB, and K, M, G, T, P are powers of 1024: Slurm's memory
  kCount,     // "3" is 3: GPUs, pods
};

// QUANTITY = NUMBER [SUFFIX]. NUMBER: decimal, not negative, with a point and an exponent where
// wanted ("1.5", "1e3"). SUFFIX, after Kubernetes' resource.Quantity (letters' case counts):
//   m                       thousandths of a core; CPU alone
//   k M G T P E             powers of 1000 of a core, a byte, or one
//   Ki Mi Gi Ti Pi Ei       powers of 1024 of a byte; memory alone; also KiB, MiB, ...
// So "64Gi" is 65536 MiB and "500m" is half a core, in whatever the column counts. Nothing is
// guessed: "500m" of memory (a milli-byte, or a MiB?), "64GB" and "64g" are not understood.
// Returns the nearest double to the exact value, 0 <= value < 2^63; none for anything else.
std::optional<double> parse_quantity(std::string_view text, QuantityUnit unit);

// What to write instead, for a text that parse_quantity() does not understand: names the ambiguity
// where there is one.
std::string quantity_advice(std::string_view text, QuantityUnit unit);

// The number, or InputError: not understood, or outside [low, high] (in what is returned).
double quantity_field(std::string_view text, QuantityUnit unit, double low, double high,
                      const std::string& where);

// Seconds of a duration:
//   NUMBER               a number of `bare_s` seconds, 1 unless the column counts in others
//   1w 2d 1h30m 90s 5ms  NUMBER and unit (w d h m s ms), from large to small, each once
//   MM:SS                minutes, as Slurm reads it: "1:30" is 90 s, not an hour and a half
//   HH:MM:SS             hours may be above 24; seconds may have a fraction
//   D-HH  D-HH:MM  D-HH:MM:SS   Slurm's days
// Minutes, seconds and, after days, hours are below 60, 60 and 24, except the first field. Returns
// 0 <= value <= 2^50; none for anything else (also negative, NaN, "UNLIMITED").
std::optional<double> parse_duration(std::string_view text, double bare_s = 1);

// The forms above in a sentence, for a text that is none of them.
std::string duration_advice();

// The duration in seconds, or InputError: not understood, or outside [low, high] s.
double duration_field(std::string_view text, double bare_s, double low, double high,
                      const std::string& where);

}  // namespace cusched
