// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "agents/linear.h"
#include "agents/network_layout.h"

namespace cusched {

// One pass over M members x rows rows.
template <class S>
struct NetCall {
  Rows<S> on;
  const S* params = nullptr;       // flat parameters of the call's first member
  int64_t stride = 0;              // from a member to the next
  const S* x = nullptr;            // (M, rows, D) normalised observations
  const uint8_t* valid = nullptr;  // (M, rows, K), where the layout has any_slots
};

// Actor and critic, without autograd: forward leaves the activations in `work`, backward reads
// them. Backward passes spoil dlogits and dvalue. `grads` is laid out as the parameters; padding
// between tensors is not written. S is float, or double on the host.
template <class S>
class Network {
 public:
  virtual ~Network() = default;

  // Numbers of workspace for each row.
  virtual int64_t actor_work() const = 0;
  virtual int64_t critic_work() const = 0;
  virtual int64_t scratch() const = 0;  // of a backward pass
  // Numbers that column_scratch needs for each block of kSumBlock rows, rounded up.
  virtual int64_t column_scratch(int64_t rows) const = 0;

  virtual void actor(const NetCall<S>& call, S* work, S* logits) const = 0;  // (M, rows, A)
  virtual void critic(const NetCall<S>& call, S* work, S* value) const = 0;  // (M, rows)
  virtual void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits,
                              S* grads, bool accumulate) const = 0;
  virtual void critic_backward(const NetCall<S>& call, const S* work, S* scratch, S* dvalue,
                               S* grads, bool accumulate) const = 0;
};

// The network that the layout is of.
template <class S>
std::unique_ptr<Network<S>> make_network(const NetworkLayout& layout);
template <>
std::unique_ptr<Network<float>> make_network<float>(const NetworkLayout& layout);
template <>
std::unique_ptr<Network<double>> make_network<double>(const NetworkLayout& layout);

}  // namespace cusched
