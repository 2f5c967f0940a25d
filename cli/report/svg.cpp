// SPDX-License-Identifier: MIT
#include "cli/report/svg.h"

#include <cstdio>
#include <vector>

#include "cuda/utf8.h"

namespace cusched {

std::string escape_xml(const std::string& text) {
  std::string safe;
  for (const char c : to_utf8(text)) {
    // XML has no place for other control characters, not even as references.
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      safe += "\xEF\xBF\xBD";
      continue;
    }
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string svg_attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + value + "\"";
}

std::string svg_line(double x1, double y1, double x2, double y2, const std::string& css) {
  return "<line" + svg_attribute("x1", svg_number(x1)) + svg_attribute("y1", svg_number(y1)) +
         svg_attribute("x2", svg_number(x2)) + svg_attribute("y2", svg_number(y2)) +
         svg_attribute("class", css) + "/>";
}

std::string svg_text(double x, double y, const std::string& css, const std::string& words) {
  return "<text" + svg_attribute("x", svg_number(x)) + svg_attribute("y", svg_number(y)) +
         svg_attribute("class", css) + ">" + escape_xml(words) + "</text>";
}

std::string open_svg(int height, const std::string& title, const std::string& description) {
  const std::string width = std::to_string(kSvgWidth);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\"" +
                    svg_attribute("viewBox", "0 0 " + width + " " + std::to_string(height)) +
                    svg_attribute("width", width) +
                    svg_attribute("height", std::to_string(height)) + "><title>" +
                    escape_xml(title) + "</title>";
  if (!description.empty()) svg += "<desc>" + escape_xml(description) + "</desc>";
  return svg + svg_text(8, 20, "head", title);
}

namespace {

// Where each code point of valid UTF-8 begins, and the end.
std::vector<size_t> code_points(const std::string& text) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(text.size());
  return starts;
}

// Share of the font's size.
double glyph_width(const std::string& text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c >= 0xE1) return 1.05;  // CJK, symbols, emoji
  if (c >= 0x80) return 0.75;
  if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '@' || c == '%') return 1.0;
  if (c >= 'A' && c <= 'Z') return 0.8;
  if (c == 'i' || c == 'l' || c == 'j' || c == '.' || c == ',' || c == ':' || c == ' ') return 0.4;
  return 0.66;
}

double width_between(const std::string& text, const std::vector<size_t>& starts, size_t first,
                     size_t last) {
  double width = 0;
  for (size_t i = first; i < last; ++i) width += glyph_width(text, starts[i]);
  return width;
}

}  // namespace

double drawn_width(const std::string& words, double font_px) {
  const std::string text = to_utf8(words);
  const std::vector<size_t> starts = code_points(text);
  return font_px * width_between(text, starts, 0, starts.size() - 1);
}

std::string fit_text(const std::string& words, double font_px, double width) {
  const std::string text = to_utf8(words);
  const std::vector<size_t> starts = code_points(text);
  const size_t count = starts.size() - 1;
  if (font_px * width_between(text, starts, 0, count) <= width) return words;
  const double room = width / font_px - 1.05;  // the dots
  size_t head = 0, tail = count;
  for (bool front = true; head < tail; front = !front) {
    const size_t next_head = head + (front ? 1 : 0), next_tail = tail - (front ? 0 : 1);
    if (width_between(text, starts, 0, next_head) + width_between(text, starts, next_tail, count) >
        room)
      break;
    head = next_head;
    tail = next_tail;
  }
  return text.substr(0, starts[head]) + "\u2026" + text.substr(starts[tail]);
}

std::string svg_number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  std::string number = text;
  if (number.size() > 2 && number.compare(number.size() - 2, 2, ".0") == 0)
    number.resize(number.size() - 2);
  return number == "-0" ? "0" : number;
}

}  // namespace cusched
