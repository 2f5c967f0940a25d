// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "envs/workload/lublin_parts.h"
#include "tests/envs/workload_test_util.h"

namespace cusched {
namespace {

struct Moments {
  double serial = 0, pow2 = 0;              // shares of jobs with 1, and 2, 4, 8, ... processors
  double log_size = 0;                      // mean of log2(processors)
  double log_run = 0, log_run_sd = 0;       // of ln(run + 1/2)
  double short_small = 0, short_large = 0;  // share of runs below 500 s, up to and above 32 procs
  double night = 0;                         // share of jobs from 0 to 6 h
};

Moments moments_of(const std::vector<Job>& jobs, const std::vector<int64_t>& submit) {
  Moments m;
  double run2 = 0, small = 0, large = 0;
  const double n = static_cast<double>(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    const int procs = jobs[i].cpu_milli / 1000;
    const double x = std::log(jobs[i].run + 0.5);
    m.serial += procs == 1;
    m.pow2 += procs > 1 && (procs & (procs - 1)) == 0;
    m.log_size += std::log2(procs);
    m.log_run += x;
    run2 += x * x;
    (procs <= 32 ? small : large) += 1;
    (procs <= 32 ? m.short_small : m.short_large) += jobs[i].run < 500;
    m.night += submit[i] % 86400 < 6 * 3600;
  }
  m.serial /= n;
  m.pow2 /= n;
  m.log_size /= n;
  m.log_run /= n;
  m.log_run_sd = std::sqrt(run2 / n - m.log_run * m.log_run);
  m.short_small /= small;
  m.short_large /= large;
  m.night /= n;
  return m;
}

struct Stream {
  std::vector<Job> jobs;
  std::vector<int64_t> submit;
};

Stream many_jobs(const Workload& w, int envs, int jobs) {
  Stream all;
  const SourceView view = w.view();
  for (int env = 0; env < envs; ++env) {
    const RngKey key{17, 0, static_cast<uint32_t>(env), 0};
    SourceState state{};
    source_begin(view, key, state);
    for (const Job& job : draw_jobs(view, key, jobs)) {
      all.jobs.push_back(job);
      all.submit.push_back(source_origin(view, state) + job.submit);
    }
  }
  return all;
}

// lublin_1 was generated with the published parameters on 256 processors: our stream has its
// moments. Bounds: 4.5 standard errors of 10,000 jobs; the night's share also varies with the days.
TEST(Lublin, HasTheMomentsOfThePublishedModelsOutput) {
  const std::string file = shared_file("data/lublin/lublin_1.swf");
  if (file.empty()) GTEST_SKIP() << "no shared data here (set CUSCHED_SHARED)";
  const Trace trace = read_swf(file);
  const Moments theirs = moments_of(trace.rows, trace.submit);
  const Stream stream = many_jobs(make("lublin"), 50, 2000);
  const Moments ours = moments_of(stream.jobs, stream.submit);
  const double error = 4.5 * std::sqrt(1.1 / 10000);  // of a quantity with variance 1
  EXPECT_NEAR(ours.serial, theirs.serial, error * 0.45);
  EXPECT_NEAR(ours.pow2, theirs.pow2, error * 0.5);
  EXPECT_NEAR(ours.log_size, theirs.log_size, error * 2.2);
  EXPECT_NEAR(ours.log_run, theirs.log_run, error * 3.2);
  EXPECT_NEAR(ours.log_run_sd, theirs.log_run_sd, error * 2);
  EXPECT_NEAR(ours.short_small, theirs.short_small, error * 0.5);
  EXPECT_NEAR(ours.short_large, theirs.short_large, error * 0.5 / std::sqrt(0.06));
  EXPECT_LT(theirs.short_large, theirs.short_small - 0.1);  // large jobs run longer
  EXPECT_NEAR(ours.night, theirs.night, 0.03);
}

TEST(Lublin, SizesFollowTheTwoStageDistribution) {
  const LublinParams p = with_sizes({}, 256);
  EXPECT_EQ(p.high, 8.0);
  EXPECT_EQ(p.med, 5.5);
  const std::vector<double> sizes = lublin_sizes(p, 256);
  double sum = 0;
  for (const double s : sizes) sum += s;
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_GE(sizes[0], p.serial);
  // Powers of two: x uniform in [0.8, 5.5] with 0.86, in [5.5, 8] else; 2^3 is x in [2.5, 3.5].
  const double any = 1 - p.serial - p.pow2;
  const double eight = 0.86 / 4.7;
  const double any_eight = 0.86 / 4.7 * (std::log2(8.5) - std::log2(7.5));
  EXPECT_NEAR(sizes[7], p.pow2 * eight + any * any_eight, 1e-12);
  const double last = 0.14 / 2.5 * 0.5;
  const double any_last = 0.14 / 2.5 * (8 - std::log2(255.5));
  EXPECT_NEAR(sizes[255], p.pow2 * last + any * any_last, 1e-12);

  const Stream stream = many_jobs(make("lublin"), 50, 2000);
  std::vector<double> count(256, 0.0);
  for (const Job& job : stream.jobs) count[job.cpu_milli / 1000 - 1] += 1;
  double chi2 = 0;
  for (int n = 0; n < 256; ++n) chi2 += std::pow(count[n] - 1e5 * sizes[n], 2) / (1e5 * sizes[n]);
  EXPECT_LT(chi2, 330.5);  // 255 degrees of freedom, once in a thousand
}

TEST(Lublin, DayWeightsHaveMeanOneAndANight) {
  const std::vector<double> day = lublin_day({});
  double sum = 0;
  for (const double w : day) sum += w;
  EXPECT_NEAR(sum, 48, 1e-9);
  const auto peak = std::max_element(day.begin(), day.end()) - day.begin();
  EXPECT_GT(peak, 22);     // after 11 h ...
  EXPECT_LT(peak, 32);     // ... and before 16 h
  EXPECT_LT(day[8], 0.3);  // 4 h
}

TEST(Lublin, OfferedLoadIsWhatTheStreamBrings) {
  for (const double load : {0.0, 0.7, 1.1}) {
    const Workload w = make("lublin", load);
    if (load > 0) {
      EXPECT_NEAR(w.offered_load, load, 1e-9);
    }
    // 400 streams of 20 days; gaps vary so much that the spread over streams sets the bound.
    double sum = 0, sum2 = 0;
    for (int env = 0; env < 400; ++env) {
      const SourceView view = w.view();
      const RngKey key{23, 0, static_cast<uint32_t>(env), 0};
      SourceState state{};
      source_begin(view, key, state);
      double work = 0;
      Job job{};
      while (source_next_submit(state) < 20 * kDaySeconds && source_next(view, key, state, &job))
        work += 1.0 * job.cpu_milli * job.run;
      const double x = work / (256000.0 * 20 * kDaySeconds);
      sum += x;
      sum2 += x * x;
    }
    const double mean = sum / 400, error = std::sqrt((sum2 / 400 - mean * mean) / 399);
    // The first gap of a renewal process that starts with an event shifts its count by
    // (variation^2 - 1) / 2 jobs, here about 3 of the 1,900 jobs of a stream.
    EXPECT_NEAR(mean, w.offered_load, 4.5 * error + 0.005 * w.offered_load) << load;
    EXPECT_LT(error, 0.02 * mean);
  }
}

// Fitting the model to its own output gives its parameters back.
TEST(Lublin, FitRecoversTheModel) {
  WorkloadConfig config;
  config.name = "lublin";
  const Workload w = make_workload(config, pool(256));
  Trace trace;
  trace.file = "generated";
  const RngKey key{29, 0, 0, 0};
  const SourceView view = w.view();
  SourceState state{};
  source_begin(view, key, state);
  for (const Job& job : draw_jobs(view, key, 20000)) {
    trace.rows.push_back(job);
    trace.submit.push_back(source_origin(view, state) + job.submit);
    trace.line.push_back(0);
  }
  trace.max_procs = 256;
  const LublinParams p = fit_lublin(trace, 0, trace.size());
  const LublinParams truth = with_sizes({}, 256);
  EXPECT_NEAR(p.serial, truth.serial, 0.015);
  EXPECT_NEAR(p.pow2, truth.pow2, 0.02);
  EXPECT_NEAR(p.med, truth.med, 0.5);
  EXPECT_NEAR(p.first, truth.first, 0.04);
  EXPECT_NEAR(p.a1 * p.b1, truth.a1 * truth.b1, 0.15);
  EXPECT_NEAR(p.a2 * p.b2, truth.a2 * truth.b2, 0.1);
  EXPECT_NEAR(p.pb, truth.pb, 0.03);
  EXPECT_NEAR(p.pa, truth.pa, 0.001);
  EXPECT_NEAR(p.gap_shape * p.gap_scale, 10.2303 * 1.0225 * 0.4871, 0.1);
  // What matters in the end: rate and load are those of the jobs it was fitted to. Gaps are matched
  // in the mean, but for the parts of days at both ends; work only through the fitted shapes.
  double work = 0;
  for (const Job& job : trace.rows) work += 1.0 * job.cpu_milli / 1000 * job.run;
  const double span = static_cast<double>(trace.submit.back() - trace.submit.front());
  const Workload fitted = build_lublin(p, WorkloadConfig{}, pool(256));
  EXPECT_NEAR(fitted.means[0].jobs_per_day / (20000 / span * 86400), 1, 0.01);
  EXPECT_NEAR(fitted.offered_load / (work / (256 * span)), 1, 0.06);
}

// Fits to what a policy may be trained on: the first jobs of the public traces.
TEST(Lublin, FitsTheFirstJobsOfThePublicTraces) {
  for (const char* name : {"data/lublin/lublin_1.swf", "data/lublin/lublin_2.swf"}) {
    const std::string file = shared_file(name);
    if (file.empty()) GTEST_SKIP() << "no shared data here (set CUSCHED_SHARED)";
    WorkloadConfig config;
    config.name = "lublin";
    config.fit_file = file;
    config.fit_count = 1981;
    const Workload w = make_workload(config, pool(256));
    const Trace trace = read_swf(file);
    double work = 0, runs = 0, procs = 0;
    for (int i = 0; i < 1981; ++i) {
      work += 1.0 * trace.rows[i].cpu_milli / 1000 * trace.rows[i].run;
      runs += trace.rows[i].run;
      procs += trace.rows[i].cpu_milli / 1000;
    }
    const double days = static_cast<double>(trace.submit[1980] - trace.submit[0]) / 86400.0;
    // A fit by EM matches no raw moment exactly; run times reach from seconds to days.
    EXPECT_NEAR(w.means[0].jobs_per_day / (1980 / days), 1, 0.1) << name;
    EXPECT_NEAR(w.means[0].run_s / (runs / 1981), 1, 0.15) << name;
    EXPECT_NEAR(w.means[0].cpu_milli / 1000 / (procs / 1981), 1, 0.1) << name;
    EXPECT_NEAR(w.offered_load / (work / (256 * 86400 * days)), 1, 0.3) << name;
  }
}

TEST(Lublin, BadParametersAreRefused) {
  const auto message = [](const LublinParams& p) {
    return input_error([&] { build_lublin(p, WorkloadConfig{}, pool(256)); });
  };
  LublinParams p;
  p.a1 = std::nan("");
  EXPECT_NE(message(p).find("workload lublin, a1: nan is out of range"), std::string::npos);
  p = {};
  p.serial = 0.9;
  EXPECT_NE(message(p).find("pow2"), std::string::npos);
  p = {};
  p.log_max_run = 1;
  p.a2 = 1e4;
  EXPECT_NE(message(p).find("log_max_run"), std::string::npos);
  p = {};
  p.low = 6;
  p.med = 3;
  EXPECT_NE(message(p).find("not between low and high"), std::string::npos);
  Trace trace = parse_swf("1 0 -1 5 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n", "t.swf");
  EXPECT_NE(input_error([&] { fit_lublin(trace, 0, 1); }).find("at least 100 jobs"),
            std::string::npos);
}

// A machine so small that the authors' rule for `med` has no room.
TEST(Lublin, WorksOnTinyMachines) {
  for (const int64_t procs : {1, 2, 3, 5}) {
    WorkloadConfig config;
    config.name = "lublin";
    const Workload w = make_workload(config, pool(procs));
    for (const Job& job : draw_jobs(w.view(), {1, 0, 0, 0}, 500)) {
      ASSERT_GE(job.cpu_milli, 1000);
      ASSERT_LE(job.cpu_milli, procs * 1000);
    }
  }
}

}  // namespace
}  // namespace cusched
