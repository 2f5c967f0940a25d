// SPDX-License-Identifier: MIT
#include "agents/kernels/optimiser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/ppo_loss.h"

namespace cusched {
namespace {

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
      ReduceGradients{task_grad.data(), grad.data(), norm.data(), kNumbers, kTasks, blocks}(
          SerialTeam{}, b);
    StepScalars{norm.data(), terms.data(),
                &params,     &state,
                &counters,   blocks,
                1,           kPpoTerms,
                kApproxKl,   {kSamples, kSamples, 1},
                kSamples,    40.0 * kSamples,
                true}(SerialTeam{}, 0);
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
                  0,       -1,      {1, 1, 1}, 1,      0,         false}(SerialTeam{}, 0);
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
                kPpoTerms,    kApproxKl, {10, 10, 1}, 10,     0,         true}(SerialTeam{}, 0);
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

}  // namespace
}  // namespace cusched
