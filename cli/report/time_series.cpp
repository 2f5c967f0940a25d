// SPDX-License-Identifier: MIT
#include "cli/report/time_series.h"

#include <algorithm>
#include <cmath>

namespace cusched {
namespace {

// Adds `amount` over the time from `from` to `to` to the bins that it touches, as shares of a bin.
void add_span(double from, double to, double amount, double width, std::vector<double>* bins) {
  from = std::max(from, 0.0);
  to = std::min(to, width * static_cast<double>(bins->size()));
  for (auto b = static_cast<size_t>(from / width); from < to && b < bins->size(); ++b) {
    const double end = width * static_cast<double>(b + 1);
    const double overlap = std::min(to, end) - std::max(from, width * static_cast<double>(b));
    if (overlap <= 0) break;
    (*bins)[b] += amount * overlap / width;
  }
}

}  // namespace

std::vector<double> binned(const EpisodeJobs& episode, JobQuantity quantity, double until_s,
                           int bins) {
  std::vector<double> means(bins);
  const double width = until_s / bins;
  if (!(width > 0)) return means;
  for (const JobRecord& job : episode.jobs) {
    const bool started = job.start >= 0;
    const double end = job.end >= 0 ? job.end : episode.end_s;
    const double start = started ? job.start : end;
    if (quantity == JobQuantity::kWaiting) {
      add_span(job.submit, start, 1, width, &means);
    } else if (started) {
      const double amount =
          quantity == JobQuantity::kGpus ? job.gpus : static_cast<double>(job.cpu_milli) / 1000;
      add_span(start, end, amount, width, &means);
    }
  }
  return means;
}

std::vector<double> mean_binned(const std::vector<EpisodeJobs>& episodes, JobQuantity quantity,
                                double until_s, int bins) {
  if (episodes.size() < 2) return {};
  const auto [shortest, longest] = std::minmax_element(
      episodes.begin(), episodes.end(),
      [](const EpisodeJobs& a, const EpisodeJobs& b) { return a.end_s < b.end_s; });
  if (longest->end_s > 2 * int64_t{shortest->end_s}) return {};
  std::vector<double> means(bins);
  for (const EpisodeJobs& episode : episodes) {
    const std::vector<double> one = binned(episode, quantity, until_s, bins);
    for (int b = 0; b < bins; ++b) means[b] += one[b] / static_cast<double>(episodes.size());
  }
  return means;
}

}  // namespace cusched
