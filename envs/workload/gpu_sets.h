// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "envs/gpu_models.h"
#include "envs/workload/trace.h"

// GPU models that jobs ask for, as sets of a cluster's models. Internal to envs/workload.
namespace cusched {

// Models of the cluster among those of "A100|H100"; kEveryGpuModel for "", 0 where it has none.
GpuModelBits gpu_bits(const std::string& spec, const std::vector<std::string>& models,
                      const std::string& where);

// Number of a set, which is added where it is new. Throws InputError(where) when there are too
// many.
int gpu_set_number(GpuModelBits bits, std::vector<GpuModelBits>* sets, const std::string& where);

std::string model_list(const std::vector<std::string>& models);  // "A100, H100"

// What the jobs of a trace ask for.
class GpuSets {
 public:
  // `models`: names of the cluster's. Notes what is ignored: models where the cluster has none, and
  // a job's second choice that the cluster does not have.
  GpuSets(Trace* trace, const std::vector<std::string>& models);

  // What the job of a row accepts; 0: only models that the cluster does not have.
  GpuModelBits of(const Trace& trace, size_t row) const;
  // E.g. " of A100|H100, and its nodes have T4 and V100"; "" where any GPU will do.
  std::string wish(const Trace& trace, size_t row) const;

  // Gives every row the number of its set, and returns the sets by number. Every row accepts
  // something. Throws InputError where there are too many.
  std::vector<GpuModelBits> number(Trace* trace) const;

 private:
  std::string models_;              // "A100, H100"
  std::vector<GpuModelBits> bits_;  // by index into Trace::gpu_specs; empty: nothing is asked for
};

}  // namespace cusched
