// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/advantage_moments.h"
#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/iteration.h"
#include "agents/kernels/nn.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/ppo_loss.h"

namespace cusched {
namespace {

TEST(Categorical, SamplesAllowedActionsWithTheirProbabilities) {
  constexpr int kRows = 200000, kActions = 5;
  const float logits[kActions] = {0.5f, 3.0f, -1.0f, 0.0f, 1.0f};
  const uint8_t mask[kActions] = {1, 0, 1, 0, 1};
  std::vector<float> all_logits;
  std::vector<uint8_t> all_masks;
  for (int r = 0; r < kRows; ++r) {
    all_logits.insert(all_logits.end(), logits, logits + kActions);
    all_masks.insert(all_masks.end(), mask, mask + kActions);
  }
  std::vector<int32_t> action(kRows);
  std::vector<float> log_prob(kRows);
  const Counters counters{3, 0};
  const SampleActions sample{all_logits.data(),
                             all_masks.data(),
                             action.data(),
                             log_prob.data(),
                             &counters,
                             0,
                             2,
                             16,
                             9,
                             0,
                             kRows,
                             kActions};
  double total = 0, count[kActions] = {};
  for (int a = 0; a < kActions; ++a) total += mask[a] ? std::exp(double{logits[a]}) : 0;
  for (int r = 0; r < kRows; ++r) {
    sample(r);
    ASSERT_EQ(mask[action[r]], 1);
    count[action[r]] += 1;
    ASSERT_NEAR(log_prob[r], std::log(std::exp(double{logits[action[r]]}) / total), 1e-5);
  }
  for (int a = 0; a < kActions; ++a) {
    const double p = mask[a] ? std::exp(double{logits[a]}) / total : 0;
    EXPECT_NEAR(count[a] / kRows, p, 5 * std::sqrt(p * (1 - p) / kRows)) << "action " << a;
  }
}

TEST(Categorical, DrawsDependOnStepEnvironmentAndMemberOnly) {
  constexpr int kActions = 64;
  const std::vector<float> logits(4 * kActions, 0.0f);
  const std::vector<uint8_t> mask(4 * kActions, 1);
  const auto draw = [&](int64_t iteration, int64_t step, int member_offset, int envs,
                        int64_t lane) {
    std::vector<int32_t> action(4);
    std::vector<float> log_prob(4);
    const Counters counters{iteration, 0};
    const SampleActions sample{
        logits.data(), mask.data(), action.data(), log_prob.data(), &counters, lane, step, 8, 1,
        member_offset, envs,        kActions};
    sample(0);
    return action[static_cast<size_t>(lane)];
  };
  EXPECT_EQ(draw(0, 0, 1, 2, 1), draw(0, 0, 0, 2, 3));  // member 1 of its own batch, environment 1
  EXPECT_EQ(draw(1, 0, 0, 4, 2), draw(1, 0, 0, 4, 2));
  int different = 0;
  for (int i = 1; i <= 8; ++i) different += draw(i, 0, 0, 4, 2) != draw(0, 0, 0, 4, 2);
  EXPECT_GE(different, 6);
}

TEST(Categorical, ArgmaxTakesTheLowestAllowedIndexOnTies) {
  const float logits[] = {9, 2, 2, 1, -5, -5, -7, 0};
  const uint8_t mask[] = {0, 1, 1, 1, 0, 1, 1, 0};
  int32_t action[2];
  for (int r = 0; r < 2; ++r) ArgmaxActions{logits, mask, action, 4}(r);
  EXPECT_EQ(action[0], 1);
  EXPECT_EQ(action[1], 1);
}

TEST(PermutationOrder, IsABijectionThatDiffersByEpochAndMember) {
  for (const uint32_t n : {1u, 2u, 3u, 31u, 64u, 65u, 1000u, 4097u, 70001u}) {
    const int half = Permutation::half_bits(n);
    Permutation keys[3];
    Counters counters{2, 0};
    const EpochKeys epoch{keys, &counters, 4, 2, 11, 0};
    for (int p = 0; p < 2; ++p) epoch(p);
    counters.minibatch = 2;  // the next epoch
    EpochKeys{keys + 2, &counters, 4, 2, 11, 0}(0);
    std::vector<std::vector<uint32_t>> order;
    for (const Permutation& permutation : keys) {
      std::vector<uint32_t> seen(n, 0);
      order.emplace_back();
      for (uint32_t i = 0; i < n; ++i) {
        const uint32_t to = permutation(i, n, half);
        ASSERT_LT(to, n);
        ++seen[to];
        order.back().push_back(to);
      }
      EXPECT_EQ(std::count(seen.begin(), seen.end(), 1u), static_cast<int64_t>(n));
    }
    if (n < 31) continue;
    EXPECT_NE(order[0], order[1]);
    EXPECT_NE(order[0], order[2]);
    // No rank correlation with the identity.
    double sum = 0;
    for (uint32_t i = 0; i < n; ++i) sum += (i - (n - 1) / 2.0) * (order[0][i] - (n - 1) / 2.0);
    const double size = n;
    EXPECT_LT(std::fabs(sum) / (size * (size * size - 1) / 12), 5 / std::sqrt(size));
  }
}

TEST(PermutationOrder, MinibatchesCoverEverySampleOnce) {
  constexpr int kMembers = 2, kEnvs = 5, kSteps = 7, kSamples = 35, kRows = 12, kBatches = 3;
  Permutation keys[kMembers];
  Counters counters{0, 0};
  std::vector<int> seen(kMembers * kSamples, 0);
  for (counters.minibatch = 0; counters.minibatch < kBatches; ++counters.minibatch) {
    for (int p = 0; p < kMembers; ++p) EpochKeys{keys, &counters, 4, kBatches, 1, 0}(p);
    std::vector<int32_t> index(kMembers * kRows);
    const MinibatchIndex order{keys,     &counters, index.data(),
                               kRows,    kSamples,  kBatches,
                               kMembers, kEnvs,     Permutation::half_bits(kSamples)};
    for (int p = 0; p < kMembers; ++p)
      for (int r = 0; r < kRows; ++r) {
        order(p, r);
        const int32_t at = index[static_cast<size_t>(p * kRows + r)];
        if (at < 0) continue;
        EXPECT_EQ(at / kEnvs % kMembers, p);
        ++seen[static_cast<size_t>(at)];
      }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), kMembers * kSamples);
  EXPECT_EQ(kSteps * kEnvs, kSamples);
}

// Advantages by their definition: sum over l of (discount lambda)^l delta, from every step on.
TEST(GaeReference, MatchesADirectSumWithEndsAndElapsedTime) {
  constexpr int kSteps = 40, kLanes = 6, kFinal = 8;
  for (const bool by_time : {false, true}) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> unit(-1, 1);
    std::vector<float> reward(kSteps * kLanes), value((kSteps + 1) * kLanes),
        final_value(kLanes * kFinal), log_prob(reward.size(), -0.5f);
    std::vector<PolicySample<float>> sample(reward.size());
    std::vector<int32_t> action(reward.size(), 3);
    std::vector<uint8_t> done(reward.size());
    std::vector<int32_t> elapsed(reward.size()), final_index(reward.size(), -1);
    std::vector<int> taken(kLanes, 0);
    for (float& v : reward) v = unit(random);
    for (float& v : value) v = unit(random);
    for (float& v : final_value) v = unit(random);
    for (int t = 0; t < kSteps; ++t)
      for (int lane = 0; lane < kLanes; ++lane) {
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        elapsed[i] = static_cast<int32_t>(random() % 200);
        const uint32_t dice = random() % 10;
        done[i] = dice == 0 ? 1 : (dice == 1 && taken[static_cast<size_t>(lane)] < kFinal ? 2 : 0);
        if (done[i] == 2) final_index[i] = taken[static_cast<size_t>(lane)]++;
      }
    MemberParams params[2] = {};
    OnPolicyParams coefficient[2] = {};
    MemberState state[2] = {};
    for (int p = 0; p < 2; ++p) {
      params[p].gamma = p == 0 ? 0.99 : 0.9;
      params[p].gamma_per_s = std::pow(params[p].gamma, 1.0 / 60);
      coefficient[p].lambda = p == 0 ? 0.95 : 0.8;
      state[p].reward_scale = p == 0 ? 1.0f : 0.5f;
    }
    RolloutView view{};
    view.reward = reward.data();
    view.done = done.data();
    view.elapsed_s = elapsed.data();
    view.final_index = final_index.data();
    view.action = action.data();
    view.steps = kSteps;
    view.lanes = kLanes;
    view.envs = kLanes / 2;
    view.final_rows = kFinal;
    const AdvantageView out{log_prob.data(), value.data(), final_value.data(), sample.data()};
    std::vector<double> sums(kLanes * kLaneSums);
    int ends = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      Gae{view, out, params, coefficient, state, sums.data(), by_time}(lane);
      const int p = lane / (kLanes / 2);
      for (int t = 0; t < kSteps; ++t) {
        double expected = 0, weight = 1;
        for (int u = t; u < kSteps; ++u) {
          const size_t i = static_cast<size_t>(u * kLanes + lane);
          const double discount =
              by_time ? std::pow(params[p].gamma, elapsed[i] / 60.0) : params[p].gamma;
          double next = value[i + kLanes];
          if (done[i] == 1) next = 0;
          if (done[i] == 2) next = final_value[static_cast<size_t>(lane * kFinal + final_index[i])];
          expected += weight * (reward[i] * state[p].reward_scale + discount * next - value[i]);
          ends += done[i] != 0;
          if (done[i] != 0) break;
          weight *= discount * coefficient[p].lambda;
        }
        const size_t i = static_cast<size_t>(t * kLanes + lane);
        ASSERT_NEAR(sample[i].advantage, expected, 2e-5) << "lane " << lane << ", step " << t;
        ASSERT_NEAR(sample[i].target, expected + value[i], 2e-5);
        ASSERT_EQ(sample[i].old_value, value[i]);
      }
    }
    EXPECT_GT(ends, 10);
  }
}

