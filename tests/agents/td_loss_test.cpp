// SPDX-License-Identifier: MIT
#include "agents/kernels/td_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "agents/kernels/epsilon.h"

namespace cusched {
namespace {

constexpr int kActions = 5;
const uint8_t kMask[kActions] = {1, 0, 1, 1, 0};

// weight * huber(Q_a - target), the plain way.
double loss(const double* logits, double value, bool dueling, int action, double target,
            double huber, double weight) {
  double q = logits[action];
  if (dueling) q += value - (logits[0] + logits[2] + logits[3]) / 3;
  const double error = std::fabs(q - target);
  return weight * (huber > 0 && error > huber ? huber * (error - huber / 2) : error * error / 2);
}

TEST(TdLoss, GradientsMatchFiniteDifferences) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 2);
  constexpr double kStep = 1e-6;
  int beyond = 0;
  for (int trial = 0; trial < 200; ++trial) {
    double logits[kActions], value = normal(random);
    for (double& v : logits) v = normal(random);
    const double target = normal(random), weight = 0.3, huber = trial % 2 ? 1.0 : 0.0;
    const bool dueling = trial % 4 < 2;
    const int action = std::vector<int>{0, 2, 3}[static_cast<size_t>(trial % 3)];
    double dlogits[kActions], dvalue = 0, terms[kTdTerms];
    const QRow<double> row = dueling ? QRow<double>(logits, kMask, kActions, value)
                                     : QRow<double>(logits, kMask, kActions);
    const double error =
        td_loss(row, action, target, huber, weight, dlogits, dueling ? &dvalue : nullptr, terms);
    EXPECT_NEAR(weight * terms[kTdLoss],
                loss(logits, value, dueling, action, target, huber, weight), 1e-12);
    EXPECT_NEAR(terms[kTdError], std::fabs(error), 1e-12);
    EXPECT_NEAR(terms[kTdValue], error + target, 1e-12);
    beyond += huber > 0 && std::fabs(error) > huber;
    const auto slope = [&](double* at) {
      const double kept = *at;
      *at = kept + kStep;
      const double up = loss(logits, value, dueling, action, target, huber, weight);
      *at = kept - kStep;
      const double down = loss(logits, value, dueling, action, target, huber, weight);
      *at = kept;
      return (up - down) / (2 * kStep);
    };
    for (int a = 0; a < kActions; ++a) EXPECT_NEAR(dlogits[a], slope(logits + a), 1e-7);
    EXPECT_NEAR(dvalue, slope(&value), 1e-7);
  }
  EXPECT_GT(beyond, 20);  // both branches of Huber's loss were there
}

TEST(TdLoss, TheBestActionIsAnAllowedOneTheLowestOnTies) {
  const float logits[] = {1, 9, 3, 3, 7};
  EXPECT_EQ(QRow<float>(logits, kMask, kActions).best(), 2);
  const float low[] = {-3.4e38f, 0, -3.4e38f, -3.4e38f, 0};  // as masked logits are
  EXPECT_EQ(QRow<float>(low, kMask, kActions).best(), 0);
  const uint8_t nothing[kActions] = {};
  EXPECT_EQ(QRow<float>(logits, nothing, kActions).best(), kActions - 1);
}

// One member's minibatch of three samples: in the middle of an episode, before its termination, and
// before a truncation.
struct Targets {
  std::vector<uint8_t> mask = {1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1};  // of rows 0 to 2
  std::vector<int32_t> index = {0, 1, 0}, next_index = {1, -1, 2}, next_action = {-1, -1, -1};
  std::vector<TdSample> sample = {{2, 1.0f, 0.5f, 1}, {2, 3.0f, 0.0f, 1}, {2, -1.0f, 0.25f, 1}};
  std::vector<float> online = {0, 5, 2, 1, 9, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5};
  std::vector<float> other = {7, 9, 4, 6, 9, 8, 8, 8, 8, 8, 3, 6, 9, 12, 15};
  std::vector<float> value = {10, 20, 30}, target = {0, 0, 0};

  void compute(bool double_q, bool dueling) {
    const TdRows of{mask.data(), index.data(), next_index.data(), 3, 0, 3, 0, kActions};
    for (int i = 0; i < 3; ++i) {
      if (double_q) ChooseNext{of, online.data(), next_action.data()}(i);
      TdTargets{of,
                sample.data(),
                other.data(),
                dueling ? value.data() : nullptr,
                double_q ? next_action.data() : nullptr,
                target.data()}(i);
    }
  }
};

TEST(TdTargets, TakeTheMaskedMaximumOfTheTargetNetwork) {
  Targets t;
  t.compute(false, false);
  EXPECT_FLOAT_EQ(t.target[0], 1 + 0.5f * 7);  // 9 is forbidden
  EXPECT_FLOAT_EQ(t.target[1], 3);             // nothing follows a termination
  EXPECT_FLOAT_EQ(t.target[2], -1 + 0.25f * 15);
}

