// SPDX-License-Identifier: MIT
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>

#include "cuda/error.h"
#include "envs/readers/job_table.h"

namespace cusched {
namespace {

constexpr int kWaitMs = 1500;  // for another program that has the database locked

constexpr const char* kWanted = "Give an SQLite database with a table or view `jobs`";

[[noreturn]] void refuse_damaged(const std::string& path, const std::string& words) {
  throw InputError(path, "is cut or damaged (" + words + ")",
                   "Copy it again while nothing writes to it; `sqlite3 FILE .recover` may save "
                   "what is left");
}

// SQLite's own words do not say what to do.
[[noreturn]] void refuse(const std::string& path, const SQLite::Exception& error) {
  const std::string words = error.what();
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw InputError(path, "is locked by another program (" + words + ")",
                       "Try again when it has written, stop it, or read a copy: "
                       "sqlite3 FILE \".backup COPY\"");
    case SQLITE_CORRUPT:
      refuse_damaged(path, words);
    case SQLITE_NOTADB:
      throw InputError(path, "is no SQLite database (" + words + ")", kWanted);
    case SQLITE_CANTOPEN:
      throw InputError(path, "cannot be opened (" + words + ")",
                       "Check the path and the permissions; a database with files -wal and -shm "
                       "beside it needs them, or leave to write its folder");
    default:
      throw InputError(path, words, kWanted);
  }
}

// SQLite takes a last page that is cut for one that ends in zeros, and passes over damaged rows.
// In a read transaction, which keeps writers from the file; pages that are still in the log beside
// it are not in its size.
void refuse_damage(const SQLite::Database& database, const std::string& path) {
  const auto value = [&](const char* pragma) {
    SQLite::Statement query(database, pragma);
    return query.executeStep() ? query.getColumn(0).getString() : "";
  };
  const std::string pages = value("PRAGMA page_count"), page = value("PRAGMA page_size");
  std::error_code no_log;
  const auto log_bytes =
      std::filesystem::file_size(std::filesystem::canonical(path).string() + "-wal", no_log);
  if (no_log || log_bytes == 0) {
    const uint64_t bytes = std::filesystem::file_size(path), page_bytes = std::stoull(page);
    if (bytes % page_bytes != 0 || bytes / page_bytes < std::stoull(pages))
      refuse_damaged(path,
                     "has " + std::to_string(bytes) + " bytes, not " + pages + " pages of " + page);
  }
  const std::string found = value("PRAGMA quick_check(1)");
  if (found != "ok") refuse_damaged(path, found);
}

// Whether `jobs` is there (a table or a view), or InputError with what is.
void find_jobs(const SQLite::Database& database, const std::string& path) {
  SQLite::Statement query(database,
                          "SELECT name, lower(name) = 'jobs' FROM sqlite_master WHERE type IN "
                          "('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                          "ORDER BY name");
  std::string names;
  for (int64_t count = 0; query.executeStep(); ++count) {
    if (query.getColumn(1).getInt() == 1) return;
    if (count < 10) names += (names.empty() ? "" : ", ") + query.getColumn(0).getString();
    if (count == 10) names += ", ...";
  }
  throw InputError(path,
                   "has no table `jobs`; it has " + (names.empty() ? "no table at all" : names),
                   "Give the database of SKRueue's collector, or make a view: CREATE VIEW jobs AS "
                   "SELECT ...");
}

// Views and tables WITHOUT ROWID have no order but the one they give their rows in.
std::string query_of(const SQLite::Database& database) {
  try {
    const SQLite::Statement rows(database, "SELECT rowid FROM jobs LIMIT 1");
    return "SELECT * FROM jobs ORDER BY rowid";
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_ERROR) throw;
    return "SELECT * FROM jobs";
  }
}

}  // namespace

// Table or view `jobs` of a live collector's database, by rowid. Messages count rows from 1.
Trace read_job_sqlite(const std::string& path) {
  try {
    SQLite::Database database(path, SQLite::OPEN_READONLY, kWaitMs);
    const SQLite::Transaction snapshot(database);
    database.exec("PRAGMA ignore_check_constraints = ON");  // of values, which are no damage
    refuse_damage(database, path);
    find_jobs(database, path);
    SQLite::Statement query(database, query_of(database));
    std::vector<std::string> values;
    for (int i = 0; i < query.getColumnCount(); ++i) values.emplace_back(query.getColumnName(i));
    JobTable table(values, path + ", table jobs", 0);
    for (int64_t row = 1; query.executeStep(); ++row) {
      for (int i = 0; i < query.getColumnCount(); ++i) {
        const SQLite::Column column = query.getColumn(i);
        values[static_cast<size_t>(i)] = column.isNull() ? "" : column.getString();
      }
      table.add(values, row);
    }
    return table.finish();
  } catch (const SQLite::Exception& error) {
    refuse(path, error);
  }
}

}  // namespace cusched
