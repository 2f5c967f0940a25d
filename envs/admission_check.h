// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "envs/admission_state.h"

namespace cusched::admission {

// Built::check of `admission`. `nodes`: the cluster, in host memory; `trace_jobs`: rows of the
// trace, 0 for generators.
std::function<std::string(const Columns& lane, int member)> make_check(
    const Caps& caps, std::vector<Params> params, std::vector<NodeCapacity> nodes,
    int64_t trace_jobs);

}  // namespace cusched::admission
