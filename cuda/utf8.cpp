// SPDX-License-Identifier: MIT
#include "cuda/utf8.h"

#include <cstdint>
#include <cstdio>

namespace cusched {
namespace {

// Bytes of the character that begins `text`; 0 where none does. The Unicode Standard, table 3-7.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t bytes = first < 0xC2   ? 0
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                       : first < 0xF5 ? 4
                                      : 0;
  if (bytes == 0 || text.size() < bytes) return 0;
  const uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < bytes; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  return bytes;
}

// Calls whole(character) or broken(byte) from left to right.
template <class Whole, class Broken>
void for_each_character(std::string_view text, const Whole& whole, const Broken& broken) {
  while (!text.empty()) {
    const size_t bytes = character_bytes(text);
    if (bytes > 0) {
      whole(text.substr(0, bytes));
    } else {
      broken(text[0]);
    }
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
}

std::string hexadecimal(char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<uint8_t>(byte)));
  return text;
}

}  // namespace

bool is_utf8(std::string_view text) {
  bool all = true;
  for_each_character(
      text, [](std::string_view) {}, [&](char) { all = false; });
  return all;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  for_each_character(
      text, [&](std::string_view character) { out += character; },
      [&](char) { out += "\xEF\xBF\xBD"; });
  return out;
}

std::string visible_text(std::string_view text) {
  std::string out;
  for_each_character(
      text,
      [&](std::string_view character) {
        const auto first = static_cast<uint8_t>(character[0]);
        const bool control =
            first < 0x20 || first == 0x7F ||
            (first == 0xC2 && static_cast<uint8_t>(character[1]) < 0xA0);  // U+0080..U+009F
        if (!control) {
          out += character;
        } else if (first == '\n' || first == '\t' || first == '\r') {
          out += first == '\n' ? "\\n" : first == '\t' ? "\\t" : "\\r";
        } else {
          for (const char byte : character) out += hexadecimal(byte);
        }
      },
      [&](char byte) { out += hexadecimal(byte); });
  return out;
}

}  // namespace cusched
