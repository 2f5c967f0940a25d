// SPDX-License-Identifier: MIT
// The pointer network: candidates meet only in the pooled context.
#include "agents/candidate_network.h"
#include "agents/network_registry.h"
#include "agents/network_script.h"

namespace cusched {
namespace {

// Codes stay as they are.
template <class S>
struct NoMixer {
  NoMixer(const NetworkLayout&, const std::string&) {}
  int64_t work() const { return 0; }
  int64_t scratch() const { return 0; }
  int widest() const { return 0; }
  const S* output(const Rows<S>&, const S* e, const S*) const { return e; }
  void forward(const NetCall<S>&, const S*, S*) const {}
  void backward(const NetCall<S>&, const S*, const S*, S*, S*, S*, bool) const {}
};

template <class S>
class Pointer final : public CandidateNetwork<S, NoMixer<S>> {
 public:
  using CandidateNetwork<S, NoMixer<S>>::CandidateNetwork;

  static void add_layers(NetworkLayout& layout) {
    add_candidate_layers(layout, [](const std::string&, int) {});
  }
  static std::string script(const NetworkLayout& layout) {
    return candidate_script(layout, [](const std::string&) { return std::string(); });
  }
};

}  // namespace

CUSCHED_NETWORK(pointer, Pointer, "shared per candidate, any K", true)

}  // namespace cusched
