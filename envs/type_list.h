// SPDX-License-Identifier: MIT
#pragma once

namespace cusched {

template <class... Types>
struct TypeList {
  static constexpr int kSize = sizeof...(Types);
};

// Calls f.template operator()<T>() for every type, in order.
template <class... Types, class F>
constexpr void for_each_type(TypeList<Types...>, F&& f) {
  (f.template operator()<Types>(), ...);
}

// The reward terms and heuristics that may serve Env, as `Rewards` and `Baselines`. The build
// writes it from envs/rewards/ and envs/baselines/: envs/generated/NAME_extensions.h.
template <class Env>
struct Extensions;

}  // namespace cusched
