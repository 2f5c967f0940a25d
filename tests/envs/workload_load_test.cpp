// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

struct Sampled {
  double mean = 0, error = 0;  // of the load; standard error from the spread over episodes
};

// Load of many simulated days: sum of request x run time of the jobs of each day over capacity.
Sampled sample_load(const Workload& w, double capacity, int days,
                    const std::function<double(const Job&)>& request) {
  const SourceView view = w.view();
  double sum = 0, sum2 = 0;
  for (int env = 0; env < days; ++env) {
    const RngKey key{21, 0, static_cast<uint32_t>(env), 0};
    SourceState state{};
    source_begin(view, key, state);
    double work = 0;
    Job job{};
    while (source_next_submit(state) < kDaySeconds && source_next(view, key, state, &job))
      work += request(job) * job.run;
    const double load = work / (capacity * kDaySeconds);
    sum += load;
    sum2 += load * load;
  }
  Sampled s;
  s.mean = sum / days;
  s.error = std::sqrt((sum2 / days - s.mean * s.mean) / (days - 1));
  return s;
}

double cpu_of(const Job& job) { return 1.0 * job.pods() * job.cpu_milli; }
double memory_of(const Job& job) { return 1.0 * job.pods() * job.memory_mib; }
double gpu_of(const Job& job) { return 1.0 * job.pods() * job.gpus; }

// A day from any hour holds each hour once, so the mean load of a day is the offered load. The
// standard error comes from the days themselves; 4.5 of them leave 7 in a million.
TEST(OfferedLoad, IsWhatTheStreamBrings) {
  const ClusterCapacity cluster = default_cluster();
  for (const double load : {0.7, 0.9, 1.1, 1.5}) {
    for (const char* name : {"skrueue-sim", "skrueue-templates"}) {
      const Workload w = make(name, load);
      EXPECT_NEAR(w.offered_load, load, 1e-9);
      const Sampled cpu = sample_load(w, cluster.cpu_milli, 400, cpu_of);
      const Sampled memory = sample_load(w, cluster.memory_mib, 400, memory_of);
      const Sampled gpu = sample_load(w, cluster.gpus, 400, gpu_of);
      EXPECT_NEAR(cpu.mean, w.load_cpu, 4.5 * cpu.error) << name << load;
      EXPECT_NEAR(memory.mean, w.load_memory, 4.5 * memory.error) << name << load;
      EXPECT_NEAR(gpu.mean, w.load_gpu, 4.5 * gpu.error) << name << load;
      EXPECT_LT(cpu.error, 0.02 * w.load_cpu);  // the test can fail
    }
  }
}

TEST(OfferedLoad, OfLegacyIsFiftyfold) {
  const Workload w = make("skrueue-legacy");
  for (const double rate : w.jobs_per_hour) EXPECT_NEAR(rate, 0.577 * 3600, 1e-9);
  EXPECT_GT(w.offered_load, 47);
  EXPECT_LT(w.offered_load, 57);
  const Sampled cpu = sample_load(w, 288000, 3, cpu_of);
  EXPECT_NEAR(cpu.mean, w.load_cpu, 0.02 * w.load_cpu);
}

TEST(OfferedLoad, OfBurstsAndUniformIsScaledByTheirPeriod) {
  for (const char* name : {"skrueue-templates-burst", "skrueue-templates-uniform"}) {
    const Workload w = make(name, 0.9);
    EXPECT_NEAR(w.offered_load, 0.9, 1e-9);
    const Sampled gpu = sample_load(w, 8, 400, gpu_of);
    EXPECT_NEAR(gpu.mean, w.load_gpu, 4.5 * gpu.error + 0.9 * 20 / 2880.0) << name;
  }
}

