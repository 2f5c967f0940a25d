// SPDX-License-Identifier: MIT
#include "envs/readers/units.h"

#include <gtest/gtest.h>

#include "tests/envs/workload_test_util.h"

// Quantities and durations: the value of every form, and what is refused.
namespace cusched {
namespace {

constexpr double kNone = -1;

double quantity(std::string_view text, QuantityUnit unit) {
  return parse_quantity(text, unit).value_or(kNone);
}
double seconds(std::string_view text, double bare_s = 1) {
  return parse_duration(text, bare_s).value_or(kNone);
}

TEST(Quantity, CpuIsMilliCpu) {
  for (const QuantityUnit unit : {QuantityUnit::kMilliCpu, QuantityUnit::kCores}) {
    EXPECT_EQ(quantity("500m", unit), 500);
    EXPECT_EQ(quantity("2k", unit), 2e6);
    EXPECT_EQ(quantity("1.5m", unit), 1.5);
    EXPECT_EQ(quantity("0", unit), 0);
    EXPECT_EQ(quantity("1e3m", unit), 1000);
  }
  EXPECT_EQ(quantity("1500", QuantityUnit::kMilliCpu), 1500);
  EXPECT_EQ(quantity("1.5", QuantityUnit::kCores), 1500);
  EXPECT_EQ(quantity("1e3", QuantityUnit::kCores), 1e6);
  EXPECT_EQ(quantity("1.1", QuantityUnit::kCores), 1100) << "rounded once";
  EXPECT_EQ(quantity("0.001", QuantityUnit::kCores), 1);
  EXPECT_EQ(quantity(".5", QuantityUnit::kCores), 500);
  EXPECT_EQ(quantity("2.", QuantityUnit::kCores), 2000);
}

TEST(Quantity, MemoryIsMib) {
  for (const QuantityUnit unit : {QuantityUnit::kMib, QuantityUnit::kGib, QuantityUnit::kBytes}) {
    EXPECT_EQ(quantity("64Gi", unit), 65536);
    EXPECT_EQ(quantity("64GiB", unit), 65536);
    EXPECT_EQ(quantity("512Mi", unit), 512);
    EXPECT_EQ(quantity("512Ki", unit), 0.5);
    EXPECT_EQ(quantity("1.5Ti", unit), 1572864);
    EXPECT_EQ(quantity("1Pi", unit), 1073741824);
    EXPECT_EQ(quantity("2Ei", unit), 2199023255552);
    EXPECT_EQ(quantity("1G", unit), 1e9 / 1048576);
    EXPECT_EQ(quantity("1M", unit), 1e6 / 1048576);
    EXPECT_EQ(quantity("1k", unit), 1e3 / 1048576);
    EXPECT_EQ(quantity("1T", unit), 1e12 / 1048576);
    EXPECT_EQ(quantity("1P", unit), 1e15 / 1048576);
    EXPECT_EQ(quantity("1E", unit), 1e18 / 1048576);
    EXPECT_EQ(quantity("1e3Mi", unit), 1000);
  }
  EXPECT_EQ(quantity("2048", QuantityUnit::kMib), 2048);
  EXPECT_EQ(quantity("2.5", QuantityUnit::kGib), 2560);
  EXPECT_EQ(quantity("134217728", QuantityUnit::kBytes), 128);
  EXPECT_EQ(quantity("64G", QuantityUnit::kSlurmMib), 65536);
  EXPECT_EQ(quantity("4000M", QuantityUnit::kSlurmMib), 4000);
  EXPECT_EQ(quantity("512K", QuantityUnit::kSlurmMib), 0.5);
  EXPECT_EQ(quantity("1T", QuantityUnit::kSlurmMib), 1048576);
  EXPECT_EQ(quantity("100", QuantityUnit::kSlurmMib), 100);
}

TEST(Quantity, CountsHaveNoUnit) {
  EXPECT_EQ(quantity("3", QuantityUnit::kCount), 3);
  EXPECT_EQ(quantity("2k", QuantityUnit::kCount), 2000);
  EXPECT_EQ(quantity("1m", QuantityUnit::kCount), kNone);
  EXPECT_EQ(quantity("1Ki", QuantityUnit::kCount), kNone);
}

TEST(Quantity, WhatIsAmbiguousOrNoQuantityIsRefused) {
  for (const QuantityUnit unit : {QuantityUnit::kMib, QuantityUnit::kGib, QuantityUnit::kBytes})
    for (const char* text : {"500m", "64GB", "64g", "64K", "64kB", "64kiB", "64ki", "64b"})
      EXPECT_EQ(quantity(text, unit), kNone) << text;
  for (const QuantityUnit unit :
       {QuantityUnit::kMilliCpu, QuantityUnit::kCores, QuantityUnit::kMib, QuantityUnit::kCount})
    for (const char* text : {"", " 1", "1 ", "-1", "nan", "inf", "1,5", "1e", "e3", "Gi", ".", "+",
                             "1e400", "1e999999999999", "9.3e18", "0x10", "1Gix", "++1"})
      EXPECT_EQ(quantity(text, unit), kNone) << text;
  EXPECT_EQ(quantity("1Gi", QuantityUnit::kCores), kNone);
  EXPECT_EQ(quantity("1GB", QuantityUnit::kSlurmMib), kNone);
}

TEST(Quantity, FieldsSayWhatIsWrong) {
  EXPECT_EQ(quantity_field("64Gi", QuantityUnit::kMib, 0, 1e6, "t.csv:2, field memory_mib"), 65536);
  EXPECT_EQ(
      input_error([] { quantity_field("500m", QuantityUnit::kMib, 0, 1e6, "t.csv:2"); }),
      error_message("t.csv:2: '500m' is not a quantity", "",
                    "'m' is a thousandth, which memory has none of: write Mi for MiB or M for "
                    "10^6 bytes"));
  EXPECT_EQ(input_error([] { quantity_field("2Ti", QuantityUnit::kMib, 0, 1e6, "t.csv:2"); }),
            error_message("t.csv:2: 2Ti is out of range", "", "Use 0 to 1000000 MiB"));
  EXPECT_EQ(input_error([] { quantity_field("x", QuantityUnit::kCores, 0, 1e6, "t.csv:2"); }),
            error_message("t.csv:2: 'x' is not a quantity", "",
                          "Write a number of cores, or thousandths such as 500m"));
}

TEST(Duration, UnitsAndNumbers) {
  EXPECT_EQ(seconds("90"), 90);
  EXPECT_EQ(seconds("0.4"), 0.4);
  EXPECT_EQ(seconds("1e3"), 1000);
  EXPECT_EQ(seconds("1.5", 60), 90);
  EXPECT_EQ(seconds("90s", 60), 90) << "a unit overrules what a bare number counts in";
  EXPECT_EQ(seconds("1h30m"), 5400);
  EXPECT_EQ(seconds("1h30m10s"), 5410);
  EXPECT_EQ(seconds("90m"), 5400);
  EXPECT_EQ(seconds("2d"), 172800);
  EXPECT_EQ(seconds("1w"), 604800);
  EXPECT_EQ(seconds("1.5h"), 5400);
  EXPECT_EQ(seconds("250ms"), 0.25);
}

TEST(Duration, Clocks) {
  EXPECT_EQ(seconds("1:30"), 90) << "Slurm's MM:SS";
  EXPECT_EQ(seconds("90:00"), 5400);
  EXPECT_EQ(seconds("01:30:00"), 5400);
  EXPECT_EQ(seconds("27:00:00"), 97200);
  EXPECT_EQ(seconds("00:00:01.500"), 1.5);
  EXPECT_EQ(seconds("2-03"), 183600);
  EXPECT_EQ(seconds("2-03:30"), 185400);
  EXPECT_EQ(seconds("2-03:00:00"), 183600);
  EXPECT_EQ(seconds("365-00:00:00"), 31536000);
}

TEST(Duration, WhatIsNoneIsRefused) {
  for (const char* text :
       {"",          "-5",     "nan",  "inf",        "UNLIMITED", "1h1h",  "1m1h",        "1x",
        "h",         "1H",     "1:60", "1:60:00",    "1-24",      "1-",    "-1:00",       "1:2:3:4",
        "1-2:3:4:5", ":30",    "1:",   "1-2-3",      "1h 30m",    "1.5-2", "1.5:00",      "1:-3",
        "1e16",      "1:3.5.", "1:+3", "2024-03-10", "1h30",      "0x10",  "99999999999w"})
    EXPECT_EQ(seconds(text), kNone) << text;
}

TEST(Duration, FieldsSayWhatIsWrong) {
  EXPECT_EQ(duration_field("1h30m", 1, 0, 1e6, "t.csv:2"), 5400);
  EXPECT_EQ(input_error([] { duration_field("soon", 1, 0, 1e6, "t.csv:2, field run_s"); }),
            error_message("t.csv:2, field run_s: 'soon' is not a duration", "",
                          "Write seconds, 90s, 1h30m, 2d, HH:MM:SS, MM:SS or D-HH:MM:SS"));
  EXPECT_EQ(input_error([] { duration_field("2d", 1, 0, 3600, "t.csv:2"); }),
            error_message("t.csv:2: 2d is out of range", "", "Use 0 to 3600 s"));
}

}  // namespace
}  // namespace cusched
