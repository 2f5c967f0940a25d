// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/gae.h"
#include "agents/kernels/member.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/policy_loss.h"

namespace cusched {

// What a sample adds to a member's statistics.
enum A2cTerm : int { kA2cPolicyLoss, kA2cValueLoss, kA2cEntropy, kA2cTerms };
inline constexpr const char* kA2cTermNames[kA2cTerms] = {"policy_loss", "value_loss", "entropy"};

// One sample of the A2C loss (Mnih et al. 2016)
//   L = -log p A + value_coef * 1/2 (V - R)^2 - entropy * H:
// its terms and, times `weight`, its gradient with respect to logits and value.
template <class S>
CUSCHED_HD void a2c_loss(const S* logits, const uint8_t* mask, int actions, S value,
                         const PolicySample<S>& sample, S entropy, S value_coef, S weight,
                         S* dlogits, S* dvalue, S* terms) {
  const PolicyRow<S> row(logits, mask, actions, dlogits);
  row.gradient(sample.action, -sample.advantage, entropy, weight, dlogits);
  const S error = value - sample.target;
  *dvalue = weight * value_coef * error;
  terms[kA2cPolicyLoss] = -row.log_probability(sample.action) * sample.advantage;
  terms[kA2cValueLoss] = S(0.5) * error * error;
  terms[kA2cEntropy] = row.entropy;
}

// The loss of some rows of a rollout. Row = m * rows + r of the call; member = member0 + m.
struct A2cLossRows {
  const uint8_t* mask;                // (T, P, E, A)
  const PolicySample<float>* sample;  // (T, P, E)
  const OnPolicyParams* coefficient;  // (P)
  const MemberState* state;           // (P)
  const int32_t* index;               // (P, samples): storage rows
  const float* logits;                // (M, rows, A)
  const float* value;                 // (M, rows)
  float* dlogits;                     // (M, rows, A)
  float* dvalue;                      // (M, rows)
  float* terms;                       // (M, rows, kA2cTerms)
  int64_t samples, rows, first;       // of a member; this call's are first .. first + rows - 1
  int member0, actions;

  CUSCHED_HD void operator()(int64_t i) const {
    const int64_t p = member0 + i / rows;
    const int64_t at = index[p * samples + first + i % rows];
    const OnPolicyParams& coef = coefficient[p];
    const PolicySample<float> record = sample[at];
    if (record.action == kUnusedSample) {
      skip_row(dlogits + i * actions, actions, dvalue + i, terms + i * kA2cTerms, kA2cTerms);
      return;
    }
    const float advantage = (record.advantage - state[p].advantage_mean) * state[p].advantage_scale;
    a2c_loss(logits + i * actions, mask + at * actions, actions, value[i],
             {record.action, 0.0f, advantage, 0.0f, record.target},
             static_cast<float>(coef.entropy), static_cast<float>(coef.value_coef),
             1.0f / static_cast<float>(samples), dlogits + i * actions, dvalue + i,
             terms + i * kA2cTerms);
  }
};

}  // namespace cusched
