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
      "The lowest weighted sum first of thirteen terms, in this order: the logarithms (base 2) of "
      "run time in s, dominant share in millionths, wait in min and slowdown so far; log run time "
      "x "
      "dominant share; age in days; 1 for a gang; 1 for GPUs; memory beside the dominant share; "
      "the "
      "logarithm of the min until there will be room (feature ready); the tenant's share; 1 for "
      "class urgent; sixteenths of its node that would stay free. The weights are the option "
      "tuned-weights, which 'train --warm-start tuned' searches for on the jobs for training. By "
      "default run time x size: saf.";
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
