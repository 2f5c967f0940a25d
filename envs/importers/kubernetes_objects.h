// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "envs/importers/import.h"
#include "envs/importers/json_documents.h"

// The objects of `kubectl get -o json`, without lists and repetitions, and who owns whom. Internal
// to the importers.
namespace cusched {

inline constexpr int64_t kMaxPriorityValue = int64_t{1} << 31;

enum class ObjectKind : uint8_t { kJob, kWorkload, kPod };

struct KubernetesObject {
  ObjectKind kind = ObjectKind::kJob;
  nlohmann::json value;
  std::string file;
  std::string space, name, uid;     // metadata
  std::vector<std::string> owners;  // uids
  int64_t number = 0;               // of the object in the file, from 1

  std::string label() const;  // "Job team-a/train"
  JsonView view() const { return {&value, file + ", " + label()}; }
};

struct KubernetesObjects {
  std::vector<KubernetesObject> list;          // in the files' order
  std::map<std::string, int64_t> pod_class;    // PriorityClass: value
  std::map<std::string, int64_t> queue_class;  // WorkloadPriorityClass: value
  // By the uid of a Job: spec.priority of its Workload, or else of a pod of it.
  std::map<std::string, int64_t> owned_priority;
};

// Reads the files: lists are opened, an object that comes again replaces the earlier one, and what
// is no Job (batch), Workload (Kueue), Pod or priority class is left out and counted.
KubernetesObjects read_kubernetes_objects(const std::vector<TraceFile>& files, ImportedJobs* jobs);

// Leaves out what another object of the files stands for: Workloads of a Job, Jobs of a Workload,
// pods of either. Keeps the priorities of a Job's Workload and pods.
void drop_owned_objects(KubernetesObjects* objects, ImportedJobs* jobs);

}  // namespace cusched
