// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agents/networks.h"

namespace cusched {

// Columns first .. first + in - 1 of a layer's weight as a layer of its own.
template <class S>
Layer<S> layer_at(const LayerSlot& slot, S* params, int64_t stride, int first, int in, bool bias) {
  return {params + slot.weight + first,
          bias ? params + slot.bias : nullptr,
          in,
          slot.out,
          slot.in,
          stride};
}
template <class S>
Layer<S> layer_at(const LayerSlot& slot, S* params, int64_t stride) {
  return layer_at(slot, params, stride, 0, slot.in, true);
}

// Linear layers one after the other, with the activation after each but, in a head, the last. The
// outputs of the activated layers lie one after the other in `work`; a head writes its last
// elsewhere.
template <class S>
class LayerStack {
 public:
  LayerStack(std::vector<LayerSlot> slots, Activation activation, bool head)
      : slots_(std::move(slots)), activation_(activation), head_(head) {}

  int out() const { return slots_.back().out; }
  int64_t work() const { return before(head_ ? slots_.size() - 1 : slots_.size()); }  // per row
  int64_t scratch() const { return 2 * widest(); }  // per row: gradients of two layers' outputs
  int widest() const {
    int wide = 0;
    for (const LayerSlot& slot : slots_) wide = std::max(wide, slot.out);
    return wide;
  }
  // Where the last layer's output lies, unless this is a head.
  const S* output(const Rows<S>& on, const S* work) const {
    return work + on.total() * before(slots_.size() - 1);
  }

  // `out`: (M, rows, out()) of a head, else null.
  void forward(const Rows<S>& on, const S* params, int64_t stride, const S* x, S* work,
               S* out) const {
    for (size_t i = 0; i < slots_.size(); ++i) {
      S* y = activated(i) ? work + on.total() * before(i) : out;
      linear(on, x, layer_at(slots_[i], params, stride), y,
             activated(i) ? activation_ : Activation::kNone);
      x = y;
    }
  }

  // dy (M, rows, out()) is spoiled. The gradient of x is not wanted: x is the observation.
  void backward(const Rows<S>& on, const S* params, int64_t stride, const S* x, const S* work,
                S* scratch, S* dy, S* grads, bool accumulate) const {
    S* spare[2] = {scratch, scratch + on.total() * widest()};
    for (size_t i = slots_.size(); i-- > 0;) {
      const LayerSlot& slot = slots_[i];
      if (activated(i)) {
        const S* y = work + on.total() * before(i);
        for_rows<S>(on.exec, 1, on.total() * slot.out, ActivationGradient<S>{y, dy, activation_});
      }
      const S* input = i == 0 ? x : work + on.total() * before(i - 1);
      linear_weight_gradient(on, dy, input, layer_at(slot, grads, stride), accumulate);
      if (i == 0) break;
      S* next = spare[i % 2];
      linear_input_gradient(on, dy, layer_at(slot, params, stride), next, false);
      dy = next;
    }
  }

 private:
  bool activated(size_t i) const { return !head_ || i + 1 < slots_.size(); }
  int64_t before(size_t layer) const {  // outputs of the layers before this one
    int64_t total = 0;
    for (size_t i = 0; i < layer; ++i) total += slots_[i].out;
    return total;
  }

  std::vector<LayerSlot> slots_;
  Activation activation_;
  bool head_;
};

}  // namespace cusched
