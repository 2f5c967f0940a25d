// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agents/layer_stack.h"
#include "agents/networks.h"

namespace cusched {

// Workspace cut into (rows, width) pieces, in order.
template <class S>
class Pieces {
 public:
  Pieces(S* at, int64_t rows) : at_(at), rows_(rows) {}
  S* take(int64_t width) {
    S* piece = at_;
    at_ += rows_ * width;
    return piece;
  }

 private:
  S* at_;
  int64_t rows_;
};

// Appends the layers that every candidate network has; `mix(prefix, H)` appends those of its mixer.
template <class Mix>
void add_candidate_layers(NetworkLayout& layout, const Mix& mix) {
  const int h = layout.config.hidden.back(), context = 2 * h + layout.globals;
  for (const std::string& side : layout.sides()) {
    layout.add_hidden(side + "enc.", layout.globals + layout.features);
    mix(side, h);
    if (side == "critic.") {
      layout.add("critic.value.0", context, h, kHiddenGain);
      layout.add("critic.value.1", h, 1, kValueGain);
      continue;
    }
    layout.add("actor.score.0", h + context, h, kHiddenGain);
    layout.add("actor.score.1", h, 1, kPolicyGain);
    layout.add("actor.none.0", context, h, kHiddenGain);
    layout.add("actor.none.1", h, 1, kPolicyGain);
  }
}

// An encoder shared by all candidates, a Mixer that lets their codes see each other, a pooled
// context, and small heads: the order of candidates does not matter and K is free. Formulas:
// docs/ARCHITECTURE.md, Networks. A Mixer maps codes e (M, rows, K, H) to as many mixed ones:
//
//   Mixer(layout, side)                side: "actor." or "critic."
//   work(), scratch(), widest()        numbers per row; widest output of its layers
//   output(on, e, work)                where the mixed codes lie
//   forward(call, e, work)
//   backward(call, e, work, scratch, de, grads, accumulate)
//                                      de: the gradient of the mixed codes, made that of e in place
template <class S, class Mixer>
class CandidateNetwork : public Network<S> {
 public:
  explicit CandidateNetwork(const NetworkLayout& layout)
      : activation_(layout.activation),
        K_(layout.slots),
        G_(layout.globals),
        F_(layout.features),
        H_(layout.config.hidden.back()),
        C_(2 * H_ + G_),
        score_(head_of(layout, "actor.score.")),
        none_(head_of(layout, "actor.none.")) {
    for (const std::string& side : layout.sides())
      trunks_.push_back({encoder(layout, side), Mixer(layout, side)});
    if (layout.critic) value_ = head_of(layout, "critic.value.");
  }

  int64_t actor_work() const override { return trunk_work() + H_ + K_ * H_ + H_ + K_ + 1; }
  int64_t critic_work() const override { return trunks_.size() > 1 ? trunk_work() + H_ : 0; }
  int64_t scratch() const override {
    return C_ + H_ + H_ + K_ + 1 + K_ * (H_ + H_) + layers_scratch();
  }
  int64_t column_scratch(int64_t rows) const override {
    const Trunk& trunk = trunks_[0];
    return sum_blocks(rows * K_) * std::max({trunk.encoder.widest(), trunk.mixer.widest(), H_});
  }

  void actor(const NetCall<S>& call, S* work, S* logits) const override {
    const Rows<S> on = call.on, each = on.times(K_);
    Work w = cut_actor(on, work);
    forward_trunk(call, 0, w);
    linear(on, w.c, part(score_.first, call, H_, C_, true), w.shared);
    linear(each, mixed(on, 0, w), part(score_.first, call, 0, H_, false), w.u);
    for_rows<S>(on.exec, each.total(), H_, AddShared<S>{w.shared, w.u, K_, H_});
    activate(each, activation_, H_, w.u);
    linear(each, w.u, whole(score_.second, call), w.score);
    linear(on, w.c, whole(none_.first, call), w.head, activation_);
    linear(on, w.head, whole(none_.second, call), w.none);
    for_rows<S>(on.exec, on.total(), K_ + 1, JoinLogits<S>{w.score, w.none, logits, K_});
  }

