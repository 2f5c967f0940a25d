// SPDX-License-Identifier: MIT
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/envs/workload_test_util.h"

// Databases as people bring them: views, other tables, locks, files that are cut.
namespace cusched {
namespace {

class JobSqlite : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "cusched_jobs_" + std::to_string(::getpid()) + ".db";
    std::filesystem::remove(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  void run(const std::string& statements) const {
    SQLite::Database db(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(statements);
  }
  std::string message() const {
    return input_error([&] { read_job_sqlite(path_); });
  }
  void expect_told(const std::vector<std::string>& parts) const {
    const std::string text = message();
    for (const std::string& part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
  }

  std::string path_;
};

const char* const kColumns =
    "(job_id TEXT, submit_s REAL, run_s INTEGER, cpu_milli INTEGER, memory_mib TEXT)";
const char* const kRows = " VALUES ('a', 20.0, 60, 500, '2Gi'), ('b', 10.0, 30, 1000, '1024')";

TEST_F(JobSqlite, AViewIsRead) {
  run(std::string("CREATE TABLE work ") + kColumns + "; INSERT INTO work" + kRows +
      "; CREATE VIEW jobs AS SELECT * FROM work");
  const Trace trace = read_job_sqlite(path_);
  ASSERT_EQ(trace.size(), 2);
  EXPECT_EQ(trace.submit, (std::vector<int64_t>{10, 20}));
  EXPECT_EQ(trace.rows[1].memory_mib, 2048);
}

TEST_F(JobSqlite, ATableWithoutRowIdsAndInOtherCaseIsRead) {
  run("CREATE TABLE Jobs (job_id TEXT PRIMARY KEY, submit_s REAL, run_s INTEGER, cpu_milli "
      "INTEGER, memory_mib TEXT) WITHOUT ROWID");
  run(std::string("INSERT INTO Jobs") + kRows);
  EXPECT_EQ(read_job_sqlite(path_).size(), 2);
}

TEST_F(JobSqlite, OtherTablesAreListed) {
  run("CREATE TABLE metrics (x); CREATE TABLE cluster_states (x); CREATE VIEW recent AS SELECT 1");
  expect_told({"has no table `jobs`; it has cluster_states, metrics, recent", "CREATE VIEW jobs"});
  run("DROP TABLE metrics; DROP TABLE cluster_states; DROP VIEW recent");
  expect_told({"has no table `jobs`; it has no table at all"});
}

TEST_F(JobSqlite, AnEmptyFileAndAnEmptyTableAreNamed) {
  std::ofstream(path_).flush();
  expect_told({path_, "no table at all"});
  run(std::string("CREATE TABLE jobs ") + kColumns);
  expect_told({"no job in this file"});
}

TEST_F(JobSqlite, ALockedDatabaseIsNamed) {
  run(std::string("CREATE TABLE jobs ") + kColumns + "; INSERT INTO jobs" + kRows);
  SQLite::Database writer(path_, SQLite::OPEN_READWRITE);
  writer.exec("BEGIN EXCLUSIVE");
  expect_told({path_, "is locked by another program", ".backup"});
  writer.exec("COMMIT");
  EXPECT_EQ(read_job_sqlite(path_).size(), 2);
}

TEST_F(JobSqlite, ACutDatabaseIsNamed) {
  run(std::string("CREATE TABLE jobs ") + kColumns + "; INSERT INTO jobs" + kRows);
  for (int i = 0; i < 8; ++i) run("INSERT INTO jobs SELECT * FROM jobs");
  const auto size = std::filesystem::file_size(path_);
  ASSERT_GT(size, 12000u);
  std::filesystem::resize_file(path_, size / 2);
  expect_told({path_, "is cut or damaged"});
  std::ofstream(path_) << "this is not a database, but long enough to look at";
  expect_told({path_, "is no SQLite database"});
}

// As large as a collector's of some hours: 1,000 jobs, a few pages.
constexpr const char* kThousand =
    "; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
    "INSERT INTO jobs SELECT 'j' || i, i, 60, 500, '2Gi' FROM n";

TEST_F(JobSqlite, ADatabaseThatLostItsEndIsRefused) {
  run(std::string("CREATE TABLE jobs ") + kColumns + kThousand);
  ASSERT_EQ(read_job_sqlite(path_).size(), 1000);
  const std::string copy = path_ + ".copy";
  std::filesystem::copy_file(path_, copy);
  const auto size = std::filesystem::file_size(path_);
  ASSERT_EQ(size % 4096, 0u);
  for (const unsigned less : {1u, 300u, 1500u, 3000u, 4096u, 9000u}) {
    std::filesystem::copy_file(copy, path_, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(path_, size - less);
    SCOPED_TRACE(less);
    expect_told({path_, "is cut or damaged ("});
  }
  std::filesystem::resize_file(copy, size + 100);
  std::filesystem::rename(copy, path_);
  expect_told({"is cut or damaged (has " + std::to_string(size + 100) + " bytes, not " +
               std::to_string(size / 4096) + " pages of 4096)"});
}

TEST_F(JobSqlite, ADatabaseWithZerosInsideIsRefused) {
  run(std::string("CREATE TABLE jobs ") + kColumns + kThousand);
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path_));
  for (int64_t page = 2; page < size / 4096 - 1; ++page) {
    const std::string copy = path_ + ".copy";
    std::filesystem::copy_file(path_, copy);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(page * 4096 + 3000);
    file << std::string(400, '\0') << std::flush;
    SCOPED_TRACE(page);
    expect_told({path_, "is cut or damaged ("});
    std::filesystem::rename(copy, path_);
  }
  EXPECT_EQ(read_job_sqlite(path_).size(), 1000);
}

TEST_F(JobSqlite, PagesInTheLogBesideTheFileCount) {
  SQLite::Database writer(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  writer.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  writer.exec(std::string("CREATE TABLE jobs ") + kColumns + kThousand);
  ASSERT_LT(std::filesystem::file_size(path_), 8192u);
  EXPECT_EQ(read_job_sqlite(path_).size(), 1000);
  writer.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(read_job_sqlite(path_).size(), 1000);
}

TEST_F(JobSqlite, ValuesThatBreakAConstraintAreNoDamage) {
  run("CREATE TABLE jobs (submit_s, run_s CHECK (run_s > 9), cpu_milli, memory_mib); "
      "PRAGMA ignore_check_constraints = ON; INSERT INTO jobs VALUES (1, 2, 3, 4)");
  EXPECT_EQ(read_job_sqlite(path_).size(), 1);
}

TEST_F(JobSqlite, MisspeltColumnsAreAskedAbout) {
  run("CREATE TABLE jobs (submit_s, run_s, cpu_milli, memory_mib, gpu); "
      "INSERT INTO jobs VALUES (1, 2, 3, 4, 1)");
  expect_told({"there is a column 'gpu', but none called 'gpus'", "Did you mean gpus?"});
}

}  // namespace
}  // namespace cusched
