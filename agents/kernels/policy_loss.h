// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include "agents/kernels/categorical.h"

namespace cusched {

// The gradient and the `count` terms of a row that teaches nothing.
CUSCHED_HD void skip_row(float* dlogits, int actions, float* dvalue, float* terms, int count) {
  for (int a = 0; a < actions; ++a) dlogits[a] = 0;
  for (int k = 0; k < count; ++k) terms[k] = 0;
  *dvalue = 0;
}

// What losses of a stochastic policy with masked logits have in common, of one sample:
//   d log p_a / d z_j = [j = a] - p_j,    dH / d z_j = -p_j (log p_j + H).
// Masked logits get no gradient.
template <class S>
struct PolicyRow {
  const S* logits;  // (A)
  MaskedSoftmax<S> softmax;
  S log_total;
  S entropy = 0;

  // `probability` (A) takes the probabilities.
  CUSCHED_HD PolicyRow(const S* logits_in, const uint8_t* mask, int actions, S* probability)
      : logits(logits_in), softmax(logits_in, mask, actions, probability) {
    // It holds the exponentials, then the probabilities: they are the cost here.
    log_total = std::log(softmax.total);
    const S inverse = S(1) / softmax.total;
    for (int a = 0; a < actions; ++a) {
      const S p = probability[a] * inverse;
      probability[a] = p;
      entropy -= p * (softmax.allowed(a) ? logits[a] - softmax.top - log_total : S(0));
    }
  }
  CUSCHED_HD S log_probability(int a) const { return logits[a] - softmax.top - log_total; }

  // dlogits holds the probabilities and takes weight times the gradient of a loss whose derivative
  // by log p_action is `dlog` and by the entropy -`coefficient`.
  CUSCHED_HD void gradient(int action, S dlog, S coefficient, S weight, S* dlogits) const {
    for (int a = 0; a < softmax.actions; ++a) {
      const S p = dlogits[a], log_p = logits[a] - softmax.top - log_total;
      const S chosen = a == action ? S(1) : S(0);
      const S slope = dlog * (chosen - p) + coefficient * p * (log_p + entropy);
      dlogits[a] = softmax.allowed(a) ? weight * slope : S(0);
    }
  }
};

}  // namespace cusched
