// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/networks.h"

namespace cusched {

// What a file agents/networks/NAME.cpp tells of its network (docs/guides/extending.md), in a line
// CUSCHED_NETWORK(NAME, Type, help, any_slots) that the build finds.
struct NetworkEntry {
  std::string name;  // as --network takes it: the file's
  std::string help;  // a few words for --network
  // Whether it works on any number of candidates K: then observation statistics are kept per
  // global and per candidate feature over valid candidates, and NetCall::valid is set.
  bool any_slots;
  void (*layers)(NetworkLayout&);  // appends the network's layers; InputError for bad widths
  std::unique_ptr<Network<float>> (*make_float)(const NetworkLayout&);
  std::unique_ptr<Network<double>> (*make_double)(const NetworkLayout&);
  // TorchScript text of the methods raw_logits(self, obs, mask) and, where the layout has a critic,
  // raw_value(self, obs, mask), on raw observations; agents/network_script.h has its parts.
  std::string (*script)(const NetworkLayout&);
};

// The entry of a class template Net<S> : Network<S> with a constructor from a layout and static
// functions add_layers(NetworkLayout&) and script(const NetworkLayout&).
template <template <class> class Net>
NetworkEntry network_entry(const std::string& name, const std::string& help, bool any_slots) {
  return {name,
          help,
          any_slots,
          Net<double>::add_layers,
          [](const NetworkLayout& l) -> std::unique_ptr<Network<float>> {
            return std::make_unique<Net<float>>(l);
          },
          [](const NetworkLayout& l) -> std::unique_ptr<Network<double>> {
            return std::make_unique<Net<double>>(l);
          },
          Net<double>::script};
}

// Stands in a network's file, in namespace cusched; the build looks for the line.
#define CUSCHED_NETWORK(NAME, Type, help, any_slots)                               \
  const NetworkEntry* network_##NAME() {                                           \
    static const NetworkEntry entry = network_entry<Type>(#NAME, help, any_slots); \
    return &entry;                                                                 \
  }

// Every network the build found, in the order of their files. Generated.
std::vector<const NetworkEntry*> all_networks();
std::vector<std::string> network_names();

// Throws InputError, naming those there are, for an unknown name.
const NetworkEntry& find_network(const std::string& name);

// Whether the network takes any number of candidates K.
bool takes_any_slots(const NetworkConfig& network);

}  // namespace cusched
