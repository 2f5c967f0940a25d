// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cuda/write_file.h"
#include "tests/envs/import_test_util.h"
#include "tests/envs/workload_test_util.h"

// What is written reads back as the same jobs.
namespace cusched {
namespace {

// 20 tenants, names that need quotes, large and small jobs.
ImportedJobs some_jobs() {
  std::string text = "JobID|Submit|ElapsedRaw|NNodes|NCPUS|ReqMem|Timelimit|Account|Priority\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i) + "_1|2026-01-05T10:00:" + std::to_string(10 + (i * 7) % 50) + "|" +
            std::to_string(i + 1) + "|" + std::to_string(i % 9 + 1) + "|18|" +
            std::to_string(i + 1) + "G|UNLIMITED|a \"quoted\", name;" + std::to_string(i % 20) +
            "|" + std::to_string(i * 1000) + "\n";
  return import_text(TraceFormat::kSacct, text);
}

void expect_equal(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.rows.size(), b.rows.size());
  EXPECT_EQ(hash_of(a.rows), hash_of(b.rows));
  EXPECT_EQ(a.submit, b.submit);
}

TEST(ImportRows, CsvDatabaseAndFileGiveTheSameTrace) {
  const ImportedJobs jobs = some_jobs();
  ASSERT_EQ(jobs.jobs.size(), 40u);
  const Trace direct = imported_trace(jobs);
  expect_equal(direct, parse_job_csv(imported_csv(jobs), "jobs.csv"));
  const std::string path =
      testing::TempDir() + "cusched_import_" + std::to_string(::getpid()) + ".sqlite";
  write_file(path, imported_sqlite(jobs));
  expect_equal(direct, read_job_sqlite(path));
  std::filesystem::remove(path);
}

TEST(ImportRows, GpuModelsAreAColumnWhereAJobNamesOne) {
  ImportedJobs jobs = some_jobs();
  EXPECT_EQ(imported_csv(jobs).find("gpu_model"), std::string::npos);
  jobs.jobs[3].gpus = 1;
  jobs.jobs[3].gpu_model = "A100|H100";
  const Trace direct = imported_trace(jobs);
  EXPECT_EQ(direct.gpu_specs, (std::vector<std::string>{"", "A100|H100"}));
  EXPECT_EQ(direct.gpu_spec[3], 1);
  const Trace csv = parse_job_csv(imported_csv(jobs), "jobs.csv");
  EXPECT_EQ(csv.gpu_spec, direct.gpu_spec);
  EXPECT_EQ(csv.gpu_specs, direct.gpu_specs);
}

TEST(ImportRows, PrioritiesAboveTenAreRanked) {
  const ImportedJobs jobs = some_jobs();  // 0, 1000, ..., 39000
  for (const ImportedJob& job : jobs.jobs)
    EXPECT_EQ(job.priority, std::stoll(job.id) * 10 / 39) << job.id;
}

TEST(ImportRows, NotesOfATraceSayWhatWasLeftOut) {
  const Trace trace = imported_trace(import_text(
      TraceFormat::kSacct,
      "JobID|Submit|ElapsedRaw|NCPUS|ReqMem\n1|2026-01-05T10:00:00|60|1|1G\n1.0|x|x|x|x\n"));
  ASSERT_FALSE(trace.notes.empty());
  EXPECT_EQ(trace.notes[0], "1 left out: steps of a job (first: jobs:3, job '1.0')");
  EXPECT_EQ(trace.line[0], 2);
}

TEST(ImportRows, FilesOfTwoFormatsAreNotMixed) {
  EXPECT_THROW(import_files({{"a", TraceFormat::kSwf, ""}, {"b", TraceFormat::kSacct, ""}}, {}),
               InputError);
}

}  // namespace
}  // namespace cusched