TEST(IntegerPower, MatchesPow) {
  for (const uint32_t n : {0u, 1u, 2u, 7u, 60u, 3600u, 86400u})
    EXPECT_NEAR(integer_power(0.99999, n), std::pow(0.99999, n), 1e-12);
}

TEST(PpoLoss, GradientMatchesFiniteDifferencesOnBothSidesOfTheClips) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  constexpr double kStep = 1e-6;
  int clipped = 0;
  for (const double old_log_prob : {-0.5, -1.2, -3.0})
    for (const double advantage : {-2.0, 1.5})
      for (const bool clip_value : {false, true})
        for (const double value : {-0.6, 0.05, 0.9}) {
          double logits[kActions] = {0.3, 50.0, -0.4, 0.9}, dlogits[kActions], dvalue;
          double terms[kPpoTerms], spare[kActions], ignored;
          const PolicySample<double> sample{2, old_log_prob, advantage, 0.0, 0.35};
          const PpoCoefficients<double> coef{0.2, 0.05, 0.6, clip_value};
          const auto loss = [&](double v) {
            ppo_loss(logits, mask, kActions, v, sample, coef, 1.0, spare, &ignored, terms);
            return terms[kPolicyLoss] + coef.value_coef * terms[kValueLoss] -
                   coef.entropy * terms[kEntropy];
          };
          ppo_loss(logits, mask, kActions, value, sample, coef, 1.0, dlogits, &dvalue, terms);
          clipped += terms[kClipFraction] > 0;
          for (int a = 0; a < kActions; ++a) {
            const double kept = logits[a];
            logits[a] = kept + kStep;
            const double above = loss(value);
            logits[a] = kept - kStep;
            const double below = loss(value);
            logits[a] = kept;
            EXPECT_NEAR(dlogits[a], (above - below) / (2 * kStep), 1e-8) << "action " << a;
          }
          EXPECT_EQ(dlogits[1], 0.0);
          EXPECT_NEAR(dvalue, (loss(value + kStep) - loss(value - kStep)) / (2 * kStep), 1e-8);
        }
  EXPECT_GT(clipped, 0);
}

