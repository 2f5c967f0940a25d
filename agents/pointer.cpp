// SPDX-License-Identifier: MIT
#include "agents/layer_stack.h"
#include "agents/networks.h"

namespace cusched {
namespace {

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

// One encoder shared by all candidates, a pooled context, and small heads: the order of candidates
// does not matter and K is free. Formulas: docs/ARCHITECTURE.md, Networks.
template <class S>
class Pointer final : public Network<S> {
 public:
  explicit Pointer(const NetworkLayout& layout)
      : layout_(layout),
        K_(layout.slots),
        G_(layout.globals),
        F_(layout.features),
        H_(layout.config.hidden.back()),
        C_(2 * H_ + G_),
        encoder_{encoder(layout, "actor."), encoder(layout, "critic.")},
        score0_(layout.layer("actor.score.0")),
        score1_(layout.layer("actor.score.1")),
        none0_(layout.layer("actor.none.0")),
        none1_(layout.layer("actor.none.1")),
        value0_(layout.layer("critic.value.0")),
        value1_(layout.layer("critic.value.1")) {}

  int64_t actor_work() const override { return trunk_work() + H_ + K_ * H_ + H_ + K_ + 1; }
  int64_t critic_work() const override { return trunk_work() + H_; }
  int64_t scratch() const override {
    return C_ + H_ + H_ + K_ + 1 + K_ * (H_ + H_ + encoder_[0].scratch());
  }
  int64_t column_scratch(int64_t rows) const override {
    return sum_blocks(rows * K_) * std::max(encoder_[0].widest(), H_);
  }

  void actor(const NetCall<S>& call, S* work, S* logits) const override {
    const Rows<S> on = call.on, each = on.times(K_);
    Work w = cut_actor(on, work);
    trunk(call, 0, w);
    linear(on, w.c, part(score0_, call, H_, C_, true), w.shared);
    linear(each, w.e, part(score0_, call, 0, H_, false), w.u);
    for_rows<S>(on.exec, each.total(), H_, AddShared<S>{w.shared, w.u, K_, H_});
    activate(each, layout_.activation, H_, w.u);
    linear(each, w.u, whole(score1_, call), w.score);
    linear(on, w.c, whole(none0_, call), w.head);
    activate(on, layout_.activation, H_, w.head);
    linear(on, w.head, whole(none1_, call), w.none);
    for_rows<S>(on.exec, on.total(), K_ + 1, JoinLogits<S>{w.score, w.none, logits, K_});
  }

  void critic(const NetCall<S>& call, S* work, S* value) const override {
    Work w = cut_critic(call.on, work);
    trunk(call, 1, w);
    linear(call.on, w.c, whole(value0_, call), w.head);
    activate(call.on, layout_.activation, H_, w.head);
    linear(call.on, w.head, whole(value1_, call), value);
  }

  void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits, S* grads,
                      bool accumulate) const override {
    const Rows<S> on = call.on, each = on.times(K_);
    const Work w = cut_actor(on, const_cast<S*>(work));
    const Scratch s = cut(on, scratch);
    for_rows<S>(on.exec, on.total(), K_ + 1, SplitLogits<S>{dlogits, s.dscore, s.dnone, K_});

    head_backward(call, none0_, none1_, w, s, s.dnone, grads, accumulate);
    linear_weight_gradient(each, s.dscore, w.u, whole(score1_, call, grads), accumulate);
    linear_input_gradient(each, s.dscore, whole(score1_, call), s.du, false);
    derivative(each, w.u, s.du);
    for_rows<S>(on.exec, on.total(), H_, SumShared<S>{s.du, s.dshared, K_, H_});
    linear_weight_gradient(each, s.du, w.e, part(score0_, call, grads, 0, H_, false), accumulate);
    linear_weight_gradient(on, s.dshared, w.c, part(score0_, call, grads, H_, C_, true),
                           accumulate);
    linear_input_gradient(each, s.du, part(score0_, call, 0, H_, false), s.de, false);
    linear_input_gradient(on, s.dshared, part(score0_, call, H_, C_, true), s.dc, true);
    trunk_backward(call, 0, w, s, grads, accumulate);
  }

