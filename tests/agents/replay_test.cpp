// SPDX-License-Identifier: MIT
#include "agents/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "tests/agents/toy_batch.h"

namespace cusched {
namespace {

const Exec kHost;
constexpr int kMembers = 2, kEnvs = 3, kLanes = kMembers * kEnvs, kSteps = 4, kWidth = 4;
constexpr int kActions = 3, kFinals = kSteps;

// A batch that tells its shape; a lane may truncate in every step.
ToyBatch shape_of(int envs = kEnvs, int length = 1) {
  ToyOptions options;
  options.shape = BatchShape{kMembers, envs, kActions - 1, 2, 1};
  options.length = length;
  return ToyBatch(options);
}

// Rollouts of invented transitions, of which everything is remembered. An observation says where
// it belongs: [time, lane, final, 0].
class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {
    data_.steps = kSteps;
    data_.lanes = kLanes;
    data_.envs = kEnvs;
    data_.final_rows = kFinals;
    data_.obs = obs_.data();
    data_.mask = mask_.data();
    data_.action = action_.data();
    data_.reward = reward_.data();
    data_.done = done_.data();
    data_.elapsed_s = elapsed_.data();
    data_.final_index = final_index_.data();
    data_.final_obs = final_obs_.data();
    data_.final_mask = final_mask_.data();
    data_.final_count = final_count_.data();
  }

  struct Step {
    float reward;
    uint8_t done;
    int32_t elapsed_s, action;
  };
  // (time, lane)
  const Step& step(int64_t time, int64_t lane) const {
    return steps_.at(static_cast<size_t>(time * kLanes + lane));
  }
  int64_t head() const { return static_cast<int64_t>(steps_.size()) / kLanes; }
  static uint8_t mask(int64_t time, int64_t lane, bool final, int a) {
    return (time * 7 + lane * 3 + (final ? 1 : 0) + a) % 3 != 0;
  }

  const RolloutView& next() {
    const int64_t begin = head();
    std::fill(final_count_.begin(), final_count_.end(), 0);
    for (int t = 0; t <= kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) observe(begin + t, lane, false, t * kLanes + lane);
    for (int t = 0; t < kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) {
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        const int dice = static_cast<int>(random_() % 10);
        const Step step{static_cast<float>(random_() % 100) / 10,
                        static_cast<uint8_t>(dice < 2 ? 1 : (dice < 4 ? 2 : 0)),
                        static_cast<int32_t>(30 + random_() % 100),
                        static_cast<int32_t>(random_() % kActions)};
        steps_.push_back(step);
        reward_[i] = step.reward;
        done_[i] = step.done;
        elapsed_[i] = step.elapsed_s;
        action_[i] = step.action;
        final_index_[i] = -1;
        if (step.done != 2) continue;
        final_index_[i] = final_count_[static_cast<size_t>(lane)]++;
        observe(begin + t + 1, lane, true, lane * kFinals + final_index_[i]);
      }
    return data_;
  }

 private:
  void observe(int64_t time, int64_t lane, bool final, int64_t row) {
    float* const obs = (final ? final_obs_ : obs_).data() + row * kWidth;
    obs[0] = static_cast<float>(time);
    obs[1] = static_cast<float>(lane);
    obs[2] = final ? 1 : 0;
    uint8_t* const out = (final ? final_mask_ : mask_).data() + row * kActions;
    for (int a = 0; a < kActions; ++a) out[a] = mask(time, lane, final, a);
  }