TEST(A2cLoss, GradientMatchesFiniteDifferences) {
  constexpr int kActions = 4;
  const uint8_t mask[kActions] = {1, 0, 1, 1};
  constexpr double kStep = 1e-6, kEntropy = 0.05, kValueCoef = 0.6;
  for (const double advantage : {-2.0, 1.5})
    for (const int action : {0, 2})
      for (const double value : {-0.6, 0.9}) {
        double logits[kActions] = {0.3, 50.0, -0.4, 0.9}, dlogits[kActions], dvalue;
        double terms[kA2cTerms], spare[kActions], ignored;
        const PolicySample<double> sample{action, 0.0, advantage, 0.0, 0.35};
        const auto loss = [&](double v) {
          a2c_loss(logits, mask, kActions, v, sample, kEntropy, kValueCoef, 1.0, spare, &ignored,
                   terms);
          return terms[kA2cPolicyLoss] + kValueCoef * terms[kA2cValueLoss] -
                 kEntropy * terms[kA2cEntropy];
        };
        // The weight scales both gradients.
        a2c_loss(logits, mask, kActions, value, sample, kEntropy, kValueCoef, 0.25, dlogits,
                 &dvalue, terms);
        for (int a = 0; a < kActions; ++a) {
          const double kept = logits[a];
          logits[a] = kept + kStep;
          const double above = loss(value);
          logits[a] = kept - kStep;
          const double below = loss(value);
          logits[a] = kept;
          EXPECT_NEAR(4 * dlogits[a], (above - below) / (2 * kStep), 1e-8) << "action " << a;
        }
        EXPECT_EQ(dlogits[1], 0.0);
        EXPECT_NEAR(4 * dvalue, (loss(value + kStep) - loss(value - kStep)) / (2 * kStep), 1e-8);
      }
}

