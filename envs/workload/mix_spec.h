// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "envs/job.h"

namespace cusched {

// A mix of job templates as a user states it: the presets of skrueue.cpp, or a YAML file.

struct Range {
  int64_t low = 0, high = 0;  // both ends included
};

struct TemplateSpec {
  std::string name;
  JobType type = JobType::kGeneric;
  Range cpu_milli{1000, 1000};   // per pod
  Range memory_mib{1024, 1024};  // per pod
  Range run_s{600, 600};
  Range priority{5, 5};
  double jitter = 0;  // sigma of the normal factor on cpu, memory and run time
  int64_t cpu_floor_milli = 1, memory_floor_mib = 1, run_floor_s = 1;  // after the jitter
  double gang = 0;                                                     // probability
  Range gang_pods{2, 8};
  std::vector<double> gpus{1.0};  // weights of 0, 1, 2, ... GPUs a pod
  std::string gpu_model;          // of those GPUs, e.g. "A100|H100"; "": any
  // Equally spaced quantiles, per mille of the request: {500, 1050} is uniform.
  std::vector<int> cpu_use{300, 1000};
  std::vector<int> memory_use{300, 900};
  double spike = 0;  // probability that memory use is drawn from memory_spike
  std::vector<int> memory_spike{1000, 1900};
  int memory_limit = 1500;  // per mille of the request; 0: none
};

struct MixSpec {
  std::string name;
  std::vector<TemplateSpec> templates;
  double rate_per_hour[24] = {};            // jobs, by hour of day
  std::vector<std::vector<double>> shares;  // (24, templates) weights
  int burst = 0;               // jobs in a burst; 0: Poisson arrivals at the rates above
  double burst_period_s = 0;   // from burst to burst
  double burst_spacing_s = 0;  // between the jobs of a burst
  double load = 0;             // offered load; 0: the rates as they are
  std::vector<double> tenants{0.4, 0.3, 0.2, 0.1};  // shares
  double urgent = 0.1;                              // share of class urgent
  std::vector<int> estimate{1000};                  // quantiles of estimate / run time, per mille
};

// Presets: skrueue-templates, skrueue-templates-burst, skrueue-templates-uniform, skrueue-sim,
// skrueue-legacy. Throws InputError for other names.
MixSpec preset_mix(const std::string& name);
bool is_preset_mix(const std::string& name);

// Throws InputError(where + field) when a number is out of range, NaN or inconsistent.
void validate_mix(const MixSpec& spec, const std::string& where);

// Reads a mix from YAML (docs/guides/workloads.md). `where` names the file in errors.
MixSpec parse_mix_yaml(const std::string& text, const std::string& where);

}  // namespace cusched
