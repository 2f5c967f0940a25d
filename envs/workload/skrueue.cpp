// SPDX-License-Identifier: MIT
#include "cuda/error.h"
#include "envs/workload/mix_spec.h"

// SKRueue's workloads: the templates of its generator with the hour-of-day strategy (also as bursts
// and at a uniform rate), and the mix of its simulator.
namespace cusched {
namespace {

// Use of memory and CPU by type, and who forms gangs or asks for GPUs. GPU weights keep the default
// cluster's 8 GPUs about as loaded as its cores; with equal weights of 0, 1 and 2 GPUs they would
// be four times as loaded, and the offered load would only speak of them.
void set_type(TemplateSpec* t, JobType type) {
  t->type = type;
  t->spike = 0.05;
  switch (type) {
    case JobType::kBatch:
      t->memory_use = {500, 1050};
      break;
    case JobType::kMl:
      t->memory_use = {600, 1150};
      t->gang = 0.1;
      t->gpus = {0.80, 0.15, 0.05};
      break;
    case JobType::kSpark:
    case JobType::kEtl:
      t->memory_use = {500, 1200};
      break;
    case JobType::kRealtime:
    case JobType::kGeneric:
      t->memory_use = {300, 900};
      break;
  }
}

void set_hours(MixSpec* spec, int first, int last, double rate, const std::vector<double>& shares) {
  for (int hour = first; hour <= last; ++hour) {
    spec->rate_per_hour[hour] = rate;
    spec->shares[hour] = shares;
  }
}

MixSpec templates_mix() {
  struct Row {
    const char* name;
    JobType type;
    int cpu, memory, minutes, priority;
  };
  constexpr Row kRows[] = {{"cpu-intensive", JobType::kBatch, 1000, 2048, 30, 5},
                           {"memory-intensive", JobType::kSpark, 500, 4096, 45, 4},
                           {"io-intensive", JobType::kGeneric, 300, 1024, 25, 3},
                           {"ml-training", JobType::kMl, 2000, 8192, 60, 8},
                           {"etl-pipeline", JobType::kEtl, 1500, 6144, 40, 6},
                           {"quick-task", JobType::kGeneric, 100, 256, 5, 2}};
  MixSpec spec;
  for (const Row& row : kRows) {
    TemplateSpec t;
    t.name = row.name;
    set_type(&t, row.type);
    t.cpu_milli = {row.cpu, row.cpu};
    t.memory_mib = {row.memory, row.memory};
    t.run_s = {row.minutes * 60, row.minutes * 60};
    t.priority = {row.priority, row.priority};
    t.memory_limit = 2000;
    spec.templates.push_back(t);
  }
  spec.shares.resize(24);
  //                            cpu   mem   io    ml   etl   quick
  set_hours(&spec, 0, 5, 2.0, {0.00, 0.30, 0.20, 0.00, 0.40, 0.10});
  set_hours(&spec, 6, 8, 3.0, {0.30, 0.00, 0.20, 0.00, 0.20, 0.30});
  set_hours(&spec, 9, 17, 5.0, {0.25, 0.20, 0.00, 0.30, 0.15, 0.10});
  set_hours(&spec, 18, 23, 4.0, {0.00, 0.20, 0.15, 0.25, 0.35, 0.05});
  return spec;
}

MixSpec simulator_mix() {
  struct Row {
    const char* name;
    JobType type;
    int cpu_low, cpu_end, memory_low, memory_end, run_low, run_end, priority_low, priority_end;
  };
  constexpr Row kRows[] = {
      {"batch", JobType::kBatch, 500, 4000, 1024, 8192, 60, 3600, 1, 5},
      {"ml_training", JobType::kMl, 2000, 16000, 4096, 32768, 1800, 14400, 3, 8},
      {"web_service", JobType::kRealtime, 100, 1000, 512, 2048, 300, 86400, 6, 10},
      {"data_processing", JobType::kSpark, 1000, 8000, 2048, 16384, 600, 7200, 2, 6},
      {"cron_job", JobType::kGeneric, 100, 500, 256, 1024, 30, 300, 1, 3}};
  MixSpec spec;
  for (const Row& row : kRows) {
    TemplateSpec t;
    t.name = row.name;
    set_type(&t, row.type);
    t.cpu_milli = {row.cpu_low, row.cpu_end - 1};  // the upper ends are exclusive in SKRueue
    t.memory_mib = {row.memory_low, row.memory_end - 1};
    t.run_s = {row.run_low, row.run_end - 1};
    t.priority = {row.priority_low, row.priority_end - 1};
    t.jitter = 0.1;
    t.cpu_floor_milli = 100;
    t.memory_floor_mib = 256;
    t.run_floor_s = 10;
    spec.templates.push_back(t);
  }
  spec.shares.resize(24);
  const std::vector<double> night = {0.50, 0.25, 0.05, 0.10, 0.10};
  set_hours(&spec, 0, 5, 0.3, night);
  set_hours(&spec, 6, 8, 1.0, night);
  set_hours(&spec, 9, 17, 1.5, {0.30, 0.20, 0.30, 0.15, 0.05});
  set_hours(&spec, 18, 22, 1.0, {0.40, 0.30, 0.10, 0.15, 0.05});
  set_hours(&spec, 23, 23, 1.0, night);
  return spec;
}

}  // namespace

bool is_preset_mix(const std::string& name) {
  return name == "skrueue-templates" || name == "skrueue-templates-burst" ||
         name == "skrueue-templates-uniform" || name == "skrueue-sim" || name == "skrueue-legacy";
}

MixSpec preset_mix(const std::string& name) {
  if (!is_preset_mix(name))
    throw InputError("workload", "no mix is called '" + name + "'",
                     "Use skrueue-templates, skrueue-templates-burst, skrueue-templates-uniform, "
                     "skrueue-sim, skrueue-legacy, or a YAML file");
  MixSpec spec;
  if (name == "skrueue-sim") {
    spec = simulator_mix();
    spec.load = 0.9;
  } else if (name == "skrueue-legacy") {
    // 0.577 jobs/s at every hour: the original's time-of-day factors had no effect.
    spec = simulator_mix();
    for (double& rate : spec.rate_per_hour) rate = 0.577 * 3600;
    spec.tenants = {1.0};
    spec.urgent = 0;
    for (TemplateSpec& t : spec.templates) {
      t.gang = 0;
      t.gpus = {1.0};
    }
  } else {
    spec = templates_mix();
    const bool burst = name == "skrueue-templates-burst";
    if (burst || name == "skrueue-templates-uniform") {
      spec.burst = burst ? 20 : 1;
      spec.burst_period_s = burst ? 4 * 3600 : 60;
      spec.burst_spacing_s = burst ? 5 : 0;
      for (auto& shares : spec.shares) shares.assign(spec.templates.size(), 1.0);
    }
  }
  spec.name = name;
  return spec;
}

}  // namespace cusched
