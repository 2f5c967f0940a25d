// SPDX-License-Identifier: MIT
#include "agents/host_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cusched {
namespace {

// Long enough for LibTorch to split it over its threads. Run as a process of its own, as ctest
// does, these are the first calls of the process.
TEST(HostProduct, VectorFunctionsAreAsExactAsFloatIs) {
  constexpr int64_t kNumbers = 30000;
  std::vector<float> x, y;
  for (int64_t i = 0; i < kNumbers; ++i) x.push_back(static_cast<float>(i - kNumbers / 2) * 2e-4f);
  const std::vector<float> in = y = x;
  host_tanh(kNumbers, x.data());
  host_exp(kNumbers, y.data());
  for (size_t i = 0; i < in.size(); ++i) {
    ASSERT_NEAR(x[i], std::tanh(double{in[i]}), 1e-7) << in[i];
    ASSERT_NEAR(y[i], std::exp(double{in[i]}), 2e-7 * std::exp(double{in[i]})) << in[i];
  }
}

}  // namespace
}  // namespace cusched