TEST(A2cLoss, AnAdvantageIsTheReturnOfAllStepsThatAreLeft) {
  // Lambda 1: rewards up to the rollout's end and the last value, minus the value; a truncated step
  // adds the value of its final observation.
  constexpr int kSteps = 5;
  const std::vector<float> reward = {1, 2, 3, 4, 5}, value = {0.5f, 1, 1.5f, 2, 2.5f, 3};
  const float final_value = 7;
  const std::vector<int32_t> action(kSteps, 1), elapsed(kSteps, 60),
      final_index = {-1, 0, -1, -1, -1};
  const std::vector<uint8_t> done = {0, 2, 0, 0, 0};
  std::vector<PolicySample<float>> sample(kSteps);
  RolloutView view{};
  view.reward = const_cast<float*>(reward.data());
  view.done = const_cast<uint8_t*>(done.data());
  view.action = const_cast<int32_t*>(action.data());
  view.elapsed_s = const_cast<int32_t*>(elapsed.data());
  view.final_index = const_cast<int32_t*>(final_index.data());
  view.steps = kSteps;
  view.lanes = view.envs = view.final_rows = 1;
  MemberParams params{};
  params.gamma = 0.5;
  MemberState state{};
  state.reward_scale = 1;
  const OnPolicyParams coefficient{1.0, 0, 0};
  double sums[kLaneSums];
  const AdvantageView out{nullptr, const_cast<float*>(value.data()),
                          const_cast<float*>(&final_value), sample.data()};
  Gae{view, out, &params, &coefficient, &state, sums, false}(0);
  EXPECT_FLOAT_EQ(sample[4].target, 5 + 0.5f * 3);
  EXPECT_FLOAT_EQ(sample[3].target, 4 + 0.5f * 5 + 0.25f * 3);
  EXPECT_FLOAT_EQ(sample[2].target, 3 + 0.5f * 4 + 0.25f * 5 + 0.125f * 3);
  EXPECT_FLOAT_EQ(sample[1].target, 2 + 0.5f * 7);
  EXPECT_FLOAT_EQ(sample[0].target, 1 + 0.5f * 2 + 0.25f * 7);
  for (size_t t = 0; t < kSteps; ++t)
    EXPECT_FLOAT_EQ(sample[t].advantage, sample[t].target - value[t]);
}

