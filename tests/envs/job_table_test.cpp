// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tests/envs/workload_test_util.h"

// Tables of jobs as people bring them: what is read, what is told, what is refused.
namespace cusched {
namespace {

const std::string kHead = "job_id,submit_s,run_s,cpu_milli,memory_mib";

Trace read(const std::string& text) { return parse_job_csv(text, "t.csv"); }
std::string message(const std::string& text) {
  return input_error([&] { read(text); });
}
void expect_told(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}
// One job with the value of one further column, or of one of the five.
std::string with(const std::string& column, const std::string& value) {
  return kHead + "," + column + "\n0,10,60,1000,2048," + value + "\n";
}
std::string instead(size_t column, const std::string& value) {
  std::vector<std::string> values = {"0", "10", "60", "1000", "2048"};
  values[column] = value;
  std::string line;
  for (const std::string& field : values) line += (line.empty() ? "" : ",") + field;
  return kHead + "\n" + line + "\n";
}
Job job(const std::string& text) {
  const Trace trace = read(text);
  EXPECT_EQ(trace.size(), 1);
  return trace.rows.front();
}
using Notes = std::vector<std::string>;

TEST(JobTable, EverySeparatorIsFound) {
  const std::string plain =
      "job_id,submit_s,run_s,cpu_milli,memory_mib,gpus,tenant\n0,10,60,1000,2048,2,a\n"
      "1,20,30,500,1024,0,b\n";
  for (const char separator : {',', ';', '\t', '|'}) {
    std::string text = plain;
    for (char& c : text) c = c == ',' ? separator : c;
    for (const std::string& excel : {std::string(), std::string("sep=") + separator + "\r\n"}) {
      const Trace trace = read(excel + text);
      ASSERT_EQ(trace.size(), 2) << excel << text;
      EXPECT_EQ(trace.rows[0].gpus, 2);
      EXPECT_EQ(trace.rows[1].cpu_milli, 500);
      EXPECT_EQ(trace.rows[1].tenant, 1);
      EXPECT_EQ(trace.submit, (std::vector<int64_t>{10, 20}));
      EXPECT_EQ(trace.line[0], excel.empty() ? 2 : 3);
      EXPECT_EQ(trace.notes, Notes{});
    }
  }
}

TEST(JobTable, BlanksCommentsAndEmptyLastColumnsAreNoMatter) {
  const Trace trace = read(
      "\xEF\xBB\xBF# a comment\n\n job_id , submit_s,run_s ,\tcpu_milli, memory_mib,,\n"
      "0 , 10,60, 1000,2048,,\n \"1\" ,20, 30,500 , \"1024\"\n2,30,30,500,1024,,,,\n   \n");
  ASSERT_EQ(trace.size(), 3);
  EXPECT_EQ(trace.rows[0].cpu_milli, 1000);
  EXPECT_EQ(trace.rows[1].memory_mib, 1024);
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{10, 20, 30}));
  EXPECT_EQ(trace.line, (std::vector<int64_t>{4, 5, 6}));
  EXPECT_EQ(trace.notes, Notes{});
  EXPECT_EQ(read(kHead + "\r0,1,2,3,4\r1,2,3,4,5\r").size(), 2) << "lines of old Macs";
  expect_told(message(kHead + ",\n0,10,60,1000,2048,7\n"), {"t.csv:2", "6 fields instead of 5"});
}

TEST(JobTable, RepeatedHeadersAreToldAndPassedOver) {
  const Trace trace = read(kHead + "\n0,1,2,3,4\n" + kHead + "\n1,2,3,4,5\n");
  EXPECT_EQ(trace.size(), 2);
  EXPECT_EQ(trace.notes, Notes{"1 repeated headers passed over"});
}

