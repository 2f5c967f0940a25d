// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/admission_view.h"
#include "envs/baselines/job_size.h"

namespace cusched::baselines {

struct DrfAging {
  static constexpr const char* kName = "drf-aging";
  static constexpr const char* kAbout =
      "Dominant resource fairness with classes and aging: the lowest score first, score = weight "
      "of the class + dominant share of the tenant with this job (or of the job alone) - aging; by "
      "arrival on ties. A gang is one job. The numbers are options (drf-aging-...); by default "
      "aging never crosses classes.";
  static constexpr const char* kSource = "Ghodsi et al., NSDI'11, with aging";

  struct Key {
    double score;
    int64_t id;
    CUSCHED_HD bool operator<(const Key& other) const {
      return score < other.score || (score == other.score && id < other.id);
    }
  };

  template <class Group>
  CUSCHED_HD static int choose(const Group& g, const admission::View& v, int32_t*, const Philox4&) {
    constexpr double kBlocked = 1e300;
    const int item = g.argmin(v.visible(), [&](int i) {
      return v.allowed(i) ? Key{score(v, v.job(i)), v.job(i).id} : Key{kBlocked, INT64_MAX};
    });
    return item >= 0 && v.allowed(item) ? item : -1;
  }

  CUSCHED_HD static double score(const admission::View& v, const Job& job) {
    const admission::DrfSettings& drf = v.p.drf;
    const double age = static_cast<double>(v.wait_s(job)) / 3600.0;
    const double aging =
        drf.aging_per_hour * (age < drf.max_aging_hours ? age : drf.max_aging_hours);
    const double share =
        drf.share == admission::DrfShare::kQueue ? tenant_share(v, job) : dominant_share(v, job);
    return (job.urgent ? drf.urgent_weight : drf.normal_weight) + share - aging;
  }

  // The score as a Kueue priority: clamp(-round(1000 score), int32). Kueue serves the highest
  // priority first, so the sign turns; the public controller of this name forgets it.
  CUSCHED_HD static int32_t kueue_priority(double score) {
    constexpr double kLargest = 2147483647.0;
    const double x = -1000.0 * score;
    if (x >= kLargest) return INT32_MAX;
    if (x <= -kLargest - 1.0) return INT32_MIN;
    return x < 0.0 ? -static_cast<int32_t>(0.5 - x) : static_cast<int32_t>(x + 0.5);
  }

  // Dominant share of the job's tenant once the job runs. Usage by tenant is kept where there are
  // several.
  CUSCHED_HD static double tenant_share(const admission::View& v, const Job& job) {
    const bool one = v.tenants() <= 1;
    const admission::TenantState& t = v.tenant(one ? 0 : job.tenant);
    const int64_t pods = job.pods();
    return dominant_share(v, (one ? v.s.used_cpu_milli : t.cpu_milli) + pods * job.cpu_milli,
                          (one ? v.s.used_memory_mib : t.memory_mib) + pods * job.memory_mib,
                          (one ? v.s.used_gpus : t.gpus) + pods * job.gpus);
  }
};

}  // namespace cusched::baselines
