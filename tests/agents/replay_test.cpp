// SPDX-License-Identifier: MIT
#include "agents/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "tests/agents/replay_history.h"

namespace cusched {
namespace {

const Exec kHost;
class ReplayReturns : public testing::TestWithParam<std::tuple<int, bool, bool>> {};

TEST_P(ReplayReturns, AreThoseOfTheHistoryAndEndWithTheEpisode) {
  const auto [n_step, prioritised, by_time] = GetParam();
  const ToyBatch batch = shape_of();
  Replay replay(batch, kHost, config(11 * kEnvs, n_step, prioritised, 200), kSteps);
  ASSERT_EQ(replay.view().rows, 12);
  History history(3);
  Drawn drawn(200, by_time);
  std::vector<float> error(drawn.index.size());
  const std::vector<float> alpha(kMembers, 0.6f);
  std::mt19937 random(1);
  for (int rollout = 0; rollout < 15; ++rollout) {  // the ring turns five times
    replay.store(history.next());
    drawn.draw(replay, n_step);
    for (size_t i = 0; i < drawn.index.size(); ++i) {
      check_sample(replay, history, drawn, i, n_step);
      if (HasFatalFailure()) FAIL() << "rollout " << rollout << ", sample " << i;
      error[i] = static_cast<float>(random() % 100) / 20;
    }
    if (prioritised) replay.prioritise(drawn.index.data(), error.data(), alpha.data());
  }
  EXPECT_GT(drawn.cuts, 20);
}
INSTANTIATE_TEST_SUITE_P(All, ReplayReturns,
                         testing::Combine(testing::Values(1, 2, 4), testing::Bool(),
                                          testing::Bool()));

// Counts of many minibatches against their probabilities: chi-square over the cells, within 5
// standard deviations above its mean (the seeds are fixed).
void expect_frequencies(const std::map<int64_t, int64_t>& count,
                        const std::map<int64_t, double>& probability, int64_t draws) {
  double square = 0;
  int64_t seen = 0;
  for (const auto& [cell, p] : probability) {
    const double expected = p * static_cast<double>(draws);
    const auto found = count.find(cell);
    const double got = found == count.end() ? 0 : static_cast<double>(found->second);
    if (expected == 0) {
      EXPECT_EQ(got, 0) << "cell " << cell;
      continue;
    }
    square += (got - expected) * (got - expected) / expected;
    seen += static_cast<int64_t>(got);
  }
  EXPECT_EQ(seen, draws);
  const double freedom = static_cast<double>(probability.size()) - 1;
  EXPECT_LT(square, freedom + 5 * std::sqrt(2 * freedom));
}

TEST(Replay, DrawsUniformlyFromWhatIsComplete) {
  const ToyBatch batch = shape_of();
  constexpr int64_t kSamples = 250;
  Replay replay(batch, kHost, config(11 * kEnvs, 3, false, kSamples), kSteps);
  History history(4);
  for (int i = 0; i < 5; ++i) replay.store(history.next());
  Drawn drawn(kSamples, false);
  std::map<int64_t, int64_t> count;
  for (int i = 0; i < 400; ++i) {
    drawn.draw(replay, 3);
    for (int64_t r = 0; r < kSamples; ++r) ++count[drawn.index[static_cast<size_t>(r)]];
  }
  std::map<int64_t, double> probability;
  for (int64_t time = 20 - 11; time <= 20 - 3; ++time)
    for (int64_t env = 0; env < kEnvs; ++env) probability[time % 12 * kLanes + env] = 1.0 / 27;
  expect_frequencies(count, probability, 400 * kSamples);
}

TEST(Replay, DrawsInProportionToPrioritiesAndWeighsByThem) {
  const ToyBatch batch = shape_of();
  constexpr int64_t kSamples = 64;
  Replay replay(batch, kHost, config(20 * kEnvs, 2, true, kSamples), kSteps);
  History history(5, /*truncates=*/false);  // a return that is cut would have no weight
  for (int i = 0; i < 7; ++i) replay.store(history.next());
  Drawn drawn(kSamples, false);
  const std::vector<float> alpha = {0.6f, 0.8f};
  // Priorities of member 1: known after their first draw, 1 (the largest so far) before.
  std::map<int64_t, double> priority;
  for (int64_t time = 28 - 20; time <= 28 - 2; ++time)
    for (int64_t env = 0; env < kEnvs; ++env) priority[time % 21 * kLanes + kEnvs + env] = 1;
  std::vector<float> error(drawn.index.size());
  for (int i = 0; i < 30; ++i) {
    drawn.draw(replay, 2);
    for (size_t j = 0; j < error.size(); ++j)
      error[j] = 0.01f * static_cast<float>(drawn.index[j] % 50) - 0.2f;
    replay.prioritise(drawn.index.data(), error.data(), alpha.data());
    for (size_t j = kSamples; j < error.size(); ++j)
      priority.at(drawn.index[j]) = std::pow(std::fabs(error[j]) + 1e-6, 0.8);
  }
  double total = 0;
  for (const auto& [cell, p] : priority) total += p;
  std::map<int64_t, double> probability;
  for (const auto& [cell, p] : priority) probability[cell] = p / total;
  ASSERT_GT(probability.size(), 50u);

  std::map<int64_t, int64_t> count;
  const double n = static_cast<double>(probability.size());
  for (int i = 0; i < 600; ++i) {
    drawn.draw(replay, 2);
    double largest = 0;  // importance weight of the minibatch
    for (size_t j = kSamples; j < error.size(); ++j) {
      ++count[drawn.index[j]];
      largest = std::max(largest, std::pow(n * probability.at(drawn.index[j]), -0.5));
    }
    for (size_t j = kSamples; j < error.size(); ++j)
      ASSERT_NEAR(drawn.sample[j].weight,
                  std::pow(n * probability.at(drawn.index[j]), -0.5) / largest, 1e-4);
  }
  expect_frequencies(count, probability, 600 * kSamples);
}

TEST(Replay, GivesNewTransitionsTheLargestPriorityOfTheirMember) {
  const ToyBatch batch = shape_of();
  Replay replay(batch, kHost, config(8 * kEnvs, 1, true, 16), kSteps);
  History history(6);
  for (int i = 0; i < 3; ++i) replay.store(history.next());
  Drawn drawn(16, false);
  drawn.beta.assign(kMembers, {1, 1, 1});
  drawn.draw(replay, 1);
  std::vector<float> error(drawn.index.size(), 0.5f);
  error[3] = -7.0f;  // of member 0
  const std::vector<float> alpha(kMembers, 1.0f);
  replay.prioritise(drawn.index.data(), error.data(), alpha.data());
  replay.store(history.next());
  std::map<int64_t, float> seen[kMembers];  // least weights of the four newest times
  for (int i = 0; i < 200; ++i) {
    drawn.draw(replay, 1);
    for (size_t j = 0; j < drawn.index.size(); ++j)
      if (drawn.index[j] / kLanes >= 12 % 9 && drawn.index[j] / kLanes < 12 % 9 + kSteps) {
        float& least = seen[j / 16].emplace(drawn.index[j], 1.0f).first->second;
        least = std::min(least, drawn.sample[j].weight);
      }
  }
  // With beta 1 a weight is the least priority of its minibatch by its own: 0.5 or 1 by 7, or by 1.
  ASSERT_EQ(seen[0].size(), size_t{kSteps * kEnvs});
  for (const auto& [cell, weight] : seen[0]) EXPECT_LT(weight, 0.15f);
  ASSERT_EQ(seen[1].size(), size_t{kSteps * kEnvs});
  for (const auto& [cell, weight] : seen[1]) EXPECT_GT(weight, 0.4f);
}

TEST(PriorityTree, SumsAndFindsInEverySize) {
  std::mt19937 random(2);
  for (const int64_t leaves : {1, 2, 15, 16, 17, 255, 256, 257, 5000}) {
    PriorityTree tree{};
    tree.shape(leaves);
    std::vector<float> leaf(static_cast<size_t>(2 * leaves));
    std::vector<double> node(static_cast<size_t>(2 * tree.nodes));
    tree.leaf = leaf.data();
    tree.node = node.data();
    for (float& v : leaf) v = random() % 3 == 0 ? 0.0f : static_cast<float>(random() % 1000) / 64;
    leaf[static_cast<size_t>(leaves)] = 0.5f;  // member 1 has a total
    for (int level = 0; level < tree.levels; ++level)
      for (int64_t i = 0; i < tree.size[level]; ++i)
        for (int64_t p = 0; p < 2; ++p) tree.refresh(p, level, i);
    double below = 0;  // member 1; multiples of 1/64, so that sums are exact
    for (int64_t i = 0; i < leaves; ++i) {
      const double v = leaf[static_cast<size_t>(leaves + i)];
      if (v > 0) {
        EXPECT_EQ(tree.find(1, below), i);
        EXPECT_EQ(tree.find(1, below + v - 1e-9), i);
      }
      below += v;
    }
    EXPECT_EQ(tree.total(1), below) << leaves << " leaves";
    EXPECT_GT(leaf[static_cast<size_t>(leaves + tree.find(1, below * 2))], 0);  // rounding
  }
}

TEST(Replay, ContinuesBitForBitFromWhatItSaved) {
  const ToyBatch batch = shape_of();
  for (const bool prioritised : {false, true})
    for (const int before : {1, 6}) {  // partly filled, and turned over
      Replay replay(batch, kHost, config(12 * kEnvs, 2, prioritised, 32), kSteps);
      Replay other(batch, kHost, config(12 * kEnvs, 2, prioritised, 32), kSteps);
      History history(7), noise(8);
      for (int i = 0; i < before; ++i) replay.store(history.next());
      for (int i = 0; i < 3; ++i) other.store(noise.next());  // has to be forgotten
      std::vector<uint8_t> bytes = {1, 2, 3};
      replay.save(bytes);
      bytes.push_back(9);
      EXPECT_EQ(other.load(bytes.data() + 3, bytes.data() + bytes.size()),
                bytes.data() + bytes.size() - 1);
      Drawn a(32, false), b(32, false);
      const std::vector<float> error(a.index.size(), 0.25f), alpha(kMembers, 0.5f);
      for (int i = 0; i < 5; ++i) {
        const RolloutView& data = history.next();
        replay.store(data);
        other.store(data);
        a.draw(replay, 2);
        b.draw(other, 2);
        ASSERT_EQ(a.index, b.index);
        ASSERT_EQ(a.next, b.next);
        if (!prioritised) continue;
        replay.prioritise(a.index.data(), error.data(), alpha.data());
        other.prioritise(b.index.data(), error.data(), alpha.data());
      }
      std::vector<uint8_t> left, right;
      replay.save(left);
      other.save(right);
      EXPECT_TRUE(left == right);
    }
}

TEST(Replay, RefusesWhatItDidNotSave) {
  const ToyBatch batch = shape_of();
  Replay replay(batch, kHost, config(12 * kEnvs, 1, true, 8), kSteps);
  Replay larger(batch, kHost, config(13 * kEnvs, 1, true, 8), kSteps);
  History history(7);
  replay.store(history.next());
  std::vector<uint8_t> bytes;
  replay.save(bytes);
  const uint8_t* const end = bytes.data() + bytes.size();
  EXPECT_THROW(larger.load(bytes.data(), end), InputError);
  for (const size_t size : {size_t{0}, size_t{20}, size_t{60}, bytes.size() - 1})
    EXPECT_THROW(replay.load(bytes.data(), bytes.data() + size), InputError);
  EXPECT_EQ(replay.load(bytes.data(), end), end);
}

TEST(Replay, TakesTheSizeThatIsAskedForOrThatFits) {
  const ToyBatch batch = shape_of(1000, 50);
  const int64_t row = kMembers * 1000 * (kWidth * 4 + kActions);
  const auto sizes = [&](int64_t transitions, int64_t memory) {
    return replay_sizes(batch, config(transitions, 1, false, 8), kSteps, memory);
  };
  EXPECT_EQ(sizes(0, int64_t{1} << 40).rows, 1001);  // the default: a million transitions
  EXPECT_EQ(sizes(0, int64_t{1} << 40).final_rows, 1000 / 50 + 1);
  EXPECT_EQ(sizes(123456, 0).rows, 124);
  const ReplaySizes fits = sizes(0, 500 * row);
  EXPECT_LE(fits.bytes, 500 * row);
  EXPECT_GT(fits.bytes, 495 * row);
  EXPECT_LT(fits.rows, 500);
  EXPECT_THROW(sizes(4999, 0), InputError);  // 4 steps of a rollout and 1 of a return
  EXPECT_NO_THROW(sizes(5000, 0));
  EXPECT_THROW(sizes(0, 4 * row), InputError);
  EXPECT_THROW(sizes(int64_t{1} << 40, 0), InputError);  // more than an index can number
}

}  // namespace
}  // namespace cusched
