// SPDX-License-Identifier: MIT
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <fstream>

#include "envs/readers/text_input.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() /
          (std::to_string(::getpid()) + "_cusched_" + name))
      .string();
}

std::string row(int id, const std::string& submit, const std::string& run, const std::string& procs,
                const std::string& asked_procs = "-1", const std::string& asked_time = "-1") {
  return std::to_string(id) + " " + submit + " -1 " + run + " " + procs + " -1 -1 " + asked_procs +
         " " + asked_time + " -1 1 3 4 -1 5 -1 -1 -1\n";
}

TEST(Swf, OdditiesOfTheFormat) {
  const std::string text = ";MaxNodes: 64\n; MaxProcs:\t128 \n\n" +
                           row(1, "10", "5", "2", "4", "100") +  // procs = max(2, 4)
                           row(2, "20", "0", "2") +              // run time 0: dropped
                           row(3, "30", "-1", "2") +             // unknown: 10 s
                           row(4, "40", "7", "-1", "3", "0") +   // no request: run time
                           row(5, "50", "7", "-1", "-1") +       // no processors: dropped
                           "  6\t60 -1 9.0 1 -1 -1 -1 -1 -1 1 3 4 -1 5 -1 -1 -1 ; end\r\n";
  const Trace trace = parse_swf(text, "t.swf");
  ASSERT_EQ(trace.size(), 4);
  EXPECT_EQ(trace.max_procs, 128);
  EXPECT_EQ(trace.rows[0].cpu_milli, 4000);
  EXPECT_EQ(trace.rows[0].estimate, 100);
  EXPECT_EQ(trace.rows[0].run, 5);
  EXPECT_EQ(trace.rows[1].run, 10);
  EXPECT_EQ(trace.rows[1].estimate, 10);
  EXPECT_EQ(trace.rows[2].cpu_milli, 3000);
  EXPECT_EQ(trace.rows[2].estimate, 7);
  EXPECT_EQ(trace.submit[3], 60);
  EXPECT_EQ(trace.rows[3].run, 9);
  EXPECT_EQ(trace.line[3], 9);
  ASSERT_EQ(trace.notes.size(), 3u);
  EXPECT_EQ(trace.notes[0], "1 jobs with run time 0 dropped");
  EXPECT_EQ(trace.notes[1], "1 jobs without processors dropped");
  EXPECT_EQ(trace.notes[2], "1 jobs with unknown run time set to 10 s");
}

TEST(Swf, SortsStablyAndSaysSo) {
  const Trace trace = parse_swf(row(1, "30", "1", "1") + row(2, "20", "2", "1") +
                                    row(3, "30", "3", "1") + row(4, "20", "4", "1"),
                                "t.swf");
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{20, 20, 30, 30}));
  EXPECT_EQ(trace.rows[0].run, 2);
  EXPECT_EQ(trace.rows[1].run, 4);
  EXPECT_EQ(trace.rows[2].run, 1);
  EXPECT_EQ(trace.rows[3].run, 3);
  ASSERT_EQ(trace.notes.size(), 1u);
  EXPECT_EQ(trace.notes[0], "jobs were not in order of submit time: sorted");
}

TEST(Swf, TenantsMemoryAndLimits) {
  SwfOptions options;
  options.memory_per_proc_mib = 100;
  options.tenant = SwfOptions::Tenant::kUser;
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += std::to_string(i) + " 1 -1 1 2 -1 -1 -1 -1 2048 1 " + std::to_string(1000 - i) +
            " 4 -1 5 -1 -1 -1\n";
  const Trace trace = parse_swf(text, "t.swf", options);
  EXPECT_EQ(trace.rows[0].memory_mib, 200);
  EXPECT_EQ(trace.rows[3].tenant, 3);
  EXPECT_EQ(trace.rows[17].tenant, 1);
  ASSERT_EQ(trace.notes.size(), 1u);
  EXPECT_EQ(trace.notes[0], "20 tenants share 16 indices");
  options.read_memory = true;
  EXPECT_EQ(parse_swf(text, "t.swf", options).rows[0].memory_mib, 4);  // 2 x 2048 KiB
}

