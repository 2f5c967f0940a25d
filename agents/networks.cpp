// SPDX-License-Identifier: MIT
#include "agents/networks.h"

#include "agents/network_registry.h"
#include "cuda/error.h"

namespace cusched {

template <>
std::unique_ptr<Network<float>> make_network<float>(const NetworkLayout& layout) {
  return layout.network->make_float(layout);
}
template <>
std::unique_ptr<Network<double>> make_network<double>(const NetworkLayout& layout) {
  return layout.network->make_double(layout);
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const NetworkEntry* entry : all_networks()) names.push_back(entry->name);
  return names;
}

const NetworkEntry& find_network(const std::string& name) {
  std::string known;
  for (const NetworkEntry* entry : all_networks()) {
    if (entry->name == name) return *entry;
    known += (known.empty() ? "" : ", ") + entry->name;
  }
  throw InputError("network", "unknown network \"" + name + "\"", "Use one of " + known);
}

bool takes_any_slots(const NetworkConfig& network) { return find_network(network.kind).any_slots; }

}  // namespace cusched
