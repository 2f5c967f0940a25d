// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "envs/importers/json_documents.h"

// What a Kubernetes pod asks for. Internal to the importers.
namespace cusched {

struct PodRequest {
  double cpu_milli = 0, memory_mib = 0, gpus = 0;
  std::string gpu_model;  // that its node has to have, e.g. "A100|H100"; "": any
  // Amounts of resources that a job of ours has no place for, e.g. "nvidia.com/mig-1g.5gb".
  std::map<std::string, double> others;
};

// The effective request of a pod's spec, as Kubernetes' scheduler sums it: containers and sidecars
// (init containers that restart always) together, or the largest init container with the sidecars
// before it where that is more, plus the overhead; requests of the pod itself (spec.resources)
// stand instead of its containers'. A limit counts where there is no request. GPUs are
// nvidia.com/gpu and amd.com/gpu; their model is what the node selector or the required node
// affinity wants of a label that names it.
PodRequest pod_request(const JsonView& spec);

// The larger one of each amount, and the first GPU model that is named.
void take_larger(PodRequest* request, const PodRequest& other);

}  // namespace cusched
