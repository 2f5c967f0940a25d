// SPDX-License-Identifier: MIT
#include "envs/admission_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "envs/admission.h"
#include "envs/admission_observation.h"
#include "envs/admission_rules.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

using Json = nlohmann::ordered_json;

Json field(const std::string& name, const std::string& value, double high = 1.0) {
  return {{"name", name}, {"value", value}, {"clip", {0.0, high}}};
}

}  // namespace

std::string admission_schema(const admission::Caps& caps, const admission::Params& params,
                             const std::string& workload,
                             const std::vector<std::string>& gpu_models) {
  Json globals = Json::array(
      {field("cpu_available", "free milli-CPU / total milli-CPU, by requests of running jobs"),
       field("memory_available", "free MiB / total MiB, by requests of running jobs"),
       field("cpu_utilization", "mean actual use / total over the last decision interval"),
       field("memory_utilization", "mean actual use / total over the last decision interval"),
       field("running_jobs", "running jobs / 100"),
       field("cpu_history", "mean CPU utilisation over the last 10 decision intervals"),
       field("oom_rate", "OOM kills / jobs ended in the last simulated hour")});
  if (params.features & admission::kFeatureGpus) {
    globals.push_back(field("gpus_available", "free GPUs / GPUs of the cluster"));
    globals.push_back(
        field("gpu_block", "most free GPUs on one node / most GPUs that one node has"));
    globals.push_back(field("gpu_fragmentation",
                            "free GPUs on nodes with fewer free GPUs than the largest node has / "
                            "free GPUs; 0 where none is free"));
  }
  if (params.features & admission::kFeatureTenant)
    globals.push_back(field("tenant_spread",
                            "largest minus smallest dominant share of a tenant: the largest of "
                            "its running jobs' requested shares of CPU, memory and GPUs; 0 with "
                            "one tenant"));
  if (params.features & admission::kFeatureModels)
    for (const std::string& model : gpu_models)
      globals.push_back(field("gpus_available_" + model,
                              "free GPUs of model " + model + " / GPUs of it in the cluster"));
  if (params.features & admission::kFeatureBehind) {
    globals.push_back(
        field("queue_behind", "n / (n + slots), n: waiting jobs that are in no slot"));
    globals.push_back(field("work_behind",
                            "w / (w + 1 h), w: sum over these of dominant share x estimate, "
                            "time of the whole cluster"));
  }
  Json slot = Json::array(
      {field("cpu_request", "request over all pods / total milli-CPU"),
       field("memory_request", "request over all pods / total MiB"),
       field("priority", "priority / 10"), field("waiting_time", "minutes / 60"),
       field("estimated_run_time", "minutes / 120"),
       field("job_type", "spark 0.8, realtime 0.7, ml 0.6, etl 0.5, batch 0.4, generic 0.2")});
  if (params.features & admission::kFeatureFits) slot.push_back(field("fits", "1: fits now"));
  if (params.features & admission::kFeaturePods) {
    const double high = std::max(1.0, caps.max_pods / static_cast<double>(admission::kPodScale));
    slot.push_back(field("pods", "pods / 8", high));
    slot.push_back(field("gang", "gang size / 8, 0 when it is no gang", high));
  }
  if (params.features & admission::kFeatureScales) {
    slot.push_back(field("run_600", "estimated s / (estimated s + 600)"));
    slot.push_back(field("run_36000", "estimated s / (estimated s + 36000)"));
    slot.push_back(field("wait_3600", "waited s / (waited s + 3600)"));
    slot.push_back(field("wait_360000", "waited s / (waited s + 360000)"));
  }
  if (params.features & admission::kFeatureReady) {
    slot.push_back(field("ready_600", "s until room by estimates of running jobs / (s + 600)"));
    slot.push_back(field("ready_36000", "s until room by estimates of running jobs / (s + 36000)"));
  }
  if (params.features & admission::kFeatureGpus) {
    slot.push_back(field("gpus_per_pod", "GPUs of a pod / most GPUs that one node has"));
    slot.push_back(field("gpus", "GPUs of all pods / GPUs of the cluster"));
  }
  if (params.features & admission::kFeatureTenant)
    slot.push_back(field("tenant_share",
                         "dominant share of the job's tenant, by its running jobs; 0 with one "
                         "tenant"));
  if (params.features & admission::kFeatureUrgent)
    slot.push_back(field("urgent", "1: class urgent, 0: normal"));
  if (params.features & admission::kFeatureModels)
    for (const std::string& model : gpu_models)
      slot.push_back(field("accepts_" + model, "1: may run on GPUs of model " + model));
  for (int k = 0; k < params.score_rules; ++k)
    slot.push_back(field(admission::rule_field(params.score_rule[k]),
                         admission::rule_text(params.score_rule[k])));
  const Json schema = {
      {"environment", Admission::kName},
      {"environment_version", Admission::kVersion},
      {"workload", workload},
      {"slots", caps.slots},
      {"globals", caps.globals},
      {"slot_features", caps.slot_features},
      {"global_fields", globals},
      {"slot_fields", slot},
      {"layout", "global fields, then the slot fields of slot 0, 1, ...; an empty slot is zeros"},
      {"queue_order", params.queue_order == admission::QueueOrder::kPriority
                          ? "priority descending, then submit time, then id"
                          : "submit time, then id"},
      {"window", admission::window_name(caps, params)},
      {"actions",
       params.commit ? "k < K: start the job of slot k as soon as it fits; K (wait) is masked out"
       : params.idle ? "k < K: admit the job of slot k; K: wait"
                     : "k < K: admit the job of slot k; K: wait, allowed when nothing fits"}};
  return json_text(schema);
}

}  // namespace cusched
