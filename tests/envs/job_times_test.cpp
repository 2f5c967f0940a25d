// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "envs/readers/text_input.h"
#include "tests/envs/workload_test_util.h"

// Times of tables: dates with all kinds of zones, seconds, milliseconds.
namespace cusched {
namespace {

using Notes = std::vector<std::string>;

double seconds(const char* text) {
  double value = -1;
  return parse_timestamp(text, &value) ? value : -1.0;
}

Trace read(const std::string& rows) {
  return parse_job_csv(
      "submission_time,start_time,completion_time,cpu_request,memory_request\n" + rows, "t.csv");
}
std::string message(const std::string& rows) {
  return input_error([&] { read(rows); });
}

TEST(JobTimes, ZonesAreUnderstood) {
  const double utc = 1710032400;  // date -u -d '2024-03-10 01:00:00' +%s
  for (const char* text :
       {"2024-03-10 01:00:00", "2024-03-10T01:00:00Z", "2024-03-10T01:00:00z",
        "2024-03-10 01:00:00+00", "2024-03-10 01:00:00 UTC", "2024-03-10 01:00:00UTC",
        "2024-03-10 01:00:00 GMT", "2024-03-10 01:00:00 +00:00", "2024-03-10 01:00:00 +0000 UTC",
        "2024-03-10 10:00:00+09", "2024-03-10 10:00:00+0900", "2024-03-10 10:00:00+09:00",
        "2024-03-09 19:30:00-05:30", "2024-03-10 01:00:00.000+00"})
    EXPECT_EQ(seconds(text), utc) << text;
  EXPECT_EQ(seconds("2024-03-10 01:00:00.25 UTC"), utc + 0.25);
  for (const char* text :
       {"2024-03-10 01:00:00 ", "2024-03-10 01:00:00 EST", "2024-03-10 01:00:00+",
        "2024-03-10 01:00:00+9", "2024-03-10 01:00:00+09:", "2024-03-10 01:00:00+09 UTC",
        "2024-03-10 01:00:00+15:00", "2024-03-10 01:00:00+00x", "03/10/2024 01:00:00"})
    EXPECT_EQ(seconds(text), -1) << text;
}

TEST(JobTimes, DaysAreThoseOfTheCalendar) {
  EXPECT_EQ(seconds("2026-02-28T00:00:00Z"), 1772236800);  // date -u -d 2026-02-28 +%s
  EXPECT_EQ(seconds("2024-02-29T00:00:00Z"), 1709164800);
  EXPECT_EQ(seconds("2000-02-29"), 951782400);
  EXPECT_EQ(seconds("2026-12-31"), 1798675200);
  for (const char* day : {"2026-02-30", "2025-02-29", "2100-02-29", "2026-04-31", "2026-06-31",
                          "2026-09-31", "2026-11-31", "2026-01-32", "2026-01-00"})
    for (const char* time : {"", "T00:00:00Z", " 23:59:59+09:00"})
      EXPECT_EQ(seconds((std::string(day) + time).c_str()), -1) << day << time;
  const std::string told = message("2026-02-30T00:00:00Z,1,2,2,4\n");
  EXPECT_NE(told.find("t.csv:2, field submission_time: '2026-02-30T00:00:00Z'"), std::string::npos)
      << told;
  EXPECT_NE(told.find("a day that there is"), std::string::npos) << told;
}

TEST(JobTimes, ADateAloneIsItsMidnight) {
  const Trace trace = read("2026-02-28,2026-02-28,2026-03-01,2,4\n2026-02-28T01:00:00Z,5,9,2,4\n");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{1772236800, 1772240400}));
  EXPECT_EQ(trace.rows[0].run, 86400);
  EXPECT_EQ(trace.notes,
            (Notes{"1 dates in submission_time have no time: taken as midnight, UTC",
                   "1 dates in start_time have no time: taken as midnight, UTC",
                   "1 dates in completion_time have no time: taken as midnight, UTC"}));
}

TEST(JobTimes, PostgresTimesAreRead) {
  const Trace trace = read(
      "2024-03-10 01:00:00+00,2024-03-10 01:00:10+00,2024-03-10 01:00:50+00,2,4\n"
      "2024-03-10 01:05:00 UTC,2024-03-10 01:05:10 UTC,2024-03-10 01:05:50 UTC,2,4\n");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{1710032400, 1710032700}));
  EXPECT_EQ(trace.rows[0].run, 40);
  EXPECT_EQ(trace.rows[1].run, 40);
  EXPECT_EQ(trace.notes, Notes{});
}

TEST(JobTimes, MillisecondsAreRecognisedByColumn) {
  const Trace trace = read(
      "1710032400000,1710032410,1710032450,2,4\n1710032700500,1710032710,1710032750,2,4\n"
      "946684800000,1710032710,1710032750,2,4\n");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{946684800, 1710032400, 1710032701}));
  EXPECT_EQ(trace.rows[0].run, 40);
  EXPECT_EQ(trace.notes, (Notes{"submission_time has 13 digits: read as milliseconds since 1970",
                                "1 times with a fraction of a second rounded, halves up",
                                "jobs were not in order of submit time: sorted"}));
  const Trace runs = read("5,1710032410000,1710032450250,2,4\n");
  EXPECT_EQ(runs.submit[0], 5);
  EXPECT_EQ(runs.rows[0].run, 40);
  EXPECT_EQ(message("1710032400000,1,2,2,4\n1710032400,1,2,2,4\n"),
            error_message("t.csv:3, field submission_time: 1710032400 has the size of seconds, "
                          "line 2 of milliseconds since 1970",
                          "", "Write one column in one unit"));
  EXPECT_EQ(message("0,1,2,2,4\n1710032400000,1,2,2,4\n"),
            error_message("t.csv:3, field submission_time: 1710032400000 has the size of "
                          "milliseconds since 1970, line 2 of seconds",
                          "", "Write one column in one unit"));
  EXPECT_NE(message("1710032400000000,1,2,2,4\n").find("micro- or nanoseconds since 1970"),
            std::string::npos)
      << message("1710032400000000,1,2,2,4\n");
}

TEST(JobTimes, AMixtureOfZonesIsTold) {
  EXPECT_EQ(read("2024-03-10 01:00:00+00,1,2,2,4\n2024-03-10 01:05:00,1,2,2,4\n").notes,
            Notes{"1 times in submission_time have no zone where others have one: taken as UTC"});
  EXPECT_EQ(read("2024-03-10 01:00:00,1,2,2,4\n").notes, Notes{});
}

TEST(JobTimes, WhatIsNoTimeIsNamed) {
  for (const char* text :
       {"03/10/2024 01:00", "2024-03-1", "yesterday", "2024-03-10 01:00:00 CET"}) {
    const std::string told = message(std::string(text) + ",1,2,2,4\n");
    EXPECT_NE(told.find("t.csv:2, field submission_time: '" + std::string(text) + "'"),
              std::string::npos)
        << told;
    EXPECT_NE(told.find("UTC"), std::string::npos) << told;
  }
}

TEST(JobTimes, EndsBeforeStartsAreDroppedAndCounted) {
  const Trace trace = read("1,10,5,2,4\n2,10,10,2,4\n3,10,20,2,4\n");
  EXPECT_EQ(trace.size(), 1);
  EXPECT_EQ(trace.notes,
            (Notes{"1 jobs with run time 0 dropped", "1 jobs with a negative run time dropped"}));
}

}  // namespace
}  // namespace cusched
