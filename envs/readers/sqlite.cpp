// SPDX-License-Identifier: MIT
#include <SQLiteCpp/SQLiteCpp.h>

#include "cuda/error.h"
#include "envs/readers/job_table.h"

namespace cusched {

// Table `jobs` of a live collector's database, by rowid. Messages count rows from 1.
Trace read_job_sqlite(const std::string& path) {
  try {
    SQLite::Database database(path, SQLite::OPEN_READONLY);
    if (!database.tableExists("jobs"))
      throw InputError(path, "has no table `jobs`", "Give the database of SKRueue's collector");
    SQLite::Statement query(database, "SELECT * FROM jobs ORDER BY rowid");
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
    throw InputError(path, error.what(), "Give an SQLite database with a table `jobs`");
  }
}

}  // namespace cusched
