// SPDX-License-Identifier: MIT
#include "export/torchscript_source.h"

#include "agents/network_layout.h"
#include "agents/network_registry.h"

namespace cusched {

// `act` fills what is not the best allowed logit with K and takes the lowest index: torch.argmax
// promises no order among ties. A row with a NaN or with nothing allowed gives K, "none".
std::string policy_methods(PolicyHead head) {
  std::string out = head == PolicyHead::kDueling
                        ? "def all_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
                          "    a = self.raw_logits(obs, mask)\n"
                          "    total = torch.sum(torch.masked_fill(a, mask == 0, 0.), [1], True, "
                          "dtype=self.wide())\n"
                          "    count = torch.clamp(torch.sum(mask != 0, [1], True), 1)\n"
                          "    q = a - total / count + self.raw_value(obs, mask).unsqueeze(1)\n"
                          "    return q.to(a.dtype)\n"
                        : "def all_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
                          "    return self.raw_logits(obs, mask)\n";
  out +=
      "def masked_logits(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    assert mask.size(0) == obs.size(0), \"obs and mask must have the same rows\"\n"
      "    logits = self.all_logits(obs, mask)\n"
      "    return torch.masked_fill(logits, mask == 0, self.lowest(logits))\n"
      "def act(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
      "    logits = self.masked_logits(obs, mask)\n"
      "    best = torch.amax(logits, [1], True)\n"
      "    lost = torch.logical_or(logits != best, mask == 0)\n"
      "    index = torch.arange(logits.size(1), device=logits.device).expand_as(logits)\n"
      "    return torch.amin(torch.masked_fill(index, lost, logits.size(1) - 1), [1])\n";
  if (head == PolicyHead::kLogits) {
    out +=
        "def value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
        "    return self.raw_value(obs, mask)\n"
        "def forward(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:\n"
        "    return self.masked_logits(obs, mask), self.value(obs, mask)\n";
  } else {
    out +=
        "def value(self, obs: Tensor, mask: Tensor) -> Tensor:\n"
        "    return torch.amax(self.masked_logits(obs, mask), [1])\n"
        "def forward(self, obs: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:\n"
        "    logits = self.masked_logits(obs, mask)\n"
        "    return logits, torch.amax(logits, [1])\n";
  }
  return out;
}

std::string torchscript_source(const NetworkConfig& network, const BatchShape& shape,
                               PolicyHead head) {
  const NetworkLayout layout = make_layout(network, shape, head);
  return layout.network->script(layout) + policy_methods(head);
}

}  // namespace cusched