TEST(PpoLoss, AdvantagesOfAMinibatchAreNormalisedByTheirOwnMoments) {
  constexpr int kRows = 300, kSamples = 300;
  std::vector<PolicySample<float>> sample(kSamples);
  for (size_t i = 0; i < kSamples; ++i)
    sample[i].advantage = std::sin(static_cast<float>(i)) * 3 + 5;
  std::vector<int32_t> index(kRows);
  for (int i = 0; i < kRows; ++i) index[static_cast<size_t>(i)] = (i * 7) % kSamples;
  const int64_t blocks = sum_blocks(kRows);
  std::vector<double> partial(static_cast<size_t>(blocks) * 2);
  for (int64_t b = 0; b < blocks; ++b)
    AdvantageSums{sample.data(), index.data(), partial.data(), kRows, blocks}(b);
  MemberState state{};
  const Counters counters{0, 0};
  AdvantageMoments{partial.data(), &state, &counters, blocks, {kRows, kSamples, 1}, true}(0);
  double mean = 0, square = 0;
  for (const auto& s : sample) mean += s.advantage / double{kSamples};
  for (const auto& s : sample)
    square += (s.advantage - mean) * (s.advantage - mean) / (kSamples - 1);
  EXPECT_NEAR(state.advantage_mean, mean, 1e-5);
  EXPECT_NEAR(state.advantage_scale, 1 / std::sqrt(square), 1e-5);
}

TEST(Adam, MatchesAScalarReferenceWithClipAndSchedule) {
  constexpr int kNumbers = 200, kTasks = 3, kSteps = 20, kSamples = 64;
  const int64_t blocks = sum_blocks(kNumbers);
  MemberParams params{};
  params.learning_rate = 1e-2;
  params.max_grad_norm = 0.5;
  MemberState state{};
  state.active = 1;
  Counters counters{0, 0};
  std::vector<float> w(kNumbers, 1.0f), m(kNumbers, 0.0f), v(kNumbers, 0.0f), grad(kNumbers),
      task_grad(kTasks * kNumbers);
  std::vector<double> rw(kNumbers, 1.0), rm(kNumbers, 0.0), rv(kNumbers, 0.0);
  std::vector<double> norm(static_cast<size_t>(blocks)), terms(kPpoTerms, 0.0);
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  int clips = 0;
  for (int step = 1; step <= kSteps; ++step) {
    counters.iteration = step - 1;
    for (float& g : task_grad) g = normal(random) * (step % 2 ? 0.2f : 0.001f);
    for (int64_t b = 0; b < blocks; ++b)
      ReduceGradients{task_grad.data(), grad.data(), norm.data(), kNumbers, kTasks, blocks}(b);
    StepScalars{norm.data(), terms.data(),
                &params,     &state,
                &counters,   blocks,
                1,           kPpoTerms,
                kApproxKl,   {kSamples, kSamples, 1},
                kSamples,    40.0 * kSamples,
                true}(0);
    for (int j = 0; j < kNumbers; ++j)
      AdamUpdate{w.data(), m.data(), v.data(), grad.data(), &state, kNumbers, 1e-5f}(0, j);

    double square = 0;
    std::vector<double> g(kNumbers);
    for (size_t j = 0; j < kNumbers; ++j) {
      for (size_t k = 0; k < kTasks; ++k) g[j] += task_grad[k * kNumbers + j];
      square += g[j] * g[j];
    }
    const double scale = std::min(1.0, 0.5 / (std::sqrt(square) + 1e-6));
    clips += scale < 1;
    const double rate = 1e-2 * (1 - (step - 1) / 40.0);
    for (size_t j = 0; j < kNumbers; ++j) {
      rm[j] = 0.9 * rm[j] + 0.1 * g[j] * scale;
      rv[j] = 0.999 * rv[j] + 0.001 * g[j] * g[j] * scale * scale;
      const double mh = rm[j] / (1 - std::pow(0.9, step)), vh = rv[j] / (1 - std::pow(0.999, step));
      rw[j] -= rate * mh / (std::sqrt(vh) + 1e-5);
      ASSERT_NEAR(w[j], rw[j], 2e-5) << "step " << step;
    }
  }
  EXPECT_EQ(clips, kSteps / 2);
  EXPECT_EQ(state.optimiser_step, kSteps);
}