// The expectation of one template against brute force over a million draws.
TEST(OfferedLoad, TemplateMeansMatchBruteForce) {
  const Workload w = make("skrueue-sim");
  const SourceView view = w.view();
  for (size_t t = 0; t < w.templates.size(); ++t) {
    constexpr int kDraws = 200000;
    double cpu = 0, cpu2 = 0, run = 0, run2 = 0, gpus = 0;
    for (int i = 0; i < kDraws; ++i) {
      uint32_t v[12];
      for (int b = 0; b < 3; ++b) {
        const Philox4 draw = draw4({5, 0, 0, 0}, 77, static_cast<uint32_t>(3 * i + b));
        std::copy(draw.v, draw.v + 4, v + 4 * b);
      }
      Job job{};
      shape_job(view.common, w.templates[t], view.mix.normal, v, &job);
      cpu += cpu_of(job);
      cpu2 += cpu_of(job) * cpu_of(job);
      run += job.run;
      run2 += 1.0 * job.run * job.run;
      gpus += gpu_of(job);
    }
    const auto error = [](double sum, double sum2) {
      return std::sqrt((sum2 / kDraws - sum / kDraws * sum / kDraws) / kDraws);
    };
    EXPECT_NEAR(cpu / kDraws, w.means[t].cpu_milli, 4.5 * error(cpu, cpu2) + 0.5) << t;
    EXPECT_NEAR(run / kDraws, w.means[t].run_s, 4.5 * error(run, run2) + 0.5) << t;
    EXPECT_NEAR(gpus / kDraws, w.means[t].gpus, 0.02) << t;
  }
}

// Arrivals are a Poisson process whose rate follows the hours: at the clock that the rates drive,
// gaps are exponential (Kolmogorov-Smirnov), and each hour gets its share (chi-square).
TEST(Arrivals, FollowTheHourlyRates) {
  const Workload w = make("skrueue-sim", 1.5);
  const SourceView view = w.view();
  std::vector<double> per_hour(w.jobs_per_hour, w.jobs_per_hour + 24);
  std::vector<double> passed(25, 0.0);
  for (int h = 0; h < 24; ++h) passed[h + 1] = passed[h] + per_hour[h];
  const auto clock = [&](int64_t q16) {
    const double t = static_cast<double>(q16) / 65536.0;
    const double day = std::floor(t / 86400.0), hour = (t - day * 86400.0) / 3600.0;
    const int h = std::min(23, static_cast<int>(hour));
    return day * passed[24] + passed[h] + (hour - h) * per_hour[h];
  };
  std::vector<double> gaps;
  double count[24] = {};
  for (uint32_t env = 0; env < 200; ++env) {
    const RngKey key{31, 0, env, 0};
    SourceState state{};
    source_begin(view, key, state);
    double before = clock(int64_t{state.origin_s} << 16);
    Job job{};
    while (source_next_submit(state) < kDaySeconds) {
      const double now = clock(state.clock_q16);
      gaps.push_back(now - before);
      before = now;
      count[(state.clock_q16 >> 16) % 86400 / 3600] += 1;
      source_next(view, key, state, &job);
    }
  }
  std::sort(gaps.begin(), gaps.end());
  const double n = static_cast<double>(gaps.size());
  ASSERT_GT(n, 100000);
  double distance = 0;
  for (size_t i = 0; i < gaps.size(); ++i) {
    const double f = 1 - std::exp(-gaps[i]);
    distance = std::max({distance, f - i / n, (i + 1) / n - f});
  }
  // Days are cut off at their end, which drops the gap that crosses it: one in 1,100 a day.
  EXPECT_LT(distance, 1.95 / std::sqrt(n) + 1.0 / 1100);
  double chi2 = 0;
  for (int h = 0; h < 24; ++h)
    chi2 += std::pow(count[h] - 200 * per_hour[h], 2) / (200 * per_hour[h]);
  EXPECT_LT(chi2, 51.2);  // 24 degrees of freedom, once in a thousand
}

// Exact inversion: the work that passes between two arrivals is the drawn gap, rounded up to a
// tick.
TEST(Arrivals, PassExactlyTheDrawnWork) {
  std::vector<int64_t> rate(24);
  for (int h = 0; h < 24; ++h) rate[h] = h % 5 == 0 ? 0 : 1000 + 37 * h;
  ArrivalView arrivals;
  arrivals.rate = rate.data();
  const auto work_until = [&](int64_t from, int64_t to) {  // brute force by hours
    int64_t work = 0;
    while (from < to) {
      const int64_t end = std::min(to, (from / (int64_t{3600} << 16) + 1) * (int64_t{3600} << 16));
      work += (end - from) * rate[(from >> 16) % 86400 / 3600];
      from = end;
    }
    return work;
  };
  int64_t clock = int64_t{4} << 16;
  for (uint32_t i = 0; i < 2000; ++i) {
    const int64_t gap = int64_t{draw4({1, 0, 0, 0}, 5, i).v[0]} << (i % 8);
    const int64_t next = pass_work(arrivals, clock, gap);
    ASSERT_GE(work_until(clock, next), gap);
    if (next > clock) {
      ASSERT_LT(work_until(clock, next - 1), gap);
    }
    clock = next;
  }
}

}  // namespace
}  // namespace cusched
