// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "cli/report/placement_picture.h"

namespace cusched {

// Sizes of a node's drawing, px: its number, a row of cells (GPUs), a bar for CPU and one for
// memory.
struct NodeGrid {
  int cell_width, cell_height;
  int gap;      // between cells
  int under;    // between cells and bars
  int bar;      // height
  int space;    // between nodes
  bool labels;  // numbers of nodes
  bool pod_names;

  int step() const { return cell_width + gap; }
  int width(const ClusterNode& node) const;
  int head() const { return labels ? 14 : 0; }
  int height() const { return head() + cell_height + under + 2 * bar + 1; }
};

// Where everything is in a picture, px.
struct ClusterLayout {
  struct Spot {
    int x = 0, y = 0;
  };
  NodeGrid grid;
  std::vector<int> group_y;  // top of each group's heading
  std::vector<Spot> nodes;   // top left corner, by node
  int bottom = 0;
};

inline constexpr int kPictureEdge = 8;  // px left and right
inline constexpr int kGroupHead = 26;   // px of a group's heading

// The groups one below the other, their nodes in rows, of the largest size at which the picture
// stays in proportion. It depends on the nodes alone, not on what is on them.
ClusterLayout lay_out(const ClusterState& cluster, const std::vector<ModelGroup>& groups, int top);

}  // namespace cusched
