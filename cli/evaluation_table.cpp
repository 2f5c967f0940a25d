// SPDX-License-Identifier: MIT
#include "cli/evaluation_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "cli/metric_info.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr size_t kHeadWidth = 12;  // of a heading's lines, where its words allow it
constexpr size_t kNameWidth = 32;  // most of a name, more is shortened
constexpr size_t kShortName = 24;  // of a policy's, where the metrics need the room
constexpr size_t kMark = 2;  // "* " before a learned policy's name, "+ " before a heuristic file's
constexpr size_t kGap = 2;

struct Column {
  std::vector<std::string> head;  // lines
  std::vector<std::string> cells;
  size_t width() const {
    size_t widest = 0;
    for (const auto* lines : {&head, &cells})
      for (const std::string& line : *lines) widest = std::max(widest, text_width(line));
    return widest;
  }
};

// Decimals of a column, so that its smallest number has three digits, within reason.
int decimals_of(const std::vector<double>& values) {
  double smallest = 0, largest = 0;
  bool whole = true;
  for (const double value : values) {
    const double size = std::fabs(value);
    if (!std::isfinite(size) || size == 0) continue;
    whole &= size == std::floor(size);
    smallest = smallest == 0 ? size : std::min(smallest, size);
    largest = std::max(largest, size);
  }
  if (whole) return 0;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(smallest))), 0, largest < 1 ? 4 : 2);
}

std::string fixed_text(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, std::fabs(value));
  std::string digits = text;
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return (value < 0 ? "-" : "") + digits;
}

std::vector<std::string> lines_of(const std::string& text, size_t width) {
  std::vector<std::string> lines = {""};
  for (const char c : wrapped(text, width)) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  lines.pop_back();
  return lines;
}

// One metric of the entries `rows`. Times are in the unit that fits the smallest of them.
Column column_of(const Evaluation& evaluation, int m, const std::vector<size_t>& rows,
                 bool with_interval) {
  const MetricInfo& metric = evaluation.metrics[m];
  std::vector<Interval> values;
  for (const size_t i : rows)
    values.push_back(mean_interval(evaluation, evaluation.policies[i].samples[m]));
  double scale = 1;
  std::string unit = metric.unit;
  if (metric.share) {
    scale = 0.01;
    unit = "%";
  } else if (metric.unit == "s") {
    double smallest = 0;
    for (const Interval& value : values)
      if (const double size = std::fabs(value.mean); size > 0 && (smallest == 0 || size < smallest))
        smallest = size;
    const TimeUnit time = time_unit(smallest);
    scale = time.seconds;
    unit = time.name;
  }
  Column column;
  column.head =
      lines_of(metric_label(metric) + (unit.empty() ? "" : " [" + unit + "]"), kHeadWidth);
  std::vector<double> means;
  for (const Interval& value : values) means.push_back(value.mean / scale);
  const int decimals = decimals_of(means);
  for (size_t i = 0; i < values.size(); ++i) {
    std::string cell = fixed_text(means[i], decimals);
    if (with_interval && std::isfinite(values[i].lo))
      cell += " ± " + fixed_text(values[i].half_width() / scale, decimals);
    column.cells.push_back(std::move(cell));
  }
  return column;
}

std::string padded(const std::string& text, size_t width, bool to_the_left) {
  const std::string pad(width - std::min(width, text_width(text)), ' ');
  return to_the_left ? text + pad : pad + text;
}

// Names, all different. Those of learned policies, often paths, have at most `most` columns; the
// others are whole, since they are what --baselines takes.
Column name_column(const Evaluation& evaluation, const std::vector<size_t>& rows, size_t most) {
  Column column;
  column.head = {"policy"};
  std::map<std::string, int> seen;
  for (const size_t i : rows) {
    const PolicyResult& policy = evaluation.policies[i];
    const std::string mark = !policy.heuristic.empty() ? "+ " : policy.learned ? "* " : "  ";
    const std::string name = visible_text(policy.name);
    const size_t width = policy.learned ? most : kNameWidth;
    std::string cell = shortened(name, width);
    if (const int times = ++seen[cell]; times > 1 && cell != name) {
      const std::string number = "~" + std::to_string(times);
      cell = shortened(name, width - number.size()) + number;
    }
    column.cells.push_back(mark + cell);
  }
  return column;
}

