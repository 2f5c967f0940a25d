// SPDX-License-Identifier: MIT
#include "envs/workload/trace_windows.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

#include "cuda/error.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

int64_t size(const JobRange& range) { return range.end - range.begin; }

std::string jobs_text(const JobRange& range) {
  return "jobs " + grouped(range.begin) + " to " + grouped(range.end);
}

int64_t auto_length(int64_t held_out, int64_t most) {
  return std::max<int64_t>(1, std::min(most, std::clamp<int64_t>(held_out / 6, 100, 500)));
}

}  // namespace

const char* part_name(TracePart part) {
  constexpr const char* kNames[] = {"all", "train", "validation", "held-out"};
  return kNames[static_cast<int>(part)];
}

TraceSplit split_trace(int64_t jobs, double split_share, int64_t length) {
  // The tiny summand: 0.7 x 10 is 7, not 6.999.
  const int64_t first =
      std::clamp<int64_t>(static_cast<int64_t>(std::floor(jobs * split_share + 1e-6)), 2, jobs - 1);
  int64_t validation = (first + 7) / 8;
  if (length > validation && 2 * length <= first) validation = length;
  return {{0, first - validation}, {first - validation, first}, {first, jobs}};
}

std::vector<int64_t> deal_windows(const std::vector<JobRange>& ranges, int64_t length,
                                  int64_t count) {
  // Each range gets windows by how many it holds side by side, the largest remainders one more.
  std::vector<int64_t> room, dealt;
  for (const JobRange& range : ranges) room.push_back(size(range) / length);
  const int64_t whole = std::accumulate(room.begin(), room.end(), int64_t{0});
  int64_t left = count;
  for (const int64_t r : room) left -= dealt.emplace_back(count * r / whole);
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return count * room[a] % whole > count * room[b] % whole;
  });
  for (int64_t i = 0; i < left; ++i) ++dealt[order[static_cast<size_t>(i)]];

  std::vector<int64_t> starts;
  for (size_t r = 0; r < ranges.size(); ++r)
    for (int64_t i = 0; i < dealt[r]; ++i)
      starts.push_back(ranges[r].begin +
                       (size(ranges[r]) - length) * i / std::max<int64_t>(dealt[r] - 1, 1));
  return starts;
}

TraceWindows trace_windows(int64_t jobs, const TraceWindow& window, const std::string& file) {
  TraceWindows w;
  w.length = window.length;
  if (!window.starts.empty() || !window.ranges.empty()) {
    int64_t most = jobs;
    for (const int64_t start : window.starts) most = std::min(most, jobs - start);
    if (window.starts.empty())
      for (const JobRange& range : window.ranges) most = std::min(most, size(range));
    w.ranges = window.ranges;
    if (w.ranges.empty()) w.ranges.push_back({0, jobs});
    const double held_out = static_cast<double>(jobs) * (1.0 - window.split_share);
    if (w.length == kAutoLength) w.length = auto_length(static_cast<int64_t>(held_out), most);
    if (w.length == 0) w.length = jobs;
    return w;
  }
  const bool few = jobs < kFewestJobsToSplit;
  if (few && window.part != TracePart::kAll)
    w.notes.push_back(file + " has " + count_text(jobs, "job") +
                      ": too few to hold some out, all parts are the whole trace");
  if (few) {
    w.ranges = {{0, jobs}};
    if (w.length == kAutoLength || w.length == 0) w.length = jobs;
    return w;
  }
  const TraceSplit split = w.split = split_trace(jobs, window.split_share, window.length);
  w.part = window.part;
  const JobRange parts[] = {{0, jobs}, split.train, split.validation, split.held_out};
  const JobRange& part = parts[static_cast<int>(w.part)];
  w.ranges = {part};
  if (w.length == kAutoLength) {
    const int64_t most =
        std::min({size(split.train), size(split.validation), size(split.held_out)});
    w.length = auto_length(size(split.held_out), most);
    if (w.length < 100)
      w.notes.push_back(file + " has " + count_text(jobs, "job") + ": few, so that windows have " +
                        std::to_string(w.length) + ", of " + jobs_text(split.train) +
                        " for training, " + jobs_text(split.validation) +
                        " for choosing a policy and " + jobs_text(split.held_out) +
                        " for judging it");
  }
  if (w.length == 0) w.length = size(part);
  if (w.length <= size(part)) return w;
  if (w.part == TracePart::kAll || w.part == TracePart::kTrain)
    throw InputError(file + ", length",
                     "a window of " + count_text(w.length, "job") + " does not lie in the part " +
                         part_name(w.part) + ", " + jobs_text(part) + " of " + grouped(jobs),
                     "Use a length of at most " + std::to_string(size(part)) +
                         (w.part == TracePart::kAll ? "" : ", another split, or part all"));
  // What chooses and judges may be shorter than what was learnt from, and says so.
  w.notes.push_back("the part " + std::string(part_name(w.part)) + " of " + file + ", " +
                    jobs_text(part) + ", has no window of " + count_text(w.length, "job") +
                    ": its windows have " + std::to_string(size(part)));
  w.length = size(part);
  return w;
}

WarmUpRows warm_up_rows(const Trace& trace, const std::vector<JobRange>& ranges, int64_t length) {
  const int64_t jobs = trace.size();
  const auto end = [&](int64_t row) { return trace.submit[row] + trace.rows[row].run; };
  WarmUpRows w;
  w.block = static_cast<int32_t>(std::clamp<int64_t>(jobs / 1024, 64, 1024));
  std::vector<int32_t> alive;
  for (int64_t first = 0; first < jobs; first += w.block) {
    for (int64_t row = std::max<int64_t>(first - w.block, 0); row < first; ++row)
      alive.push_back(static_cast<int32_t>(row));
    alive.erase(std::remove_if(alive.begin(), alive.end(),
                               [&](int32_t row) { return end(row) <= trace.submit[first]; }),
                alive.end());
    w.begin.push_back(static_cast<int32_t>(w.rows.size()));
    w.rows.insert(
        w.rows.end(), alive.begin(),
        alive.begin() + std::min<int64_t>(static_cast<int64_t>(alive.size()), kMostWarmUp));
  }
  w.begin.push_back(static_cast<int32_t>(w.rows.size()));

  const auto begins = [&](int64_t row) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const JobRange& range) {
      return range.begin <= row && row + length <= range.end;
    });
  };
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<int64_t>> ends;
  for (int64_t row = 0; row < jobs; ++row) {
    while (!ends.empty() && ends.top() <= trace.submit[row]) ends.pop();
    if (begins(row)) w.most = std::max(w.most, static_cast<int64_t>(ends.size()));
    ends.push(end(row));
  }
  return w;
}

}  // namespace cusched
