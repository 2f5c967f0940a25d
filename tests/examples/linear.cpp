// SPDX-License-Identifier: MIT
// An own network in one file, as docs/guides/extending.md explains it: no hidden layers. A
// candidate's logit is linear in [globals, candidate]; those of none and the value are linear in
// the context c = [mean and max of these over valid candidates, globals].
#include "agents/layer_stack.h"
#include "agents/network_registry.h"
#include "agents/network_script.h"

namespace cusched {
namespace {

template <class S>
class Linear final : public Network<S> {
 public:
  explicit Linear(const NetworkLayout& layout)
      : K_(layout.slots),
        G_(layout.globals),
        F_(layout.features),
        I_(G_ + F_),
        C_(2 * I_ + G_),
        score_(layout.layer("actor.score")),
        none_(layout.layer("actor.none")) {
    if (layout.critic) value_ = layout.layer("critic.value");
  }

  // Required. The layers, by name: checkpoints, exports and the optimiser follow.
  static void add_layers(NetworkLayout& layout) {
    const int in = layout.globals + layout.features, context = 2 * in + layout.globals;
    layout.add("actor.score", in, 1, kPolicyGain);
    layout.add("actor.none", context, 1, kPolicyGain);
    if (layout.critic) layout.add("critic.value", context, 1, kValueGain);
  }

  // Required. The same computation as TorchScript text.
  static std::string script(const NetworkLayout& layout) {
    const std::string trunk =
        "    g, c, valid = self.normalised(obs, mask)\n"
        "    x = self.joined(g, c)\n"
        "    context = self.context(x, valid, g)\n";
    std::string out =
        script_candidate_input(layout) +
        script_method("raw_logits", trunk + "    score = torch.squeeze(" +
                                        script_linear("actor.score", "x") +
                                        ", 2)\n"
                                        "    return torch.cat([score, " +
                                        script_linear("actor.none", "context") + "], 1)\n");
    if (layout.critic)
      out += script_method("raw_value", trunk + "    return torch.squeeze(" +
                                            script_linear("critic.value", "context") + ", 1)\n");
    return out;
  }

  // Required. Numbers of memory for each row; `work` keeps what backward reads.
  int64_t actor_work() const override { return trunk_work() + K_ + 1; }
  int64_t critic_work() const override { return trunk_work(); }
  int64_t scratch() const override { return K_ + 1; }
  int64_t column_scratch(int64_t rows) const override { return sum_blocks(rows * K_); }

  // Required. Forward and backward passes, with the products of agents/linear.h and the functors
  // of agents/kernels/.
  void actor(const NetCall<S>& call, S* work, S* logits) const override {
    const Rows<S> on = call.on, each = on.times(K_);
    const Work w = trunk(call, work);
    linear(each, w.in, layer_at(score_, call.params, call.stride), w.score);
    linear(on, w.c, layer_at(none_, call.params, call.stride), w.none);
    for_rows<S>(on.exec, on.total(), K_ + 1, JoinLogits<S>{w.score, w.none, logits, K_});
  }
  void critic(const NetCall<S>& call, S* work, S* value) const override {
    linear(call.on, trunk(call, work).c, layer_at(value_, call.params, call.stride), value);
  }
  void actor_backward(const NetCall<S>& call, const S* work, S* scratch, S* dlogits, S* grads,
                      bool accumulate) const override {
    const Rows<S> on = call.on;
    const Work w = cut(on, const_cast<S*>(work));
    S* const dnone = scratch + on.total() * K_;
    for_rows<S>(on.exec, on.total(), K_ + 1, SplitLogits<S>{dlogits, scratch, dnone, K_});
    linear_weight_gradient(on.times(K_), scratch, w.in, layer_at(score_, grads, call.stride),
                           accumulate);
    linear_weight_gradient(on, dnone, w.c, layer_at(none_, grads, call.stride), accumulate);
  }
  void critic_backward(const NetCall<S>& call, const S* work, S*, S* dvalue, S* grads,
                       bool accumulate) const override {
    const Work w = cut(call.on, const_cast<S*>(work));
    linear_weight_gradient(call.on, dvalue, w.c, layer_at(value_, grads, call.stride), accumulate);
  }

 private:
  struct Work {
    S *in, *c, *score, *none;
  };
  int64_t trunk_work() const { return K_ * I_ + C_; }
  Work cut(const Rows<S>& on, S* work) const {
    S* const c = work + on.total() * K_ * I_;
    S* const score = c + on.total() * C_;
    return {work, c, score, score + on.total() * K_};
  }
  Work trunk(const NetCall<S>& call, S* work) const {
    const Rows<S> on = call.on;
    const Work w = cut(on, work);
    for_rows<S>(on.exec, on.total() * K_, I_, CandidateInput<S>{call.x, w.in, K_, G_, F_});
    for_rows<S>(on.exec, on.total(), C_,
                PoolContext<S>{w.in, call.x, call.valid, w.c, K_, G_, F_, I_});
    return w;
  }

  int K_, G_, F_, I_, C_;
  LayerSlot score_, none_, value_;
};

}  // namespace

CUSCHED_NETWORK(linear, Linear, "an example without hidden layers, any K", true)

}  // namespace cusched