  std::mt19937 random_;
  std::vector<Step> steps_;
  std::vector<float> obs_ = std::vector<float>((kSteps + 1) * kLanes * kWidth);
  std::vector<float> final_obs_ = std::vector<float>(kLanes * kFinals * kWidth);
  std::vector<uint8_t> mask_ = std::vector<uint8_t>((kSteps + 1) * kLanes * kActions);
  std::vector<uint8_t> final_mask_ = std::vector<uint8_t>(kLanes * kFinals * kActions);
  std::vector<int32_t> action_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<float> reward_ = std::vector<float>(kSteps * kLanes);
  std::vector<uint8_t> done_ = std::vector<uint8_t>(kSteps * kLanes);
  std::vector<int32_t> elapsed_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<int32_t> final_index_ = std::vector<int32_t>(kSteps * kLanes);
  std::vector<int32_t> final_count_ = std::vector<int32_t>(kLanes);
  RolloutView data_{};
};

// What a minibatch reads, and how it is drawn.
struct Drawn {
  Drawn(int64_t samples_in, bool by_time_in)
      : samples(samples_in),
        by_time(by_time_in),
        index(static_cast<size_t>(kMembers * samples)),
        next(index.size()),
        sample(index.size()) {
    params.resize(kMembers);
    state.resize(kMembers);
    for (int p = 0; p < kMembers; ++p) {
      MemberParams& m = params[static_cast<size_t>(p)];
      m.gamma = 0.9 - 0.2 * p;
      m.gamma_per_s = std::pow(m.gamma, 1.0 / 60);
      m.reward_clip = 3;
      state[static_cast<size_t>(p)].reward_scale = p == 0 ? 1.0f : 0.5f;
    }
  }
  void draw(Replay& replay, int n_step) {
    replay.sample(index.data(), sample.data(), 9, 0, beta.data(), progress);
    for (size_t i = 0; i < index.size(); ++i)
      GatherReturns{replay.view(), params.data(), state.data(), index.data(), next.data(),
                    sample.data(), samples,       n_step,       by_time}(static_cast<int64_t>(i));
    AdvanceDraws{replay.view().counters}(0);
  }

  int64_t samples;
  bool by_time;
  std::vector<int32_t> index, next;
  std::vector<TdSample> sample;
  std::vector<MemberParams> params;
  std::vector<MemberState> state;
  Counters counters{};
  Progress progress{&counters, 1, 0};
  std::vector<LinearMove> beta = std::vector<LinearMove>(kMembers, {0.5f, 0.5f, 1.0f});
};

ReplayConfig config(int64_t transitions, int n_step, bool prioritised, int64_t samples) {
  ReplayConfig c;
  c.transitions = transitions;
  c.n_step = n_step;
  c.prioritised = prioritised;
  c.samples = samples;
  return c;
}

// Checks everything a sample says against the history, written the plain way.
void check_sample(const Replay& replay, const History& history, const Drawn& drawn, size_t i,
                  int n_step) {
  const ReplayView& view = replay.view();
  const int p = static_cast<int>(i) / static_cast<int>(drawn.samples);
  const float* const obs = view.obs + int64_t{drawn.index[i]} * kWidth;
  int64_t time = static_cast<int64_t>(obs[0]);
  const int64_t lane = static_cast<int64_t>(obs[1]);
  ASSERT_EQ(lane / kEnvs, p);
  ASSERT_EQ(obs[2], 0);
  ASSERT_GE(time, history.head() - (view.rows - 1));
  ASSERT_LE(time, history.head() - n_step);
  for (int a = 0; a < kActions; ++a)
    ASSERT_EQ(view.mask[int64_t{drawn.index[i]} * kActions + a],
              History::mask(time, lane, false, a));
  ASSERT_EQ(drawn.sample[i].action, history.step(time, lane).action);

  const double gamma = p == 0 ? 0.9 : 0.7, scale = p == 0 ? 1 : 0.5;
  double reward = 0, discount = 1;
  uint8_t done = 0;
  for (int k = 0; k < n_step && done == 0; ++k, ++time) {
    const History::Step& step = history.step(time, lane);
    reward += discount * std::min(3.0, double{step.reward} * scale);
    discount *= drawn.by_time ? std::pow(gamma, step.elapsed_s / 60.0) : gamma;
    done = step.done;
  }
  ASSERT_NEAR(drawn.sample[i].reward, reward, 1e-4);
  ASSERT_NEAR(drawn.sample[i].discount, done == 1 ? 0 : discount, 1e-5);
  if (done == 1) {
    ASSERT_EQ(drawn.next[i], -1);
    return;
  }
  const float* const next = view.obs + int64_t{drawn.next[i]} * kWidth;
  ASSERT_EQ(next[0], time);
  ASSERT_EQ(next[1], lane);
  ASSERT_EQ(next[2], done == 2 ? 1 : 0);
  for (int a = 0; a < kActions; ++a)
    ASSERT_EQ(view.mask[int64_t{drawn.next[i]} * kActions + a],
              History::mask(time, lane, done == 2, a));
}

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
  History history(5);
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
