// SPDX-License-Identifier: MIT
#include "agents/logs_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "envs/json_text.h"

namespace cusched {
namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string return_text(const TrainReport& report) {
  std::string name = "return";
  std::vector<double> values = report.column("episode_return");
  const auto missing = [](double value) { return std::isnan(value); };
  if (std::all_of(values.begin(), values.end(), missing)) {
    name = "reward";
    values = report.column("reward_mean");
  }
  std::vector<std::pair<double, int>> found;
  for (size_t p = 0; p < values.size(); ++p)
    if (!missing(values[p])) found.emplace_back(values[p], static_cast<int>(p));
  if (found.empty()) return "";
  if (report.members == 1) return "  " + name + " " + format("%.4g", found[0].first);
  std::sort(found.begin(), found.end());
  const size_t n = found.size();
  const double median = (found[(n - 1) / 2].first + found[n / 2].first) / 2;
  return "  " + name + " best " + format("%.4g", found.back().first) + " (member " +
         std::to_string(found.back().second) + ") median " + format("%.4g", median) + " worst " +
         format("%.4g", found.front().first);
}

class Progress : public ReportSink {
 public:
  Progress(std::FILE* out, ProgressMode mode, double line_every_s)
      : out_(out), mode_(mode), line_every_s_(line_every_s) {
    if (mode_ == ProgressMode::kAuto)
      mode_ = ::isatty(::fileno(out_)) ? ProgressMode::kInPlace : ProgressMode::kLines;
  }
  ~Progress() override {
    if (open_line_) std::fputc('\n', out_);
  }

  void write(const TrainReport& report) override {
    if (mode_ == ProgressMode::kQuiet) return;
    if (report.iteration == 0 && mode_ != ProgressMode::kJson) return;  // nothing is trained yet
    if (mode_ == ProgressMode::kJson) {
      print(progress_json(report) + "\n");
    } else if (mode_ == ProgressMode::kInPlace) {
      // \x1b[K clears the rest of an older, longer line; a text that wrapped could not be
      // rewritten.
      print("\r" + progress_text(report).substr(0, columns() - 1) + "\x1b[K");
      open_line_ = true;
    } else if (last_s_ < 0 || report.seconds - last_s_ >= line_every_s_) {
      print(progress_text(report) + "\n");
      last_s_ = report.seconds;
      held_back_.clear();
    } else {
      held_back_ = progress_text(report) + "\n";
    }
  }

  void flush() override {
    if (open_line_) print("\n");
    open_line_ = false;
    if (!held_back_.empty()) print(held_back_);
    held_back_.clear();
  }

  bool failed() const override { return failed_; }

 private:
  void print(const std::string& text) {
    if (std::fputs(text.c_str(), out_) < 0 || std::fflush(out_) != 0) failed_ = true;
  }
  size_t columns() const {
    winsize size{};
    const bool known = ::ioctl(::fileno(out_), TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
    return known ? size.ws_col : 120;
  }

  std::FILE* out_;
  ProgressMode mode_;
  double line_every_s_;
  double last_s_ = -1;
  bool open_line_ = false;
  bool failed_ = false;
  std::string held_back_;
};

}  // namespace

std::string short_count(double value) {
  const double size = std::abs(value);
  const char* const unit = size < 1e3 ? "" : size < 1e6 ? " k" : size < 1e9 ? " M" : " G";
  const double scaled = value / (size < 1e3 ? 1 : size < 1e6 ? 1e3 : size < 1e9 ? 1e6 : 1e9);
  const double digits = std::abs(scaled);
  const bool whole = size < 1e3 ? value == std::floor(value) : digits >= 100;
  return format(whole ? "%.0f" : digits >= 10 ? "%.1f" : "%.2f", scaled) + unit;
}

std::string short_time(double seconds) {
  const auto total = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  char text[48];
  if (total < 60) {
    std::snprintf(text, sizeof text, "%lld s", total);
  } else if (total < 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld", total / 60, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60,
                  total % 60);
  }
  return text;
}

std::string progress_text(const TrainReport& report) {
  std::string text = short_count(static_cast<double>(report.steps));
  if (report.total_steps > 0) text += " / " + short_count(static_cast<double>(report.total_steps));
  text += report.members > 1 ? " steps x " + std::to_string(report.members) : " steps";
  text += "  " + short_count(report.steps_per_s) + "/s (mean " +
          short_count(report.mean_steps_per_s) + "/s)";
  text += "  " + (report.eta_s >= 0 ? "ETA " + short_time(report.eta_s)
                                    : short_time(report.seconds) + " trained");
  return text + return_text(report);
}

std::string progress_json(const TrainReport& report) {
  nlohmann::ordered_json json = {{"type", "progress"},
                                 {"iteration", report.iteration},
                                 {"steps", report.steps},
                                 {"seconds", report.seconds},
                                 {"steps_per_s", report.steps_per_s},
                                 {"mean_steps_per_s", report.mean_steps_per_s}};
  if (report.eta_s >= 0) json["eta_s"] = report.eta_s;
  if (report.total_steps > 0) json["total_steps"] = report.total_steps;
  auto& members = json["members"] = nlohmann::ordered_json::array();
  for (int p = 0; p < report.members; ++p) {
    nlohmann::ordered_json member = {{"member", p}};
    for (size_t i = 0; i < report.names.size(); ++i)  // NaN becomes null
      member[report.names[i]] = report.values.at(p * report.names.size() + i);
    members.push_back(std::move(member));
  }
  return json_text(json);
}

std::unique_ptr<ReportSink> make_progress(std::FILE* out, ProgressMode mode, double line_every_s) {
  return std::make_unique<Progress>(out, mode, line_every_s);
}

}  // namespace cusched
