// SPDX-License-Identifier: MIT
// The flat network: one matrix after the other over the whole observation.
#include <optional>

#include "agents/layer_stack.h"
#include "agents/network_registry.h"
#include "agents/network_script.h"

namespace cusched {
namespace {

template <class S>
class Mlp final : public Network<S> {
 public:
  explicit Mlp(const NetworkLayout& layout) : actor_(stack(layout, "actor.")) {
    if (layout.critic) critic_.emplace(stack(layout, "critic."));
  }

  static void add_layers(NetworkLayout& layout) {
    const std::string last = std::to_string(layout.config.hidden.size());
    for (const std::string& side : layout.sides()) {
      const bool actor = side == "actor.";
      const int width = layout.add_hidden(side, layout.obs());
      layout.add(side + last, width, actor ? layout.actions() : 1,
                 actor ? kPolicyGain : kValueGain);
    }
  }
  static std::string script(const NetworkLayout& layout) {
    const std::string input = "    x = self.normalised(obs, mask)\n";
    std::string out = script_flat_input(layout) +
                      script_method("raw_logits", input + script_layers(layout, "actor.", true) +
                                                      "    return x\n");
    if (layout.critic)
      out += script_method("raw_value", input + script_layers(layout, "critic.", true) +
                                            "    return torch.squeeze(x, 1)\n");
    return out;
  }

  int64_t actor_work() const override { return actor_.work(); }
  int64_t critic_work() const override { return critic_ ? critic_->work() : 0; }
  int64_t scratch() const override { return actor_.scratch(); }  // its last layer is the wider
  int64_t column_scratch(int64_t rows) const override { return sum_blocks(rows) * actor_.widest(); }

  void actor(const NetCall<S>& call, S* work, S* logits) const override {
    actor_.forward(call.on, call.params, call.stride, call.x, work, logits);
  }
  void critic(const NetCall<S>& call, S* work, S* value) const override {
    critic_->forward(call.on, call.params, call.stride, call.x, work, value);
  }
  void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits, S* grads,
                      bool accumulate) const override {
    actor_.backward(call.on, call.params, call.stride, call.x, work, scratch, dlogits, grads,
                    accumulate);
  }
  void critic_backward(const NetCall<S>& call, const S* work, S* scratch, S* dvalue, S* grads,
                       bool accumulate) const override {
    critic_->backward(call.on, call.params, call.stride, call.x, work, scratch, dvalue, grads,
                      accumulate);
  }

 private:
  static LayerStack<S> stack(const NetworkLayout& layout, const std::string& side) {
    std::vector<LayerSlot> slots;
    for (size_t i = 0; i <= layout.config.hidden.size(); ++i)
      slots.push_back(layout.layer(side + std::to_string(i)));
    return LayerStack<S>(std::move(slots), layout.activation, true);
  }
  LayerStack<S> actor_;
  std::optional<LayerStack<S>> critic_;
};

}  // namespace

CUSCHED_NETWORK(mlp, Mlp, "flat, one K", false)

}  // namespace cusched
