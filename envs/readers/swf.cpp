// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cuda/error.h"
#include "envs/readers/text_input.h"
#include "envs/workload/mix.h"
#include "envs/workload/trace.h"

// Standard Workload Format (version 2.2): 18 columns a job, comments after ';', -1 for unknown.
namespace cusched {
namespace {

constexpr int kColumns = 18;
constexpr double kMaxProcs = kMaxSize / 1000;
constexpr int64_t kLatestSubmitS = 100000000000;  // in the year 5138, if it counts from 1970
constexpr const char* kNames[kColumns] = {
    "1 (job number)",      "2 (submit time)",       "3 (wait time)",   "4 (run time)",
    "5 (allocated procs)", "6 (CPU time)",          "7 (used memory)", "8 (requested procs)",
    "9 (requested time)",  "10 (requested memory)", "11 (status)",     "12 (user)",
    "13 (group)",          "14 (executable)",       "15 (queue)",      "16 (partition)",
    "17 (preceding job)",  "18 (think time)"};

using Columns = std::array<std::string_view, kColumns>;

// Cuts at blanks and tabs; returns the number of columns, counting on past 18.
int split(std::string_view line, Columns* columns) {
  int count = 0;
  for (size_t at = 0;;) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) return count;
    size_t end = line.find_first_of(" \t", at);
    if (end == std::string_view::npos) end = line.size();
    if (count < kColumns) (*columns)[static_cast<size_t>(count)] = line.substr(at, end - at);
    ++count;
    at = end;
  }
}

// A number of the header, e.g. of "; MaxProcs: 1,024".
struct HeaderNumber {
  bool there = false;
  int64_t value = 0;  // 0: not given, or not read
  std::string text;
};

HeaderNumber header_number(std::string_view line, std::string_view name) {
  HeaderNumber number;
  const size_t at = line.find(name);
  if (at == std::string_view::npos || line.find_first_not_of("; \t") != at) return number;
  line.remove_prefix(at + name.size());
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return number;
  const size_t end = std::min(line.find_first_of(" \t;", begin), line.size());
  number.there = true;
  number.text = line.substr(begin, end - begin);
  std::string digits = number.text;
  if (const size_t comma = digits.find(','); comma >= 1 && comma <= 3) {  // thousands
    bool thousands = digits.size() % 4 == comma;
    for (size_t i = 0; i < digits.size(); ++i)
      thousands = thousands && (digits[i] == ',') == (i >= comma && (i - comma) % 4 == 0);
    if (thousands) digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  }
  double value = 0;
  if (parse_number(digits, &value) && value >= 1 && value <= 1e9 && value == std::floor(value))
    number.value = static_cast<int64_t>(value);
  return number;
}

class SwfReader {
 public:
  SwfReader(const std::string& where, const SwfOptions& options)
      : where_(where), options_(options) {
    trace_.file = where;
  }

  Trace read(std::string_view text);

 private:
  using Line = std::pair<int64_t, std::string_view>;  // its number and text

  bool next_row(std::string_view text, size_t* at);  // sets line_, text_ and row_
  void read_header(std::string_view line);
  // Lines of partial executions, by job number, of the jobs that have no line of their own.
  std::map<std::string_view, std::vector<Line>> orphans(std::string_view text);
  void add_orphan(const std::vector<Line>& lines);
  void add(int64_t submit, int64_t run, int64_t procs, int64_t request);
  void tell();

  // Status 2: a part of an execution, to be continued; 3: the last part; 4: the last, failed.
  bool is_partial() const {
    double status = 0;
    return parse_number(row_[10], &status) && status >= 2 && status <= 4;
  }
  [[noreturn]] void fail(int column, const std::string& problem,
                         const std::string& suggestion) const {
    throw InputError(at_field(where_, line_, kNames[column - 1]), problem, suggestion);
  }
  double number(int column, double low, double high) const {
    const size_t i = static_cast<size_t>(column - 1);
    return number_field(row_[i], low, high, at_field(where_, line_, kNames[i]));
  }
  int64_t whole(int column, double low, double high) const {
    const double value = number(column, low, high);
    if (value != std::floor(value))
      fail(column, std::string(row_[static_cast<size_t>(column - 1)]) + " is no whole number",
           "Write it without a fraction");
    return static_cast<int64_t>(value);
  }
  // Halves up; what is longer than 0 s takes at least `least` s.
  int64_t seconds(int column, double low, double high, int64_t least);
  int64_t submit();
  int64_t run() { return seconds(4, -1e9, kMaxSize, 1); }
  int64_t procs() const {
    const int64_t allocated = whole(5, -1, kMaxProcs);
    return std::max(allocated, whole(8, -1, kMaxProcs));
  }
  int64_t request() { return seconds(9, -1, kMaxSubmitS, 1); }

