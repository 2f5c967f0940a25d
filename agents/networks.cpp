// SPDX-License-Identifier: MIT
#include "agents/networks.h"

namespace cusched {

template <class S>
std::unique_ptr<Network<S>> make_network(const NetworkLayout& layout) {
  return layout.pointer ? make_pointer<S>(layout) : make_mlp<S>(layout);
}
template std::unique_ptr<Network<float>> make_network<float>(const NetworkLayout&);
template std::unique_ptr<Network<double>> make_network<double>(const NetworkLayout&);

}  // namespace cusched
