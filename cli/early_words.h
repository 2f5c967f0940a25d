// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cusched {

inline constexpr const char* kDefaultOut = "runs/latest";  // of train --out

// Which options exist depends on some words, e.g. on the environment; these are read before the
// table of options is made.

// The value of the flag --NAME among raw words, else that of the key NAME in the file of --config
// or, with --resume, in OUT/config.yaml; "" where there is none.
std::string early_word(const std::vector<std::string>& words, const std::string& name);

// The value of a key of a YAML map. What is wrong with the text is said when it is read in full.
std::string yaml_word(const std::string& text, const std::string& key);

}  // namespace cusched
