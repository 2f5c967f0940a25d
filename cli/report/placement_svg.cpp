// SPDX-License-Identifier: MIT
#include "cli/report/placement_svg.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/report/placement_layout.h"
#include "cli/report/placement_picture.h"
#include "cli/report/svg.h"

namespace cusched {
namespace {

constexpr int kHead = 74;               // px: heading, sums and their bar
constexpr int kLegend = 24;             // px
constexpr size_t kNodesWithPods = 256;  // above, a node's tooltip does not list its pods

// Colours of segments, by the size of the pod; those of a GPU's parts alternate.
enum Colour { kPart, kPartToo, kOne, kTwo, kFour, kEight, kColours };

Colour colour_of(const PodPlacement& pod, int part) {
  int gpus = 0;
  for (uint32_t bits = pod.gpus; bits != 0; bits &= bits - 1) ++gpus;
  if (gpus == 1 && pod.gpu_milli < 1000) return part % 2 == 0 ? kPart : kPartToo;
  return gpus == 1 ? kOne : gpus == 2 ? kTwo : gpus <= 4 ? kFour : kEight;
}

std::string decimals(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}
std::string percent(double share, int digits) { return decimals(100 * share, digits) + " %"; }
std::string gpus_text(double milli) { return decimals(milli / 1000, milli < 10000 ? 2 : 1); }

std::string sums_text(const ClusterSums& sums) {
  return percent(sums.gpu_share(), 2) + " of " + counted(sums.gpus, "GPU") + " allocated; " +
         gpus_text(static_cast<double>(sums.free_milli)) + " GPUs free, of these " +
         gpus_text(sums.fragmented_milli) + " fragmented; " +
         counted(sums.whole_free_gpus, "whole GPU") + " free; CPU " + percent(sums.cpu_share(), 1) +
         ", memory " + percent(sums.memory_share(), 1);
}

std::string group_text(const ClusterSums& sums) {
  const std::string cpu = "CPU " + percent(sums.cpu_share(), 1);
  if (sums.gpus == 0) return cpu;
  return percent(sums.gpu_share(), 1) + " allocated; " +
         gpus_text(static_cast<double>(sums.free_milli)) + " GPUs free, of these " +
         gpus_text(sums.fragmented_milli) + " fragmented; " + cpu;
}

void add_box(std::string* path, double x, double y, double width, double height) {
  const std::string w = svg_number(width);
  if (width <= 0 || height <= 0 || w == "0") return;
  *path += "M" + svg_number(x) + " " + svg_number(y) + "h" + w + "v" + svg_number(height) + "h-" +
           w + "z";
}

class Picture {
 public:
  Picture(const ClusterState& cluster, const std::vector<std::string>& pod_names)
      : cluster_(cluster),
        pod_names_(pod_names),
        segments_(gpu_segments(cluster)),
        groups_(model_groups(cluster)),
        layout_(lay_out(cluster, groups_, kHead + kLegend)),
        grid_(layout_.grid) {}

  std::string draw(const std::string& title, const std::string& id) {
    ClusterSums all;
    for (const ModelGroup& group : groups_)
      for (const int n : group.nodes) all.add(cluster_.nodes[n]);
    add_sums(all);
    add_legend();
    for (size_t i = 0; i < groups_.size(); ++i) {
      const int y = layout_.group_y[i] + 17;
      texts_ += svg_text(kPictureEdge, y, "group", groups_[i].name);
      texts_ += svg_text(kSvgWidth - kPictureEdge, y, "tick name", group_text(groups_[i].sums));
    }
    for (size_t n = 0; n < cluster_.nodes.size(); ++n) add_node(static_cast<int>(n));
    std::string svg = open_svg(layout_.bottom, title) + "<desc>" + escape_xml(sums_text(all)) +
                      "</desc>" + hatching(id) + path("class", "cell", cells_);
    for (int i = 0; i < kColours; ++i) svg += path("class", "p" + std::to_string(i), pods_[i]);
    return svg + path("fill", "url(#" + id + ")", fragmented_) + path("class", "bars", bars_) +
           path("class", "cpu", cpu_) + path("class", "memory", memory_) + texts_ + tips_ +
           "</svg>";
  }

