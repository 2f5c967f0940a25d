// SPDX-License-Identifier: MIT
#include "export/heuristic_writer.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <sstream>

#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/write_file.h"
#include "export/torchscript_model.h"
#include "export/torchscript_source.h"

namespace cusched {
namespace {

// Puts values for $F and $G into a text.
std::string filled_in(std::string text, const BatchShape& shape) {
  const struct {
    const char* name;
    int value;
  } blanks[] = {{"$F", shape.slot_features}, {"$G", shape.globals}};
  for (const auto& blank : blanks)
    for (size_t at = text.find(blank.name); at != std::string::npos; at = text.find(blank.name, at))
      text.replace(at, 2, std::to_string(blank.value));
  return text;
}

// The column is a buffer, so that a move of the module takes it along. A cast in C++ makes a number
// of it that is no integer (4 is int64, as torch numbers them), but none that has another value:
// even bfloat16 holds all integers up to 256. A field is at most 1, so that "none" lies below every
// candidate with -2. A row with a NaN is one of NaN, as a network's would be.
std::string heuristic_source(const HeuristicRule& rule, const BatchShape& shape) {
  const std::string logits =
      rule.column < 0 ? "    row = torch.neg(torch.arange(k + 1, device=x.device).to(x.dtype))\n"
                        "    logits = row.unsqueeze(0).expand([x.size(0), k + 1])\n"
                      : "    c = torch.narrow(x, 1, $G, k * $F).reshape([-1, k, $F])\n"
                        "    behind = torch.index_select(c, 2, self.column.to(4)).squeeze(2)\n"
                        "    none = torch.full_like(torch.narrow(x, 1, 0, 1), -2.)\n"
                        "    logits = torch.cat([torch.neg(behind), none], 1)\n";
  return filled_in(
      "def lowest(self, x: Tensor) -> float:\n"
      "    return -3.4e38\n"
      "def raw_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    assert obs.dim() == 2 and obs.size(1) > $G and (obs.size(1) - $G) % $F == 0, "
      "\"obs must have shape [B, $G + K * $F] with K >= 1\"\n"
      "    k = (obs.size(1) - $G) // $F\n"
      "    assert mask.dim() == 2 and mask.size(1) == k + 1, "
      "\"mask must have shape [B, K + 1], with the K of obs\"\n"
      "    x = obs.to(6)\n" +  // float32, as torch numbers it
          logits +
          "    broken = torch.any(torch.isnan(x), 1, True)\n"
          "    return torch.masked_fill(logits, broken, float('nan'))\n"
          "def raw_value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
          "    return torch.zeros([obs.size(0)], dtype=6, device=obs.device)\n",
      shape);
}

void check_actions(const std::string& where, const TorchscriptModel& model,
                   const HeuristicDecisions& decisions) {
  const VerifyRows& in = decisions.rows;
  const Exec exec{model.device(), nullptr};
  const DeviceMemory obs(exec.device, in.obs.size() * sizeof(float));
  const DeviceMemory mask(exec.device, in.mask.size());
  const DeviceMemory action(exec.device, static_cast<size_t>(in.rows) * sizeof(int32_t));
  std::vector<int32_t> has(static_cast<size_t>(in.rows));
  copy_bytes(exec, obs.data(), in.obs.data(), obs.size());
  copy_bytes(exec, mask.data(), in.mask.data(), mask.size());
  model.act(exec, in.rows, in.slots, static_cast<const float*>(obs.data()),
            static_cast<const uint8_t*>(mask.data()), static_cast<int32_t*>(action.data()));
  copy_bytes(exec, has.data(), action.data(), action.size());
  synchronize(exec);
  for (size_t r = 0; r < has.size(); ++r)
    if (has[r] != decisions.action[r])
      throw Error("the exported heuristic " + where + " decides otherwise than " +
                      model.schema().heuristic + ": the action of row " + std::to_string(r) +
                      " is " + std::to_string(has[r]) + ", not " +
                      std::to_string(decisions.action[r]),
                  "", "The file was not written; please report this");
}

}  // namespace

std::string serialise_heuristic(const HeuristicRule& rule, const HeuristicExport& heuristic) {
  const std::string json = compose_heuristic_json(heuristic);
  const torch::jit::ExtraFilesMap extra = {{kPolicySchemaFile, json}};
  const BatchShape shape = parse_policy_json(heuristic.heuristic, json).shape;
  CUSCHED_CHECK(rule.column < shape.slot_features && rule.column <= 256,
                "column " + std::to_string(rule.column) + " is none of a candidate's " +
                    std::to_string(shape.slot_features) + " fields that a cast module could name");
  torch::jit::Module module("__torch__.cusched.Heuristic");
  if (rule.column >= 0) module.register_buffer("column", at::full({1}, rule.column, at::kLong));
  module.define(heuristic_source(rule, shape) + policy_methods(PolicyHead::kLogits));
  module.eval();
  std::ostringstream bytes;
  module.save(bytes, extra);
  return bytes.str();
}

std::string write_heuristic(const std::string& path, const HeuristicRule& rule,
                            const HeuristicExport& heuristic, const HeuristicDecisions& decisions) {
  const std::string bytes = serialise_heuristic(rule, heuristic);
  check_actions(path, TorchscriptModel(path, bytes, Device{}), decisions);
  std::string devices = "cpu";
  if (cuda_device_count() > 0 && !cuda_is_emulated()) {  // LibTorch's kernels are not emulated
    const TorchscriptModel model(path, bytes, Device{DeviceKind::kCuda, 0});
    check_actions(path, model, decisions);
    devices += ", " + to_string(model.device());
  }
  write_file(path, bytes);
  return devices;
}

}  // namespace cusched