std::string block_text(const Column& names, const std::vector<Column>& columns) {
  size_t height = 1;
  for (const Column& column : columns) height = std::max(height, column.head.size());
  std::string text;
  const auto line = [&](const auto& cell_of) {
    std::string line = padded(cell_of(names), names.width(), true);
    for (const Column& column : columns)
      line += std::string(kGap, ' ') + padded(cell_of(column), column.width(), false);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  for (size_t h = 0; h < height; ++h)
    line([&](const Column& c) {
      const size_t above = height - c.head.size();
      return h < above ? std::string() : c.head[h - above];
    });
  line([](const Column& c) { return std::string(c.width(), '-'); });
  for (size_t r = 0; r < names.cells.size(); ++r) line([&](const Column& c) { return c.cells[r]; });
  return text;
}

bool is_constant(const Evaluation& evaluation, int m) {
  std::vector<double> means;
  for (const PolicyResult& policy : evaluation.policies) {
    const double value = confidence_interval(policy.samples[m]).mean;
    if (!std::isnan(value)) means.push_back(value);
  }
  return std::all_of(means.begin(), means.end(), [&](double x) { return x == means[0]; });
}

}  // namespace

std::vector<std::string> table_columns(const Evaluation& evaluation,
                                       const std::vector<std::string>& candidates, size_t most) {
  std::vector<std::string> columns;
  if (evaluation.metric_index(evaluation.headline) >= 0) columns = {evaluation.headline};
  for (const std::string& name : candidates) {
    const int m = evaluation.metric_index(name);
    if (columns.size() >= most) break;
    if (m >= 0 && name != evaluation.headline && !is_constant(evaluation, m))
      columns.push_back(name);
  }
  return columns;
}

std::string evaluation_table(const Evaluation& evaluation, const std::vector<std::string>& columns,
                             TableOptions options) {
  const std::vector<size_t> same = same_results(evaluation);
  std::vector<size_t> rows;
  std::map<size_t, std::vector<std::string>> twins;
  int64_t hidden = 0;
  for (const size_t i : ranking(evaluation, evaluation.headline)) {
    const PolicyResult& policy = evaluation.policies[i];
    if (policy.limited && !options.limited) {
      ++hidden;
    } else if (same[i] != i) {
      twins[same[i]].push_back(visible_text(policy.name));
    } else {
      rows.push_back(i);
    }
  }
  std::vector<Column> all;
  for (const std::string& name : columns)
    if (const int m = evaluation.metric_index(name); m >= 0)
      all.push_back(column_of(evaluation, m, rows, name == evaluation.headline));

  size_t room = kTextWidth - kMark;
  for (const Column& column : all) room -= std::min(room, kGap + column.width());
  const Column names = name_column(evaluation, rows, std::clamp(room, kShortName, kNameWidth));
  std::string text;
  for (size_t first = 0; first < all.size() || first == 0;) {
    size_t used = names.width(), end = first;
    while (end < all.size() && (end == first || used + kGap + all[end].width() <= kTextWidth))
      used += kGap + all[end++].width();
    text += (first > 0 ? "\n" : "") +
            block_text(names, std::vector<Column>(all.begin() + first, all.begin() + end));
    if (end == first || options.one_block) break;
    first = end;
  }
  for (const auto& [i, others] : twins)
    text += wrapped("same results as " + visible_text(evaluation.policies[i].name) + ": " +
                        join_words(others, ", "),
                    kTextWidth, "  ");
  if (hidden > 0)
    text += wrapped("not shown: " + count_text(hidden, "baseline") +
                        " limited to the first K jobs, as policies are (NAME@K); --limited shows " +
                        (hidden == 1 ? "it" : "them"),
                    kTextWidth, "  ");
  return text;
}

}  // namespace cusched