 private:
  // The whole cluster in a line and as one bar from left to right.
  void add_sums(const ClusterSums& sums) {
    texts_ += svg_text(kPictureEdge, 41, "tick", sums_text(sums));
    const double width = kSvgWidth - 2 * kPictureEdge;
    const double used = width * sums.gpu_share();
    const double gpus = std::max(1.0, static_cast<double>(sums.gpus));
    add_box(&cells_, kPictureEdge, 50, width, 10);
    add_box(&pods_[kTwo], kPictureEdge, 50, used, 10);
    add_box(&fragmented_, kPictureEdge + used, 50, width * sums.fragmented_milli / 1000 / gpus, 10);
  }

  void add_legend() {
    double x = kPictureEdge;
    const auto words = [&](const std::string& text, double width) {
      texts_ += svg_text(x, kHead + 10.5, "tick", text);
      x += width;
    };
    const auto cell = [&](std::string* colour, const std::string& text, double width) {
      add_box(&cells_, x, kHead, 16, 12);
      if (colour != nullptr) add_box(colour, x, kHead, 16, 12);
      x += 21;
      words(text, width);
    };
    const auto bar = [&](std::string* colour, const std::string& text, double width) {
      add_box(&bars_, x, kHead + 4, 16, 4);
      add_box(colour, x, kHead + 4, 11, 4);
      x += 21;
      words(text, width);
    };
    words("A pod with", 68);
    add_box(&pods_[kPartToo], x, kHead, 16, 5);
    add_box(&pods_[kPart], x, kHead + 5, 16, 7);
    x += 21;
    words("part of a GPU,", 93);
    cell(&pods_[kOne], "1,", 18);
    cell(&pods_[kTwo], "2,", 18);
    cell(&pods_[kFour], "3 or 4,", 46);
    cell(&pods_[kEight], "5 to 8 GPUs", 90);
    cell(&fragmented_, "free, useless to typical pods", 188);
    cell(nullptr, "free", 44);
    bar(&cpu_, "CPU", 34);
    bar(&memory_, "memory", 0);
  }

  void add_node(int n) {
    const ClusterNode& node = cluster_.nodes[n];
    const auto [x, y] = layout_.nodes[n];
    const int top = y + grid_.head(), bottom = top + grid_.cell_height;
    const int width = grid_.width(node);
    const double px_per_milli = grid_.cell_height / 1000.0;
    if (grid_.labels)
      texts_ += svg_text(x, y + 10, "mark", (grid_.pod_names ? "node " : "") + std::to_string(n));
    ClusterSums sums;
    sums.add(node);
    for (size_t g = 0; g < node.gpus.size(); ++g) {
      const int left = x + static_cast<int>(g) * grid_.step();
      const double height = node.gpus[g].fragmented_milli * px_per_milli;
      const double free = node.gpus[g].free_milli * px_per_milli;
      add_box(&cells_, left, top, grid_.cell_width, grid_.cell_height);
      add_box(&fragmented_, left, top + free - height, grid_.cell_width, height);
    }
    add_pods(n, x, bottom);
    const int cpu_y = bottom + grid_.under, memory_y = cpu_y + grid_.bar + 1;
    add_box(&bars_, x, cpu_y, width, grid_.bar);
    add_box(&bars_, x, memory_y, width, grid_.bar);
    add_box(&cpu_, x, cpu_y, width * sums.cpu_share(), grid_.bar);
    add_box(&memory_, x, memory_y, width * sums.memory_share(), grid_.bar);
    tips_ += "<path class=\"tip\" d=\"";
    add_box(&tips_, x, y, width, grid_.height());
    tips_ += "\"><title>" + escape_xml(tip(n, sums)) + "</title></path>";
  }

  // A pod of several GPUs is drawn as one, across neighbouring cells.
  void add_pods(int n, int x, int bottom) {
    const double px_per_milli = grid_.cell_height / 1000.0;
    int gpu = -1, part = 0;
    for (const GpuSegment& s : segments_[n]) {
      const PodPlacement& pod = cluster_.pods[s.pod];
      part = s.gpu == gpu ? part + 1 : 0;
      gpu = s.gpu;
      const bool begun = gpu > 0 && (pod.gpus >> (gpu - 1) & 1) != 0;
      if (begun) continue;
      int cells = 1;
      while (pod.gpus >> (gpu + cells) & 1) ++cells;
      std::string* const colour = &pods_[colour_of(pod, part)];
      const double left = x + gpu * grid_.step(), top = bottom - s.to_milli * px_per_milli;
      const double width = cells * grid_.step() - grid_.gap;
      const double height = (s.to_milli - s.from_milli) * px_per_milli;
      add_box(colour, left, top, width, height);
      if (uint32_t rest = pod.gpus >> (gpu + cells); rest != 0) {
        // Its next GPU is no neighbour: a line below joins the two.
        int steps = 1;
        for (; (rest & 1) == 0; rest >>= 1) ++steps;
        add_box(colour, left + width - grid_.cell_width / 2.0, bottom + (grid_.under - 1) / 2.0,
                steps * grid_.step(), 1);
      }
      const std::string& name = pod_names_.at(pod.pod);
      if (grid_.pod_names && height >= 9 && width >= 6 * static_cast<double>(name.size()))
        texts_ += svg_text(left + width / 2, top + height / 2 + 3.5,
                           pod.gpu_milli <= 1000 ? "pod" : "pod deep", name);
    }
  }

