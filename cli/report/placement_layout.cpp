// SPDX-License-Identifier: MIT
#include "cli/report/placement_layout.h"

#include <algorithm>

#include "cli/report/svg.h"

namespace cusched {
namespace {

constexpr int kMostHeight = 1100;  // px; a larger cluster gets a finer grid

constexpr NodeGrid kGrids[] = {{46, 44, 3, 3, 4, 16, true, true},
                               {26, 28, 2, 3, 3, 10, true, false},
                               {15, 18, 1, 3, 2, 7, false, false},
                               {8, 11, 1, 2, 2, 6, false, false},
                               {5, 8, 1, 2, 1, 5, false, false}};

}  // namespace

int NodeGrid::width(const ClusterNode& node) const {
  return std::max(1, static_cast<int>(node.gpus.size())) * step() - gap;
}

ClusterLayout lay_out(const ClusterState& cluster, const std::vector<ModelGroup>& groups, int top) {
  ClusterLayout layout;
  for (const NodeGrid& grid : kGrids) {
    const int pitch = grid.height() + grid.space;
    layout = {grid, {}, std::vector<ClusterLayout::Spot>(cluster.nodes.size()), 0};
    int y = top;
    for (const ModelGroup& group : groups) {
      layout.group_y.push_back(y);
      y += kGroupHead;
      int x = kPictureEdge;
      for (const int n : group.nodes) {
        const int width = grid.width(cluster.nodes[n]);
        if (x > kPictureEdge && x + width > kSvgWidth - kPictureEdge) {
          x = kPictureEdge;
          y += pitch;
        }
        layout.nodes[n] = {x, y};
        x += width + grid.space;
      }
      y += pitch;
    }
    layout.bottom = y;
    if (y <= kMostHeight) break;
  }
  return layout;
}

}  // namespace cusched
