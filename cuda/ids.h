// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// An index that does not mix with indices of another kind: a Member is not accepted where an Env is
// wanted, and neither comes from a bare integer by itself. Default-made ids are invalid.
template <class Tag, class Index = int32_t>
class OpaqueId {
 public:
  CUSCHED_HD constexpr OpaqueId() : index_(-1) {}
  CUSCHED_HD explicit constexpr OpaqueId(Index index) : index_(index) {}

  CUSCHED_HD constexpr Index index() const { return index_; }
  CUSCHED_HD explicit constexpr operator bool() const { return index_ >= 0; }

  friend CUSCHED_HD constexpr bool operator==(OpaqueId a, OpaqueId b) {
    return a.index_ == b.index_;
  }
  friend CUSCHED_HD constexpr bool operator!=(OpaqueId a, OpaqueId b) {
    return a.index_ != b.index_;
  }
  friend CUSCHED_HD constexpr bool operator<(OpaqueId a, OpaqueId b) { return a.index_ < b.index_; }

 private:
  Index index_;
};

using Member = OpaqueId<struct MemberTag>;       // 0..P-1, or a logical member
using Env = OpaqueId<struct EnvTag>;             // 0..E-1 within its member, or a logical one
using Lane = OpaqueId<struct LaneTag, int64_t>;  // member * E + env
using Slot = OpaqueId<struct SlotTag>;           // 0..K-1: a candidate of an observation

CUSCHED_HD constexpr Lane lane_of(Member member, Env env, int envs) {
  return Lane(int64_t{member.index()} * envs + env.index());
}
CUSCHED_HD constexpr Member member_of(Lane lane, int envs) {
  return Member(static_cast<int32_t>(lane.index() / envs));
}
CUSCHED_HD constexpr Env env_of(Lane lane, int envs) {
  return Env(static_cast<int32_t>(lane.index() % envs));
}

}  // namespace cusched
