// SPDX-License-Identifier: MIT
#include "agents/network_script.h"

#include <algorithm>

namespace cusched {
namespace {

// Puts values for $A, $D, $F and $G into a text, and for $W the dtype of the weights.
std::string filled_in(const NetworkLayout& layout, std::string text) {
  const struct {
    const char* name;
    std::string value;
  } blanks[] = {{"$A", std::to_string(layout.actions())},
                {"$D", std::to_string(layout.obs())},
                {"$F", std::to_string(layout.features)},
                {"$G", std::to_string(layout.globals)},
                {"$W", "self." + attribute_name(layout.layers.front().name) + "_weight.dtype"}};
  for (const auto& blank : blanks)
    for (size_t at = text.find(blank.name); at != std::string::npos; at = text.find(blank.name, at))
      text.replace(at, 2, blank.value);
  return text;
}

// A module may be cast (half(), bfloat16(), double()) or called under autocast. Normalising and
// sums over candidates or actions are done in float32, or float64 where the weights are: `wide` is
// that dtype, as torch numbers them (5 float16, 6 float32, 7 float64, 15 bfloat16). Narrow buffers
// would have lost the statistics (a variance above 65504 is infinite), so that those of
// `statistics`, which casts leave alone, stand in. `lowest` is what a masked number becomes:
// -3.4e38, or the dtype's own lowest where it has no such number.
const char* const kDtypes =
    "def wide(self) -> int:\n"
    "    return 7 if $W == 7 else 6\n"
    "def lowest(self, x: Tensor) -> float:\n"
    "    if x.dtype == 5:\n"
    "        return -65504.\n"
    "    return -3.3895313892515355e38 if x.dtype == 15 else -3.4e38\n"
    "def moments(self, obs: Tensor) -> Tuple[Tensor, Tensor]:\n"
    "    mean, var = self.obs_mean, self.obs_var\n"
    "    if var.dtype == 5 or var.dtype == 15:\n"
    "        mean, var = self.statistics\n"
    "    return mean.to(obs.device, self.wide()), var.to(obs.device, self.wide())\n";

}  // namespace

std::string attribute_name(const std::string& weight_name) {
  std::string name = weight_name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string script_linear(const std::string& name, const std::string& x) {
  const std::string weights = attribute_name(name);
  return "torch.linear(" + x + ", self." + weights + "_weight, self." + weights + "_bias)";
}

std::string script_activated(const NetworkLayout& layout, const std::string& x) {
  return "torch." + layout.config.activation + "(" + x + ")";
}

std::string script_head(const NetworkLayout& layout, const std::string& name,
                        const std::string& x) {
  return script_linear(name + ".1", script_activated(layout, script_linear(name + ".0", x)));
}

std::string script_layers(const NetworkLayout& layout, const std::string& prefix, bool open_end) {
  std::string lines;
  const size_t count = layout.config.hidden.size();
  for (size_t i = 0; i < count; ++i)
    lines += "    x = " + script_activated(layout, script_linear(prefix + std::to_string(i), "x")) +
             "\n";
  if (open_end) lines += "    x = " + script_linear(prefix + std::to_string(count), "x") + "\n";
  return lines;
}

std::string script_method(const std::string& name, const std::string& lines) {
  return "def " + name + "(self, obs: Tensor, mask: Tensor) -> Tensor:\n" + lines;
}

std::string script_flat_input(const NetworkLayout& layout) {
  return filled_in(
      layout,
      std::string(kDtypes) +
          "def normalised(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
          "    assert obs.dim() == 2 and obs.size(1) == $D, \"obs must have shape [B, $D]\"\n"
          "    assert mask.dim() == 2 and mask.size(1) == $A, \"mask must have shape [B, $A]\"\n"
          "    mean, var = self.moments(obs)\n"
          "    x = (obs.to(self.wide()) - mean) / torch.sqrt(var + 1e-8)\n"
          "    return torch.clamp(x, -10., 10.).to($W)\n");
}

std::string script_candidate_input(const NetworkLayout& layout) {
  return filled_in(
      layout,
      std::string(kDtypes) +
          "def normalised(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor, Tensor]:\n"
          "    assert obs.dim() == 2 and obs.size(1) > $G and (obs.size(1) - $G) % $F == 0, "
          "\"obs must have shape [B, $G + K * $F] with K >= 1\"\n"
          "    k = (obs.size(1) - $G) // $F\n"
          "    assert mask.dim() == 2 and mask.size(1) == k + 1, "
          "\"mask must have shape [B, K + 1], with the K of obs\"\n"
          "    x = obs.to(self.wide())\n"
          "    g = torch.narrow(x, 1, 0, $G)\n"
          "    c = torch.narrow(x, 1, $G, k * $F).reshape([-1, k, $F])\n"
          "    valid = torch.any(c != 0, 2)\n"
          "    mean, var = self.moments(obs)\n"
          "    scale = torch.sqrt(var + 1e-8)\n"
          "    g = (g - torch.narrow(mean, 0, 0, $G)) / torch.narrow(scale, 0, 0, $G)\n"
          "    c = (c - torch.narrow(mean, 0, $G, $F)) / torch.narrow(scale, 0, $G, $F)\n"
          "    c = torch.masked_fill(torch.clamp(c, -10., 10.), "
          "torch.logical_not(valid).unsqueeze(2), 0.)\n"
          "    return torch.clamp(g, -10., 10.).to($W), c.to($W), valid\n"
          "def joined(self, g: Tensor, c: Tensor) -> Tensor:\n"
          "    return torch.cat([g.unsqueeze(1).expand(-1, c.size(1), -1), c], 2)\n"
          "def context(self, e: Tensor, valid: Tensor, g: Tensor) -> Tensor:\n"
          "    invalid = torch.logical_not(valid).unsqueeze(2)\n"
          "    count = torch.sum(valid, [1]).unsqueeze(1)\n"
          "    total = torch.sum(torch.masked_fill(e, invalid, 0.), [1], False, "
          "dtype=self.wide())\n"
          "    mean = (total / torch.clamp(count, 1)).to(g.dtype)\n"
          "    top = torch.amax(torch.masked_fill(e, invalid, self.lowest(e)), [1])\n"
          "    top = torch.masked_fill(top, count == 0, 0.).to(g.dtype)\n"
          "    return torch.cat([mean, top, g], 1)\n");
}

std::string candidate_script(const NetworkLayout& layout,
                             const std::function<std::string(const std::string& side)>& mix) {
  const auto trunk = [&](const std::string& side) {
    return "    g, c, valid = self.normalised(obs, mask)\n"
           "    x = self.joined(g, c)\n" +
           script_layers(layout, side + "enc.", false) + mix(side) +
           "    context = self.context(x, valid, g)\n";
  };
  std::string out =
      script_candidate_input(layout) +
      script_method(
          "raw_logits",
          trunk("actor.") +
              "    x = torch.cat([x, context.unsqueeze(1).expand(-1, c.size(1), -1)], 2)\n"
              "    score = torch.squeeze(" +
              script_head(layout, "actor.score", "x") +
              ", 2)\n"
              "    return torch.cat([score, " +
              script_head(layout, "actor.none", "context") + "], 1)\n");
  if (layout.critic)
    out +=
        script_method("raw_value", trunk("critic.") + "    return torch.squeeze(" +
                                       script_head(layout, "critic.value", "context") + ", 1)\n");
  return out;
}

}  // namespace cusched
