// SPDX-License-Identifier: MIT
// Self-attention over the valid candidates (Vaswani et al. 2017), then the pointer network's
// context and heads. No layer normalisation: inputs are normalised and few layers are needed.
#include <cmath>
#include <cstdio>

#include "agents/candidate_network.h"
#include "agents/network_registry.h"
#include "agents/network_script.h"
#include "agents/self_attention.h"
#include "cuda/error.h"

namespace cusched {
namespace {

// f = e + out(attention(qkv(e))); mixed = f + ff.1(activation(ff.0(f))). One layer.
template <class S>
class AttentionLayer {
 public:
  AttentionLayer(const NetworkLayout& layout, const std::string& prefix)
      : activation_(layout.activation),
        K_(layout.slots),
        H_(layout.config.hidden.back()),
        attention_(K_, H_, layout.config.heads),
        qkv_(layout.layer(prefix + "qkv")),
        out_(layout.layer(prefix + "out")),
        ff0_(layout.layer(prefix + "ff.0")),
        ff1_(layout.layer(prefix + "ff.1")) {}

  int64_t work() const { return int64_t{K_} * 7 * H_ + attention_.tile(); }
  int64_t scratch() const { return int64_t{K_} * 4 * H_ + 2 * attention_.tile(); }
  int widest() const { return 3 * H_; }
  const S* output(const Rows<S>& on, const S* work) const { return cut(on, work).mixed; }

  void forward(const NetCall<S>& call, const S* e, S* work) const {
    const Rows<S> each = call.on.times(K_);
    const int64_t n = each.total() * H_;
    const Work w = cut(call.on, work);
    linear(each, e, layer_at(qkv_, call.params, call.stride), w.qkv);
    attention_.forward(call, w.qkv, w.seen, w.tile);
    linear(each, w.seen, layer_at(out_, call.params, call.stride), w.f);
    for_rows<S>(call.on.exec, 1, n, AddTo<S>{e, w.f});
    linear(each, w.f, layer_at(ff0_, call.params, call.stride), w.hidden, activation_);
    linear(each, w.hidden, layer_at(ff1_, call.params, call.stride), w.mixed);
    for_rows<S>(call.on.exec, 1, n, AddTo<S>{w.f, w.mixed});
  }

  // de: the gradient of the mixed codes, made that of e.
  void backward(const NetCall<S>& call, const S* e, const S* work, S* scratch, S* de, S* grads,
                bool accumulate) const {
    const Rows<S> each = call.on.times(K_);
    const Work w = cut(call.on, work);
    Pieces<S> pieces(scratch, each.total());
    S* const dqkv = pieces.take(3 * H_);
    S* const inner = pieces.take(H_);  // gradient of `hidden`, then of `seen`
    linear_weight_gradient(each, de, w.hidden, layer_at(ff1_, grads, call.stride), accumulate);
    linear_input_gradient(each, de, layer_at(ff1_, call.params, call.stride), inner, false);
    for_rows<S>(call.on.exec, 1, each.total() * H_,
                ActivationGradient<S>{w.hidden, inner, activation_});
    linear_weight_gradient(each, inner, w.f, layer_at(ff0_, grads, call.stride), accumulate);
    linear_input_gradient(each, inner, layer_at(ff0_, call.params, call.stride), de, true);
    linear_weight_gradient(each, de, w.seen, layer_at(out_, grads, call.stride), accumulate);
    linear_input_gradient(each, de, layer_at(out_, call.params, call.stride), inner, false);
    attention_.backward(call, w.qkv, inner, dqkv, pieces.take(0));
    linear_weight_gradient(each, dqkv, e, layer_at(qkv_, grads, call.stride), accumulate);
    linear_input_gradient(each, dqkv, layer_at(qkv_, call.params, call.stride), de, true);
  }

 private:
  // Activations, each (rows, K, H); qkv (rows, K, 3H).
  struct Work {
    S *qkv, *seen, *f, *hidden, *mixed, *tile;
  };
  Work cut(const Rows<S>& on, const S* work) const {
    Pieces<S> pieces(const_cast<S*>(work), on.total() * K_);
    Work w{};
    w.qkv = pieces.take(3 * H_);
    w.seen = pieces.take(H_);
    w.f = pieces.take(H_);
    w.hidden = pieces.take(H_);
    w.mixed = pieces.take(H_);
    w.tile = pieces.take(0);
    return w;
  }

