// SPDX-License-Identifier: MIT
#include "envs/group_width.h"

#include <algorithm>
#include <string>

#include "cuda/error.h"
#include "envs/generated/group_widths.h"

namespace cusched {
namespace {

template <int... W>
std::vector<int> list(std::integer_sequence<int, W...>) {
  return {W...};
}

std::string names() {
  std::string text;
  for (const int width : group_widths()) text += std::to_string(width) + ", ";
  return text;
}

}  // namespace

const std::vector<int>& group_widths() {
  static const std::vector<int> widths = list(GroupWidths{});
  return widths;
}

int group_width(int wanted, int64_t lanes) {
  const std::vector<int>& widths = group_widths();
  if (wanted == 0) return lanes >= 65536 ? widths.front() : widths.back();
  CUSCHED_CHECK(std::find(widths.begin(), widths.end(), wanted) != widths.end(),
                "there are no kernels with " + std::to_string(wanted) + " threads a lane", "",
                "Choose one of: " + names() + "or 0, by the number of lanes");
  return wanted;
}

}  // namespace cusched
