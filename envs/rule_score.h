// SPDX-License-Identifier: MIT
#pragma once

#include "cuda/group.h"
#include "cuda/macros.h"
#include "envs/env.h"
#include "envs/type_list.h"

// The score that a heuristic gives an item, by the heuristic's number.
namespace cusched {

template <class H, class Env>
inline constexpr bool kServes = ScoreOf<H, Env> || ChoiceOf<H, Env, SerialGroup>;

// Heuristics are numbered in the order of their file names, among those that serve Env. `Group`
// only delays the look into Extensions<Env> until that is written.
template <class Env, class Group>
struct RuleScore {
  using View = typename Env::View;
  using Baselines = typename Extensions<Env>::Baselines;

  // The lowest is best. 0 of a heuristic that does not score. Every score is compiled once: a
  // kernel with a search for each took most of the time of a build.
  CUSCHED_HD_NOINLINE static double of(int heuristic, const View& view, int item) {
    return in_list(Baselines{}, heuristic, view, item);
  }

 private:
  template <class... Hs>
  CUSCHED_HD static double in_list(TypeList<Hs...>, int heuristic, const View& view, int item) {
    int index = 0;
    double value = 0;
    (void)(try_score<Hs>(heuristic, index, value, view, item) || ...);
    return value;
  }
  template <class H>
  CUSCHED_HD static bool try_score(int heuristic, int& index, double& value, const View& view,
                                   int item) {
    if constexpr (kServes<H, Env>) {
      if (index++ == heuristic) {
        if constexpr (ScoreOf<H, Env>) value = H::score(view, item);
        return true;
      }
    }
    return false;
  }
};

}  // namespace cusched