  Activation activation_;
  int K_, H_;
  SelfAttention<S> attention_;
  LayerSlot qkv_, out_, ff0_, ff1_;
};

// The layers of one side, one after the other.
template <class S>
class AttentionMixer {
 public:
  AttentionMixer(const NetworkLayout& layout, const std::string& side) {
    for (int l = 0; l < layout.config.attention_layers; ++l)
      layers_.emplace_back(layout, side + "attn." + std::to_string(l) + ".");
  }
  int64_t work() const { return static_cast<int64_t>(layers_.size()) * layers_[0].work(); }
  int64_t scratch() const { return layers_[0].scratch(); }
  int widest() const { return layers_[0].widest(); }
  const S* output(const Rows<S>& on, const S*, const S* work) const {
    return after(on, layers_.size() - 1, work);
  }
  void forward(const NetCall<S>& call, const S* e, S* work) const {
    for (size_t l = 0; l < layers_.size(); ++l) {
      layers_[l].forward(call, e, work + l * step(call.on));
      e = after(call.on, l, work);
    }
  }
  void backward(const NetCall<S>& call, const S* e, const S* work, S* scratch, S* de, S* grads,
                bool accumulate) const {
    for (size_t l = layers_.size(); l-- > 0;)
      layers_[l].backward(call, l == 0 ? e : after(call.on, l - 1, work), work + l * step(call.on),
                          scratch, de, grads, accumulate);
  }

 private:
  size_t step(const Rows<S>& on) const {
    return static_cast<size_t>(on.total() * layers_[0].work());
  }
  const S* after(const Rows<S>& on, size_t layer, const S* work) const {
    return layers_[layer].output(on, work + layer * step(on));
  }
  std::vector<AttentionLayer<S>> layers_;
};

template <class S>
class Attention final : public CandidateNetwork<S, AttentionMixer<S>> {
 public:
  using CandidateNetwork<S, AttentionMixer<S>>::CandidateNetwork;

  static void add_layers(NetworkLayout& layout) {
    const NetworkConfig& config = layout.config;
    if (config.attention_layers < 1 || config.attention_layers > 16)
      throw InputError("network.attention_layers",
                       std::to_string(config.attention_layers) + " layers are out of range",
                       "Use 1 to 16");
    if (config.heads < 1 || config.hidden.back() % config.heads != 0)
      throw InputError("network.heads",
                       std::to_string(config.heads) + " heads do not divide the last width, " +
                           std::to_string(config.hidden.back()),
                       "Use a divisor of the last of network.hidden, e.g. 4 of 64");
    add_candidate_layers(layout, [&](const std::string& side, int h) {
      for (int l = 0; l < config.attention_layers; ++l) {
        const std::string prefix = side + "attn." + std::to_string(l) + ".";
        layout.add(prefix + "qkv", h, 3 * h, kHiddenGain);
        layout.add(prefix + "out", h, h, kBranchGain);
        layout.add(prefix + "ff.0", h, h, kHiddenGain);
        layout.add(prefix + "ff.1", h, h, kBranchGain);
      }
    });
  }

  static std::string script(const NetworkLayout& layout) {
    const int heads = layout.config.heads, h = layout.config.hidden.back();
    const std::string width = std::to_string(h / heads);
    char scale[32];
    std::snprintf(scale, sizeof scale, "%.17g", 1 / std::sqrt(static_cast<double>(h / heads)));
    const std::string attend =
        "def attended(self, qkv: Tensor, valid: Tensor) -> Tensor:\n"
        "    k = qkv.size(1)\n"
        "    parts = qkv.reshape([-1, k, 3, " +
        std::to_string(heads) + ", " + width +
        "]).permute([2, 0, 3, 1, 4])\n"
        "    invalid = torch.logical_not(valid).unsqueeze(1).unsqueeze(1)\n"
        "    s = torch.matmul(parts[0], parts[1].transpose(2, 3)) * " +
        scale +
        "\n"
        "    p = torch.softmax(torch.masked_fill(s, invalid, self.lowest(s)), 3)\n"
        "    p = torch.masked_fill(p, invalid, 0.)\n"
        "    return torch.matmul(p, parts[2]).permute([0, 2, 1, 3]).reshape([-1, k, " +
        std::to_string(h) + "])\n";
    return attend + candidate_script(layout, [&](const std::string& side) {
             std::string lines;
             for (int l = 0; l < layout.config.attention_layers; ++l) {
               const std::string prefix = side + "attn." + std::to_string(l) + ".";
               const std::string seen =
                   "self.attended(" + script_linear(prefix + "qkv", "x") + ", valid)";
               lines += "    x = x + " + script_linear(prefix + "out", seen) +
                        "\n"
                        "    x = x + " +
                        script_head(layout, prefix + "ff", "x") + "\n";
             }
             return lines;
           });
  }
};

}  // namespace

CUSCHED_NETWORK(attention, Attention, "candidates see each other, any K", true)

}  // namespace cusched
