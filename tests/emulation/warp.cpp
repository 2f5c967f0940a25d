// SPDX-License-Identifier: MIT
#include "tests/emulation/warp.h"

#include <bit>

namespace cusched::emulation {
namespace {

bool same_meeting(const Wait& a, const Wait& b) {
  return a.at == b.at && a.mask == b.mask && a.where.line() == b.where.line() &&
         a.where.column() == b.where.column();
}

}  // namespace

const char* Warp::arrive(int lane) {
  const Wait& own = wait[lane];
  waiting |= 1u << lane;
  if ((own.mask >> lane & 1) == 0) return "a thread's mask does not name the thread itself";
  if ((own.mask & ~lanes) != 0) return "a thread's mask names threads that the block does not have";
  return (waiting & own.mask) == own.mask ? complete(own) : "";
}

const char* Warp::complete(const Wait& last) {
  uint32_t votes = 0;
  for (uint32_t rest = last.mask; rest != 0; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (!same_meeting(wait[lane], last)) return "threads of one mask meet at different places";
    if (wait[lane].payload != 0) votes |= 1u << lane;
  }
  for (uint32_t rest = last.mask; rest != 0; rest &= rest - 1) {
    Wait& one = wait[std::countr_zero(rest)];
    if (one.at == Collective::kShuffle) {
      if ((last.mask >> one.source & 1) == 0)
        return "a thread reads from a lane that does not take part in the shuffle";
      one.result = wait[one.source].payload;
    } else {
      one.result = votes;
    }
  }
  waiting &= ~last.mask;
  ready |= last.mask;
  return "";
}

}  // namespace cusched::emulation
