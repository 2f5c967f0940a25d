// SPDX-License-Identifier: MIT
#pragma once

#include <string>

// The elements that plots and pictures are made of, as text. Classes are those
// of plot_style().
namespace cusched {

inline constexpr int kSvgWidth = 860;  // px of every view box

// Text for XML and HTML: & < > " ' are replaced.
std::string escape_xml(const std::string& text);

// ` name="value"`; the value is taken as it is.
std::string svg_attribute(const std::string& name, const std::string& value);

std::string svg_line(double x1, double y1, double x2, double y2, const std::string& css);
std::string svg_text(double x, double y, const std::string& css, const std::string& words);

// Opens an <svg class="plot"> with its title, which is also drawn as the heading, and a description
// for those who do not see it.
std::string open_svg(int height, const std::string& title, const std::string& description = "");

// About how wide the words are drawn, in px: an upper estimate for common sans-serif fonts.
double drawn_width(const std::string& words, double font_px);

// The words, shortened in the middle where they are wider than `width` px: "runs/a-l…/policy".
std::string fit_text(const std::string& words, double font_px, double width);

// A number with at most one decimal, as short as can be: "12", "0.5", "-3.1".
std::string svg_number(double value);

}  // namespace cusched
