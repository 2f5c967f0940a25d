// SPDX-License-Identifier: MIT
#include "envs/readers/column_names.h"

#include <algorithm>
#include <cctype>

#include "cuda/closest_word.h"
#include "cuda/error.h"
#include "envs/readers/text_input.h"

namespace cusched {
namespace {

constexpr size_t kListed = 10;

bool among(const std::string& name, const ColumnGroup& group) {
  return std::any_of(group.begin(), group.end(), [&](const std::string& word) {
    if (word.back() == '*') return name.compare(0, word.size() - 1, word, 0, word.size() - 1) == 0;
    return name == word;
  });
}

bool known(const std::string& name, const std::vector<ColumnGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [&](const ColumnGroup& group) { return among(name, group); });
}

// "Submit-S (s)" -> "submits(s": letters and digits, in lower case.
std::string letters(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// One letter in short names, three in long ones. A name of GPUs is no misspelt one of CPUs.
bool close(const std::string& name, const std::string& wanted) {
  const std::string a = letters(name), b = letters(wanted);
  if (a == b) return true;
  if (a.size() < 3 || a.size() > 40) return false;
  if (std::min(a.find("cpu"), b.find("cpu")) != a.npos &&
      std::min(a.find("gpu"), b.find("gpu")) != a.npos)
    return false;
  const size_t longer = std::max(a.size(), b.size());
  return edit_distance(a, b) <= (longer <= 6 ? 1 : longer <= 8 ? 2 : 3);
}

std::string shown(const std::string& name) {
  return name.empty() ? "(no name)" : "'" + name.substr(0, 40) + "'";
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size() && i < kListed; ++i) text += (i > 0 ? ", " : "") + words[i];
  if (words.size() > kListed) text += " and " + std::to_string(words.size() - kListed) + " others";
  return text;
}

}  // namespace

void refuse_misspelt(const std::vector<std::string>& header, const std::vector<ColumnGroup>& groups,
                     const ColumnGroup& other, const std::string& where) {
  for (const std::string& name : header) {
    if (name.empty() || known(name, groups) || among(name, other)) continue;
    std::string best;
    for (const ColumnGroup& group : groups) {
      const auto there = [&](const std::string& word) {
        return std::find(header.begin(), header.end(), word) != header.end();
      };
      if (std::any_of(group.begin(), group.end(), there)) continue;
      for (const std::string& wanted : group)
        if (close(name, wanted) &&
            (best.empty() || edit_distance(letters(name), letters(wanted)) <
                                 edit_distance(letters(name), letters(best))))
          best = wanted;
    }
    if (best.empty()) continue;
    throw InputError(where, "there is a column " + shown(name) + ", but none called '" + best + "'",
                     "Did you mean " + best +
                         "? Rename it; a column of something else needs a "
                         "name that is not so close, or has to go");
  }
}

void refuse_missing_header(const std::vector<std::string>& header,
                           const std::vector<ColumnGroup>& groups, const std::string& example,
                           const std::string& where) {
  double value = 0;
  size_t values = 0;
  for (const std::string& name : header) {
    if (known(name, groups)) return;
    values += parse_number(name, &value) || parse_timestamp(name, &value) ? 1 : 0;
  }
  if (values == 0 || 3 * values < header.size()) return;
  throw InputError(where, "the first line has values instead of names: " + column_list(header),
                   "Put a line with the names of the columns before it, e.g. " + example);
}

std::string unused_note(const std::vector<std::string>& header,
                        const std::vector<ColumnGroup>& groups, const ColumnGroup& other,
                        const std::map<std::string, std::string>& instead) {
  std::vector<std::string> unused;
  for (const std::string& name : header) {
    const auto used = instead.find(name);
    if (used != instead.end())
      unused.push_back(shown(name) + " (" + used->second + " is used)");
    else if (!known(name, groups) && !among(name, other))
      unused.push_back(shown(name));
  }
  return unused.empty() ? "" : "columns that are not used: " + join(unused);
}

std::string column_list(const std::vector<std::string>& header) {
  std::vector<std::string> names;
  for (const std::string& name : header) names.push_back(shown(name));
  return join(names);
}

}  // namespace cusched