TEST(TdTargets, TakeTheActionOfTheOnlineNetworkInDoubleDqn) {
  Targets t;
  t.online[11] = 6;  // row of the final observation: action 1 now leads
  t.compute(true, false);
  EXPECT_EQ(t.next_action, (std::vector<int32_t>{2, -1, 1}));
  EXPECT_FLOAT_EQ(t.target[0], 1 + 0.5f * 4);
  EXPECT_FLOAT_EQ(t.target[1], 3);
  EXPECT_FLOAT_EQ(t.target[2], -1 + 0.25f * 6);
}

TEST(TdTargets, JoinValueAndAdvantagesOverAllowedActions) {
  Targets t;
  t.compute(false, true);
  EXPECT_FLOAT_EQ(t.target[0], 1 + 0.5f * (10 + 7 - (7 + 4 + 6) / 3.0f));
  EXPECT_FLOAT_EQ(t.target[1], 3);
  EXPECT_FLOAT_EQ(t.target[2], -1 + 0.25f * (30 + 15 - (6 + 9 + 15) / 3.0f));
}

TEST(UpdateTarget, CopiesOrMixesExactly) {
  constexpr int kNumbers = 7;
  std::vector<float> online(2 * kNumbers), target(online.size());
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (float& v : online) v = normal(random);
  const std::vector<float> tau = {1.0f, 0.005f};
  ReplayCounters counters{};
  const UpdateTarget update{online.data(), target.data(), tau.data(), &counters, kNumbers, 3};
  std::vector<float> expected(target.size());
  for (int step = 1; step <= 12; ++step) {
    counters.draws = step - 1;
    for (float& v : online) v += 0.1f;
    for (int64_t p = 0; p < 2; ++p) update.whole_row(p);
    if (step % 3 == 0)
      for (size_t i = 0; i < expected.size(); ++i)
        expected[i] = i < kNumbers ? online[i] : (1 - 0.005f) * expected[i] + 0.005f * online[i];
    EXPECT_EQ(target, expected) << "step " << step;
    std::vector<float> by_element = target;
    if (step % 3 != 0) {
      for (int64_t i = 0; i < 2 * kNumbers; ++i) update(i / kNumbers, i % kNumbers);
      EXPECT_EQ(target, by_element);
    }
  }
}

TEST(LinearMove, GoesFromStartToEndInItsShareOfTheTraining) {
  const LinearMove move{1.0f, 0.2f, 0.25f};
  EXPECT_FLOAT_EQ(move.at(0), 1.0f);
  EXPECT_FLOAT_EQ(move.at(0.125), 0.6f);
  EXPECT_FLOAT_EQ(move.at(0.25), 0.2f);
  EXPECT_FLOAT_EQ(move.at(1), 0.2f);
  EXPECT_FLOAT_EQ((LinearMove{1.0f, 0.2f, 0.0f}.at(0)), 0.2f);
}

// Shares of the actions that `rows` rows with the same observation take.
std::vector<double> shares(const LinearMove& epsilon, double done, int64_t learning_starts,
                           int64_t iteration) {
  constexpr int kRows = 100000;
  std::vector<float> logits;
  std::vector<uint8_t> mask;
  for (int r = 0; r < kRows; ++r) {
    for (const float v : {1.0f, 9.0f, 3.0f, 2.0f, 8.0f}) logits.push_back(v);
    mask.insert(mask.end(), kMask, kMask + kActions);
  }
  std::vector<int32_t> action(kRows);
  Counters counters{};
  counters.iteration = iteration;
  counters.done_share = done;
  const EpsilonGreedy choose{logits.data(),
                             mask.data(),
                             action.data(),
                             &epsilon,
                             {&counters, kRows, 0},
                             0,
                             0,
                             1,
                             learning_starts,
                             7,
                             0,
                             kRows,
                             kActions};
  std::vector<double> out(kActions);
  for (int r = 0; r < kRows; ++r) choose(r);
  for (const int32_t a : action) out[static_cast<size_t>(a)] += 1.0 / kRows;
  return out;
}

TEST(EpsilonGreedy, ExploresOverAllowedActionsAsOftenAsItsScheduleSays) {
  const LinearMove epsilon{1.0f, 0.1f, 0.5f};
  const auto near = [](double share, double p) {
    EXPECT_NEAR(share, p, 5 * std::sqrt(p * (1 - p) / 100000) + 1e-12);
  };
  for (const double done : {0.0, 0.25, 1.0}) {
    const double e = done == 0 ? 1.0 : (done == 1 ? 0.1 : 0.55);
    const std::vector<double> got = shares(epsilon, done, 0, 3);
    near(got[0], e / 3);
    near(got[1], 0);
    near(got[2], 1 - e + e / 3);
    near(got[3], e / 3);
    near(got[4], 0);
  }
  // Before the learning starts everything is random, whatever the schedule says.
  near(shares(epsilon, 1.0, 300001, 3)[2], 1.0 / 3);
  near(shares(epsilon, 1.0, 300000, 3)[2], 0.9 + 0.1 / 3);
}

}  // namespace
}  // namespace cusched
