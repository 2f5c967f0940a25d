// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "cuda/error.h"
#include "cuda/portable_math.h"
#include "envs/placement_fragmentation_build.h"

namespace cusched::placement {
namespace {

constexpr double kTypicalShare = 0.95;
constexpr int kMaxTypical = 250;  // ranks are bytes

int fgd_score(double x) {
  return static_cast<int>(100.0 * (1.0 / (1.0 + portable_exp(-x / 1000.0))));
}

template <class T>
const T* place(const Upload& upload, const std::vector<T>& values) {
  return static_cast<const T*>(upload(values.data(), values.size() * sizeof(T)));
}

int rank_in(const std::vector<int32_t>& steps, int32_t value) {
  return static_cast<int>(std::upper_bound(steps.begin(), steps.end(), value) - steps.begin());
}

}  // namespace

std::vector<double> score_thresholds() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> thresholds = {-kInfinity};
  for (int k = 1; k <= kBestScore; ++k) {
    double low = -1e5, high = 1e5;
    if (fgd_score(high) < k) {
      thresholds.push_back(kInfinity);
      continue;
    }
    for (;;) {
      const double middle = low + (high - low) / 2.0;
      if (middle <= low || middle >= high) break;
      (fgd_score(middle) >= k ? high : low) = middle;
    }
    thresholds.push_back(high);
  }
  return thresholds;
}

std::vector<TypicalPod> typical_pods(const std::vector<OpenbPod>& pods) {
  using Key = std::tuple<int32_t, int32_t, int32_t, std::string, uint32_t>;
  std::map<Key, int32_t> counts;
  for (const OpenbPod& pod : pods)
    ++counts[{pod.cpu_milli, pod.gpu_milli, pod.gpus, pod.spec, pod.models}];
  std::vector<std::pair<int32_t, Key>> sorted;
  for (const auto& [key, count] : counts) sorted.emplace_back(count, key);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::vector<TypicalPod> typical;
  int64_t sum = 0;
  const double all = static_cast<double>(pods.size());
  for (const auto& [count, key] : sorted) {
    const auto& [cpu, milli, gpus, spec, models] = key;
    typical.push_back({cpu, static_cast<int16_t>(milli), static_cast<int16_t>(gpus), models, count,
                       static_cast<double>(count) / all});
    sum += count;
    if (static_cast<double>(sum) / all >= kTypicalShare || typical.size() == kMaxTypical) break;
  }
  // In this order of operations the frequencies have the reference's last digits.
  const double covered = static_cast<double>(sum) / all;
  for (TypicalPod& pod : typical) pod.frequency /= covered;
  return typical;
}

FragView make_fragmentation(const std::vector<TypicalPod>& typical, int models,
                            const Upload& upload) {
  std::set<int32_t> cpu_set, milli_set;
  FragView view{};
  for (const TypicalPod& pod : typical) {
    cpu_set.insert(pod.cpu_milli);
    if (pod.gpus > 0) milli_set.insert(pod.milli);
    view.weight += pod.count;
  }
  const std::vector<int32_t> cpu(cpu_set.begin(), cpu_set.end());
  const std::vector<int32_t> milli(milli_set.begin(), milli_set.end());
  view.typical_count = static_cast<int32_t>(typical.size());
  view.cpu_steps = static_cast<int32_t>(cpu.size());
  view.milli_steps = static_cast<int32_t>(milli.size());

  std::vector<uint8_t> hint(FragView::kHints), milli_rank(kMilli + 1);
  for (int i = 0; i < FragView::kHints; ++i)
    hint[i] = static_cast<uint8_t>(rank_in(cpu, i << FragView::kHintShift));
  for (int i = 0; i <= kMilli; ++i) milli_rank[i] = static_cast<uint8_t>(rank_in(milli, i));

  const size_t cpu_ranks = cpu.size() + 1, milli_ranks = milli.size() + 1,
               gpu_counts = kMaxGpus + 1;
  std::vector<int32_t> share((models + 1) * cpu_ranks * milli_ranks);
  std::vector<int32_t> whole((models + 1) * cpu_ranks * gpu_counts);
  for (const TypicalPod& pod : typical) {
    for (int model = 0; model <= models; ++model) {
      if (pod.gpus == 0 || (pod.models != 0 && (pod.models >> model & 1) == 0)) continue;
      for (size_t c = static_cast<size_t>(rank_in(cpu, pod.cpu_milli)); c < cpu_ranks; ++c) {
        const size_t row = static_cast<size_t>(model) * cpu_ranks + c;
        if (pod.gpus == 1) {
          for (size_t m = static_cast<size_t>(rank_in(milli, pod.milli)); m < milli_ranks; ++m)
            share[row * milli_ranks + m] += pod.count;
        } else {
          for (size_t full = static_cast<size_t>(pod.gpus); full < gpu_counts; ++full)
            whole[row * gpu_counts + full] += pod.count;
        }
      }
    }
  }

  const std::vector<double> thresholds = score_thresholds();
  std::vector<int64_t> from, doubt;
  const double weight = static_cast<double>(view.weight);
  constexpr double kNever = 4e18;  // scaled; beyond any decrease
  constexpr double kDoubt = 1e-3;  // scaled; far above rounding errors, far below a unit
  for (const double threshold : thresholds) {
    const double scaled = std::clamp(threshold * weight, -kNever, kNever);
    const double nearest = std::round(scaled);
    from.push_back(static_cast<int64_t>(std::ceil(scaled)));
    doubt.push_back(std::isfinite(threshold) && std::abs(nearest - scaled) < kDoubt
                        ? static_cast<int64_t>(nearest)
                        : std::numeric_limits<int64_t>::min());
  }
  view.typical = place(upload, typical);
  view.cpu_step = place(upload, cpu);
  view.cpu_hint = place(upload, hint);
  view.milli_rank = place(upload, milli_rank);
  view.share = place(upload, share);
  view.whole = place(upload, whole);
  view.score_at = place(upload, thresholds);
  view.score_from = place(upload, from);
  view.score_doubt = place(upload, doubt);
  return view;
}

}  // namespace cusched::placement