  void critic_backward(const NetCall<S>& call, const S* work, S* scratch, S* dvalue, S* grads,
                       bool accumulate) const override {
    const Rows<S> on = call.on;
    const Work w = cut_critic(on, const_cast<S*>(work));
    const Scratch s = cut(on, scratch);
    head_backward(call, value0_, value1_, w, s, dvalue, grads, accumulate);
    fill_zero(on, s.de);
    trunk_backward(call, 1, w, s, grads, accumulate);
  }

 private:
  // Activations, each (rows, ...): the critic has neither shared, u, score nor none.
  struct Work {
    S *in, *layers, *c, *head, *shared = nullptr, *u = nullptr, *score = nullptr, *none = nullptr;
    const S* e;
  };
  struct Scratch {
    S *dc, *dhead, *dshared, *dscore, *dnone, *du, *de, *layers;
  };

  static LayerStack<S> encoder(const NetworkLayout& layout, const std::string& side) {
    std::vector<LayerSlot> slots;
    for (size_t i = 0; i < layout.config.hidden.size(); ++i)
      slots.push_back(layout.layer(side + "enc." + std::to_string(i)));
    return LayerStack<S>(std::move(slots), layout.activation, false);
  }
  int64_t trunk_work() const { return K_ * (G_ + F_ + encoder_[0].work()) + C_; }
  Work cut_critic(const Rows<S>& on, S* work) const {
    Pieces<S> pieces(work, on.total());
    Work w{};
    w.in = pieces.take(K_ * (G_ + F_));
    w.layers = pieces.take(K_ * encoder_[0].work());
    w.c = pieces.take(C_);
    w.head = pieces.take(H_);
    w.e = encoder_[0].output(on.times(K_), w.layers);
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
    s.layers = pieces.take(K_ * encoder_[0].scratch());
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

  void trunk(const NetCall<S>& call, int side, const Work& w) const {
    const Rows<S> on = call.on, each = on.times(K_);
    for_rows<S>(on.exec, each.total(), G_ + F_, CandidateInput<S>{call.x, w.in, K_, G_, F_});
    encoder_[side].forward(each, call.params, call.stride, w.in, w.layers, nullptr);
    for_rows<S>(on.exec, on.total(), C_,
                PoolContext<S>{w.e, call.x, call.valid, w.c, K_, G_, F_, H_});
  }
  // Adds the context's part to s.de, then goes through the encoder.
  void trunk_backward(const NetCall<S>& call, int side, const Work& w, const Scratch& s, S* grads,
                      bool accumulate) const {
    const Rows<S> on = call.on;
    for_rows<S>(on.exec, on.total(), H_, PoolGradient<S>{w.e, call.valid, s.dc, s.de, K_, G_, H_});
    encoder_[side].backward(on.times(K_), call.params, call.stride, w.in, w.layers, s.layers, s.de,
                            grads, accumulate);
  }
  // Head c -> H -> 1 with output gradient dy (rows): leaves the gradient of c in s.dc.
  void head_backward(const NetCall<S>& call, const LayerSlot& first, const LayerSlot& second,
                     const Work& w, const Scratch& s, S* dy, S* grads, bool accumulate) const {
    const Rows<S> on = call.on;
    linear_weight_gradient(on, dy, w.head, whole(second, call, grads), accumulate);
    linear_input_gradient(on, dy, whole(second, call), s.dhead, false);
    derivative(on, w.head, s.dhead);
    linear_weight_gradient(on, s.dhead, w.c, whole(first, call, grads), accumulate);
    linear_input_gradient(on, s.dhead, whole(first, call), s.dc, false);
  }
  void derivative(const Rows<S>& on, const S* y, S* dy) const {
    for_rows<S>(on.exec, 1, on.total() * H_, ActivationGradient<S>{y, dy, layout_.activation});
  }
  void fill_zero(const Rows<S>& on, S* de) const {
    fill_bytes(on.exec, de, 0, static_cast<size_t>(on.total()) * K_ * H_ * sizeof(S));
  }

  NetworkLayout layout_;
  int K_, G_, F_, H_, C_;
  LayerStack<S> encoder_[2];  // actor's, critic's
  LayerSlot score0_, score1_, none0_, none1_, value0_, value1_;
};

}  // namespace

template <class S>
std::unique_ptr<Network<S>> make_pointer(const NetworkLayout& layout) {
  return std::make_unique<Pointer<S>>(layout);
}
template std::unique_ptr<Network<float>> make_pointer<float>(const NetworkLayout&);
template std::unique_ptr<Network<double>> make_pointer<double>(const NetworkLayout&);

}  // namespace cusched
