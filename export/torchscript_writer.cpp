// SPDX-License-Identifier: MIT
#include "export/torchscript_writer.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <sstream>
#include <vector>

#include "agents/network_script.h"
#include "cuda/error.h"
#include "cuda/write_file.h"
#include "export/policy_layout.h"
#include "export/torchscript_source.h"

namespace cusched {
namespace {

at::Tensor tensor_of(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).clone();
}

}  // namespace

std::string serialise_policy(const PolicyExport& policy) {
  const PolicyWeights& weights = policy.weights;
  check_weights(weights);
  const torch::jit::ExtraFilesMap extra = {{kPolicySchemaFile, compose_policy_json(policy)}};

  torch::jit::Module module("__torch__.cusched.Policy");
  for (const WeightSpec& spec : expected_weights(weights.network, weights.shape, weights.head)) {
    const NamedTensor& weight = find_weight(weights, spec.name);
    module.register_parameter(attribute_name(spec.name), tensor_of(weight.values, weight.shape),
                              false);
  }
  const auto statistics = static_cast<int64_t>(weights.obs_mean.size());
  module.register_buffer("obs_mean", tensor_of(weights.obs_mean, {statistics}));
  module.register_buffer("obs_var", tensor_of(weights.obs_var, {statistics}));
  // The same once more where a cast of the module does not reach it (agents/network_script.cpp).
  module.register_attribute(
      "statistics", c10::TupleType::create({c10::TensorType::get(), c10::TensorType::get()}),
      c10::ivalue::Tuple::create(tensor_of(weights.obs_mean, {statistics}),
                                 tensor_of(weights.obs_var, {statistics})));
  module.define(torchscript_source(weights.network, weights.shape, weights.head));
  module.eval();

  std::ostringstream bytes;
  module.save(bytes, extra);
  return bytes.str();
}

VerifyReport write_policy(const std::string& path, const PolicyExport& policy, Policy* trainer,
                          const VerifyRows& observations) {
  const std::string bytes = serialise_policy(policy);
  const VerifyReport report = verify_policy(path, bytes, policy.weights, trainer, observations);
  write_file(path, bytes);
  return report;
}

}  // namespace cusched