TEST(Rmsprop, MatchesAScalarReferenceInBothPlacesOfEpsilon) {
  constexpr int kNumbers = 50, kSteps = 30;
  constexpr double kAlpha = 0.9, kEps = 1e-2, kRate = 1e-2;  // an epsilon that shows
  for (const bool inside : {false, true}) {
    MemberParams params{};
    params.learning_rate = kRate;
    params.max_grad_norm = 2;
    MemberState state{};
    state.active = 1;
    const Counters counters{0, 0};
    std::vector<float> w(kNumbers, 1.0f), v(kNumbers, inside ? 1.0f : 0.0f), grad(kNumbers);
    std::vector<double> rw(kNumbers, 1.0), rv(v.begin(), v.end());
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    int clips = 0;
    for (int step = 0; step < kSteps; ++step) {
      double square = 0;
      for (float& g : grad) {
        g = normal(random) * (step % 2 ? 1.0f : 0.1f);
        square += double{g} * g;
      }
      StepScalars{&square, nullptr, &params,   &state, &counters, 1,    0,
                  0,       -1,      {1, 1, 1}, 1,      0,         false}(0);
      const double scale = std::min(1.0, 2 / (std::sqrt(square) + 1e-6));
      clips += scale < 1;
      for (size_t j = 0; j < kNumbers; ++j) {
        RmspropUpdate{w.data(), v.data(), grad.data(), &state, kNumbers, kEps, kAlpha, inside}(
            0, static_cast<int64_t>(j));
        const double g = grad[j] * scale;
        rv[j] = kAlpha * rv[j] + (1 - kAlpha) * g * g;
        rw[j] -= kRate * g / (inside ? std::sqrt(rv[j] + kEps) : std::sqrt(rv[j]) + kEps);
        ASSERT_NEAR(w[j], rw[j], 2e-5) << "step " << step;
      }
    }
    EXPECT_EQ(clips, kSteps / 2);
  }
}

TEST(Adam, AMemberThatIsStoppedOrNotFiniteKeepsItsWeightsAndMoments) {
  MemberParams params{};
  params.learning_rate = 1;
  params.stop_above = 1.5 * 0.01;
  const Counters counters{0, 0};
  const auto moved = [&](double norm_square, double kl, uint32_t active) {
    MemberState state{};
    state.active = active;
    double terms[kPpoTerms] = {};
    terms[kApproxKl] = kl * 10;  // a sum over 10 samples
    StepScalars{&norm_square, terms,     &params,     &state, &counters, 1,   1,
                kPpoTerms,    kApproxKl, {10, 10, 1}, 10,     0,         true}(0);
    float w = 1, m = 0.5f, v = 0.25f;
    const float grad = 0.3f;
    AdamUpdate{&w, &m, &v, &grad, &state, 1, 1e-5f}(0, 0);
    return w != 1 || m != 0.5f || v != 0.25f;
  };
  EXPECT_TRUE(moved(0.09, 0.014, 1));
  EXPECT_FALSE(moved(0.09, 0.016, 1));
  EXPECT_FALSE(moved(0.09, 0.0, 0));
  EXPECT_FALSE(moved(std::nan(""), 0.0, 1));
  EXPECT_FALSE(moved(INFINITY, 0.0, 1));
}

class NormaliserLayouts : public testing::TestWithParam<bool> {};