  void critic(const NetCall<S>& call, S* work, S* value) const override {
    Work w = cut_critic(call.on, work);
    forward_trunk(call, 1, w);
    linear(call.on, w.c, whole(value_.first, call), w.head, activation_);
    linear(call.on, w.head, whole(value_.second, call), value);
  }

  void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits, S* grads,
                      bool accumulate) const override {
    const Rows<S> on = call.on, each = on.times(K_);
    const Work w = cut_actor(on, const_cast<S*>(work));
    const Scratch s = cut(on, scratch);
    for_rows<S>(on.exec, on.total(), K_ + 1, SplitLogits<S>{dlogits, s.dscore, s.dnone, K_});

    head_backward(call, none_, w, s, s.dnone, grads, accumulate);
    linear_weight_gradient(each, s.dscore, w.u, whole(score_.second, call, grads), accumulate);
    linear_input_gradient(each, s.dscore, whole(score_.second, call), s.du, false);
    derivative(each, w.u, s.du);
    for_rows<S>(on.exec, on.total(), H_, SumShared<S>{s.du, s.dshared, K_, H_});
    linear_weight_gradient(each, s.du, mixed(on, 0, w),
                           part(score_.first, call, grads, 0, H_, false), accumulate);
    linear_weight_gradient(on, s.dshared, w.c, part(score_.first, call, grads, H_, C_, true),
                           accumulate);
    linear_input_gradient(each, s.du, part(score_.first, call, 0, H_, false), s.de, false);
    linear_input_gradient(on, s.dshared, part(score_.first, call, H_, C_, true), s.dc, true);
    trunk_backward(call, 0, w, s, grads, accumulate);
  }

  void critic_backward(const NetCall<S>& call, const S* work, S* scratch, S* dvalue, S* grads,
                       bool accumulate) const override {
    const Rows<S> on = call.on;
    const Work w = cut_critic(on, const_cast<S*>(work));
    const Scratch s = cut(on, scratch);
    head_backward(call, value_, w, s, dvalue, grads, accumulate);
    fill_zero(on, s.de);
    trunk_backward(call, 1, w, s, grads, accumulate);
  }

 private:
  // Activations, each (rows, ...): the critic has neither shared, u, score nor none.
  struct Work {
    S *in, *layers, *mix, *c, *head;
    S *shared = nullptr, *u = nullptr, *score = nullptr, *none = nullptr;
  };
  struct Scratch {
    S *dc, *dhead, *dshared, *dscore, *dnone, *du, *de, *layers;
  };

  struct Trunk {
    LayerStack<S> encoder;
    Mixer mixer;
  };
  struct Head {
    LayerSlot first, second;
  };

  static Head head_of(const NetworkLayout& layout, const std::string& name) {
    return {layout.layer(name + "0"), layout.layer(name + "1")};
  }
  static LayerStack<S> encoder(const NetworkLayout& layout, const std::string& side) {
    std::vector<LayerSlot> slots;
    for (size_t i = 0; i < layout.config.hidden.size(); ++i)
      slots.push_back(layout.layer(side + "enc." + std::to_string(i)));
    return LayerStack<S>(std::move(slots), layout.activation, false);
  }
  int64_t trunk_work() const {
    return K_ * (G_ + F_ + trunks_[0].encoder.work()) + trunks_[0].mixer.work() + C_;
  }
  int64_t layers_scratch() const {  // the mixer's and then the encoder's
    return std::max(K_ * trunks_[0].encoder.scratch(), trunks_[0].mixer.scratch());
  }
  Work cut_critic(const Rows<S>& on, S* work) const {
    Pieces<S> pieces(work, on.total());
    Work w{};
    w.in = pieces.take(K_ * (G_ + F_));
    w.layers = pieces.take(K_ * trunks_[0].encoder.work());
    w.mix = pieces.take(trunks_[0].mixer.work());
    w.c = pieces.take(C_);
    w.head = pieces.take(H_);
    return w;
  }
  Work cut_actor(const Rows<S>& on, S* work) const {
    Work w = cut_critic(on, work);
    Pieces<S> pieces(w.head + on.total() * H_, on.total());
    w.shared = pieces.take(H_);
    w.u = pieces.take(K_ * H_);
    w.score = pieces.take(K_);
    w.none = pieces.take(1);
    return w;
  }
  Scratch cut(const Rows<S>& on, S* scratch) const {
    Pieces<S> pieces(scratch, on.total());
    Scratch s{};
    s.dc = pieces.take(C_);
    s.dhead = pieces.take(H_);
    s.dshared = pieces.take(H_);
    s.dscore = pieces.take(K_);
    s.dnone = pieces.take(1);
    s.du = pieces.take(K_ * H_);
    s.de = pieces.take(K_ * H_);
    s.layers = pieces.take(layers_scratch());
    return s;
  }

