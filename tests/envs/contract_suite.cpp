// SPDX-License-Identifier: MIT
#include "tests/envs/contract_suite.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "cuda/error.h"
#include "cuda/launch.h"
#include "tests/envs/contract_batch.h"

// Determinism: what a lane does depends on the seed and its logical ids, and on nothing else.
namespace cusched::contract {
namespace {

// Batches of up to 64 lanes are served by one thread, which keeps most of these tests fast.
constexpr const char* kRandom = "random-feasible";

// Work in pieces on `threads` threads, dealt in turn, last piece first.
class ScopedThreads {
 public:
  explicit ScopedThreads(int threads) {
    set_host_parallel_for([threads](int64_t n, int64_t grain, const auto& body) {
      const int64_t pieces = (n + grain - 1) / grain;
      std::vector<std::thread> pool;
      for (int t = 0; t < threads; ++t)
        pool.emplace_back([=, &body] {
          for (int64_t piece = pieces - 1 - t; piece >= 0; piece -= threads)
            body(piece * grain, std::min(n, (piece + 1) * grain));
        });
      for (std::thread& thread : pool) thread.join();
    });
  }
  ~ScopedThreads() { set_host_parallel_for({}); }
};

void expect_equal(const Record& a, const Record& b, const std::string& what) {
  EXPECT_EQ(a.difference(b), "") << what;
}

}  // namespace

void same_seed_same_run(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto a = make(env, variant, lanes(33)), b = make(env, variant, lanes(33));
    auto other = make(env, variant, lanes(33, 8));
    expect_equal(reset(*a), reset(*b), variant.name);
    reset(*other);
    EXPECT_EQ(state_difference(*a, *b), "") << variant.name;
    const Record run = rollout(*a, kRandom, 200);
    expect_equal(run, rollout(*b, kRandom, 200), variant.name);
    EXPECT_EQ(state_difference(*a, *b), "") << variant.name;
    EXPECT_NE(run.difference(rollout(*other, kRandom, 200)), "")
        << variant.name << ": another seed gives the same run";
    const std::vector<uint64_t> hashes = a->hashes({});
    EXPECT_NE(hashes[0], hashes[1]) << variant.name << ": environments are copies of each other";
  }
}

void independent_of_threads(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto reference = make(env, variant, lanes(257));
    const Record start = reset(*reference), run = rollout(*reference, kRandom, 100);
    const std::vector<int32_t> actions(run.action.begin(), run.action.begin() + 257 * 5);
    const Record replayed = replay(*reference, actions);
    for (int threads : {1, 3}) {
      const ScopedThreads scope(threads);
      auto batch = make(env, variant, lanes(257));
      expect_equal(start, reset(*batch), variant.name);
      expect_equal(run, rollout(*batch, kRandom, 100), variant.name);
      expect_equal(replayed, replay(*batch, actions), variant.name);
      EXPECT_EQ(state_difference(*reference, *batch), "") << variant.name << ", " << threads;
    }
  }
}

void independent_of_the_group(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    for (bool whole_queue : {false, true}) {
      BatchOptions options = lanes(5);
      options.whole_queue = whole_queue;
      for (HostGroup group : {HostGroup::kEmulated32, HostGroup::kShuffled32}) {
        options.host_group = HostGroup::kSerial;
        auto serial = make(env, variant, options);
        options.host_group = group;
        auto batch = make(env, variant, options);
        for (const std::string& name : batch->heuristics()) {
          const std::string what = variant.name + ", " + name;
          expect_equal(reset(*serial), reset(*batch), what);
          expect_equal(rollout(*serial, name, 120), rollout(*batch, name, 120), what);
          ASSERT_EQ(state_difference(*serial, *batch), "") << what;
        }
      }
    }
  }
}

void independent_of_batch_size(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto large = make(env, variant, lanes(257));
    reset(*large);
    rollout(*large, kRandom, 100, false);
    const std::vector<uint64_t> expected = large->hashes({});
    for (int envs : {1, 31, 32, 33, 65}) {
      auto batch = make(env, variant, lanes(envs));
      reset(*batch);
      rollout(*batch, kRandom, 100, false);
      const std::vector<uint64_t> hashes = batch->hashes({});
      ASSERT_EQ(static_cast<int>(hashes.size()), envs);
      EXPECT_TRUE(std::equal(hashes.begin(), hashes.end(), expected.begin()))
          << variant.name << ", " << envs << " environments";
    }
  }
}

