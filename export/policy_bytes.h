// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cusched {

// The whole file. Throws InputError where it cannot be read.
std::string read_policy_bytes(const std::string& path);

// Throws InputError for bytes that are something else than a TorchScript archive, and says what
// they are (a checkpoint, weights of torch.save, a text, ...) and what to do with it, and for an
// archive that is damaged (check_zip). What it lets pass may still be no policy.
void check_policy_bytes(const std::string& where, const std::string& bytes);

}  // namespace cusched
