// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cuda/device.h"

namespace cusched {

// How often and how long something is timed.
struct Timing {
  int repetitions = 5;   // the median counts
  double seconds = 2.0;  // least time of one repetition, e.g. 10 for published figures
};

// Speeds of the repetitions.
struct Speeds {
  std::vector<double> per_s;  // steps per second, in the order measured
  double median = 0, min = 0, max = 0;
};

// Throws Error for an empty list.
Speeds summarise_speeds(std::vector<double> per_s);

// Something whose speed is measured.
struct Measured {
  std::function<int64_t()> work;  // a piece of it; returns its steps. May leave the device busy
  std::function<void()> wait;     // until the device has done all of it
  std::function<double()> now_s;  // a clock; null: the steady clock
};

// Runs `work` untimed until it has taken seconds / 4 at once without waiting in between (so that
// what a device is given is long beside the wait), then times repetitions of at least `seconds`.
Speeds measure_speed(const Timing& timing, const Measured& measured);

// One figure with its circumstances.
struct BenchResult {
  std::string metric;  // e.g. "env_random_feasible"
  Speeds steps_per_s;
  std::string config_json;          // object: all that the figure depends on
  std::string details_json = "{}";  // object: further figures, added beside steps_per_s
  Device device;
};

// {"metric","steps_per_s":{"median","min","max","repetitions":[..]},DETAILS,"config":{...},
//  "machine":{...},"commit","build":{...}}. Machine: processor, cores, memory, operating system
//  and,
// on CUDA, the GPU, its memory and driver.
std::string bench_json(const BenchResult& result);

}  // namespace cusched
