// SPDX-License-Identifier: MIT
#include "envs/importers/kubernetes_request.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "cuda/error.h"
#include "envs/importers/import_parts.h"
#include "envs/json_text.h"
#include "envs/readers/units.h"

namespace cusched {
namespace {

using Amounts = std::map<std::string, double>;  // by resource: milli-CPU, MiB, or a count

// Kubernetes' quantities know thousandths and less of everything, which units.h leaves out because
// people write them by mistake; here a program wrote them.
std::optional<double> kubernetes_quantity(const std::string& text, QuantityUnit unit) {
  const std::optional<double> value = parse_quantity(text, unit);
  if (value || text.empty()) return value;
  const char suffix = text.back();
  const double parts = suffix == 'm' ? 1e3 : suffix == 'u' ? 1e6 : suffix == 'n' ? 1e9 : 0;
  const std::optional<double> whole = parse_quantity(text.substr(0, text.size() - 1), unit);
  if (parts == 0 || !whole) return std::nullopt;
  return *whole / parts;
}

double amount_of(const JsonView& quantity, const std::string& resource) {
  const QuantityUnit unit = resource == "cpu"      ? QuantityUnit::kCores
                            : resource == "memory" ? QuantityUnit::kBytes
                                                   : QuantityUnit::kCount;
  const std::string text =
      quantity.raw()->is_number() ? json_text(*quantity.raw()) : quantity.text();
  // Sizes such as ephemeral-storage are told, not taken: any quantity will do.
  std::optional<double> value = kubernetes_quantity(text, unit);
  if (!value && unit == QuantityUnit::kCount)
    value = kubernetes_quantity(text, QuantityUnit::kBytes);
  if (!value)
    throw InputError(quantity.where(), in_quotes(text) + " is not a quantity",
                     quantity_advice(text, unit));
  return *value;
}

// Requests of a container or pod; a limit where there is no request.
Amounts amounts_of(const JsonView& resources) {
  Amounts amounts;
  for (const char* kind : {"limits", "requests"}) {
    const JsonView list = resources[kind];
    for (const std::string& name : list.keys())
      if (const JsonView quantity = list[name]) amounts[name] = amount_of(quantity, name);
  }
  return amounts;
}

void add(Amounts* sum, const Amounts& other) {
  for (const auto& [name, amount] : other) (*sum)[name] += amount;
}

void maximum(Amounts* most, const Amounts& other) {
  for (const auto& [name, amount] : other) {
    double& have = (*most)[name];
    have = std::max(have, amount);
  }
}

// Labels of nodes that name the model of their GPUs: NVIDIA's and AMD's node labellers, GKE.
constexpr const char* kModelLabels[] = {"nvidia.com/gpu.product", "amd.com/gpu.product-name",
                                        "cloud.google.com/gke-accelerator"};

// Models in a list of requirements on a node's labels, "" where it names none.
std::string models_in(const JsonView& expressions) {
  std::string models;
  for (const JsonView& expression : expressions.items()) {
    const std::string key = expression["key"].text();
    const bool names =
        std::find(std::begin(kModelLabels), std::end(kModelLabels), key) != std::end(kModelLabels);
    if (!names || expression["operator"].text() != "In") continue;
    for (const JsonView& value : expression["values"].items())
      models += (models.empty() ? "" : "|") + value.text();
  }
  return models;
}

std::string gpu_model_of(const JsonView& spec) {
  for (const char* label : kModelLabels)
    if (const std::string model = spec["nodeSelector"][label].text(); !model.empty()) return model;
  const JsonView required =
      spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  std::string models;
  for (const JsonView& term : required["nodeSelectorTerms"].items()) {
    const std::string more = models_in(term["matchExpressions"]);
    if (more.empty()) return "";  // one of the terms will do
    models += (models.empty() ? "" : "|") + more;
  }
  return models;
}

bool is_gpu(const std::string& name) { return name == "nvidia.com/gpu" || name == "amd.com/gpu"; }

}  // namespace

PodRequest pod_request(const JsonView& spec) {
  Amounts sum, sidecars, start;
  for (const JsonView& container : spec["containers"].items())
    add(&sum, amounts_of(container["resources"]));
  for (const JsonView& container : spec["initContainers"].items()) {
    Amounts amounts = amounts_of(container["resources"]);
    if (container["restartPolicy"].text() == "Always") {
      add(&sidecars, amounts);
      maximum(&start, sidecars);
    } else {
      add(&amounts, sidecars);
      maximum(&start, amounts);
    }
  }
  add(&sum, sidecars);
  maximum(&sum, start);
  for (const auto& [name, amount] : amounts_of(spec["resources"])) sum[name] = amount;
  const JsonView overhead = spec["overhead"];
  for (const std::string& name : overhead.keys())
    if (const JsonView quantity = overhead[name]) sum[name] += amount_of(quantity, name);

  PodRequest request;
  for (const auto& [name, amount] : sum) {
    if (name == "cpu")
      request.cpu_milli = amount;
    else if (name == "memory")
      request.memory_mib = amount;
    else if (is_gpu(name))
      request.gpus += amount;
    else if (amount > 0)
      request.others[name] = amount;
  }
  if (request.gpus > 0) request.gpu_model = gpu_model_of(spec);
  return request;
}

void take_larger(PodRequest* request, const PodRequest& other) {
  request->cpu_milli = std::max(request->cpu_milli, other.cpu_milli);
  request->memory_mib = std::max(request->memory_mib, other.memory_mib);
  request->gpus = std::max(request->gpus, other.gpus);
  if (request->gpu_model.empty()) request->gpu_model = other.gpu_model;
  maximum(&request->others, other.others);
}

}  // namespace cusched
