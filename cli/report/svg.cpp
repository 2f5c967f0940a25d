// SPDX-License-Identifier: MIT
#include "cli/report/svg.h"

#include <cstdio>

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

std::string open_svg(int height, const std::string& title) {
  const std::string width = std::to_string(kSvgWidth);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
         "role=\"img\"" +
         svg_attribute("viewBox", "0 0 " + width + " " + std::to_string(height)) +
         svg_attribute("width", width) + svg_attribute("height", std::to_string(height)) +
         "><title>" + escape_xml(title) + "</title>" + svg_text(8, 20, "head", title);
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