TEST(JobTable, QuantitiesAndDurationsAreUnderstood) {
  EXPECT_EQ(job(instead(4, "64Gi")).memory_mib, 65536);
  EXPECT_EQ(job(instead(4, "1536Ki")).memory_mib, 2) << "to the nearest MiB";
  EXPECT_EQ(job(instead(3, "500m")).cpu_milli, 500);
  EXPECT_EQ(job(instead(2, "1h30m")).run, 5400);
  EXPECT_EQ(job(instead(2, "2-03:00:00")).run, 183600);
  EXPECT_EQ(job(instead(2, "01:30:00")).run, 5400);
  EXPECT_EQ(job(with("estimate_s", "2d")).estimate, 172800);
  const std::string skrueue = "submission_time,execution_time_minutes,cpu_request,memory_request\n";
  EXPECT_EQ(job(skrueue + "1,1.5,1.5,0.5\n").run, 90);
  EXPECT_EQ(job(skrueue + "1,90s,1.5,0.5\n").run, 90);
  EXPECT_EQ(job(skrueue + "1,1,1.5,0.5\n").cpu_milli, 1500);
  EXPECT_EQ(job(skrueue + "1,1,250m,0.5\n").cpu_milli, 250);
  EXPECT_EQ(job(skrueue + "1,1,1,0.5\n").memory_mib, 512);
  EXPECT_EQ(job(skrueue + "1,1,1,512Mi\n").memory_mib, 512);
  expect_told(message(instead(4, "500m")), {"t.csv:2, field memory_mib: '500m'", "thousandth"});
  expect_told(message(instead(4, "64GB")), {"'64GB'", "Gi for powers of 1024"});
  expect_told(message(instead(3, "1Gi")), {"field cpu_milli: '1Gi'"});
  expect_told(message(instead(2, "soon")), {"field run_s: 'soon'", "1h30m"});
}

TEST(JobTable, FractionsOfWholeThingsAreRefused) {
  expect_told(message(with("gpus", "0.5")),
              {"t.csv:2, field gpus: '0.5' is not a whole number", "placement", "gpu_milli"});
  expect_told(message(with("pods", "1.9")), {"field pods: '1.9' is not a whole number"});
  expect_told(message(with("priority", "2.5")), {"field priority: '2.5'"});
  expect_told(message(with("urgent", "0.5")), {"field urgent: '0.5'", "0 or 1"});
  expect_told(message(with("cpu_use", "0.8")), {"field cpu_use: '0.8'", "per mille"});
  expect_told(message(with("oom_killed", "0.3")), {"field oom_killed: '0.3'"});
  EXPECT_EQ(job(with("gpus", "2.0")).gpus, 2) << "pandas writes whole numbers so";
  EXPECT_EQ(job(with("pods", "1e1")).pods(), 10);
  EXPECT_EQ(job(with("urgent", "True")).urgent, 1);
  EXPECT_EQ(job(with("urgent", "no")).urgent, 0);
}

TEST(JobTable, FractionsOfTimesAndRequestsAreRoundedAndTold) {
  const Trace trace = read(kHead + "\n0,10.5,0.3,1000.4,2048.5\n1,20.4,59.5,500,1024\n");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{11, 20}));
  EXPECT_EQ(trace.rows[0].run, 1) << "a job that ran is no job without run time";
  EXPECT_EQ(trace.rows[1].run, 60);
  EXPECT_EQ(trace.rows[0].cpu_milli, 1000);
  EXPECT_EQ(trace.rows[0].memory_mib, 2049);
  EXPECT_EQ(trace.notes, (Notes{"4 times with a fraction of a second rounded, halves up",
                                "2 requests rounded to whole milli-CPU and MiB"}));
}

TEST(JobTable, WhatIsNoNumberIsNamed) {
  for (const char* none : {"NaN", "nan", "None", "NULL", "N/A", "NaT"})
    for (const size_t column : {size_t{1}, size_t{2}, size_t{3}, size_t{4}})
      expect_told(message(instead(column, none)),
                  {"t.csv:2, field ", std::string("'") + none + "' is not a number",
                   "Leave the field empty"});
  expect_told(message(instead(2, "inf")), {"'inf' is not a number", "finite"});
  expect_told(message(instead(3, "-1")), {"field cpu_milli: -1 is out of range"});
  expect_told(message(instead(1, "-1")), {"field submit_s: -1 is out of range"});
  expect_told(message(with("gpus", "-1")), {"field gpus: -1 is out of range"});
  expect_told(message(instead(2, "2e9")), {"field run_s: 2e9 is out of range"});
  expect_told(message(instead(4, "8Ei")), {"field memory_mib: 8Ei is out of range"});
  expect_told(message("job_id;submit_s;run_s;cpu_milli;memory_mib\n0;10,5;60;1000;2048\n"),
              {"t.csv:2, field submit_s: '10,5'", "comma", "10.5"});
  expect_told(message("submit_s;run_s;cpu_request;memory_request\n0;60;1,5;2\n"),
              {"field cpu_request: '1,5'", "comma", "1.5"});
  expect_told(message(kHead + "\n0,10,5,60,1000,2048\n"),
              {"6 fields instead of 5", "1.5, not 1,5"});
  expect_told(message(instead(3, std::string(100000, 'x'))), {"'xxxx"});
  EXPECT_LT(message(instead(3, std::string(100000, 'x'))).size(), 300u);
  using namespace std::string_literals;
  expect_told(message(kHead + "\n0,1,2,3,4\n0,1\0,2,3,4\n"s), {"t.csv:3", "zero byte"});
}

