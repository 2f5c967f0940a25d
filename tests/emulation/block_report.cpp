// SPDX-License-Identifier: MIT
#include "tests/emulation/block_report.h"

#include <cstdio>

namespace cusched::emulation {
namespace {

const char* name_of(Collective what) {
  switch (what) {
    case Collective::kSyncThreads:
      return "__syncthreads";
    case Collective::kSyncWarp:
      return "__syncwarp";
    case Collective::kShuffle:
      return "a shuffle";
    case Collective::kBallot:
      return "__ballot_sync";
    case Collective::kNone:
      break;
  }
  return "nothing";
}

std::string describe_lane(const Warp& warp, int lane) {
  const uint32_t bit = 1u << lane;
  if ((warp.gone & bit) != 0) return "has left the kernel";
  if ((warp.unstarted & bit) != 0) return "has not started";
  if (((warp.waiting | warp.at_barrier) & bit) == 0) return "can go on";
  const Wait& wait = warp.wait[lane];
  std::string text = std::string("waits at ") + name_of(wait.at) + " (" + wait.where.file_name() +
                     ":" + std::to_string(wait.where.line());
  if (wait.at != Collective::kSyncThreads) {
    char mask[32];
    std::snprintf(mask, sizeof mask, ", mask 0x%08x", wait.mask);
    text += mask;
  }
  return text + ")";
}

}  // namespace

std::string to_string(const uint3& place) {
  return "(" + std::to_string(place.x) + ", " + std::to_string(place.y) + ", " +
         std::to_string(place.z) + ")";
}

std::string describe_waits(const std::vector<Warp>& warps, const dim3& block) {
  std::string text, doing;
  unsigned first = 0;
  const unsigned threads = block.x * block.y * block.z;
  for (unsigned t = 0; t <= threads; ++t) {
    const std::string next =
        t == threads ? "" : describe_lane(warps[t / kWarp], static_cast<int>(t % kWarp));
    if (next == doing) continue;
    if (!doing.empty())
      text += "  thread " + to_string(place_of(first, block)) +
              (t - first > 1 ? " to " + to_string(place_of(t - 1, block)) : "") + ": " + doing +
              "\n";
    doing = next;
    first = t;
  }
  return text;
}

}  // namespace cusched::emulation