  const std::string& where_;
  const SwfOptions& options_;
  Trace trace_;
  int64_t line_ = 0;
  std::string_view text_;  // of the line, without its comment
  Columns row_;
  std::vector<std::string> notes_;
  std::unordered_map<int64_t, int> tenant_of_;
  int64_t max_nodes_ = 0;
  int64_t no_run_ = 0, unknown_run_ = 0, no_procs_ = 0, rounded_ = 0, rounded_line_ = 0;
  int64_t partial_ = 0, orphans_ = 0, orphan_jobs_ = 0, lost_ = 0;
};

void SwfReader::read_header(std::string_view line) {
  const auto take = [&](const char* name, int64_t* number) {
    const HeaderNumber found = header_number(line, name);
    if (*number > 0 || !found.there) return;
    *number = found.value;
    if (found.value == 0 && found.text != "-1")
      notes_.push_back("line " + std::to_string(line_) + ": " + name + " " +
                       found.text.substr(0, 40) + " is no number of processors: passed over");
  };
  take("MaxProcs:", &trace_.max_procs);
  take("MaxNodes:", &max_nodes_);
}

bool SwfReader::next_row(std::string_view text, size_t* at) {
  while (next_line(text, at, &text_)) {
    ++line_;
    const size_t comment = text_.find(';');
    if (comment != std::string_view::npos) {
      read_header(text_);
      text_ = text_.substr(0, comment);
    }
    const int count = split(text_, &row_);
    if (count == 0) continue;
    if (count == kColumns) return true;
    throw InputError(where_ + ":" + std::to_string(line_),
                     std::to_string(count) + " columns instead of 18",
                     "Write every job in the Standard Workload Format, -1 for what is unknown");
  }
  return false;
}

int64_t SwfReader::seconds(int column, double low, double high, int64_t least) {
  const double value = number(column, low, high), rounded = std::floor(value + 0.5);
  if (value != rounded && rounded_line_ != line_) {
    ++rounded_;
    rounded_line_ = line_;
  }
  if (value <= 0) return static_cast<int64_t>(std::floor(value));  // below 0: unknown
  return std::max(least, static_cast<int64_t>(rounded));
}

int64_t SwfReader::submit() {
  const int64_t time = seconds(2, 0, kMaxSubmitS, 0);
  if (time > kLatestSubmitS)
    fail(2, std::string(row_[1]) + " s is later than the year 5000: milliseconds?",
         "Write all times in seconds");
  return time;
}

void SwfReader::add(int64_t submit, int64_t run, int64_t procs, int64_t request) {
  if (run == 0) {
    ++no_run_;
    return;
  }
  if (procs <= 0) {
    ++no_procs_;
    return;
  }
  if (run < 0) {
    run = 10;
    ++unknown_run_;
  }
  Job job{};
  job.run = static_cast<int32_t>(run);
  job.estimate = request > 0 ? static_cast<int32_t>(std::min<int64_t>(request, kMaxSize)) : job.run;
  job.cpu_milli = static_cast<int32_t>(procs * 1000);
  int64_t memory = procs * options_.memory_per_proc_mib;
  if (options_.read_memory) {
    const auto kib = static_cast<int64_t>(number(10, -1, kMaxSubmitS));
    if (kib > 0) memory = (std::min<int64_t>(kib, int64_t{1} << 40) * procs + 1023) / 1024;
  }
  if (memory < 0 || memory > kMaxSize)
    fail(10,
         std::to_string(memory) + " MiB for " + std::to_string(procs) +
             " processors is out of range",
         "Use less memory a processor");
  job.memory_mib = static_cast<int32_t>(memory);
  job.set_pods(1);
  job.type = JobType::kBatch;
  job.cpu_use = job.memory_use = job.oom_point = 1000;
  if (options_.tenant != SwfOptions::Tenant::kNone) {
    const int column = options_.tenant == SwfOptions::Tenant::kUser    ? 12
                       : options_.tenant == SwfOptions::Tenant::kGroup ? 13
                                                                       : 15;
    // In order of appearance; the sixteenth and later ones share indices.
    const int64_t id = whole(column, -1, kMaxSubmitS);
    const int next = static_cast<int>(tenant_of_.size()) % kMaxTenants;
    job.tenant = static_cast<uint8_t>(tenant_of_.emplace(id, next).first->second);
  }
  trace_.rows.push_back(job);
  trace_.submit.push_back(submit);
  trace_.line.push_back(line_);
}

