// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cusched {

// Files that `words` name: a word with '*', '?' or '[' that is no file itself is a pattern, as a
// shell's, and stands for the files that match it, sorted by name. A file that is named again, in
// whatever spelling, is left out; `repeated` (may be null) receives its words. Throws InputError at
// `where` for a pattern without a match.
std::vector<std::string> expand_globs(const std::vector<std::string>& words,
                                      const std::string& where,
                                      std::vector<std::string>* repeated = nullptr);

}  // namespace cusched
