// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "cuda/error.h"
#include "cuda/portable_math.h"
#include "envs/workload/lublin_parts.h"
#include "envs/workload/mix.h"
#include "envs/workload/tables.h"

// Fits the Lublin-Feitelson model to jobs of a trace, with portable + - * / code only: every
// machine finds the same parameters.
namespace cusched {
namespace {

struct Observed {
  std::vector<double> procs, log_run, submit;  // per job
  int64_t max_procs = 1;
};

bool is_power_of_two(double n) {
  const int64_t whole = static_cast<int64_t>(n);
  return (whole & (whole - 1)) == 0;
}

// Maximum-likelihood gamma from a weighted mean and mean logarithm: ln a - digamma(a) = s, solved
// by bisection.
void fit_gamma(double mean, double mean_log, double* shape, double* scale) {
  const double s = std::max(portable_log(mean) - mean_log, 1e-6);
  double low = 1e-2, high = 1e5;
  for (int i = 0; i < 200; ++i) {
    const double middle = 0.5 * (low + high);
    (portable_log(middle) - digamma(middle) > s ? low : high) = middle;
  }
  *shape = 0.5 * (low + high);
  *scale = mean / *shape;
}

double gamma_density(double x, double shape, double scale) {
  return portable_exp((shape - 1.0) * portable_log(x) - x / scale - log_gamma(shape) -
                      shape * portable_log(scale));
}

// Shares of serial and power-of-two jobs by counting (a job of "any size" that happens to have a
// power of two processors is taken off by fixed-point iteration), the stages by EM for every `med`.
void fit_sizes(const Observed& jobs, LublinParams* p) {
  const double n = static_cast<double>(jobs.procs.size());
  std::vector<double> count(static_cast<size_t>(jobs.max_procs) + 1, 0.0);
  double serial = 0, powers = 0;
  for (const double procs : jobs.procs) {
    count[static_cast<size_t>(procs)] += 1;
    if (procs == 1) {
      serial += 1;
    } else if (is_power_of_two(procs)) {
      powers += 1;
    }
  }
  p->serial = serial / n;
  p->pow2 = powers / n;
  p->high = portable_log2(static_cast<double>(jobs.max_procs));
  double best = -portable::kInfinity;
  LublinParams found = *p;
  for (double med = p->low + 0.25; med < p->high - 0.2; med += 0.125) {
    LublinParams trial = *p;
    trial.med = med;
    for (int round = 0; round < 40; ++round) {
      // Likelihood of each size under either stage alone.
      LublinParams one = trial, two = trial;
      one.first = 1.0;
      two.first = 0.0;
      one.serial = two.serial = 0.0;
      const double parallel = std::max(1.0 - trial.serial, 1e-9);
      one.pow2 = two.pow2 = trial.pow2 / parallel;
      const std::vector<double> a = lublin_sizes(one, jobs.max_procs);
      const std::vector<double> b = lublin_sizes(two, jobs.max_procs);
      double from_first = 0, total = 0;
      for (size_t size = 2; size < count.size(); ++size) {
        const double x = trial.first * a[size - 1], y = (1.0 - trial.first) * b[size - 1];
        if (count[size] == 0 || !(x + y > 0)) continue;
        from_first += count[size] * x / (x + y);
        total += count[size];
      }
      if (total > 0) trial.first = std::clamp(from_first / total, 0.01, 0.99);
      // Powers of two among the jobs of any size.
      LublinParams any = trial;
      any.serial = any.pow2 = 0.0;
      const std::vector<double> sizes = lublin_sizes(any, jobs.max_procs);
      double by_chance = 0;
      for (int64_t k = 2; k <= jobs.max_procs; k *= 2)
        by_chance += sizes[static_cast<size_t>(k - 1)];
      const double others = std::max(1.0 - (serial + powers) / n, 0.0);
      const double any_share =
          std::min(others / std::max(1.0 - by_chance - sizes[0], 0.05), 1.0 - serial / n);
      trial.pow2 = std::max(1.0 - serial / n - any_share, 0.0);
    }
    const std::vector<double> model = lublin_sizes(trial, jobs.max_procs);
    double likelihood = 0;
    for (size_t size = 1; size < count.size(); ++size)
      if (count[size] > 0)
        likelihood += count[size] * portable_log(std::max(model[size - 1], 1e-12));
    if (likelihood > best) {
      best = likelihood;
      found = trial;
    }
  }
  *p = found;
}

// Jobs of one size and how many of them EM gives to the first gamma.
struct SizeShare {
  double procs = 0, jobs = 0, first = 0;
};

// Binomial likelihood of the shares under the line p = pa * procs + pb cut to [0, 1].
double line_likelihood(const std::vector<SizeShare>& sizes, double pa, double pb) {
  double sum = 0;
  for (const SizeShare& size : sizes) {
    const double p = std::clamp(pa * size.procs + pb, 1e-3, 1.0 - 1e-3);
    sum += size.first * portable_log(p) + (size.jobs - size.first) * portable_log(1.0 - p);
  }
  return sum;
}

// Maximum-likelihood line by compass search over its values at one processor and at the largest
// size (the cut line has no closed form, and least squares through the cut part would flatten it).
void fit_line(const std::vector<SizeShare>& sizes, LublinParams* p) {
  const double far = std::max(sizes.back().procs - 1.0, 1.0);
  double at_one = p->pa + p->pb, at_far = at_one + p->pa * far;
  const auto likelihood = [&](double one, double end) {
    const double pa = (end - one) / far;
    return line_likelihood(sizes, pa, one - pa);
  };
  double best = likelihood(at_one, at_far);
  for (double step = 0.2; step > 5e-4;) {
    const double moves[6][2] = {{step, 0},  {-step, 0},    {0, step},
                                {0, -step}, {step, -step}, {-step, step}};
    bool better = false;
    for (const auto& move : moves) {
      const double value = likelihood(at_one + move[0], at_far + move[1]);
      if (value <= best) continue;
      best = value;
      at_one += move[0];
      at_far += move[1];
      better = true;
      break;
    }
    if (!better) step *= 0.5;
  }
  p->pa = (at_far - at_one) / far;
  p->pb = at_one - p->pa;
}

// EM over the two gammas of ln(run time) and the line of p, from the published values.
void fit_runs(const Observed& jobs, LublinParams* p) {
  const size_t n = jobs.procs.size();
  for (int round = 0; round < 100; ++round) {
    double weight[2] = {}, sum[2] = {}, sum_log[2] = {};
    std::vector<SizeShare> by_size(static_cast<size_t>(jobs.max_procs) + 1);
    for (size_t i = 0; i < n; ++i) {
      const double x = jobs.log_run[i], size = jobs.procs[i];
      const double first = std::clamp(p->pa * size + p->pb, 1e-3, 1.0 - 1e-3);
      const double a = first * gamma_density(x, p->a1, p->b1);
      const double b = (1.0 - first) * gamma_density(x, p->a2, p->b2);
      const double r = a + b > 0 ? a / (a + b) : (x < p->a2 * p->b2 ? 1.0 : 0.0);
      const double log_x = portable_log(x);
      const double share[2] = {r, 1.0 - r};
      for (int c = 0; c < 2; ++c) {
        weight[c] += share[c];
        sum[c] += share[c] * x;
        sum_log[c] += share[c] * log_x;
      }
      SizeShare& same = by_size[static_cast<size_t>(size)];
      same.procs = size;
      same.jobs += 1;
      same.first += r;
    }
    if (weight[0] < 5 || weight[1] < 5) {  // one gamma explains everything
      const int c = weight[0] < 5 ? 1 : 0;
      fit_gamma(sum[c] / weight[c], sum_log[c] / weight[c], c == 0 ? &p->a1 : &p->a2,
                c == 0 ? &p->b1 : &p->b2);
      p->pa = 0;
      p->pb = c == 0 ? 1 : 0;
      break;
    }
    fit_gamma(sum[0] / weight[0], sum_log[0] / weight[0], &p->a1, &p->b1);
    fit_gamma(sum[1] / weight[1], sum_log[1] / weight[1], &p->a2, &p->b2);
    std::erase_if(by_size, [](const SizeShare& size) { return size.jobs == 0; });
    fit_line(by_size, p);
  }
}

// The daily cycle from the half hours of the arrivals by moments, then the gaps at its clock.
void fit_arrivals(const Observed& jobs, LublinParams* p) {
  double sum = 0, sum2 = 0;
  const size_t n = jobs.submit.size();
  for (const double t : jobs.submit) {
    const int of_day = static_cast<int>(static_cast<int64_t>(t) % kLublinDaySeconds);
    int i = of_day / (kLublinDaySeconds / kLublinBuckets) + 1;  // 1..48
    if (i < kLublinFirstBucket) i += kLublinBuckets;
    sum += i;
    sum2 += static_cast<double>(i) * i;
  }
  const double mean = sum / static_cast<double>(n);
  const double variance = std::max(sum2 / static_cast<double>(n) - mean * mean, 1.0);
  p->day_scale = variance / mean;
  p->day_shape = mean / p->day_scale;

  const std::vector<double> day = lublin_day(*p);
  std::vector<double> passed(1, 0.0);  // clock at the start of each half hour
  for (const double weight : day) passed.push_back(passed.back() + weight * 1800.0);
  const auto clock = [&](double t) {
    const int64_t whole = static_cast<int64_t>(t);
    const int64_t of_day = whole % kLublinDaySeconds;
    const size_t bucket = static_cast<size_t>(of_day / 1800);
    return static_cast<double>(whole / kLublinDaySeconds) * passed.back() + passed[bucket] +
           day[bucket] * static_cast<double>(of_day % 1800);
  };
  double gaps = 0, logs = 0, log_logs = 0;
  for (size_t i = 1; i < n; ++i) {
    const double gap = clock(jobs.submit[i]) - clock(jobs.submit[i - 1]);
    gaps += gap;
    const double x = portable_log(std::max(gap, 1.0) + 0.5);  // submit times are cut to seconds
    logs += x;
    log_logs += portable_log(x);
  }
  const double count = static_cast<double>(n - 1);
  p->gap_ratio = 1;
  fit_gamma(logs / count, log_logs / count, &p->gap_shape, &p->gap_scale);
  // e^gamma has a heavy tail: the mean gap, and so the load, is matched exactly.
  const double model =
      table_mean(log_gamma_table(p->gap_shape, p->gap_scale, p->log_max_gap, 1099511627776.0), 24,
                 0) /
      65536.0;
  p->gap_factor = gaps / count / model;
}

}  // namespace

LublinParams fit_lublin(const Trace& trace, int64_t first, int64_t count) {
  if (first < 0 || count < 100 || count > trace.size() || first > trace.size() - count)
    throw InputError(trace.file,
                     "cannot fit to jobs " + std::to_string(first) + ".." +
                         std::to_string(first + count - 1) + " of " + std::to_string(trace.size()),
                     "Name at least 100 jobs that the trace has");
  Observed jobs;
  for (int64_t i = first; i < first + count; ++i) {
    const Job& job = trace.rows[static_cast<size_t>(i)];
    const int64_t procs = std::max<int64_t>(1, int64_t{job.cpu_milli} * job.pods() / 1000);
    jobs.max_procs = std::max(jobs.max_procs, procs);
    jobs.procs.push_back(static_cast<double>(procs));
    jobs.log_run.push_back(portable_log(job.run + 0.5));  // run times are cut to seconds
    jobs.submit.push_back(static_cast<double>(trace.submit[static_cast<size_t>(i)]));
  }
  if (trace.max_procs > 0)
    jobs.max_procs = std::max(jobs.max_procs, std::min<int64_t>(trace.max_procs, 1 << 20));
  if (jobs.submit.back() - jobs.submit.front() < 1)
    throw InputError(trace.file, "all jobs arrive at once", "Fit to jobs that arrive over time");
  LublinParams params;
  if (jobs.max_procs >= 4) fit_sizes(jobs, &params);
  fit_runs(jobs, &params);
  fit_arrivals(jobs, &params);
  return params;
}

}  // namespace cusched
