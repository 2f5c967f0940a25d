// SPDX-License-Identifier: MIT
#include "cli/report/plot.h"

#include "cli/report/svg.h"

namespace cusched {

std::string plot_style() {
  return R"(:root, svg { --ink: #1c2024; --dim: #56606c; --grid: #e3e6ea; --paper: #ffffff;
  --accent: #b83b0a; --base: #3b6ea5; --c1: #1d4f91; --c2: #0f766e; --c3: #6d28d9; --c4: #be185d; --c5: #4d6b0f;
  --c6: #92500a; --c7: #555c66; }
@media (prefers-color-scheme: dark) { :root, svg { --ink: #e8eaed; --dim: #a3adb8; --grid: #333a42;
  --paper: #15181c; --accent: #fb923c; --base: #7db1e8; --c1: #8fc1f5; --c2: #5eead4; --c3: #c4b5fd; --c4: #f9a8d4;
  --c5: #bef264; --c6: #fcd34d; --c7: #b6bec8; } }
.plot { background: var(--paper); font: 13px system-ui, sans-serif; }
.plot text { fill: var(--ink); } .plot .head { font-size: 15px; font-weight: 600; }
.plot .tick { fill: var(--dim); font-size: 12px; } .plot .mid { text-anchor: middle; }
.plot .name { text-anchor: end; } .plot text.accent { fill: var(--accent); font-weight: 600; }
.plot .grid { stroke: var(--grid); stroke-width: 1; }
.plot line.accent { stroke: var(--accent); } .plot line.base { stroke: var(--base); }
.plot .dot.accent { fill: var(--accent); } .plot .dot.base { fill: var(--base); }
.plot .bar { stroke-width: 3; }
.plot .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .plot .c0 { stroke: var(--accent); stroke-width: 2.4; }
.plot .c1 { stroke: var(--c1); } .plot .c2 { stroke: var(--c2); } .plot .c3 { stroke: var(--c3); } .plot .c4 { stroke: var(--c4); }
.plot .c5 { stroke: var(--c5); } .plot .c6 { stroke: var(--c6); } .plot .c7 { stroke: var(--c7); }
.plot .quiet { stroke: var(--dim); stroke-width: 1; stroke-opacity: .45; }
.plot .d2 { stroke-dasharray: 7 3; } .plot .d3 { stroke-dasharray: 2 3; } .plot .d4 { stroke-dasharray: 9 3 2 3; }
.plot .d5 { stroke-dasharray: 12 4; } .plot .d6 { stroke-dasharray: 4 2; } .plot .d7 { stroke-dasharray: 1 3; }
)";
}

std::string svg_file(const std::vector<std::string>& plots, const std::string& style) {
  // Each plot knows its height in its own height attribute; nested <svg> elements take x and y.
  std::string body;
  int y = 0;
  for (const std::string& plot : plots) {
    if (plot.empty()) continue;
    const size_t at = plot.find(" height=\"");
    const int height = std::stoi(plot.substr(at + 9));
    body += "<svg y=\"" + std::to_string(y) + "\"" + plot.substr(4) + "\n";
    y += height + 10;
  }
  const std::string size = std::to_string(kSvgWidth) + " " + std::to_string(y);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" +
         std::to_string(kSvgWidth) + "\" height=\"" + std::to_string(y) +
         "\" class=\"plot\"><style>" + style +
         "</style><rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n" + body +
         "</svg>\n";
}

}  // namespace cusched
