// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "envs/cluster_spec.h"
#include "tests/envs/workload_test_util.h"

// What real SWF logs hold beside plain lines: partial executions, fractions, jobs larger than the
// machine.
namespace cusched {
namespace {

// Job number, submit, run, processors, status.
std::string row(const std::string& number, const std::string& submit, const std::string& run,
                const std::string& procs, const std::string& status) {
  return number + " " + submit + " 5 " + run + " " + procs + " -1 -1 " + procs + " 400 -1 " +
         status + " 1 1 1 1 -1 -1 -1\n";
}

using Texts = std::vector<std::string>;

TEST(SwfPartial, TheLineOfTheWholeJobCounts) {
  for (const char* later : {"120", "-1"}) {
    const Trace trace =
        parse_swf(row("1", "0", "300", "4", "1") + row("1", "0", "100", "4", "2") +
                      row("1", later, "100", "4", "2") + row("1", later, "100", "4", "3") +
                      row("2", "60", "50", "8", "0") + row("3", "70", "5", "8", "5") +
                      row("3", "70", "5", "8", "4"),
                  "t.swf");
    ASSERT_EQ(trace.size(), 3) << later;
    EXPECT_EQ(trace.rows[0].run, 300);
    EXPECT_EQ(trace.rows[1].run, 50);
    EXPECT_EQ(trace.rows[2].run, 5);
    EXPECT_EQ(trace.line, (std::vector<int64_t>{1, 5, 6}));
    EXPECT_EQ(trace.notes, (Texts{"4 lines of partial executions (status 2, 3 or 4) left out: a "
                                  "line of their job counts"}));
  }
  // Also where the line of the whole job comes last.
  EXPECT_EQ(parse_swf(row("1", "0", "100", "4", "2") + row("1", "0", "300", "4", "1"), "t.swf")
                .rows[0]
                .run,
            300);
}

TEST(SwfPartial, WithoutAWholeJobThePartsMakeOne) {
  const Trace trace =
      parse_swf(row("7", "10", "100", "4", "2") + row("8", "15", "9", "1", "1") +
                    row("7", "-1", "50.4", "8", "3") + row("9", "-1", "50", "4", "3") +
                    row("-1", "20", "3", "1", "2") + row("-1", "20", "4", "1", "3"),
                "t.swf");
  ASSERT_EQ(trace.size(), 4);
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{10, 15, 20, 20}));
  EXPECT_EQ(trace.rows[0].run, 150);
  EXPECT_EQ(trace.rows[0].cpu_milli, 8000);
  EXPECT_EQ(trace.rows[0].estimate, 400);
  EXPECT_EQ(trace.rows[2].run, 3);  // an unknown number says nothing of one job
  EXPECT_EQ(trace.rows[3].run, 4);
  EXPECT_EQ(trace.notes,
            (Texts{"1 jobs with fractions of seconds: rounded half up, to at least 1 s of run time",
                   "4 lines of partial executions (status 2, 3 or 4) without a line of their whole "
                   "job made 3 jobs, with the sums of their run times",
                   "1 lines of partial executions without a submit time or a line of their whole "
                   "job dropped"}));
}

TEST(SwfPartial, NumbersOfWholeJobsMayRepeat) {
  EXPECT_EQ(parse_swf(row("1", "0", "1", "1", "1") + row("1", "5", "2", "1", "1"), "t").size(), 2);
}

TEST(SwfFractions, RoundHalfUpAndSaySo) {
  const Trace trace =
      parse_swf(row("1", "0.4", "0.3", "4", "1") + row("2", "10.5", "99.5", "4", "1") +
                    row("3", "20", "10.0", "4", "1") + row("4", "30", "-0.5", "4", "1"),
                "t.swf");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{0, 11, 20, 30}));
  EXPECT_EQ(trace.rows[0].run, 1);
  EXPECT_EQ(trace.rows[1].run, 100);
  EXPECT_EQ(trace.rows[2].run, 10);
  EXPECT_EQ(trace.rows[3].run, 10);  // below zero: unknown
  EXPECT_EQ(trace.notes[0], "1 jobs with unknown run time set to 10 s");
  EXPECT_EQ(trace.notes[1],
            "3 jobs with fractions of seconds: rounded half up, to at least 1 s of run time");
}