TEST_P(NormaliserLayouts, MatchesTwoPassStatisticsOverSeveralMerges) {
  const ObsLayout layout{3, 2, 2, GetParam()};
  constexpr int kMembers = 2, kEnvs = 5, kSteps = 130, kRollouts = 3;
  const int D = layout.obs(), stats = layout.stats();
  const int64_t samples = kSteps * kEnvs, blocks = (samples + kObsBlock - 1) / kObsBlock;
  ASSERT_GT(blocks, 1);
  std::vector<Moments> moments(static_cast<size_t>(kMembers * stats), Moments{});
  std::vector<std::vector<double>> values(moments.size());
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (int rollout = 0; rollout < kRollouts; ++rollout) {
    std::vector<float> obs(static_cast<size_t>(kSteps * kMembers * kEnvs * D));
    for (float& v : obs) v = 100 + rollout + normal(random);
    for (int64_t row = 0; row < kSteps * kMembers * kEnvs; ++row) {
      float* o = obs.data() + row * D;
      const int p = static_cast<int>(row / kEnvs % kMembers);
      const int empty = static_cast<int>(random() % 4);  // 3: none
      for (int f = 0; f < 2 && empty < 3; ++f) o[2 + empty * 2 + f] = 0;
      for (int d = 0; d < D; ++d) {
        if (layout.shared && d >= 2 && (d - 2) / 2 == empty) continue;
        values[static_cast<size_t>(p * stats + layout.stat_of(d))].push_back(o[d]);
      }
    }
    std::vector<double> partial(static_cast<size_t>(kMembers * blocks * stats * 3)), other(partial);
    const ObsSums sums{obs.data(), moments.data(), partial.data(), samples,
                       blocks,     kMembers,       kEnvs,          layout};
    ObsSums twin = sums;
    twin.partial = other.data();
    for (int64_t row = 0; row < kMembers * blocks; ++row) {
      ObsBlockSums{twin}(row);
      for (int c = 0; c < stats; ++c) sums(row, c);
    }
    EXPECT_EQ(partial, other);  // the two loops add in the same order
    for (int p = 0; p < kMembers; ++p)
      for (int c = 0; c < stats; ++c)
        MergeObsSums{partial.data(), moments.data(), blocks, stats}(p, c);
  }
  for (size_t i = 0; i < moments.size(); ++i) {
    double mean = 0, var = 0;
    for (const double v : values[i]) mean += v / static_cast<double>(values[i].size());
    for (const double v : values[i]) var += (v - mean) * (v - mean);
    EXPECT_EQ(moments[i].count, static_cast<double>(values[i].size()));
    EXPECT_NEAR(moments[i].mean, mean, 1e-9);
    EXPECT_NEAR(moments[i].m2 / var, 1.0, 1e-9);
  }
}
INSTANTIATE_TEST_SUITE_P(Kernels, NormaliserLayouts, testing::Bool());

TEST(Normaliser, ClampsAndLeavesEmptyCandidatesAtZero) {
  const ObsLayout layout{2, 1, 2, true};
  const float raw[] = {1000, 3, 4, 0, 0};
  const Moments moments[] = {{10, 1, 40}, {10, 1, 10}, {10, 2, 90}};  // variances 4, 1, 9
  float mean[5], scale[5], x[5];
  uint8_t valid[2];
  for (int d = 0; d < 5; ++d) FreezeMoments{moments, mean, scale, layout}(0, d);
  const ObsRows from{raw, nullptr, 0, 0, 0, 1};
  for (int d = 0; d < 5; ++d) NormaliseRow{from, mean, scale, x, 5}(0, d);
  for (int k = 0; k < 2; ++k) MarkValid{from, x, valid, layout}(0, k);
  EXPECT_FLOAT_EQ(x[0], 10);
  EXPECT_FLOAT_EQ(x[1], 2);
  EXPECT_NEAR(x[2], 2.0 / 3, 1e-6);
  EXPECT_EQ(x[3], 0);
  EXPECT_EQ(x[4], 0);
  EXPECT_EQ(valid[0], 1);
  EXPECT_EQ(valid[1], 0);
}

TEST(Pooling, RowsOfTheCpuHaveTheBitsOfTheElements) {
  constexpr int K = 5, G = 3, F = 2, H = 37, kRows = 9;
  std::mt19937 random(6);
  std::normal_distribution<float> normal;
  std::vector<float> e(kRows * K * H), x(kRows * (G + K * F)), c(kRows * (2 * H + G)), de(e.size());
  std::vector<uint8_t> valid(kRows * K);
  for (float& v : e) v = std::round(normal(random) * 4);  // ties
  for (float& v : x) v = normal(random);
  for (float& v : de) v = normal(random);
  for (size_t i = 0; i < valid.size(); ++i) valid[i] = i >= K && random() % 3 != 0;  // row 0: none
  std::vector<float> other_c(c), other_de(de);
  const PoolContext<float> pool{e.data(), x.data(), valid.data(), c.data(), K, G, F, H};
  PoolContext<float> other_pool = pool;
  other_pool.c = other_c.data();
  for (int r = 0; r < kRows; ++r) {
    for (int column = 0; column < 2 * H + G; ++column) pool(r, column);
    other_pool.whole_row(r);
  }
  EXPECT_EQ(c, other_c);
  const PoolGradient<float> gradient{e.data(), valid.data(), c.data(), de.data(), K, G, H};
  PoolGradient<float> other_gradient = gradient;
  other_gradient.de = other_de.data();
  for (int r = 0; r < kRows; ++r) {
    for (int h = 0; h < H; ++h) gradient(r, h);
    other_gradient.whole_row(r);
  }
  EXPECT_EQ(de, other_de);
}

