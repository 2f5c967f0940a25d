// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "agents/policy.h"
#include "export/policy_schema.h"

namespace cusched {

// Loads an exported policy for observations of the K it was exported with. Throws InputError as
// TorchscriptModel does.
std::unique_ptr<Policy> load_policy(const std::string& path, const Device& device);

// Loads it for an environment's observations: throws InputError, too, when the policy was made for
// another environment, G or F, or for another K and its network takes one K only.
std::unique_ptr<Policy> load_policy(const std::string& path, const Device& device,
                                    const std::string& environment, const BatchShape& shape);

// cusched.json of a policy file, checked together with its model.
PolicySchema read_policy_schema(const std::string& path);

}  // namespace cusched
