// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "cuda/device.h"
#include "cuda/segment_sums.h"
#include "envs/batch.h"

namespace cusched {

// Takes the sums over ended episodes out of a batch's columns. They are summed by member where they
// are: the totals of all lanes are megabytes, those of a member a few numbers.
template <class Env>
class MemberTotals {
 public:
  using Columns = typename Env::Columns;

  MemberTotals(const Device& device, int members, int envs)
      : members_(members), envs_(envs), by_member_(device, members, envs) {
    Columns columns{};
    Env::visit_totals(columns, [this]<class T>(const char*, T*&) {
      static_assert(std::is_same_v<T, int64_t>, "sums over episodes are exact integers");
      ++totals_;
    });
    sums_ = DeviceMemory(device, sizeof(int64_t) * totals_ * members_);
  }

  // Env::stats and Env::episode_values of each member, of `columns` (P, E), whose totals are then
  // zero. Synchronises.
  BatchStats take(const Exec& exec, Columns columns,
                  const std::vector<typename Env::Params>& params) {
    int64_t* sum = static_cast<int64_t*>(sums_.data());  // (totals, P)
    Env::visit_totals(columns, [&](const char*, int64_t* total) {
      by_member_.run(exec, total, sum);
      fill_bytes(exec, total, 0, sizeof(int64_t) * members_ * envs_);
      sum += members_;
    });
    std::vector<int64_t> sums(totals_ * members_);
    copy_bytes(exec, sums.data(), sums_.data(), sums_.size());
    synchronize(exec);
    BatchStats stats{Env::stat_names(), {}, Env::episode_names(), {}};
    stats.sum.resize(members_ * stats.names.size());
    stats.episode.resize(members_ * stats.episode_names.size());
    for (size_t member = 0; member < members_; ++member) {
      int64_t* at = sums.data() + member;
      Env::visit_totals(columns, [&](const char*, int64_t*& total) {
        total = at;
        at += members_;
      });
      Env::stats(columns, stats.sum.data() + member * stats.names.size());
      Env::episode_values(columns, params[member],
                          stats.episode.data() + member * stats.episode_names.size());
    }
    return stats;
  }

 private:
  size_t members_, envs_, totals_ = 0;
  SegmentSums by_member_;
  DeviceMemory sums_;
};

}  // namespace cusched
