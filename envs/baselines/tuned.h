// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"
#include "envs/baselines/tuned_terms.h"

namespace cusched::baselines {

struct Tuned {
  static constexpr const char* kName = "tuned";
  static constexpr const char* kAbout =
      "The lowest weighted sum first of logs (base 2) of run time, share x 10^6, wait in min, "
      "slowdown so far; log run time x share; age in days; gang; GPUs; memory / share; log of the "
      "min until room (ready); tenant's share; urgent; 16 x the share of its node left free. The "
      "weights, in this order, are tuned-weights, which 'train --warm-start tuned' searches for. "
      "By default run time x size: saf.";
  static constexpr const char* kSource =
      "weighted scores as in Carastan-Santos and de Camargo, SC'17; the search is the "
      "cross-entropy method (Rubinstein, 1999) with mutations of the best";
  static constexpr bool kLearned = true;

  CUSCHED_HD static double score(const admission::View& v, int item) {
    const admission::TunedSettings& tuned = v.p.tuned;
    double sum = 0;
    for (int i = 0; i < admission::kTunedTerms; ++i) {
      const double weight = tuned.weight[i];
      if (weight != 0) sum += weight * tuned_term(v, v.job(item), i);
    }
    return sum;
  }
};

}  // namespace cusched::baselines