TEST(Swf, ErrorsNameFileLineAndField) {
  const auto message = [](const std::string& text) {
    return input_error([&] { parse_swf(text, "t.swf"); });
  };
  EXPECT_EQ(message("; c\n" + row(1, "x", "5", "2")),
            error_message("t.swf:2, field 2 (submit time): 'x' is not a number", "",
                          "Write a plain decimal number"));
  EXPECT_EQ(message(row(1, "1", "nan", "2")),
            error_message("t.swf:1, field 4 (run time): 'nan' is not a number", "",
                          "Write a plain decimal number"));
  EXPECT_EQ(message(row(1, "-7", "5", "2")),
            error_message("t.swf:1, field 2 (submit time): -7 is out of range", "",
                          "Use a number from 0 to 1125899906842624"));
  EXPECT_EQ(message(row(1, "1", "9999999999", "2")),
            error_message("t.swf:1, field 4 (run time): 9999999999 is out of range", "",
                          "Use a number from -1000000000 to 1073741824"));
  EXPECT_EQ(message(row(1, "1", "5", "2147483648")),
            error_message("t.swf:1, field 5 (allocated procs): 2147483648 is out of range", "",
                          "Use a number from -1 to 1073741"));
  EXPECT_EQ(message("1 2 3\n"),
            error_message("t.swf:1: 3 columns instead of 18", "",
                          "Write every job in the Standard Workload Format, -1 for what is "
                          "unknown"));
  EXPECT_EQ(message("; nothing\n"),
            error_message("t.swf: no job in this file", "", "Give a trace with at least one job"));
  EXPECT_NE(message(row(1, "inf", "5", "2")).find("is not a number"), std::string::npos);
  EXPECT_NE(message(row(1, "1e400", "5", "2")).find("is not a number"), std::string::npos);
  EXPECT_NE(message(row(1, "1", "5", "2", "-1", "1e18")).find("9 (requested time)"),
            std::string::npos);
  EXPECT_NE(input_error([] { read_swf("/nonexistent/t.swf"); }).find("cannot be opened"),
            std::string::npos);
}

TEST(Swf, ReadsGzip) {
  const std::string path = temporary("t.swf.gz");
  const std::string text = row(1, "10", "5", "2");
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  gzclose(file);
  EXPECT_EQ(read_swf(path).size(), 1);
  std::filesystem::remove(path);
}

TEST(Csv, OwnColumns) {
  const Trace trace = parse_job_csv(
      "\xEF\xBB\xBFjob_id,submit_s,run_s,estimate_s,cpu_milli,memory_mib,gpus,pods,priority,type,"
      "tenant,urgent,cpu_use,memory_use\r\n"
      "\"a,\"\"1\"\"\",100,60,120,1500,2048,1,4,7,ml,blue,1,800,1100\r\n"
      "b,50.9,1.6,,500,256,,,,etl,red,,,\r\n"
      "\r\n"
      "b,51,99,,500,256,,,,etl,red,,,\r\n"
      "c,60,,,500,256,,,,etl,red,,,",
      "t.csv");
  ASSERT_EQ(trace.size(), 2);
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{51, 100}));
  const Job& b = trace.rows[0];
  EXPECT_EQ(b.run, 2);
  EXPECT_EQ(b.estimate, 2);
  EXPECT_EQ(b.pods(), 1);
  EXPECT_EQ(b.type, JobType::kEtl);
  EXPECT_EQ(b.cpu_use, 1000);
  const Job& a = trace.rows[1];
  EXPECT_EQ(a.cpu_milli, 1500);
  EXPECT_EQ(a.memory_mib, 2048);
  EXPECT_EQ(a.gpus, 1);
  EXPECT_EQ(a.pods(), 4);
  EXPECT_EQ(a.priority, 7);
  EXPECT_EQ(a.type, JobType::kMl);
  EXPECT_EQ(a.tenant, 0);
  EXPECT_EQ(b.tenant, 1);
  EXPECT_EQ(a.urgent, 1);
  EXPECT_EQ(a.memory_use, 1100);
  ASSERT_EQ(trace.notes.size(), 4u);
  EXPECT_EQ(trace.notes[0],
            "1 rows with the job_id of an earlier one and other values dropped (the first: "
            "t.csv:5, job_id 'b'): the earliest counts");
  EXPECT_EQ(trace.notes[1], "1 jobs without run time dropped");
  EXPECT_EQ(trace.notes[2], "2 times with a fraction of a second rounded, halves up");
}

