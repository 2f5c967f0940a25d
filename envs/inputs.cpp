// SPDX-License-Identifier: MIT
#include "envs/inputs.h"

#include <cstdio>

namespace cusched {
const InputPart* find_part(const std::vector<InputPart>& parts, const std::string& name) {
  for (const InputPart& part : parts)
    if (part.name == name) return &part;
  return nullptr;
}

std::string input_difference(const InputPart& before, const InputPart& now,
                             const std::string& who) {
  const auto quoted = [](const std::string& text) { return text.empty() ? "empty" : text; };
  if (now.is_setting())
    return now.name + " is " + quoted(now.text) + ", " + who + " was trained with " +
           quoted(before.text);
  const std::string what = "the " + now.name + (now.from.empty() ? "" : " " + now.from) + " has ";
  if (now.text != before.text)
    return what + now.text + ", " + who + " was trained on " + before.text;
  return what + now.text + ", as what " + who + " was trained on, but not the same (contents " +
         now.hash + ", then " + before.hash + ")";
}

std::vector<std::string> input_differences(const std::vector<InputPart>& before,
                                           const std::vector<InputPart>& now,
                                           const std::string& who) {
  std::vector<std::string> told;
  for (const InputPart& part : now) {
    const InputPart* const then = find_part(before, part.name);
    if (then == nullptr) {
      told.push_back("there is a " + part.name + " (" + part.text + "), " + who +
                     " was trained without one");
    } else if (!part.same(*then)) {
      // It follows from the others.
      if (part.name == kStateLayout && !told.empty()) continue;
      told.push_back(input_difference(*then, part, who));
    }
  }
  for (const InputPart& part : before)
    if (find_part(now, part.name) == nullptr)
      told.push_back("there is no " + part.name + ", " + who + " was trained on " + part.text);
  return told;
}

std::string ContentHash::text() const {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
  return text;
}

void ContentHash::add_bytes(const void* bytes, size_t count) {
  const auto* const from = static_cast<const uint8_t*>(bytes);
  for (size_t i = 0; i < count; ++i) hash_ = (hash_ ^ from[i]) * 0x100000001b3ull;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const int sign = number < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > sign; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string count_text(int64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace cusched
