// SPDX-License-Identifier: MIT
#include "agents/logs.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cuda/error.h"
#include "cuda/write_file.h"

namespace cusched {

std::vector<double> TrainReport::column(const std::string& name) const {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != name) continue;
    std::vector<double> found;
    for (int p = 0; p < members; ++p) found.push_back(values.at(p * names.size() + i));
    return found;
  }
  return {};
}

void TrainReport::set(const std::string& name, int member, double value) {
  const auto found = std::find(names.begin(), names.end(), name);
  CUSCHED_CHECK(found != names.end() && member >= 0 && member < members,
                "a report has no column " + name + " of member " + std::to_string(member));
  values.at(member * names.size() + (found - names.begin())) = value;
}

namespace {

// Nine significant digits: a float comes back as it was.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::vector<std::string> columns_of(const TrainReport& report) {
  std::vector<std::string> columns = {"iteration", "steps", "seconds", "steps_per_s", "member"};
  columns.insert(columns.end(), report.names.begin(), report.names.end());
  return columns;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::vector<std::string> split(const std::string& header) {
  std::vector<std::string> words;
  std::istringstream text(header);
  for (std::string word; std::getline(text, word, ',');) words.push_back(word);
  return words;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class CsvLog : public ReportSink {
 public:
  CsvLog(const std::string& out_dir, int64_t resume_iteration) : path_(out_dir + "/metrics.csv") {
    if (resume_iteration > 0 && std::filesystem::exists(path_)) keep_until(resume_iteration);
    if (columns_.empty()) std::filesystem::remove(path_);
  }

  void write(const TrainReport& report) override {
    fit_columns(columns_of(report));
    if (!out_.is_open()) {
      const bool is_new = !std::filesystem::exists(path_);
      errno = 0;
      out_.open(path_, std::ios::app);
      check(out_.is_open());
      if (is_new) out_ << join(columns_) << '\n';
    }
    for (int p = 0; p < report.members; ++p) {
      out_ << report.iteration << ',' << report.steps << ',' << number(report.seconds) << ','
           << number(report.steps_per_s) << ',' << p;
      for (size_t c = kOwnColumns; c < columns_.size(); ++c) out_ << ',' << field(report, c, p);
      out_ << '\n';
    }
    flush();
  }

  void flush() override {
    if (!out_.is_open()) return;
    errno = 0;
    out_.flush();
    check(out_.good());
  }

 private:
  void check(bool written) const {
    CUSCHED_CHECK(written, "cannot write " + path_, errno != 0 ? std::strerror(errno) : "",
                  "Check the folder and the free space");
  }
  // The file's columns are the report's, in the file's order, and those of looks that the report
  // does not have.
  void fit_columns(const std::vector<std::string>& columns) {
    if (columns == columns_) return;
    const auto of_looks = [](const std::string& name) { return name.starts_with(kLookPrefix); };
    bool fits = true;
    std::vector<std::string> missing;
    for (const std::string& name : columns) {
      if (has(columns_, name)) continue;
      missing.push_back(name);
      fits &= columns_.empty() || of_looks(name);
    }
    for (const std::string& name : columns_) fits &= has(columns, name) || of_looks(name);
    if (!fits)
      throw InputError(path_ + ":1",
                       "has the columns " + join(columns_) + ", this run writes " + join(columns),
                       "Move the file away and resume again");
    if (!columns_.empty() && !missing.empty()) add_columns(missing);
    columns_.insert(columns_.end(), missing.begin(), missing.end());
  }
  void add_columns(const std::vector<std::string>& names) {
    std::ifstream in(path_);
    std::string line, text;
    std::getline(in, line);
    text = line + "," + join(names) + "\n";
    while (std::getline(in, line)) text += line + std::string(names.size(), ',') + "\n";
    write_file(path_, text);
  }
  std::string field(const TrainReport& report, size_t column, int member) const {
    const std::string& name = columns_[column];
    // Where the report has it, most often.
    size_t i = column - kOwnColumns;
    if (i >= report.names.size() || report.names[i] != name)
      i = std::find(report.names.begin(), report.names.end(), name) - report.names.begin();
    const double value =
        i < report.names.size() ? report.values.at(member * report.names.size() + i) : std::nan("");
    return std::isnan(value) && name.starts_with(kLookPrefix) ? "" : number(value);
  }
  void keep_until(int64_t iteration) {
    std::ifstream in(path_);
    std::string header;
    if (!std::getline(in, header)) return;
    columns_ = split(header);
    const auto commas = std::count(header.begin(), header.end(), ',');
    std::string kept = header + "\n";
    for (std::string line; std::getline(in, line);) {
      // A killed process may leave a part of a row: it has fewer commas, or no iteration.
      std::istringstream fields(line);
      int64_t row = 0;
      const bool whole = std::count(line.begin(), line.end(), ',') == commas && !in.eof();
      if (whole && fields >> row && row <= iteration) kept += line + "\n";
    }
    write_file(path_, kept);
  }

  static constexpr size_t kOwnColumns = 5;  // iteration to member

  std::string path_;
  std::vector<std::string> columns_;  // of the file; empty: there is none yet
  std::ofstream out_;
};

}  // namespace

std::unique_ptr<ReportSink> make_csv_log(const std::string& out_dir, int64_t resume_iteration) {
  return std::make_unique<CsvLog>(out_dir, resume_iteration);
}

}  // namespace cusched