TEST(SwfFractions, ProcessorsAreWhole) {
  const auto message = [](const std::string& text) {
    return input_error([&] { parse_swf(text, "t.swf"); });
  };
  EXPECT_NE(message(row("1", "0", "5", "1.5", "1"))
                .find("t.swf:1, field 5 (allocated procs): 1.5 is no whole number"),
            std::string::npos);
  EXPECT_NE(
      message(row("1", "1700000000000", "5", "1", "1"))
          .find("t.swf:1, field 2 (submit time): 1700000000000 s is later than the year 5000"),
      std::string::npos);
}

TEST(SwfHeader, ByteOrderMarkThousandsAndWhatIsNoNumber) {
  const auto procs = [](const std::string& header) {
    return parse_swf(header + row("1", "0", "5", "1", "1"), "t.swf").max_procs;
  };
  EXPECT_EQ(procs("\xEF\xBB\xBF; MaxProcs: 16\n"), 16);
  EXPECT_EQ(procs("; MaxProcs: 1,024\n"), 1024);
  EXPECT_EQ(procs("; MaxProcs: 1,024,000 (all)\n"), 1024000);
  EXPECT_EQ(procs("; MaxProcs: 128;\n"), 128);
  EXPECT_EQ(procs("; MaxProcs: -1\n;MaxNodes: 8\n"), 8);
  const Trace trace = parse_swf("; MaxProcs: 1,02\n" + row("1", "0", "5", "1", "1"), "t.swf");
  EXPECT_EQ(trace.max_procs, 0);
  EXPECT_EQ(trace.notes, (Texts{"line 1: MaxProcs: 1,02 is no number of processors: passed over"}));
}

WorkloadConfig swf_config(const std::string& text) {
  WorkloadConfig config;
  config.name = "swf";
  config.jobs = std::make_shared<Trace>(parse_swf(text, "t.swf"));
  return config;
}

TEST(SwfPool, IsTheMachineOfTheHeaderOrIsTold) {
  const std::string jobs = row("1", "0", "5", "4", "1") + row("2", "0", "5", "32", "1");
  const auto pool = [](const std::string& text) { return pool_of(swf_config(text), "nodes"); };
  ClusterSpec spec = pool("; MaxProcs: 16\n; MaxNodes: 4\n" + jobs);
  EXPECT_EQ(spec.capacity.cpu_milli, 16000);
  EXPECT_TRUE(spec.notes.empty());
  spec = pool(jobs);
  EXPECT_EQ(spec.capacity.cpu_milli, 32000);
  EXPECT_EQ(spec.notes, (Texts{"t.swf: no MaxProcs in the header: the pool has 32 processors, as "
                               "the largest job asks for (line 2)"}));
  spec = pool("; MaxNodes: 64\n" + jobs);
  EXPECT_EQ(spec.capacity.cpu_milli, 64000);
  EXPECT_EQ(spec.notes, (Texts{"t.swf: no MaxProcs in the header: the pool has 64 processors, as "
                               "MaxNodes says"}));
  spec = pool("; MaxNodes: 16\n" + jobs);
  EXPECT_EQ(spec.capacity.cpu_milli, 32000);
  EXPECT_EQ(spec.notes, (Texts{"t.swf: no MaxProcs in the header: the pool has 32 processors, as "
                               "the largest job asks for (line 3), more than MaxNodes 16"}));
}

TEST(SwfPool, LargerJobsAreRefusedOrDropped) {
  WorkloadConfig config = swf_config("; MaxProcs: 16\n" + row("1", "0", "5", "4", "1") +
                                     row("2", "3", "5", "32", "1") + row("3", "9", "6", "16", "1"));
  const ClusterCapacity cluster = pool_of(config, "nodes").capacity;
  EXPECT_NE(input_error([&] { make_workload(config, cluster); })
                .find("t.swf:3: a job asks for 32 processors of a machine with 16 (MaxProcs in the "
                      "header)"),
            std::string::npos);
  config.drop_oversize = true;
  const Workload workload = make_workload(config, cluster);
  EXPECT_EQ(workload.total_jobs, 2);
  EXPECT_EQ(workload.rows[1].run, 6);
  EXPECT_EQ(workload.rows[1].id, 1);
  EXPECT_EQ(workload.notes, (Texts{"1 of 3 jobs ask for more than the empty cluster holds: "
                                   "dropped; the first is t.swf:3"}));
  config = swf_config("; MaxProcs: 2\n" + row("1", "0", "5", "4", "1"));
  config.drop_oversize = true;
  EXPECT_NE(input_error([&] {
              make_workload(config, pool_of(config, "nodes").capacity);
            }).find("holds none of its jobs"),
            std::string::npos);
}

}  // namespace
}  // namespace cusched
