// SPDX-License-Identifier: MIT
#include "envs/readers/open_trace.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include "envs/readers/text_input.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

using namespace std::string_literals;

class OpenTrace : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("cusched_open_trace_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }
  std::string refusal(const std::string& name, const std::string& bytes) const {
    const std::string path = write(name, bytes);
    return input_error([&] { open_trace(path); });
  }
  std::filesystem::path folder_;
};

constexpr const char* kSwfLine = "1 0 5 300 4 -1 -1 4 200 -1 1 1 1 1 1 -1 -1 -1\n";

TEST(TraceFormat, IsToldByTheContentWhateverTheName) {
  const std::vector<std::pair<std::string, TraceFormat>> texts = {
      {kSwfLine, TraceFormat::kSwf},
      {"; MaxProcs: 16\n"s + kSwfLine, TraceFormat::kSwf},
      {"\xEF\xBB\xBF; MaxProcs: 16\n"s + kSwfLine, TraceFormat::kSwf},
      {"\n\n  1\t0 5 300 4\r\n", TraceFormat::kSwf},  // its reader counts the columns
      {"job_id,submit_s,run_s,cpu_milli,memory_mib\n", TraceFormat::kJobCsv},
      {"job_id;submit_s;run_s;cpu_milli;memory_mib\n", TraceFormat::kJobCsv},
      {"sep=;\njob_id;submit_s;run_s\n", TraceFormat::kJobCsv},
      {"\"Job_ID\", \"Submit_S\" ,run_s\n", TraceFormat::kJobCsv},
      {"job_id,submission_timestamp,start_time,completion_time,cpu_request\n",
       TraceFormat::kJobCsv},
      {"cpu_milli,memory_mib,run\n", TraceFormat::kJobCsv},
      {"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n", TraceFormat::kOpenbPods},
      {"JobID|JobName|State|Elapsed\n", TraceFormat::kSacct},
      {"State|JobIDRaw|AllocTRES\n", TraceFormat::kSacct},
      {"timestamp,duration,num_gpus,gpu_time,cluster\n", TraceFormat::kPhilly},
      {"[\n {\"status\": \"Pass\", \"vc\": \"a\", \"jobid\": \"b\", \"attempts\": []}]",
       TraceFormat::kPhilly},
      {"job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration\n",
       TraceFormat::kHelios},
      {"{\"apiVersion\": \"v1\", \"items\": [], \"kind\": \"List\"}", TraceFormat::kKubernetes},
      {"extends: skrueue-sim\n", TraceFormat::kMix},
      {"# a mix\n---\nname: x\ntemplates:\n  - name: a\n", TraceFormat::kMix},
      {"{\"extends\": \"skrueue-sim\"}", TraceFormat::kMix},
  };
  for (const auto& [text, format] : texts)
    for (const char* path : {"jobs", "jobs.dat", "JOBS.CSV", "a.b/x.swf", "x.SWF.GZ", "x.txt"})
      EXPECT_STREQ(format_name(trace_format(text, path)), format_name(format)) << path << text;
}

TEST(TraceFormat, TheEndingDecidesWhereTheContentDoesNot) {
  EXPECT_EQ(trace_format("a,b\n1,2\n", "x.CSV.xz"), TraceFormat::kJobCsv);
  EXPECT_EQ(trace_format("some words\n", "x.Swf"), TraceFormat::kSwf);
  EXPECT_EQ(trace_format("load: 1\n", "x.YML"), TraceFormat::kMix);
  EXPECT_EQ(trace_format("# nothing\n", "x.yaml"), TraceFormat::kMix);
}

TEST(TraceFormat, RefusesWhatItDoesNotKnowWithWhatItFound) {
  const auto message = [](const std::string& text) {
    return input_error([&] { trace_format(text, "x.dat"); });
  };
  EXPECT_NE(message("\nDear colleague,\nplease\n")
                .find("x.dat:2: is none of the formats of jobs, "
                      "beginning 'Dear colleague,'"),
            std::string::npos)
      << message("\nDear colleague,\nplease\n");
  EXPECT_NE(message("<!DOCTYPE html>\n<html>").find("web page"), std::string::npos);
  EXPECT_NE(message("<?xml version=\"1.0\"?>").find("XML"), std::string::npos);
  EXPECT_NE(message("").find("is empty"), std::string::npos);
  EXPECT_NE(message(" \n\n").find("no line"), std::string::npos);
  EXPECT_NE(message("{\"a\": 1}").find("JSON of no known kind"), std::string::npos);
  EXPECT_NE(message("apiVersion: batch/v1\nkind: Job\n").find("-o json"), std::string::npos);
  EXPECT_NE(message("algo: ppo\nseconds: 5\n").find("--config"), std::string::npos);
  EXPECT_NE(message("sn,cpu_milli,memory_mib,gpu,model\n").find("--nodes"), std::string::npos);
  EXPECT_NE(message(std::string(300, 'x')).find("'" + std::string(60, 'x') + "...'"),
            std::string::npos);
}