TEST(Csv, ColumnsOfSKRueuesTrainingData) {
  const Trace trace = parse_job_csv(
      "job_id,job_name,job_cpu_request,job_memory_request,job_priority,job_type,"
      "cluster_cpu_available,job_status,oom_occurred,submission_timestamp,wait_time_minutes,"
      "execution_time_minutes\n"
      "u1,n1,0.5,4.0,3,ml-training,24.0,Succeeded,0,2025-06-09T02:54:28+00:00,1.5,30\n"
      "u2,n2,2,8,5,ml,24.0,Failed,1,2025-06-09 11:54:38.5+09:00,0.5,0.25\n",
      "t.csv");
  ASSERT_EQ(trace.size(), 2);
  EXPECT_EQ(trace.submit[0], 1749437668);  // date -u -d 2025-06-09T02:54:28Z +%s
  EXPECT_EQ(trace.submit[1], 1749437679);  // .5 s: half up
  EXPECT_EQ(trace.rows[0].cpu_milli, 500);
  EXPECT_EQ(trace.rows[0].memory_mib, 4096);
  EXPECT_EQ(trace.rows[0].run, 1800);
  EXPECT_EQ(trace.rows[0].type, JobType::kGeneric);
  EXPECT_EQ(trace.rows[0].memory_limit, 0);
  EXPECT_EQ(trace.rows[1].run, 15);
  EXPECT_GT(trace.rows[1].memory_use, trace.rows[1].memory_limit);
  EXPECT_GT(trace.rows[1].memory_limit, 0);
}

TEST(Csv, ErrorsNameFileLineAndField) {
  const auto message = [](const std::string& text) {
    return input_error([&] { parse_job_csv(text, "t.csv"); });
  };
  const std::string head = "submit_s,run_s,cpu_milli,memory_mib,priority,pods\n";
  EXPECT_EQ(message(""),
            error_message("t.csv: is empty", "", "The first line has to name the columns"));
  EXPECT_EQ(message("run_s,cpu_milli,memory_mib\n1,1,1\n"),
            error_message("t.csv:1: no column holds the submit time; there are 'run_s', "
                          "'cpu_milli', 'memory_mib', separated by commas",
                          "", "Add submit_s (seconds), submission_timestamp or submission_time"));
  EXPECT_EQ(message("submit_s,submit_s\n"),
            error_message("t.csv:1: two columns are called 'submit_s'", "", "Rename one of them"));
  EXPECT_EQ(message(head + "1,2,3,4,5,1\n1,2,x,4,5,1\n"),
            error_message("t.csv:3, field cpu_milli: 'x' is not a quantity", "",
                          "Write a number of milli-CPU, or thousandths such as 500m"));
  EXPECT_EQ(message(head + "1,2,3,4,11,1\n"),
            error_message("t.csv:2, field priority: 11 is out of range", "",
                          "Use a number from 0 to 10"));
  EXPECT_EQ(message(head + "1,2,3,4,5,1025\n"),
            error_message("t.csv:2, field pods: 1025 is out of range", "",
                          "Use a number from 1 to 1024"));
  EXPECT_EQ(message(head + "1,2\n"),
            error_message("t.csv:2: 2 fields instead of 6, separated by commas", "",
                          "Give every row as many fields as the header; put fields with commas in "
                          "quotes, and write 1.5, not 1,5"));
  EXPECT_EQ(message(head + "1,\"2\n"), error_message("t.csv:2: a quoted field does not end", "",
                                                     "Close the field with a quote"));
  EXPECT_EQ(message(head + "1,\"2\"x,3,4,5,1\n"),
            error_message("t.csv:2: text follows a quoted field", "",
                          "Put a comma or a line end after the quote"));
  EXPECT_NE(message(head + "-5,2,3,4,5,1\n").find("t.csv:2, field submit_s: -5 is out of range"),
            std::string::npos);
  EXPECT_NE(message(head + "1,nan,3,4,5,1\n").find("'nan' is not a number"), std::string::npos);
  EXPECT_NE(message(head).find("no job in this file"), std::string::npos);
}