void independent_of_the_split(const EnvEntry& env) {
  constexpr int kMembers = 3, kEnvs = 33;
  for (const Variant& variant : variants(env)) {
    for (bool paired : {false, true}) {
      BatchOptions options = lanes(kEnvs);
      options.members = kMembers;
      options.paired = paired;
      auto whole = make(env, variant, options);
      reset(*whole);
      rollout(*whole, kRandom, 100, false);
      const std::vector<uint64_t> expected = whole->hashes({});
      // Members 0..0 and 1..2, environments 0..9 and 10..32.
      for (const auto& [member, members] : {std::pair{0, 1}, std::pair{1, 2}}) {
        for (const auto& [first, envs] : {std::pair{0, 10}, std::pair{10, 23}}) {
          options.members = members;
          options.member_offset = member;
          options.envs = envs;
          options.env_offset = first;
          auto part = make(env, variant, options);
          reset(*part);
          rollout(*part, kRandom, 100, false);
          const std::vector<uint64_t> hashes = part->hashes({});
          for (int m = 0; m < members; ++m)
            for (int e = 0; e < envs; ++e)
              ASSERT_EQ(hashes[m * envs + e], expected[(member + m) * kEnvs + first + e])
                  << variant.name << ", member " << member + m << ", environment " << first + e;
        }
      }
    }
  }
}

void paired_members_see_the_same_start(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(17);
    options.members = 2;
    options.stagger = false;
    for (bool paired : {true, false}) {
      options.paired = paired;
      auto batch = make(env, variant, options);
      reset(*batch);
      // The first heuristic that is not random: equal streams then give equal runs.
      const std::string name =
          batch->heuristics()[0] == kRandom ? batch->heuristics()[1] : batch->heuristics()[0];
      const Record run = rollout(*batch, name, 50);
      const size_t half = run.obs.size() / 50 / 2;
      bool equal = true;
      for (size_t t = 0; t < 50; ++t) {
        const float* const row = run.obs.data() + t * 2 * half;
        equal &= std::equal(row, row + half, row + half);
      }
      EXPECT_EQ(equal, paired) << variant.name;
    }
  }
}

void snapshot_restores_exactly(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto batch = make(env, variant, lanes(33)), other = make(env, variant, lanes(33));
    reset(*batch);
    rollout(*batch, kRandom, 150, false);
    const std::vector<uint8_t> saved = batch->snapshot({});
    const std::vector<uint64_t> hashes = batch->hashes({});
    const Record run = rollout(*batch, kRandom, 150);
    EXPECT_NE(batch->diff(saved, batch->snapshot({})), "") << variant.name;
    for (Batch* restored : {batch.get(), other.get()}) {
      restored->restore({}, saved);
      EXPECT_EQ(restored->diff(saved, restored->snapshot({})), "") << variant.name;
      EXPECT_EQ(restored->hashes({}), hashes) << variant.name;
      expect_equal(run, rollout(*restored, kRandom, 150), variant.name);
    }
    EXPECT_EQ(state_difference(*batch, *other), "") << variant.name;
  }
}

void stepping_repeats_a_heuristic(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(31);
    options.members = 2;
    auto heuristic = make(env, variant, options), stepped = make(env, variant, options);
    reset(*heuristic);
    reset(*stepped);
    const Record run = rollout(*heuristic, kRandom, 300);
    expect_equal(run, replay(*stepped, run.action), variant.name);
    EXPECT_EQ(state_difference(*heuristic, *stepped), "") << variant.name;
  }
}

void ranges_repeat_a_whole_step(const EnvEntry& env) {
  for (const Variant& variant : variants(env)) {
    auto whole = make(env, variant, lanes(65)), pieces = make(env, variant, lanes(65));
    auto silent = make(env, variant, lanes(65));
    reset(*whole);
    reset(*pieces);
    silent->reset({}, {});
    const Record run = rollout(*whole, kRandom, 100);
    expect_equal(run, replay(*pieces, run.action, 7), variant.name);
    EXPECT_EQ(state_difference(*whole, *pieces), "") << variant.name;
    // Buffers that are left out change nothing.
    EXPECT_EQ(run.action, rollout(*silent, kRandom, 100, false).action) << variant.name;
    EXPECT_EQ(state_difference(*whole, *silent), "") << variant.name;
  }
}

}  // namespace cusched::contract
