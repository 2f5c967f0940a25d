// SPDX-License-Identifier: MIT
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "cuda/error.h"
#include "envs/importers/import.h"
#include "envs/readers/job_table.h"

// Imported jobs as rows: of a CSV, of a database, of what `--trace` reads.
namespace cusched {
namespace {

struct Column {
  const char* name;
  bool text;  // else a whole number
};
constexpr Column kColumns[] = {{"job_id", true},      {"submit_s", false},  {"run_s", false},
                               {"estimate_s", false}, {"cpu_milli", false}, {"memory_mib", false},
                               {"gpus", false},       {"pods", false},      {"priority", false},
                               {"type", true},        {"tenant", true},     {"urgent", false},
                               {"gpu_model", true}};

constexpr const char* kTypes[kJobTypes] = {"spark", "realtime", "ml", "etl", "batch", "generic"};

// The last column is there where a job names a model.
size_t columns_of(const ImportedJobs& jobs) {
  const bool models = std::any_of(jobs.jobs.begin(), jobs.jobs.end(),
                                  [](const ImportedJob& job) { return !job.gpu_model.empty(); });
  return std::size(kColumns) - (models ? 0 : 1);
}

std::vector<std::string> header(size_t columns) {
  std::vector<std::string> names;
  for (size_t i = 0; i < columns; ++i) names.emplace_back(kColumns[i].name);
  return names;
}

// The values of a job, in the order of kColumns.
std::vector<std::string> row_of(const ImportedJob& job, JobType type, size_t columns) {
  std::vector<std::string> row = {job.id,
                                  std::to_string(job.submit_s),
                                  std::to_string(job.run_s),
                                  std::to_string(job.estimate_s),
                                  std::to_string(job.cpu_milli),
                                  std::to_string(job.memory_mib),
                                  std::to_string(job.gpus),
                                  std::to_string(job.pods),
                                  std::to_string(job.priority),
                                  kTypes[static_cast<int>(type)],
                                  job.tenant,
                                  "0",
                                  job.gpu_model};
  row.resize(columns);
  return row;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    const bool plain = field.find_first_of(",;|\t\"\n\r ") == std::string::npos;
    if (plain) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\n";
}

// Makes and fills the table.
void fill_table(const ImportedJobs& jobs, SQLite::Database* database) {
  const size_t count = columns_of(jobs);
  std::string columns, marks;
  for (size_t i = 0; i < count; ++i) {
    columns += std::string(columns.empty() ? "" : ", ") + kColumns[i].name +
               (kColumns[i].text ? " TEXT" : " INTEGER");
    marks += marks.empty() ? "?" : ", ?";
  }
  SQLite::Transaction transaction(*database);
  database->exec("CREATE TABLE jobs (" + columns + ")");
  SQLite::Statement insert(*database, "INSERT INTO jobs VALUES (" + marks + ")");
  for (const ImportedJob& job : jobs.jobs) {
    const std::vector<std::string> values = row_of(job, jobs.type, count);
    for (size_t i = 0; i < values.size(); ++i) {
      if (kColumns[i].text)
        insert.bind(static_cast<int>(i + 1), values[i]);
      else
        insert.bind(static_cast<int>(i + 1), static_cast<int64_t>(std::stoll(values[i])));
    }
    insert.exec();
    insert.reset();
  }
  transaction.commit();
}

}  // namespace

Trace imported_trace(const ImportedJobs& jobs) {
  const size_t columns = columns_of(jobs);
  JobTable table(header(columns), jobs.file, 1);
  for (const ImportedJob& job : jobs.jobs) table.add(row_of(job, jobs.type, columns), job.line);
  Trace trace = table.finish();
  std::vector<std::string> notes = import_notes(jobs);
  trace.notes.insert(trace.notes.begin(), notes.begin(), notes.end());
  return trace;
}

std::string imported_csv(const ImportedJobs& jobs) {
  const size_t columns = columns_of(jobs);
  std::string text = csv_line(header(columns));
  for (const ImportedJob& job : jobs.jobs) text += csv_line(row_of(job, jobs.type, columns));
  return text;
}

std::string imported_sqlite(const ImportedJobs& jobs) {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  fill_table(jobs, &database);
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> bytes(
      sqlite3_serialize(database.getHandle(), "main", &size, 0), sqlite3_free);
  CUSCHED_CHECK(bytes != nullptr, "the database cannot be copied", "no memory");
  return {reinterpret_cast<const char*>(bytes.get()), static_cast<size_t>(size)};
}

}  // namespace cusched
