// SPDX-License-Identifier: MIT
// A checkpoint's payload may be of another run or damaged: what a learner uses as an index or a
// count is refused where it cannot be, before anything is loaded.
#include <gtest/gtest.h>

#include <cstring>

#include "agents/host_pool.h"
#include "cuda/error.h"
#include "tests/agents/algorithm_cases.h"
#include "tests/agents/toy_batch.h"

namespace cusched {
namespace {

constexpr int kEnvs = 8, kSteps = 4;

struct SmallRun {
  ToyBatch batch;
  std::unique_ptr<Trainer> trainer;

  explicit SmallRun(AlgorithmCase c) : batch(toy()) {
    install_torch_pool();
    c.numbers["rollout"] = kSteps;
    if (c.algo == std::string("dqn")) {
      c.numbers["replay-size"] = 96;
      c.numbers["learning-starts"] = 40;
      c.numbers["minibatch"] = 8;
      c.numbers["prioritised"] = 1;
    }
    trainer = make_case(c)->make_trainer(batch, Exec{}, NetworkConfig{"mlp", {4}, "tanh"}, 9, 0);
  }
  static ToyOptions toy() {
    ToyOptions options;
    options.shape = BatchShape{1, kEnvs, 4, 2, 2};
    options.length = 3;
    return options;
  }
};

class LoadCheck : public testing::TestWithParam<AlgorithmCase> {};

// Every aligned word of the payload set to extremes: an InputError, or a trainer that goes on.
TEST_P(LoadCheck, NoWordOfAPayloadLeadsAstray) {
  SmallRun run(GetParam());
  for (int i = 0; i < 4; ++i) run.trainer->iterate();
  const std::vector<uint8_t> good = run.trainer->save();
  int refused = 0, accepted = 0;
  const int64_t extremes[] = {-1, INT64_MIN, INT64_MAX, int64_t{70000} << 32 | 70000};
  // All of the numbers before and after the weights, a part of the rest.
  for (size_t at = 0, turn = 0; at + 8 <= good.size(); at += 8) {
    const bool edge = at < 64 || at + 4096 > good.size();
    if (!edge && turn++ % 7 != 0) continue;
    for (const int64_t value : extremes) {
      std::vector<uint8_t> bad = good;
      std::memcpy(bad.data() + at, &value, sizeof value);
      try {
        run.trainer->load(bad);
      } catch (const InputError&) {
        ++refused;
        continue;
      } catch (const Error& error) {
        // The toy looks at nothing it restores: its own refusals are no finding.
        ++refused;
        continue;
      }
      ++accepted;
    }
  }
  EXPECT_GT(refused, 8);
  EXPECT_GT(accepted, 8);
  run.trainer->load(good);
  EXPECT_EQ(run.trainer->save(), good);
  run.trainer->iterate();
}
INSTANTIATE_TEST_SUITE_P(Each, LoadCheck, testing::ValuesIn(algorithm_cases()));

// Where things lie in a DQN's payload: the last block is its replay.
class ReplayCheck : public testing::Test {
 protected:
  static AlgorithmCase dqn() {
    for (const AlgorithmCase& c : algorithm_cases())
      if (c.algo == std::string("dqn")) return c;
    throw Error("there is no case of dqn");
  }
  void SetUp() override {
    run_ = std::make_unique<SmallRun>(dqn());
    for (int i = 0; i < 4; ++i) run_->trainer->iterate();
    good_ = run_->trainer->save();
    size_t at = 0;
    for (int block = 0; block < 2; ++block) at += 8 + number(at);
    replay_ = at + 8;
  }
  uint64_t number(size_t at) const {
    uint64_t n = 0;
    std::memcpy(&n, good_.data() + at, sizeof n);
    return n;
  }
  // The message of the refusal when the number at `offset` of the replay is another.
  template <class T>
  std::string refusal(size_t offset, T value) const {
    std::vector<uint8_t> bad = good_;
    std::memcpy(bad.data() + replay_ + offset, &value, sizeof value);
    try {
      run_->trainer->load(bad);
      return "accepted";
    } catch (const InputError& error) {
      return error.what();
    }
  }

  std::unique_ptr<SmallRun> run_;
  std::vector<uint8_t> good_;
  size_t replay_ = 0;
};

TEST_F(ReplayCheck, CountsIndicesAndPriorities) {
  const auto says = [](const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos;
  };
  EXPECT_EQ(refusal(24, number(replay_ + 24)), "accepted");
  EXPECT_TRUE(says(refusal<int64_t>(0, 5), "transitions per member"));
  EXPECT_TRUE(says(refusal<int64_t>(24, -1), "a count that cannot be"));
  EXPECT_TRUE(says(refusal<int64_t>(24, INT64_MAX), "a count that cannot be"));
  EXPECT_TRUE(says(refusal<int64_t>(32, -1), "a count that cannot be"));
  // After the five counts: final observations of each lane.
  EXPECT_TRUE(says(refusal<int64_t>(40, -1), "final observations that cannot be"));
  EXPECT_TRUE(says(refusal<int64_t>(40, 1 << 20), "final observations that cannot be"));
  // From the end: the largest priority, before it the leaves, before them the steps.
  const size_t size = good_.size() - 8 - replay_;  // the iterations follow
  EXPECT_TRUE(says(refusal(size - 8, -1.0), "a priority that cannot be"));
  EXPECT_TRUE(says(refusal(size - 12, -1.0f), "a priority that cannot be"));
  const auto rows = static_cast<size_t>(number(replay_)), envs = size_t{kEnvs};
  const size_t leaves = rows * envs * sizeof(float);
  const size_t steps = size - 8 - leaves;  // their end
  EXPECT_TRUE(says(refusal<int32_t>(steps - 8, 5), "the action 5 of 5"));
  EXPECT_TRUE(says(refusal<int32_t>(steps - 8, -1), "the action -1 of 5"));
  EXPECT_TRUE(says(refusal<int32_t>(steps - 4, 100000), "final observation 100000"));
  EXPECT_TRUE(says(refusal<int32_t>(steps - 4, -4), "final observation -4"));
}

}  // namespace
}  // namespace cusched