TEST(Csv, TimestampsAreParsedExactly) {
  const auto seconds = [](const char* text) {
    double value = -1;
    return parse_timestamp(text, &value) ? value : -1.0;
  };
  EXPECT_EQ(seconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(seconds("2000-02-29 12:00:00"), 951825600);
  EXPECT_EQ(seconds("2100-03-01T00:00:00"), 4107542400);
  EXPECT_EQ(seconds("2025-06-09T02:54:28.25-0130"), 1749443068.25);
  for (const char* bad : {"", "2025", "2025-13-01T00:00:00", "2025-06-09T", "2025-06-09T24:00:00",
                          "2025-06-09T02:54:28.", "2025-06-09T02:54:28+", "2025-06-09T02:54:28Zx",
                          "-2025-06-09T02:54:28", "1969-12-31T23:59:59"})
    EXPECT_EQ(seconds(bad), -1) << bad;
}

TEST(Sqlite, ReadsTheTableOfSKRueuesCollector) {
  const std::string path = temporary("jobs.db");
  {
    SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(
        "CREATE TABLE jobs (job_id TEXT PRIMARY KEY, namespace TEXT, submission_time TIMESTAMP, "
        "start_time TIMESTAMP, completion_time TIMESTAMP, cpu_request REAL, memory_request REAL, "
        "memory_limit REAL, priority INTEGER, job_type TEXT, oom_killed BOOLEAN)");
    db.exec(
        "INSERT INTO jobs VALUES ('a','x','2025-06-09T02:54:28','2025-06-09T02:55:00',"
        "'2025-06-09T03:05:00',1.5,2.0,4.0,5,'ml',0),"
        "('b','y','2025-06-09T02:54:20','2025-06-09T02:55:00',NULL,1.5,2.0,4.0,5,'ml',0)");
  }
  const Trace trace = read_job_sqlite(path);
  ASSERT_EQ(trace.size(), 1);
  EXPECT_EQ(trace.rows[0].run, 600);
  EXPECT_EQ(trace.rows[0].cpu_milli, 1500);
  EXPECT_EQ(trace.rows[0].memory_mib, 2048);
  EXPECT_EQ(trace.rows[0].memory_limit, 2000);
  EXPECT_EQ(trace.submit[0], 1749437668);
  {
    SQLite::Database db(path, SQLite::OPEN_READWRITE);
    db.exec("UPDATE jobs SET priority = 'high' WHERE job_id = 'a'");
  }
  EXPECT_EQ(input_error([&] { read_job_sqlite(path); }),
            error_message(path + ", table jobs:1, field priority: 'high' is not a number", "",
                          "Write a plain decimal number"));
  {
    SQLite::Database db(path, SQLite::OPEN_READWRITE);
    db.exec("DROP TABLE jobs");
  }
  EXPECT_NE(input_error([&] { read_job_sqlite(path); }).find("has no table `jobs`"),
            std::string::npos);
  std::ofstream(path) << "this is not a database, but long enough to look at";
  EXPECT_NE(input_error([&] { read_job_sqlite(path); }).find(path), std::string::npos);
  std::filesystem::remove(path);
  EXPECT_NE(input_error([&] { read_job_sqlite(path); }).find(path), std::string::npos);
}

}  // namespace
}  // namespace cusched
