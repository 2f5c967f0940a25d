// SPDX-License-Identifier: MIT
#include "tests/envs/import_test_util.h"

namespace cusched {
namespace {

constexpr TraceFormat kFormat = TraceFormat::kSacct;
constexpr const char* kHeader =
    "JobID|Submit|Start|End|ElapsedRaw|State|NNodes|AllocTRES|ReqMem|Timelimit|Account|Priority\n";
constexpr const char* kTimes = "|2026-01-05T10:00:00|2026-01-05T10:01:00|2026-01-05T10:31:00|1800|";

// A job that ended well.
std::string row(const std::string& id, const std::string& nodes, const std::string& tres,
                const std::string& memory, const std::string& limit) {
  return id + kTimes + "COMPLETED|" + nodes + "|" + tres + "|" + memory + "|" + limit +
         "|physics|3\n";
}

ImportedJob only(const std::string& text) {
  const ImportedJobs jobs = import_text(kFormat, text);
  EXPECT_EQ(jobs.jobs.size(), 1u);
  return jobs.jobs.at(0);
}

TEST(ImportSacct, ResourcesAreThoseOfANode) {
  const ImportedJobs jobs = import_text(
      kFormat,
      kHeader + row("123", "2", "billing=8,cpu=16,gres/gpu:a100=4,gres/gpu=4,mem=64G,node=2", "4Gn",
                    "2-03:00:00"));
  EXPECT_EQ(rows_of(jobs), "123,1767607200,1800,183600,8000,32768,2,2,3,batch,physics,0\n");
  EXPECT_TRUE(jobs.left_out.empty());
  EXPECT_TRUE(jobs.notes.empty());
}

TEST(ImportSacct, ColumnsInAnyOrderCaseAndSeparator) {
  const std::string rows =
      "state^NCPUS^jobid^submit^elapsed^reqmem^user^^\n"
      "COMPLETED^4^77^2026-01-05T10:00:00^1-01:00:05^2Gc^ann^^\n";
  std::string header = rows;
  header.erase(header.find("^^\n"), 1);
  header.erase(header.rfind("^^"), 1);
  const ImportedJob job = only(header);
  EXPECT_EQ(job.id, "77");
  EXPECT_EQ(job.run_s, 90005);
  EXPECT_EQ(job.cpu_milli, 4000);
  EXPECT_EQ(job.memory_mib, 8192);
  EXPECT_EQ(job.tenant, "ann");
  EXPECT_EQ(job.estimate_s, 90005);
}

TEST(ImportSacct, MemoryOfANodeOfAProcessorAndOfTheJob) {
  const auto memory = [](const char* nodes, const char* text) {
    return only(kHeader + row("1", nodes, "cpu=8", text, "10")).memory_mib;
  };
  EXPECT_EQ(memory("2", "4Gn"), 4096);
  EXPECT_EQ(memory("2", "4Gc"), 4 * 4096);  // 4 processors a node
  EXPECT_EQ(memory("2", "64G"), 32768);
  EXPECT_EQ(memory("1", "1500"), 1500);
  EXPECT_EQ(memory("1", "512000K"), 500);
  EXPECT_EQ(memory("1", "0n"), 0);
  EXPECT_EQ(memory("1", ""), 0);
  ImportOptions options;
  options.memory_per_cpu_mib = 100;
  EXPECT_EQ(
      import_text(kFormat, kHeader + row("1", "2", "cpu=8", "", "10"), options).jobs[0].memory_mib,
      400);
}

TEST(ImportSacct, GpusOfTypesAreNotCountedTwice) {
  const auto gpus = [](const char* tres) {
    return only(kHeader + row("1", "1", tres, "1G", "10")).gpus;
  };
  EXPECT_EQ(gpus("cpu=1,gres/gpu=3,gres/gpu:a100=1,gres/gpu:v100=2"), 3);
  EXPECT_EQ(gpus("cpu=1,gres/gpu:a100=1,gres/gpu:v100=2"), 3);
  EXPECT_EQ(gpus("cpu=1,gres/gpu=2"), 2);
  EXPECT_EQ(gpus("cpu=1"), 0);
  EXPECT_EQ(only("JobID|Submit|ElapsedRaw|NNodes|NCPUS|ReqGRES\n"
                 "1|2026-01-05T10:00:00|60|2|2|gpu:a100:4\n")
                .gpus,
            4);
}

TEST(ImportSacct, TheModelIsWhatTheJobAskedFor) {
  const auto model = [](const char* got, const char* asked) {
    return only(std::string("JobID|Submit|ElapsedRaw|NCPUS|ReqMem|AllocTRES|ReqTRES\n") +
                "1|2026-01-05T10:00:00|60|2|1G|" + got + "|" + asked + "\n")
        .gpu_model;
  };
  EXPECT_EQ(model("gres/gpu:a100=2,gres/gpu=2", "gres/gpu:a100=2,gres/gpu=2"), "a100");
  EXPECT_EQ(model("gres/gpu:a100=2,gres/gpu=2", "gres/gpu=2"), "");
  EXPECT_EQ(model("gres/gpu:a100=1,gres/gpu:v100=1", "gres/gpu:a100=1,gres/gpu:v100=1"), "");
}

TEST(ImportSacct, TimeLimits) {
  const auto limit = [](const char* text) {
    return only(kHeader + row("1", "1", "cpu=1", "1G", text)).estimate_s;
  };
  EXPECT_EQ(limit("2-03:00:00"), 183600);
  EXPECT_EQ(limit("01:30:00"), 5400);
  EXPECT_EQ(limit("30:00"), 1800);
  EXPECT_EQ(limit("30"), 1800);
  EXPECT_EQ(limit("UNLIMITED"), 1800);  // the run time
  EXPECT_EQ(limit("Partition_Limit"), 1800);
  EXPECT_EQ(limit(""), 1800);
}

TEST(ImportSacct, WhatRanCountsWhateverItsEnd) {
  const auto with = [](const char* id, const char* state, const char* run) {
    return std::string(id) + "|2026-01-05T10:00:00|Unknown|Unknown|" + run + "|" + state +
           "|1|cpu=1,mem=1G|1G|10|physics|3\n";
  };
  const ImportedJobs jobs = import_text(
      kFormat, kHeader + with("1", "FAILED", "5") + with("2", "CANCELLED by 1000", "6") +
                   with("3", "TIMEOUT", "7") + with("4", "OUT_OF_MEMORY", "8") +
                   with("5", "NODE_FAIL", "9") + with("6", "PREEMPTED", "10") +
                   with("7", "CANCELLED by 1000", "0") + with("8", "RUNNING", "11") +
                   with("9", "PENDING", "0") + with("10_[5-9%2]", "PENDING", "0") +
                   with("11", "COMPLETED", "0") + with("12", "MADE_UP", "1") +
                   with("13_4", "OUT_OF_ME+", "12") + with("14+1", "COMPLETED", "13") +
                   with("14.batch", "COMPLETED", "13") + with("14.0", "COMPLETED", "13") +
                   with("5", "COMPLETED", "20") + with("", "COMPLETED", "20"));
  std::vector<int64_t> runs;
  for (const ImportedJob& job : jobs.jobs) runs.push_back(job.run_s);
  EXPECT_EQ(runs, (std::vector<int64_t>{5, 6, 7, 8, 10, 1, 12, 13, 20}));
  EXPECT_EQ(jobs.read, 18);
  EXPECT_EQ(
      told(jobs.left_out),
      (Lines{"1 that never ran (CANCELLED with a run time of 0) (jobs:8, job '7')",
             "1 still running (jobs:9, job '8')", "2 not started yet (pending) (jobs:10, job '9')",
             "1 of state 'MADE_UP' (jobs:13, job '12')",
             "2 steps of a job (jobs:16, job '14.batch')", "1 without a JobID (jobs:19)",
             "1 a row of the same job stands further down (job '5')"}));
}

TEST(ImportSacct, NodesThatDoNotDivideEvenlyAreRoundedUp) {
  const ImportedJobs jobs =
      import_text(kFormat, kHeader + row("1", "3", "cpu=8,gres/gpu=4,mem=100M", "", "10"));
  EXPECT_EQ(jobs.jobs[0].pods, 3);
  EXPECT_EQ(jobs.jobs[0].cpu_milli, 3000);
  EXPECT_EQ(jobs.jobs[0].gpus, 2);
  EXPECT_EQ(jobs.jobs[0].memory_mib, 34);
  EXPECT_EQ(told(jobs.notes)[0],
            "1 with processors or GPUs that do not divide evenly over the nodes: rounded up to "
            "equal pods (jobs:2)");
}

TEST(ImportSacct, ASeparatorInAJobsNameDoesNoHarm) {
  const std::string header = "JobID|JobName|Submit|ElapsedRaw|NCPUS\n";
  EXPECT_EQ(only(header + "1|a|b|c|2026-01-05T10:00:00|60|2\n").cpu_milli, 2000);
  const ImportedJobs jobs = import_text(
      kFormat, "JobID|Submit|ElapsedRaw|NCPUS\n1|2026-01-05T10:00:00|60|2\n2|x|y|z|1\n3|cut\n");
  EXPECT_EQ(told(jobs.left_out),
            (Lines{"2 rows of more or fewer fields than the header (a separator or a line end in "
                   "a name?) (jobs:3)"}));
}

TEST(ImportSacct, OtherTablesAndBadFieldsAreNamed) {
  const auto says = [](const std::string& text, const std::string& part) {
    const std::string message = refusal(kFormat, text);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says("", "holds no line with anything in it");
  says("JobID           Partition      State\n------- ---- ----\n", "the table that sacct writes");
  says("Name|State\nx|y\n", "names no field JobID");
  says("JobID|State\n1|COMPLETED\n", "names no field Submit");
  says("JobID|JobID|Submit|Elapsed\n", "names the field 'JobID' twice");
  says(kHeader, "no job in this file");
  says(kHeader + row("1", "1", "cpu=many", "1G", "10"), "jobs:2, field AllocTRES, cpu: 'many'");
  says(kHeader + row("1", "1", "cpu=1", "lots", "10"), "jobs:2, field ReqMem: 'lots'");
  says(kHeader + row("1", "1", "cpu=1", "1G", "soon"), "jobs:2, field Timelimit: 'soon'");
  says(kHeader + row("1", "-1", "cpu=1", "1G", "10"), "jobs:2, field NNodes");
  says(kHeader + row("1", "1", "cpu=1e300", "1G", "10"), "jobs:2, field AllocTRES, cpu");
  says("JobID|Submit|ElapsedRaw\n1|2026-02-30T00:00:00|5\n",
       "jobs:2, field Submit: '2026-02-30T00:00:00' is not a time");
  says("JobID|Submit|ElapsedRaw\n1|soon|5\n", "jobs:2, field Submit: 'soon' is not a time");
  says("JobID|Submit|ElapsedRaw\n1|2026-01-05T10:00:00|-5\n", "jobs:2, field ElapsedRaw: '-5'");
  says(kHeader + row("1", "5000", "cpu=5000", "1G", "10"), "1 left out: more than 1024 pods");
}

}  // namespace
}  // namespace cusched