TEST_F(OpenTrace, ReadsAFileByItsContent) {
  EXPECT_EQ(read_trace(open_trace(write("noending", kSwfLine))).size(), 1);
  EXPECT_EQ(read_trace(open_trace(write("X.CSV",
                                        "submit_s,run_s,cpu_milli,memory_mib\n"
                                        "0,60,1000,1024\n1,60,1000,1024\n")))
                .size(),
            2);
  const std::string packed = (folder_ / "jobs.csv").string();  // packed, and named wrongly
  gzFile file = gzopen(packed.c_str(), "wb");
  gzputs(file, kSwfLine);
  gzclose(file);
  const TraceFile opened = open_trace(packed);
  EXPECT_EQ(opened.format, TraceFormat::kSwf);
  EXPECT_EQ(opened.text, kSwfLine);
  const std::string pods = write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n");
  EXPECT_EQ(open_trace(pods).format, TraceFormat::kOpenbPods);
}

TEST_F(OpenTrace, RefusesWhatIsNoText) {
  EXPECT_NE(refusal("x.swf", "\xff\xfe;\0"s).find("is UTF-16LE text"), std::string::npos);
  EXPECT_NE(refusal("x.swf", "\xfe\xff\0;"s).find("is UTF-16BE text"), std::string::npos);
  EXPECT_NE(refusal("x.swf", "\xff\xfe\0\0;\0\0\0"s).find("is UTF-32LE text"), std::string::npos);
  EXPECT_NE(refusal("x.csv", "a\0,\0b\0\n\0"s).find("iconv -f UTF-16LE"), std::string::npos);
  EXPECT_NE(refusal("x.csv", "\0a\0,\0b\0\n"s).find("iconv -f UTF-16BE"), std::string::npos);
  EXPECT_NE(refusal("x.lzma", "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x30"s)
                .find("x.lzma: is packed with lzma, the format before xz"),
            std::string::npos);
  EXPECT_NE(refusal("x.csv", "a,b\n1,2\n\0\0\0\0"s).find("x.csv:3: holds a zero byte"),
            std::string::npos);
  EXPECT_NE(refusal("x.csv", "PK\3\4rest"s).find("Excel"), std::string::npos);
  EXPECT_NE(refusal("x.swf", "").find("is empty"), std::string::npos);
  EXPECT_NE(refusal("x.db", "SQLite").find("none of the formats"), std::string::npos);
  EXPECT_NE(input_error([&] { open_trace(folder_.string()); }).find("is a folder"),
            std::string::npos);
  EXPECT_NE(
      input_error([&] { open_trace((folder_ / "none.swf").string()); }).find("cannot be opened"),
      std::string::npos);
}

TEST_F(OpenTrace, NamesTheImporterOfAFormatThatIsNoTrace) {
  const std::string mix = write("mix", "extends: skrueue-sim\n");
  EXPECT_NE(input_error([&] { read_trace(open_trace(mix)); }).find("YAML mix"), std::string::npos);
}

TEST_F(OpenTrace, EveryReaderTakesTextWithoutItsByteOrderMark) {
  EXPECT_EQ(read_text(write("bom.yaml", "\xEF\xBB\xBFname: x\n")), "name: x\n");
}

// A device without an end, and one packed: told by their first bytes.
TEST_F(OpenTrace, WhatIsNoTextIsRefusedBeforeItIsRead) {
  EXPECT_NE(input_error([] { open_trace("/dev/zero"); }).find("/dev/zero:1: holds a zero byte"),
            std::string::npos);
  const std::string path = (folder_ / "zeros.csv.gz").string();
  const gzFile file = gzopen(path.c_str(), "wb");
  const std::string zeros(size_t{1} << 20, '\0');
  ASSERT_EQ(gzwrite(file, zeros.data(), static_cast<unsigned>(zeros.size())),
            static_cast<int>(zeros.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 20);  // never seen
  EXPECT_NE(input_error([&] { open_trace(path); }).find("zeros.csv.gz:1: holds a zero byte"),
            std::string::npos);
}

}  // namespace
}  // namespace cusched
