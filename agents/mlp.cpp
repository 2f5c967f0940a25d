// SPDX-License-Identifier: MIT
#include "agents/layer_stack.h"
#include "agents/networks.h"

namespace cusched {
namespace {

template <class S>
class Mlp final : public Network<S> {
 public:
  explicit Mlp(const NetworkLayout& layout)
      : actor_(stack(layout, "actor.")), critic_(stack(layout, "critic.")) {}

  int64_t actor_work() const override { return actor_.work(); }
  int64_t critic_work() const override { return critic_.work(); }
  int64_t scratch() const override { return std::max(actor_.scratch(), critic_.scratch()); }
  int64_t column_scratch(int64_t rows) const override {
    return sum_blocks(rows) * std::max(actor_.widest(), critic_.widest());
  }

  void actor(const NetCall<S>& call, S* work, S* logits) const override {
    actor_.forward(call.on, call.params, call.stride, call.x, work, logits);
  }
  void critic(const NetCall<S>& call, S* work, S* value) const override {
    critic_.forward(call.on, call.params, call.stride, call.x, work, value);
  }
  void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits, S* grads,
                      bool accumulate) const override {
    actor_.backward(call.on, call.params, call.stride, call.x, work, scratch, dlogits, grads,
                    accumulate);
  }
  void critic_backward(const NetCall<S>& call, const S* work, S* scratch, S* dvalue, S* grads,
                       bool accumulate) const override {
    critic_.backward(call.on, call.params, call.stride, call.x, work, scratch, dvalue, grads,
                     accumulate);
  }

 private:
  static LayerStack<S> stack(const NetworkLayout& layout, const std::string& side) {
    std::vector<LayerSlot> slots;
    for (size_t i = 0; i <= layout.config.hidden.size(); ++i)
      slots.push_back(layout.layer(side + std::to_string(i)));
    return LayerStack<S>(std::move(slots), layout.activation, true);
  }
  LayerStack<S> actor_, critic_;
};

}  // namespace

template <class S>
std::unique_ptr<Network<S>> make_mlp(const NetworkLayout& layout) {
  return std::make_unique<Mlp<S>>(layout);
}
template std::unique_ptr<Network<float>> make_mlp<float>(const NetworkLayout&);
template std::unique_ptr<Network<double>> make_mlp<double>(const NetworkLayout&);

}  // namespace cusched
