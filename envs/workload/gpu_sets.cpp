// SPDX-License-Identifier: MIT
#include "envs/workload/gpu_sets.h"

#include <algorithm>
#include <map>

#include "cuda/error.h"
#include "envs/inputs.h"
#include "envs/readers/gpu_spec.h"

namespace cusched {

GpuModelBits gpu_bits(const std::string& spec, const std::vector<std::string>& models,
                      const std::string& where) {
  const std::vector<std::string> names = gpu_spec_names(spec, where);
  GpuModelBits bits = names.empty() ? kEveryGpuModel : 0;
  for (size_t m = 0; m < models.size(); ++m)
    if (std::find(names.begin(), names.end(), models[m]) != names.end())
      bits = static_cast<GpuModelBits>(bits | gpu_model_bit(static_cast<int>(m)));
  return bits;
}

int gpu_set_number(GpuModelBits bits, std::vector<GpuModelBits>* sets, const std::string& where) {
  const auto found = std::find(sets->begin(), sets->end(), bits);
  const auto number = static_cast<int>(found - sets->begin());
  if (found != sets->end()) return number;
  if (number == kGpuSets)
    throw InputError(where,
                     "jobs name more than " + std::to_string(kGpuSets - 1) +
                         " different sets of the cluster's GPU models",
                     "Name fewer combinations");
  sets->push_back(bits);
  return number;
}

std::string model_list(const std::vector<std::string>& models) {
  std::string text;
  for (const std::string& model : models) text += (text.empty() ? "" : ", ") + model;
  return text;
}

GpuSets::GpuSets(Trace* trace, const std::vector<std::string>& models) {
  if (trace->gpu_spec.empty()) return;
  std::vector<int64_t> jobs(trace->gpu_specs.size());
  for (const int32_t spec : trace->gpu_spec) ++jobs[static_cast<size_t>(spec)];
  if (models.empty()) {
    int64_t named = 0;
    for (size_t i = 0; i < jobs.size(); ++i) named += trace->gpu_specs[i].empty() ? 0 : jobs[i];
    trace->notes.push_back(count_text(named, "job") +
                           " name GPU models, and the cluster's nodes have none: any GPU will do "
                           "(nodes with models: e.g. 4x32c128g8gpu:A100)");
    return;
  }
  models_ = model_list(models);
  std::map<std::string, int64_t> absent;  // jobs that would take others, too
  for (size_t i = 0; i < jobs.size(); ++i) {
    bits_.push_back(gpu_bits(trace->gpu_specs[i], models, trace->file));
    if (bits_.back() == 0) continue;
    for (const std::string& name : gpu_spec_names(trace->gpu_specs[i], trace->file))
      if (std::find(models.begin(), models.end(), name) == models.end()) absent[name] += jobs[i];
  }
  for (const auto& [name, count] : absent)
    trace->notes.push_back(count_text(count, "job") + " would take the GPU model " + name +
                           ", too, which the cluster does not have");
}

GpuModelBits GpuSets::of(const Trace& trace, size_t row) const {
  return bits_.empty() ? kEveryGpuModel : bits_[static_cast<size_t>(trace.gpu_spec[row])];
}

std::string GpuSets::wish(const Trace& trace, size_t row) const {
  const GpuModelBits bits = of(trace, row);
  if (bits == kEveryGpuModel) return "";
  return " of " + trace.gpu_specs[static_cast<size_t>(trace.gpu_spec[row])] +
         (bits == 0 ? " (its GPU models are " + models_ + ")" : "");
}

std::vector<GpuModelBits> GpuSets::number(Trace* trace) const {
  std::vector<GpuModelBits> sets = {kEveryGpuModel};
  if (bits_.empty()) return sets;
  for (size_t i = 0; i < trace->rows.size(); ++i) {
    const int number =
        gpu_set_number(of(*trace, i), &sets, trace->file + ":" + std::to_string(trace->line[i]));
    trace->rows[i].gpu_model = static_cast<uint8_t>(number) & (kGpuSets - 1);
  }
  return sets;
}

}  // namespace cusched
