// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "export/policy_schema.h"
#include "export/verify.h"

namespace cusched {

// The bytes of the .pt file: a TorchScript module with the weights, the normaliser and the methods
// of docs/guides/deploy.md, and cusched.json. Equal input gives equal bytes. Throws Error for
// weights that do not fit the network or are not finite.
std::string serialise_policy(const PolicyExport& policy);

// Writes `path` atomically, after the bytes were loaded again and verified (verify_policy) against
// `policy.weights`, `trainer` and `observations`: a file that fails never gets its name. Throws
// Error then, and where the file cannot be written.
VerifyReport write_policy(const std::string& path, const PolicyExport& policy,
                          Policy* trainer = nullptr, const VerifyRows& observations = {});

}  // namespace cusched