TEST(Normaliser, RowsOfTheCpuHaveTheBitsOfTheElements) {
  constexpr int D = 19, kRows = 20;
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  std::vector<float> obs(kRows * D), mean(D), scale(D), x(kRows * D, 1.0f), other(x);
  for (float& v : obs) v = 10 * normal(random);
  for (float& v : mean) v = normal(random);
  for (float& v : scale) v = normal(random);
  std::vector<int32_t> index(kRows);
  for (size_t i = 0; i < index.size(); ++i)
    index[i] = static_cast<int32_t>(i * 7 % kRows) - (i == 4);
  index[6] = -1;
  const ObsRows from{obs.data(), index.data(), kRows, 0, 0, kRows};
  const NormaliseRow one{from, mean.data(), scale.data(), x.data(), D};
  NormaliseRow two = one;
  two.x = other.data();
  for (int r = 0; r < kRows; ++r) {
    for (int d = 0; d < D; ++d) one(r, d);
    two.whole_row(r);
  }
  EXPECT_EQ(x, other);
}

TEST(RewardScale, IsTheDeviationOfTheRunningDiscountedReturn) {
  constexpr int kSteps = 50, kEnvs = 300;
  std::vector<float> reward(kSteps * kEnvs);
  std::vector<uint8_t> done(reward.size());
  std::vector<int32_t> elapsed(reward.size(), 60);
  std::mt19937 random(4);
  MemberParams params{};
  params.gamma = 0.9;
  MemberState state{};
  std::vector<double> running(kEnvs, 0.0), reference(kEnvs, 0.0), all;
  const int64_t blocks = sum_blocks(kEnvs);
  for (int rollout = 0; rollout < 2; ++rollout) {
    for (size_t i = 0; i < reward.size(); ++i) {
      reward[i] = static_cast<float>(random() % 1000) / 100.0f - 3;
      done[i] = random() % 20 == 0 ? 1 : 0;
    }
    RolloutView view{};
    view.reward = reward.data();
    view.done = done.data();
    view.elapsed_s = elapsed.data();
    view.steps = kSteps;
    view.lanes = view.envs = kEnvs;
    std::vector<double> sums(kEnvs * kLaneSums), partial(static_cast<size_t>(blocks) * kLaneSums);
    for (int lane = 0; lane < kEnvs; ++lane)
      TrackReturns{view, &params, running.data(), sums.data(), false}(lane);
    for (int64_t b = 0; b < blocks; ++b)
      for (int c = 0; c < kLaneSums; ++c)
        LaneBlockSums{sums.data(), partial.data(), kEnvs, blocks}(b, c);
    UpdateRewardScale{partial.data(), &state, blocks, kSteps * kEnvs, true}(0);
    for (size_t lane = 0; lane < kEnvs; ++lane)
      for (size_t t = 0; t < kSteps; ++t) {
        double& r = reference[lane];
        r = r * static_cast<double>(0.9f) + reward[t * kEnvs + lane];
        all.push_back(r);
        if (done[t * kEnvs + lane]) r = 0;
      }
  }
  double mean = 0, var = 0;
  for (const double v : all) mean += v / static_cast<double>(all.size());
  for (const double v : all) var += (v - mean) * (v - mean) / static_cast<double>(all.size());
  EXPECT_NEAR(state.reward_scale * std::sqrt(var), 1.0, 1e-6);
}

}  // namespace
}  // namespace cusched
