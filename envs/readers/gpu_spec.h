// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cusched {

// Names of the GPU models in "A100" or "A100|H100": one of them will do. "" gives none: any GPU
// will. Spaces around a name are none of it. Throws InputError(where) for an empty name.
std::vector<std::string> gpu_spec_names(const std::string& spec, const std::string& where);

}  // namespace cusched