TEST(JobTable, MisspeltColumnsAreAskedAbout) {
  const auto asks = [](const std::string& column, const std::string& wanted) {
    expect_told(message(with(column, "1")),
                {"t.csv:1: there is a column '" + column + "', but none called '" + wanted + "'",
                 "Did you mean " + wanted + "?"});
  };
  asks("gpu", "gpus");
  asks("GPUs", "gpus");
  asks("num_gpus", "gpus");
  asks("pod", "pods");
  asks("replicas", "pods");
  asks("tenants", "tenant");
  asks("prioritty", "priority");
  asks("estimates", "estimate_s");
  asks("urgnet", "urgent");
  asks("mem_use", "memory_use");
  expect_told(message("Submit_S,run_s,cpu_milli,memory_mib\n0,1,2,3\n"), {"mean submit_s?"});
  expect_told(message("submit_s,run_s,cpu_milli,mem_mib\n0,1,2,3\n"), {"mean memory_mib?"});
  // Where the right one is there, another that is like it means something else.
  EXPECT_EQ(read(kHead + ",gpus,gpu\n0,10,60,1000,2048,1,x\n").notes,
            Notes{"columns that are not used: 'gpu'"});
}

TEST(JobTable, ColumnsThatAreNotUsedAreListed) {
  std::string head = kHead, row = "0,10,60,1000,2048";
  for (int i = 0; i < 12; ++i) {
    head += ",extra_column_" + std::to_string(i);
    row += ",x";
  }
  const Notes notes = read(head + "\n" + row + "\n").notes;
  ASSERT_EQ(notes.size(), 1u);
  expect_told(notes[0], {"columns that are not used: 'extra_column_0', ",
                         "'extra_column_9' and 2 "
                         "others"});
  EXPECT_EQ(notes[0].find("extra_column_10"), std::string::npos);
  for (const char* other : {"node", "nodes", "user", "state", "gpu_type", "node_name", "account"})
    EXPECT_EQ(read(with(other, "x")).notes,
              Notes{std::string("columns that are not used: '") + other + "'"});
}

TEST(JobTable, ColumnsWhoseMeaningAnotherOneHasAreListed) {
  const std::string used = "columns that are not used: ";
  EXPECT_EQ(read("submission_time,submit_s,run_s,cpu_milli,memory_mib\n7,9,60,1000,2048\n").notes,
            Notes{used + "'submission_time' (submit_s is used)"});
  EXPECT_EQ(
      read("submit_s,run_s,execution_time_minutes,start_time,completion_time,cpu_milli,"
           "cpu_request,memory_mib,memory_request,tenant,namespace,owner\n"
           "0,60,2,1,5,1000,2,2048,4,a,b,c\n")
          .notes,
      Notes{used + "'execution_time_minutes' (run_s is used), 'start_time' (run_s is used), "
                   "'completion_time' (run_s is used), 'cpu_request' (cpu_milli is used), "
                   "'memory_request' (memory_mib is used), 'namespace' (tenant is used), 'owner'"});
  // Those that stand in for an empty field of any row are used.
  const Trace trace = read(
      "submit_s,run_s,execution_time_minutes,cpu_milli,cpu_request,memory_mib,memory_request\n"
      "0,60,9,1000,9,2048,9\n1,,2,,2,,4\n");
  EXPECT_EQ(trace.notes, Notes{});
  EXPECT_EQ(trace.rows[0].run, 60);
  EXPECT_EQ(trace.rows[1].run, 120);
  EXPECT_EQ(trace.rows[1].cpu_milli, 2000);
  EXPECT_EQ(trace.rows[1].memory_mib, 4096);
}