  static Layer<const S> whole(const LayerSlot& slot, const NetCall<S>& call) {
    return layer_at(slot, call.params, call.stride);
  }
  static Layer<S> whole(const LayerSlot& slot, const NetCall<S>& call, S* grads) {
    return layer_at(slot, grads, call.stride);
  }
  static Layer<const S> part(const LayerSlot& slot, const NetCall<S>& call, int first, int in,
                             bool bias) {
    return layer_at(slot, call.params, call.stride, first, in, bias);
  }
  static Layer<S> part(const LayerSlot& slot, const NetCall<S>& call, S* grads, int first, int in,
                       bool bias) {
    return layer_at(slot, grads, call.stride, first, in, bias);
  }

  // Codes of the candidates before and after the mixer.
  const S* codes(const Rows<S>& on, int side, const Work& w) const {
    return trunks_[side].encoder.output(on.times(K_), w.layers);
  }
  const S* mixed(const Rows<S>& on, int side, const Work& w) const {
    return trunks_[side].mixer.output(on, codes(on, side, w), w.mix);
  }
  void forward_trunk(const NetCall<S>& call, int side, const Work& w) const {
    const Rows<S> on = call.on, each = on.times(K_);
    for_rows<S>(on.exec, each.total(), G_ + F_, CandidateInput<S>{call.x, w.in, K_, G_, F_});
    trunks_[side].encoder.forward(each, call.params, call.stride, w.in, w.layers, nullptr);
    trunks_[side].mixer.forward(call, codes(on, side, w), w.mix);
    for_rows<S>(on.exec, on.total(), C_,
                PoolContext<S>{mixed(on, side, w), call.x, call.valid, w.c, K_, G_, F_, H_});
  }
  // Adds the context's part to s.de, then goes through the mixer and the encoder.
  void trunk_backward(const NetCall<S>& call, int side, const Work& w, const Scratch& s, S* grads,
                      bool accumulate) const {
    const Rows<S> on = call.on;
    for_rows<S>(on.exec, on.total(), H_,
                PoolGradient<S>{mixed(on, side, w), call.valid, s.dc, s.de, K_, G_, H_});
    trunks_[side].mixer.backward(call, codes(on, side, w), w.mix, s.layers, s.de, grads,
                                 accumulate);
    trunks_[side].encoder.backward(on.times(K_), call.params, call.stride, w.in, w.layers, s.layers,
                                   s.de, grads, accumulate);
  }
  // Head c -> H -> 1 with output gradient dy (rows): leaves the gradient of c in s.dc.
  void head_backward(const NetCall<S>& call, const Head& head, const Work& w, const Scratch& s,
                     S* dy, S* grads, bool accumulate) const {
    const Rows<S> on = call.on;
    linear_weight_gradient(on, dy, w.head, whole(head.second, call, grads), accumulate);
    linear_input_gradient(on, dy, whole(head.second, call), s.dhead, false);
    derivative(on, w.head, s.dhead);
    linear_weight_gradient(on, s.dhead, w.c, whole(head.first, call, grads), accumulate);
    linear_input_gradient(on, s.dhead, whole(head.first, call), s.dc, false);
  }
  void derivative(const Rows<S>& on, const S* y, S* dy) const {
    for_rows<S>(on.exec, 1, on.total() * H_, ActivationGradient<S>{y, dy, activation_});
  }
  void fill_zero(const Rows<S>& on, S* de) const {
    fill_bytes(on.exec, de, 0, static_cast<size_t>(on.total()) * K_ * H_ * sizeof(S));
  }

  Activation activation_;
  int K_, G_, F_, H_, C_;
  std::vector<Trunk> trunks_;  // actor's and, where there is one, critic's
  Head score_, none_, value_;
};

}  // namespace cusched
