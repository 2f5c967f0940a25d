// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "envs/batch_host.h"
#include "envs/registry.h"
#if CUSCHED_WITH_CUDA
#include "envs/batch_cuda.h"
#endif

namespace cusched {

// Names of the reward terms and heuristics that serve Env.
template <class Env>
struct EnvLists {
  std::vector<std::string> terms, heuristics, score_rules;
  std::vector<About> term_about, heuristic_about;

  EnvLists() {
    for_each_type(typename Extensions<Env>::Rewards{}, [this]<class Term>() {
      if constexpr (RewardOf<Term, Env>) {
        terms.push_back(Term::kName);
        term_about.push_back(about_of<Term>());
      }
    });
    for_each_type(typename Extensions<Env>::Baselines{}, [this]<class H>() {
      if constexpr (kServes<H, Env>) {
        heuristics.push_back(H::kName);
        if constexpr (ScoreOf<H, Env>) score_rules.push_back(H::kName);
        heuristic_about.push_back(about_of<H>());
      }
    });
  }
};

template <class Env>
std::unique_ptr<Batch> make_batch(const std::vector<EnvValue>& values,
                                  const BatchOptions& options) {
#if CUSCHED_WITH_CUDA
  if (options.device.is_cuda()) return std::make_unique<CudaBatch<Env>>(values, options);
#endif
  CUSCHED_CHECK(!options.device.is_cuda(), "this build has no CUDA back end");
  CUSCHED_CHECK(options.width == 0, "a batch on the CPU is given a width",
                "one thread serves a lane there", "Leave the width 0");
  return std::make_unique<HostBatch<Env>>(values, options);
}

template <class Env>
EnvEntry make_entry() {
  const EnvLists<Env> lists;
  const std::vector<Objective> objectives = Env::objectives();
  std::vector<float> weights(lists.terms.size());
  for (const auto& [term, weight] : objectives.at(0).rewards) {
    const auto at = std::find(lists.terms.begin(), lists.terms.end(), term);
    CUSCHED_CHECK(at != lists.terms.end(), "an objective names a term that there is not: " + term);
    weights[static_cast<size_t>(at - lists.terms.begin())] = weight;
  }
  int plays_since = Env::kVersion;
  if constexpr (requires { Env::kPlaysSince; }) plays_since = Env::kPlaysSince;
  return {Env::kName,          Env::kVersion,         plays_since,      Env::options(),
          Env::presets(),      lists.terms,           weights,          lists.heuristics,
          Env::metric_names(), Env::stat_names(),     objectives,       &make_batch<Env>,
          lists.term_about,    lists.heuristic_about, lists.score_rules};
}

}  // namespace cusched

// In a generated .cpp: the environment's back ends behind its registry entry.
#define CUSCHED_INSTANTIATE_ENV(Type, name)           \
  namespace cusched {                                 \
  const EnvEntry& name##_entry() {                    \
    static const EnvEntry entry = make_entry<Type>(); \
    return entry;                                     \
  }                                                   \
  }                                                   \
  static_assert(true)