TEST(JobTable, SkrueuesOwnColumnsAreNoMatter) {
  EXPECT_EQ(read("job_id,job_name,job_cpu_request,job_memory_request,job_priority,job_type,"
                 "cluster_cpu_available,cluster_memory_available,cluster_cpu_utilization,"
                 "cluster_memory_utilization,cluster_queue_length,cluster_running_jobs,job_status,"
                 "execution_success,oom_occurred,submission_timestamp,wait_time_minutes,"
                 "execution_time_minutes\n"
                 "u,n,0.5,4.0,3,ml,24.0,1,1,1,1,1,Succeeded,1,0,2025-06-09T02:54:28+00:00,1.5,30\n")
                .notes,
            Notes{});
  EXPECT_EQ(read("job_id,name,namespace,submission_time,start_time,completion_time,cpu_request,"
                 "memory_request,cpu_limit,memory_limit,priority,user_name,queue_name,status,"
                 "job_type,restart_count,oom_killed,metadata\n"
                 "u,n,a,10,20,30,1,1,2,2,5,me,q,Succeeded,ml,0,0,{}\n")
                .notes,
            Notes{});
}

TEST(JobTable, AHeaderThatIsNoneIsNamed) {
  expect_told(message("0,10,60,1000,2048\n1,20,60,1000,2048\n"),
              {"t.csv:1: the first line has values instead of names: '0', '10', '60'",
               "submit_s,run_s,cpu_milli,memory_mib"});
  expect_told(message("a,b,c\n1,2,3\n"),
              {"no column holds the submit time; there are 'a', 'b', 'c', separated by commas"});
  expect_told(message("submit_s run_s cpu_milli memory_mib\n0 1 2 3\n"),
              {"there are 'submit_s run_s cpu_milli memory_mib'"});
  expect_told(message(kHead + ",gpus,gpus\n0,1,2,3,4,5,6\n"), {"two columns are called 'gpus'"});
  expect_told(message(kHead + "\n"), {"no job in this file"});
  expect_told(message("\n\n"), {"is empty"});
}

TEST(JobTable, RowsThatAreDroppedAreCountedByTheirReason) {
  const Trace trace = read(kHead +
                           "\n0,10,60,1000,2048\n0,10,60,1000,2048\n0,10,61,1000,2048\n"
                           "1,,60,1000,2048\n2,10,,1000,2048\n3,10,0,1000,2048\n4,10,-1,1000,2048\n"
                           "5,5,60,,\n");
  EXPECT_EQ(trace.size(), 2);
  EXPECT_EQ(trace.notes,
            (Notes{"1 repeated rows of the same job dropped",
                   "1 rows with the job_id of an earlier one and other values dropped "
                   "(the first: t.csv:4, job_id '0'): the earliest counts",
                   "1 jobs without submit time dropped", "1 jobs without run time dropped",
                   "1 jobs with run time 0 dropped", "1 jobs with a negative run time dropped",
                   "1 jobs without a CPU request taken as 0",
                   "1 jobs without a memory request taken as 0",
                   "jobs were not in order of submit time: sorted"}));
  expect_told(message(instead(2, "0")),
              {"no job is left of 1 rows: 1 jobs with run time 0 dropped"});
}

TEST(JobTable, TenantsBeyondTheLimitShareIndicesAndSaySo) {
  std::string text = kHead + ",tenant\n";
  for (int i = 0; i < kMaxTenants + 2; ++i)
    text += std::to_string(i) + ",10,60,1000,2048,t" + std::to_string(i) + "\n";
  const Trace trace = read(text);
  EXPECT_EQ(trace.rows[kMaxTenants + 1].tenant, 1);
  EXPECT_EQ(trace.notes, Notes{"18 tenants share 16 indices"});
}

TEST(JobTable, GangsKeepTheirPods) {
  EXPECT_EQ(job(with("pods", "128")).pods(), 128);
  EXPECT_EQ(job(with("pods", std::to_string(kMaxPods))).pods(), kMaxPods);
  expect_told(message(with("pods", "0")), {"field pods: 0 is out of range"});
}

}  // namespace
}  // namespace cusched
