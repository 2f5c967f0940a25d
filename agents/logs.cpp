// SPDX-License-Identifier: MIT
#include "agents/logs.h"

#include <algorithm>
#include <cerrno>
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

namespace {

// Nine significant digits: a float comes back as it was.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string header_of(const TrainReport& report) {
  std::string header = "iteration,steps,seconds,steps_per_s,member";
  for (const auto& name : report.names) header += "," + name;
  return header;
}

class CsvLog : public ReportSink {
 public:
  CsvLog(const std::string& out_dir, int64_t resume_iteration) : path_(out_dir + "/metrics.csv") {
    if (resume_iteration > 0 && std::filesystem::exists(path_)) keep_until(resume_iteration);
    if (header_.empty()) std::filesystem::remove(path_);
  }

  void write(const TrainReport& report) override {
    const std::string header = header_of(report);
    if (!header_.empty() && header != header_)
      throw InputError(path_ + ":1", "has the columns " + header_ + ", this run writes " + header,
                       "Move the file away and resume again");
    if (!out_.is_open()) {
      errno = 0;
      out_.open(path_, std::ios::app);
      check(out_.is_open());
    }
    if (header_.empty()) out_ << header << '\n';
    header_ = header;
    for (int p = 0; p < report.members; ++p) {
      out_ << report.iteration << ',' << report.steps << ',' << number(report.seconds) << ','
           << number(report.steps_per_s) << ',' << p;
      for (size_t i = 0; i < report.names.size(); ++i)
        out_ << ',' << number(report.values.at(p * report.names.size() + i));
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
  void keep_until(int64_t iteration) {
    std::ifstream in(path_);
    if (!std::getline(in, header_)) return;
    const auto commas = std::count(header_.begin(), header_.end(), ',');
    std::string kept = header_ + "\n";
    for (std::string line; std::getline(in, line);) {
      // A killed process may leave a part of a row: it has fewer commas, or no iteration.
      std::istringstream fields(line);
      int64_t row = 0;
      const bool whole = std::count(line.begin(), line.end(), ',') == commas && !in.eof();
      if (whole && fields >> row && row <= iteration) kept += line + "\n";
    }
    write_file(path_, kept);
  }

  std::string path_;
  std::string header_;
  std::ofstream out_;
};

}  // namespace

std::unique_ptr<ReportSink> make_csv_log(const std::string& out_dir, int64_t resume_iteration) {
  return std::make_unique<CsvLog>(out_dir, resume_iteration);
}

}  // namespace cusched
