// SPDX-License-Identifier: MIT
#include "export/torchscript_source.h"

#include <algorithm>

#include "export/policy_layout.h"

namespace cusched {
namespace {

std::string number(int64_t value) { return std::to_string(value); }

std::string linear(const std::string& layer, const std::string& input) {
  const std::string name = attribute_name(layer);
  return "torch.linear(" + input + ", self." + name + "_weight, self." + name + "_bias)";
}

std::string activated(const NetworkConfig& network, const std::string& expression) {
  return "torch." + network.activation + "(" + expression + ")";
}

// Lines that run `x` through layers PREFIX0 .. PREFIX(count - 1), activated but for the last one
// where `open_end`.
std::string layers(const NetworkConfig& network, const std::string& prefix, size_t count,
                   bool open_end) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    const std::string y = linear(prefix + number(static_cast<int64_t>(i)), "x");
    out += "    x = " + (open_end && i + 1 == count ? y : activated(network, y)) + "\n";
  }
  return out;
}

// Two layers, the first activated: the heads of the pointer network.
std::string head(const NetworkConfig& network, const std::string& layer, const std::string& input) {
  return linear(layer + ".1", activated(network, linear(layer + ".0", input)));
}

std::string mlp_methods(const NetworkConfig& network, const BatchShape& shape, bool q_values) {
  const std::string d = number(shape.obs()), a = number(shape.actions());
  const size_t count = network.hidden.size() + 1;
  std::string out =
      "def normalised(self, obs: Tensor) -> Tensor:\n"
      "    assert obs.dim() == 2 and obs.size(1) == " +
      d + ", \"obs must have shape [B, " + d +
      "]\"\n"
      "    return torch.clamp((obs - self.obs_mean) / torch.sqrt(self.obs_var + 1e-8), -10., 10.)\n"
      "def raw_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    assert mask.dim() == 2 and mask.size(1) == " +
      a + ", \"mask must have shape [B, " + a +
      "]\"\n"
      "    x = self.normalised(obs)\n" +
      layers(network, "actor.", count, true) + "    return x\n";
  if (!q_values) {
    out +=
        "def value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
        "    x = self.normalised(obs)\n" +
        layers(network, "critic.", count, true) + "    return torch.squeeze(x, 1)\n";
  }
  return out;
}

// `role`_encoded: e_k of every candidate, (B, K, H).
std::string encoder(const NetworkConfig& network, const std::string& role) {
  return "def " + role +
         "_encoded(self, g: Tensor, c: Tensor) -> Tensor:\n"
         "    x = torch.cat([g.unsqueeze(1).expand(-1, c.size(1), -1), c], 2)\n" +
         layers(network, role + ".enc.", network.hidden.size(), false) + "    return x\n";
}

std::string pointer_methods(const NetworkConfig& network, const BatchShape& shape, bool q_values) {
  const std::string g = number(shape.globals), f = number(shape.slot_features);
  const std::string normaliser = " / torch.sqrt(torch.narrow(self.obs_var, 0, ";
  std::string out =
      "def normalised(self, obs: Tensor) -> Tuple[Tensor, Tensor, Tensor]:\n"
      "    assert obs.dim() == 2 and obs.size(1) > " +
      g + " and (obs.size(1) - " + g + ") % " + f + " == 0, \"obs must have shape [B, " + g +
      " + K * " + f +
      "] with K >= 1\"\n"
      "    k = (obs.size(1) - " +
      g + ") // " + f +
      "\n"
      "    g = torch.narrow(obs, 1, 0, " +
      g +
      ")\n"
      "    c = torch.narrow(obs, 1, " +
      g + ", k * " + f + ").reshape([-1, k, " + f +
      "])\n"
      "    valid = torch.any(c != 0, 2)\n"
      "    g = (g - torch.narrow(self.obs_mean, 0, 0, " +
      g + "))" + normaliser + "0, " + g +
      ") + 1e-8)\n"
      "    c = (c - torch.narrow(self.obs_mean, 0, " +
      g + ", " + f + "))" + normaliser + g + ", " + f +
      ") + 1e-8)\n"
      "    c = torch.masked_fill(torch.clamp(c, -10., 10.), "
      "torch.logical_not(valid).unsqueeze(2), 0.)\n"
      "    return torch.clamp(g, -10., 10.), c, valid\n"
      "def context(self, e: Tensor, valid: Tensor, g: Tensor) -> Tensor:\n"
      "    invalid = torch.logical_not(valid).unsqueeze(2)\n"
      "    count = torch.sum(valid, [1]).unsqueeze(1)\n"
      "    mean = torch.sum(torch.masked_fill(e, invalid, 0.), [1]) / torch.clamp(count, 1)\n"
      "    top = torch.amax(torch.masked_fill(e, invalid, -3.4e38), [1])\n"
      "    top = torch.masked_fill(top, count == 0, 0.)\n"
      "    return torch.cat([mean, top, g], 1)\n" +
      encoder(network, "actor") +
      "def raw_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    g, c, valid = self.normalised(obs)\n"
      "    assert mask.dim() == 2 and mask.size(1) == c.size(1) + 1, "
      "\"mask must have shape [B, K + 1], with the K of obs\"\n"
      "    e = self.actor_encoded(g, c)\n"
      "    context = self.context(e, valid, g)\n"
      "    x = torch.cat([e, context.unsqueeze(1).expand(-1, c.size(1), -1)], 2)\n"
      "    score = torch.squeeze(" +
      head(network, "actor.score", "x") +
      ", 2)\n"
      "    return torch.cat([score, " +
      head(network, "actor.none", "context") + "], 1)\n";
  if (!q_values) {
    out += encoder(network, "critic") +
           "def value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
           "    g, c, valid = self.normalised(obs)\n"
           "    context = self.context(self.critic_encoded(g, c), valid, g)\n"
           "    return torch.squeeze(" +
           head(network, "critic.value", "context") + ", 1)\n";
  }
  return out;
}

// `act` fills what is not the best allowed logit with K and takes the lowest index: torch.argmax
// promises no order among ties. A row with a NaN or with nothing allowed gives K, "none".
std::string common_methods(bool q_values) {
  std::string out =
      "def masked_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    assert mask.size(0) == obs.size(0), \"obs and mask must have the same rows\"\n"
      "    return torch.masked_fill(self.raw_logits(obs, mask), mask == 0, -3.4e38)\n"
      "def act(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    logits = self.masked_logits(obs, mask)\n"
      "    best = torch.amax(logits, [1], True)\n"
      "    lost = torch.logical_or(logits != best, mask == 0)\n"
      "    index = torch.arange(logits.size(1), device=logits.device).expand_as(logits)\n"
      "    return torch.amin(torch.masked_fill(index, lost, logits.size(1) - 1), [1])\n";
  if (q_values) {
    out +=
        "def value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
        "    return torch.amax(self.masked_logits(obs, mask), [1])\n"
        "def forward(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:\n"
        "    logits = self.masked_logits(obs, mask)\n"
        "    return logits, torch.amax(logits, [1])\n";
  } else {
    out +=
        "def forward(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:\n"
        "    return self.masked_logits(obs, mask), self.value(obs, mask)\n";
  }
  return out;
}

}  // namespace

std::string attribute_name(const std::string& weight_name) {
  std::string name = weight_name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string torchscript_source(const NetworkConfig& network, const BatchShape& shape,
                               bool q_values) {
  expected_weights(network, shape, q_values);  // refuses what has no layout
  return (takes_any_slots(network) ? pointer_methods(network, shape, q_values)
                                   : mlp_methods(network, shape, q_values)) +
         common_methods(q_values);
}

}  // namespace cusched