std::map<std::string_view, std::vector<SwfReader::Line>> SwfReader::orphans(std::string_view text) {
  std::map<std::string_view, std::vector<Line>> parts;
  std::unordered_set<std::string_view> whole_jobs;
  for (size_t at = 0; next_row(text, &at);) {
    if (is_partial())
      parts[row_[0]].emplace_back(line_, text_);
    else
      whole_jobs.insert(row_[0]);
  }
  for (const std::string_view number : whole_jobs) parts.erase(number);
  return parts;
}

// One job of the parts, submitted with the first of them: run times add up.
void SwfReader::add_orphan(const std::vector<Line>& lines) {
  int64_t first = -1, sum = 0, most = -1, asked = -1;
  bool known = false;
  for (const auto& [line, text] : lines) {
    line_ = line;
    split(text, &row_);
    if (number(2, -1, kMaxSubmitS) >= 0) {
      const int64_t time = submit();
      first = first < 0 ? time : std::min(first, time);
    }
    if (const int64_t part = run(); part >= 0) {
      known = true;
      sum += part;
    }
    most = std::max(most, procs());
    asked = std::max(asked, request());
  }
  if (sum > kMaxSize) fail(4, "the parts of this job run for over 34 years", "Correct their times");
  line_ = lines.front().first;
  split(lines.front().second, &row_);
  if (first < 0) {
    lost_ += static_cast<int64_t>(lines.size());
    return;
  }
  orphans_ += static_cast<int64_t>(lines.size());
  ++orphan_jobs_;
  add(first, known ? sum : -1, most, asked);
}

Trace SwfReader::read(std::string_view text) {
  std::optional<std::map<std::string_view, std::vector<Line>>> parts;
  for (size_t at = 0; next_row(text, &at);) {
    if (!is_partial()) {
      const int64_t time = submit(), length = run(), processors = procs();
      add(time, length, processors, request());
      continue;
    }
    if (!parts) parts = SwfReader(where_, options_).orphans(text);
    const auto orphan = parts->find(row_[0]);
    const int64_t line = line_;
    if (row_[0] == "-1") {  // not known: nothing says that two lines are of one job
      add_orphan({{line, text_}});
    } else if (orphan == parts->end()) {
      ++partial_;
    } else if (orphan->second.front().first == line) {  // the others went with the first
      add_orphan(orphan->second);
    }
    line_ = line;
  }
  trace_.max_procs_of_nodes = trace_.max_procs == 0 && max_nodes_ > 0;
  if (trace_.max_procs == 0) trace_.max_procs = max_nodes_;
  tell();
  finish_trace(&trace_);
  return std::move(trace_);
}

void SwfReader::tell() {
  trace_.notes = notes_;
  const auto note = [&](int64_t count, const std::string& what) {
    if (count > 0) trace_.notes.push_back(std::to_string(count) + what);
  };
  note(no_run_, " jobs with run time 0 dropped");
  note(no_procs_, " jobs without processors dropped");
  note(unknown_run_, " jobs with unknown run time set to 10 s");
  note(rounded_, " jobs with fractions of seconds: rounded half up, to at least 1 s of run time");
  note(partial_,
       " lines of partial executions (status 2, 3 or 4) left out: a line of their job counts");
  note(orphans_,
       " lines of partial executions (status 2, 3 or 4) without a line of their whole job "
       "made " +
           std::to_string(orphan_jobs_) + " jobs, with the sums of their run times");
  note(lost_,
       " lines of partial executions without a submit time or a line of their whole job "
       "dropped");
  if (tenant_of_.size() > static_cast<size_t>(kMaxTenants))
    note(static_cast<int64_t>(tenant_of_.size()), " tenants share 16 indices");
}

}  // namespace

Trace parse_swf(const std::string& text, const std::string& where, const SwfOptions& options) {
  std::string_view rest = text;
  if (rest.substr(0, 3) == "\xEF\xBB\xBF") rest.remove_prefix(3);
  return SwfReader(where, options).read(rest);
}

Trace read_swf(const std::string& path, const SwfOptions& options) {
  return parse_swf(read_text(path), path, options);
}

}  // namespace cusched
