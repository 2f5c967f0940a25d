// SPDX-License-Identifier: MIT
#include "envs/readers/text_input.h"
#include "tests/envs/import_test_util.h"
#include "tests/envs/workload_test_util.h"

// Importers of published traces: Philly, Helios, openb, SWF.
namespace cusched {
namespace {

constexpr const char* kPhillyHeader = "timestamp,duration,num_gpus,gpu_time,cluster\n";

TEST(ImportPhilly, JobsAboveANodeAreGangs) {
  const ImportedJobs jobs = import_text(
      TraceFormat::kPhilly, kPhillyHeader + std::string("2017-10-09 07:01:55,66.5,1,66.5,a\n"
                                                        "2017-10-09 07:01:54,100,16,1,b\n"
                                                        "2017-10-09 07:01:56,100,12,1,a\n"
                                                        "2017-10-09 07:01:57,100,9,1,a\n"
                                                        "2017-10-09 07:01:57,0,1,1,a\n"
                                                        "2017-10-09 07:01:57,5,0,1,a\n"
                                                        ",5,1,1,a\n"));
  EXPECT_EQ(rows_of(jobs),
            "2,1507532514,100,100,32000,262144,8,2,0,ml,b,0\n"
            "1,1507532515,67,67,4000,32768,1,1,0,ml,a,0\n"
            "3,1507532516,100,100,24000,196608,6,2,0,ml,a,0\n"
            "4,1507532517,100,100,20000,163840,5,2,0,ml,a,0\n");
  EXPECT_EQ(told(jobs.left_out), (Lines{"1 without a run time (jobs:6)", "1 without GPUs (jobs:7)",
                                        "1 without a submit time (jobs:8)"}));
  EXPECT_EQ(told(jobs.notes)[0],
            "3 with more than 8 GPUs: gangs of as few equal pods as nodes of that size allow "
            "(jobs:3)");
  EXPECT_EQ(told(jobs.notes)[1],
            "1 with processors or GPUs that do not divide evenly over the nodes: rounded up to "
            "equal pods (jobs:5)");
}

TEST(ImportPhilly, TheJobLogInJson) {
  const std::string text = R"([
    {"status": "Pass", "vc": "v1", "jobid": "application_1", "user": "u",
     "submitted_time": "2017-10-07 01:11:39", "attempts": [
       {"start_time": "2017-10-07 01:12:09", "end_time": "2017-10-07 01:13:09",
        "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}, {"ip": "m2", "gpus": ["gpu0"]}]},
       {"start_time": "2017-10-07 01:14:00", "end_time": "2017-10-07 01:15:00",
        "detail": [{"ip": "m3", "gpus": ["gpu0", "gpu1", "gpu2"]}]}]},
    {"status": "Killed", "vc": "v2", "jobid": "application_2",
     "submitted_time": "2017-10-07 01:11:40", "attempts": []},
    {"status": "Killed", "vc": "v2", "jobid": "application_3",
     "submitted_time": "2017-10-07 01:11:41", "attempts": [
       {"start_time": "2017-10-07 01:12:09", "end_time": null, "detail": []}]},
    {"status": "Failed", "vc": "v2", "jobid": "application_4", "submitted_time": "None",
     "attempts": [{"start_time": "2017-10-07 01:12:09", "end_time": "2017-10-07 01:13:09",
       "detail": [{"ip": "m1", "gpus": ["gpu0"]}]}]}])";
  ImportOptions options;
  options.cpu_per_gpu_milli = 1500;
  options.memory_per_gpu_mib = 1000;
  const ImportedJobs jobs = import_text(TraceFormat::kPhilly, text, options);
  EXPECT_EQ(rows_of(jobs), "application_1,1507338699,120,120,4500,3000,3,1,0,ml,v1,0\n");
  EXPECT_EQ(told(jobs.left_out),
            (Lines{"1 without an attempt (it never started) (jobs, application_2)",
                   "1 still running (jobs, application_3)",
                   "1 without a submit time (jobs, application_4)"}));
  EXPECT_EQ(told(jobs.notes)[0],
            "1 with several attempts: the run time is their sum (jobs, application_1)");
}

TEST(ImportPhilly, TheSharedTable) {
  const std::string path = shared_file("data/philly/philly_jobs.csv");
  if (path.empty()) GTEST_SKIP() << "shared data are not there";
  const ImportedJobs jobs = import_files({open_trace(path)}, {});
  EXPECT_EQ(jobs.read, 82247);
  EXPECT_EQ(jobs.jobs.size(), 82247u);
  int64_t largest = 0, gpus = 0;
  for (const ImportedJob& job : jobs.jobs) {
    largest = std::max(largest, job.pods);
    gpus += job.pods * job.gpus;
  }
  EXPECT_EQ(largest, 16);  // 128 GPUs
  EXPECT_EQ(gpus, 107235);
}

TEST(ImportHelios, NodesArePodsAndMemoryIsAssumed) {
  const ImportedJobs jobs = import_text(
      TraceFormat::kHelios,
      "job_id,user,vc,jobname,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,"
      "duration,queue\n"
      "11,u,vcA,x,16,64,2,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:01,2020-06-09 18:42:01,"
      "60,0\n"
      "12,u,vcB,x,0,3,1,FAILED,2020-06-09 18:41:00,2020-06-09 18:41:01,2020-06-09 18:41:31,,0\n"
      "13,u,vcB,x,1,3,1,CANCELLED,2020-06-09 18:41:00,None,2020-06-09 18:41:31,0,0\n"
      "14,u,vcB,x,1,3,1,RUNNING,2020-06-09 18:41:00,2020-06-09 18:41:31,,5,0\n");
  EXPECT_EQ(rows_of(jobs),
            "12,1591728060,30,30,3000,12288,0,1,0,ml,vcB,0\n"
            "11,1591728061,60,60,32000,262144,8,2,0,ml,vcA,0\n");
  EXPECT_EQ(told(jobs.left_out), (Lines{"1 that never ran (no run time, or 0) (jobs:4)",
                                        "1 of state RUNNING (jobs:5)"}));
}

constexpr const char* kOpenb =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n"
    "openb-pod-0000,12000,16384,1,1000,,LS,Running,100,500,200\n"
    "openb-pod-0001,6000,12288,1,460,,BE,Running,101,500,201\n"
    "openb-pod-0002,6000,12288,0,0,,Guaranteed,Running,102,500,\n"
    "openb-pod-0003,6000,12288,0,0,,,Running,103,,203\n"
    "openb-pod-0004,4000,100,2,1000,T4|P100,Burstable,Succeeded,99,100,100\n";

TEST(ImportOpenb, SharesAreLeftOutOrRoundedUp) {
  const ImportedJobs jobs = import_text(TraceFormat::kOpenbPods, kOpenb);
  EXPECT_EQ(rows_of(jobs),
            "openb-pod-0004,99,1,1,4000,100,2,1,1,generic,,0,\"T4|P100\"\n"
            "openb-pod-0000,100,300,300,12000,16384,1,1,2,generic,,0,\n");
  EXPECT_EQ(told(jobs.left_out)[1], "1 never scheduled (jobs:4)");
  EXPECT_EQ(told(jobs.left_out)[2], "1 not ended (no deletion time) (jobs:5)");
  ImportOptions options;
  options.round_up_shares = true;
  const ImportedJobs rounded = import_text(TraceFormat::kOpenbPods, kOpenb, options);
  ASSERT_EQ(rounded.jobs.size(), 3u);
  EXPECT_EQ(rounded.jobs[2].gpus, 1);
  EXPECT_EQ(told(rounded.notes)[0], "1 ask for a share of a GPU: a whole one taken (jobs:3)");
}

TEST(ImportOpenb, AListWithoutTimesIsForPlacement) {
  for (const char* more : {"", ",creation_time", ",deletion_time,scheduled_time"}) {
    const std::string message = refusal(
        TraceFormat::kOpenbPods, std::string("name,cpu_milli,memory_mib,num_gpu,gpu_milli") + more +
                                     "\nopenb-pod-0,12000,16384,1,1000,1,2\n");
    EXPECT_NE(message.find("jobs:1: this list of pods has no times, and admission needs "
                           "creation_time and deletion_time"),
              std::string::npos)
        << message;
    EXPECT_EQ(message.find("published"), std::string::npos) << message;
  }
}

TEST(ImportSwf, GivesTheJobsOfTheProjectsReader) {
  const std::string text =
      "; MaxProcs: 64\n"
      "7 30 -1 5 2 -1 -1 4 100 -1 1 3 4 -1 5 -1 -1 -1\n"
      "8 20 -1 0 2 -1 -1 4 100 -1 1 3 4 -1 5 -1 -1 -1\n"
      "9 10 -1 6 1 -1 -1 -1 -1 -1 1 3 2 -1 5 -1 -1 -1\n";
  const ImportedJobs jobs = import_text(TraceFormat::kSwf, text);
  EXPECT_EQ(jobs.read, 3);
  EXPECT_EQ(rows_of(jobs),
            "7,30,5,100,4000,0,0,1,0,batch,0,0\n"
            "9,10,6,6,1000,0,0,1,0,batch,1,0\n");
  const Trace direct = parse_swf(text, "jobs");
  const Trace through = parse_job_csv(imported_csv(jobs), "jobs.csv");
  EXPECT_EQ(direct.rows.size(), through.rows.size());
  EXPECT_EQ(hash_of(direct.rows), hash_of(through.rows));
  EXPECT_EQ(direct.submit, through.submit);
}

TEST(ImportTraces, BadFieldsAreNamed) {
  const auto says = [](TraceFormat format, const std::string& text, const std::string& part) {
    const std::string message = refusal(format, text);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says(TraceFormat::kPhilly, "timestamp,duration\n", "no column 'num_gpus'");
  says(TraceFormat::kPhilly, kPhillyHeader + std::string("soon,1,1,1,a\n"),
       "jobs:2, field timestamp");
  says(TraceFormat::kPhilly, kPhillyHeader + std::string("1,1,-1,1,a\n"), "jobs:2, field num_gpus");
  says(TraceFormat::kPhilly, kPhillyHeader + std::string("1,nan1,1,1,a\n"),
       "jobs:2, field duration");
  says(TraceFormat::kPhilly, R"([{"jobid": "x", "attempts": {"a": 1}}])",
       "field attempts: is a JSON object, not a list");
  says(TraceFormat::kPhilly, "[7]", "is a JSON number, not an object");
  says(TraceFormat::kHelios, "job_id,gpu_num\n", "no column 'cpu_num'");
  says(TraceFormat::kOpenbPods, std::string(kOpenb) + "x,1,1,1,1000,,Best,R,1,2,1\n",
       "field qos: 'Best' is no QoS class");
  says(TraceFormat::kSwf, "1 2 3\n", "jobs:1: 3 columns instead of 18");
  EXPECT_NE(refusal(TraceFormat::kMix, "a: 1\n").find("not of a format that is imported"),
            std::string::npos);
}

}  // namespace
}  // namespace cusched