  std::string tip(int n, const ClusterSums& sums) const {
    std::string text = "node " + std::to_string(n) + ": ";
    if (sums.gpus > 0)
      text += percent(sums.gpu_share(), 1) + " of " + counted(sums.gpus, "GPU") + ", fragmented " +
              gpus_text(sums.fragmented_milli) + ", ";
    text += "CPU " + percent(sums.cpu_share(), 0) + ", memory " + percent(sums.memory_share(), 0);
    if (cluster_.nodes.size() > kNodesWithPods) return text;
    for (const GpuSegment& s : segments_[n]) {
      const int milli = s.to_milli - s.from_milli;
      text += "\nGPU " + std::to_string(s.gpu) + ": pod " +
              pod_names_.at(cluster_.pods[s.pod].pod) +
              (milli < 1000 ? ", " + std::to_string(milli) + " milli" : "");
    }
    return text;
  }

  static std::string path(const std::string& name, const std::string& value, const std::string& d) {
    if (d.empty()) return "";
    return "<path" + svg_attribute(name, value) + svg_attribute("d", d) + "/>\n";
  }
  static std::string hatching(const std::string& id) {
    return "<pattern" + svg_attribute("id", id) +
           " width=\"3\" height=\"3\" patternUnits=\"userSpaceOnUse\" "
           "patternTransform=\"rotate(45)\"><path class=\"lost\" d=\"M0 0h3v3h-3z\"/>"
           "<path class=\"hatch\" d=\"M0 0h1.5v3h-1.5z\"/></pattern>";
  }

  const ClusterState& cluster_;
  const std::vector<std::string>& pod_names_;
  const std::vector<std::vector<GpuSegment>> segments_;
  const std::vector<ModelGroup> groups_;
  const ClusterLayout layout_;
  const NodeGrid& grid_;
  // One path of boxes for each colour: the file stays small.
  std::string cells_, fragmented_, bars_, cpu_, memory_, texts_, tips_;
  std::array<std::string, kColours> pods_;
};

}  // namespace

std::string placement_picture(const std::string& title, const std::string& id,
                              const ClusterState& cluster,
                              const std::vector<std::string>& pod_names) {
  return cluster.nodes.empty() ? "" : Picture(cluster, pod_names).draw(title, id);
}

// Pods from light to dark with their size, orange for what is lost: told apart without seeing hues.
std::string placement_style() {
  return R"(.plot .group { font-weight: 600; } .plot .mark { font-size: 10px; fill: var(--dim); }
.plot .pod { font-size: 9px; text-anchor: middle; fill: #14283c; } .plot .pod.deep { fill: #fff; }
.plot .cell { fill: var(--paper); stroke: var(--dim); stroke-width: .4; }
.plot .bars { fill: var(--grid); } .plot .cpu { fill: #6b7480; } .plot .memory { fill: #a3abb5; }
.plot .lost { fill: #ffceaa; } .plot .hatch { fill: #d9480f; }
.plot .tip { fill: none; pointer-events: all; } .plot .tip:hover { stroke: var(--ink); }
.plot .p0 { fill: #c3e0f3; } .plot .p1 { fill: #9dcbea; } .plot .p2 { fill: #5b9fd4; }
.plot .p3 { fill: #3a6fb5; } .plot .p4 { fill: #3f449b; } .plot .p5 { fill: #2a1a59; }
@media (prefers-color-scheme: dark) { .plot .lost { fill: #5b2c10; } .plot .hatch { fill: #ff8a3d; }
  .plot .p0 { fill: #d3e9f7; } .plot .p1 { fill: #abd3ee; } .plot .p2 { fill: #6caee0; }
  .plot .p3 { fill: #4a84cf; } .plot .p4 { fill: #6360cc; } .plot .p5 { fill: #6b3fa8; } }
)";
}

}  // namespace cusched
