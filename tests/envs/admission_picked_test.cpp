// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/registry.h"
#include "tests/envs/admission_lane.h"
#include "tests/envs/contract_batch.h"

// Slots that have picked jobs: option window.
namespace cusched {
namespace {

using test::AdmissionLane;
using test::make_job;

EnvValue set(const std::string& name, const std::string& value) { return {name, value, "test"}; }

const EnvEntry& admission() { return find_environment("admission"); }

const std::vector<EnvValue> kBusy = {set("nodes", "4x16c64g2gpu+2x8c32g"), set("load", "1.4"),
                                     set("horizon-s", "40000")};

std::vector<EnvValue> with(std::vector<EnvValue> settings, const std::string& name,
                           const std::string& value) {
  settings.push_back(set(name, value));
  return settings;
}

// Job slots of the K jobs that a policy sees.
std::vector<int> seen(const AdmissionLane& lane) {
  const int count = std::min(lane.view().queue_size(), lane.caps.slots);
  return {lane.columns.window_order, lane.columns.window_order + count};
}

TEST(AdmissionWindow, OfTwoEndsHasHeadAndTailInQueueOrder) {
  std::vector<Job> jobs;
  for (int i = 0; i < 6; ++i) {
    jobs.push_back(make_job(0, 100, i == 4 ? 1000 : 2000 + i));
    jobs.back().id = i;
  }
  AdmissionLane lane({set("nodes", "1x10c10g"), set("slots", "3"), set("window", "split")}, jobs);
  lane.begin();
  const auto ids = [&] {
    std::vector<int> all;
    for (int slot : seen(lane)) all.push_back(lane.columns.job[slot].id);
    return all;
  };
  EXPECT_EQ(ids(), (std::vector<int>{0, 1, 5}));
  lane.step(0);  // of the whole queue: job 0
  EXPECT_EQ(ids(), (std::vector<int>{1, 2, 5}));
  lane.step(0);
  lane.step(0);
  EXPECT_EQ(ids(), (std::vector<int>{3, 4, 5}));
  lane.step(0);
  EXPECT_EQ(ids(), (std::vector<int>{4, 5}));
  EXPECT_EQ(lane.columns.slot_allowed[0], 1);
  EXPECT_EQ(lane.columns.slot_allowed[1], 0) << "1994 of 2005 milli-CPU";
}

// The picked jobs of random states, against a sort of the whole queue.
TEST(AdmissionWindow, OfAHeuristicHasItsBest) {
  for (const char* slots : {"1", "2", "5", "16"}) {
    AdmissionLane lane(with(with(kBusy, "slots", slots), "window", "sjf"));
    lane.begin(3);
    const int k = lane.caps.slots;
    int full = 0;
    for (int step = 0; step < 300 && lane.done == Done::kRunning; ++step) {
      const admission::View& v = lane.view();
      std::vector<int> may_start, others;
      for (int i = 0; i < v.queue_size(); ++i) (v.may_start(i) ? may_start : others).push_back(i);
      const auto shorter = [&](int i, int j) { return v.job(i).estimate < v.job(j).estimate; };
      std::stable_sort(may_start.begin(), may_start.end(), shorter);
      std::stable_sort(others.begin(), others.end(), shorter);
      const int quarter = k == 1 ? 0 : (k + 3) / 4;
      const size_t kept = std::min<size_t>(others.size(), static_cast<size_t>(quarter));
      may_start.resize(std::min(may_start.size(), static_cast<size_t>(k) - kept));
      others.resize(std::min(others.size(), static_cast<size_t>(k) - may_start.size()));
      std::vector<int> expected;
      for (const std::vector<int>& part : {may_start, others})
        for (int item : part) expected.push_back(v.slot(item));
      ASSERT_EQ(seen(lane), expected) << "slots " << slots << ", step " << step;
      for (int i = 0; i < k; ++i)
        ASSERT_EQ(lane.columns.slot_allowed[i], i < static_cast<int>(may_start.size()) ? 1 : 0);
      full += v.queue_size() > k ? 1 : 0;
      lane.step(lane.choose("random-feasible"));
    }
    EXPECT_GT(full, 20);
  }
}

TEST(AdmissionWindow, AnActionStartsTheJobOfItsSlot) {
  for (const char* window : {"split", "largest-first"}) {
    AdmissionLane lane(with(with(kBusy, "slots", "5"), "window", window));
    lane.begin(5);
    int started = 0;
    for (int step = 0; step < 200 && lane.done == Done::kRunning; ++step) {
      const int action = lane.choose("random-feasible");
      const int32_t id = action < 0 ? -1 : lane.columns.job[seen(lane)[action]].id;
      const int64_t invalid = lane.sums().invalid_actions;
      lane.step(action);
      EXPECT_EQ(lane.sums().invalid_actions, invalid);
      if (action < 0) continue;
      EXPECT_EQ(lane.facts().started, 1);
      for (int i = 0; i < lane.view().queue_size(); ++i)
        EXPECT_TRUE(lane.view().job(i).id != id || lane.view().job(i).attempts > 0) << id;
      ++started;
    }
    EXPECT_GT(started, 25);
  }
}

// A heuristic with the whole queue takes what a policy could take: its choices, as actions of a
// policy, give the same episodes.
TEST(AdmissionWindow, OfAHeuristicLetsAPolicyDoAsTheHeuristic) {
  for (const char* name : {"sjf", "f1", "wfp3", "saf"}) {
    const contract::Variant variant{name, with(with(kBusy, "slots", "4"), "window", name)};
    BatchOptions options = contract::lanes(9);
    auto limited = contract::make(admission(), variant, options);
    options.whole_queue = true;
    auto whole = contract::make(admission(), variant, options);
    contract::reset(*whole);
    contract::reset(*limited);
    const contract::Record run = contract::rollout(*whole, name, 300);
    EXPECT_EQ(run.difference(contract::replay(*limited, run.action)), "") << name;
    EXPECT_EQ(contract::state_difference(*whole, *limited), "") << name;
    EXPECT_GT(std::count(run.action.begin(), run.action.end(), 0), 500) << "the best is first";
  }
}

TEST(AdmissionWindow, TheQueueBeginsWithWhatAPolicySees) {
  const contract::Variant variant{"split", with(with(kBusy, "slots", "6"), "window", "split")};
  auto batch = contract::make(admission(), variant, contract::lanes(4));
  contract::reset(*batch);
  const contract::Record run = contract::rollout(*batch, "random-feasible", 200);
  const size_t last = run.mask.size() - 4 * 7;
  bool longer = false;
  for (int lane = 0; lane < 4; ++lane) {
    const QueueState queue = batch->queue({}, lane);
    EXPECT_TRUE(queue.picked);
    std::set<int32_t> ids;
    for (size_t i = 0; i < queue.jobs.size(); ++i) {
      ids.insert(queue.jobs[i].id);
      const bool allowed = i < 6 && run.mask[last + static_cast<size_t>(lane) * 7 + i] != 0;
      EXPECT_EQ(queue.jobs[i].allowed, allowed) << lane << " " << i;
    }
    EXPECT_EQ(ids.size(), queue.jobs.size());
    if (queue.jobs.size() <= 6) continue;
    longer = true;
    // Slot 3 has a job of the tail: the latest are in no other place.
    EXPECT_EQ(
        queue.jobs[5].priority,
        std::min_element(queue.jobs.begin(), queue.jobs.end(), [](const auto& a, const auto& b) {
          return a.priority < b.priority;
        })->priority);
  }
  EXPECT_TRUE(longer);
}

TEST(AdmissionWindow, RefusesWhatIsNoScore) {
  for (const char* window : {"fifo", "tail"}) {
    try {
      admission().create({set("window", window)}, {});
      ADD_FAILURE() << window;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("head or split"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace cusched
