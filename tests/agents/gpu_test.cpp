// SPDX-License-Identifier: MIT
#include "tests/cuda/gpu.h"

#include <cmath>
#include <random>
#include <tuple>

#include "agents/initialisation.h"
#include "agents/linear.h"
#include "agents/network_layout.h"
#include "agents/network_registry.h"
#include "cuda/stream.h"
#include "envs/registry.h"
#include "tests/agents/algorithm_cases.h"

namespace cusched {
namespace {

const Device kCpu;
const Device kGpu{DeviceKind::kCuda, 0};

std::unique_ptr<Batch> admission(const Device& device, int members) {
  BatchOptions options;
  options.members = members;
  options.envs = test::gpu_size(65, 9);
  options.device = device;
  options.seed = 3;
  return find_environment("admission").create(plain_admission(), options);
}

std::vector<float> normals(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(n);
  for (float& v : out) v = normal(random);
  return out;
}

std::unique_ptr<Trainer> make_case_trainer(const AlgorithmCase& c, const std::string& network,
                                           bool graphs, Batch& batch, const Exec& exec) {
  AlgorithmCase sized = c;
  if (const auto rows = sized.numbers.find("minibatch"); rows != sized.numbers.end())
    rows->second = test::gpu_size(rows->second, 64.0);
  const auto algorithm = make_case(sized);
  algorithm->shared().rollout_steps = 16;
  algorithm->shared().cuda_graphs = graphs;
  algorithm->shared().schedule = "linear";
  algorithm->shared().total_steps = 100000;
  const int width = test::gpu_size(32, 8);
  return algorithm->make_trainer(batch, exec, NetworkConfig{network, {width, width}, "tanh"}, 5, 0);
}

class AlgorithmsGpu : public testing::TestWithParam<std::tuple<AlgorithmCase, std::string>> {
 protected:
  // States of a trainer after each of some iterations on the GPU.
  static std::vector<std::vector<uint8_t>> states(bool graphs, int members, int iterations) {
    const Stream stream(kGpu);
    const auto batch = admission(kGpu, members);
    const auto trainer = make_case_trainer(std::get<0>(GetParam()), std::get<1>(GetParam()), graphs,
                                           *batch, stream.exec());
    std::vector<std::vector<uint8_t>> all;
    for (int i = 0; i < iterations; ++i) {
      trainer->iterate();
      all.push_back(trainer->save());
    }
    return all;
  }
};

TEST_P(AlgorithmsGpu, GraphsAndEagerLaunchesGiveTheSameBits) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const int members : {1, 3}) {
    const auto replayed = states(true, members, 4);
    EXPECT_TRUE(replayed == states(false, members, 4)) << members << " members";
    EXPECT_FALSE(replayed[2] == replayed[3]);
  }
}

TEST_P(AlgorithmsGpu, RunsAreRepeatable) {
  CUSCHED_SKIP_WITHOUT_GPU();
  EXPECT_TRUE(states(true, 2, 3) == states(true, 2, 3));
}

TEST_P(AlgorithmsGpu, AnIterationIsThatOfTheCpu) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const auto& [algorithm, network] = GetParam();
  const Stream stream(kGpu);
  const auto gpu_batch = admission(kGpu, 2), cpu_batch = admission(kCpu, 2);
  const auto gpu = make_case_trainer(algorithm, network, true, *gpu_batch, stream.exec());
  const auto cpu = make_case_trainer(algorithm, network, true, *cpu_batch, Exec{});
  gpu->iterate();
  cpu->iterate();
  const TrainStats a = gpu->stats(), b = cpu->stats();
  ASSERT_EQ(a.names, b.names);
  // Sums run in another order; a rounding that flips one sampled action shows in the third digit.
  for (size_t i = 0; i < a.values.size(); ++i)
    EXPECT_NEAR(a.values[i], b.values[i], 1e-3 + 2e-2 * std::fabs(b.values[i]))
        << a.names[i % a.names.size()];
}
INSTANTIATE_TEST_SUITE_P(Each, AlgorithmsGpu,
                         testing::Combine(testing::ValuesIn(algorithm_cases()),
                                          testing::ValuesIn(network_names())));

class NetworksGpu : public testing::TestWithParam<std::string> {};

TEST_P(NetworksGpu, PoliciesChooseAsOnTheCpu) {
  CUSCHED_SKIP_WITHOUT_GPU();
  PolicyWeights weights;
  weights.network = NetworkConfig{GetParam(), {32, 32}, "relu"};
  weights.shape = BatchShape{1, 1, 10, 17, 5};
  const NetworkLayout layout = make_layout(weights.network, weights.shape);
  const std::vector<float> params = initial_parameters(layout, 1, 0);
  weights.weights = to_tensors(layout, params.data());
  weights.obs_mean.assign(static_cast<size_t>(layout.stats()), 0.1f);
  weights.obs_var.assign(static_cast<size_t>(layout.stats()), 2.0f);
  constexpr int64_t kRows = 1000;
  const std::vector<float> obs = normals(static_cast<size_t>(kRows * layout.obs()), 4);
  std::vector<uint8_t> mask(static_cast<size_t>(kRows * layout.actions()));
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = i % 11 == 10 || i % 3 != 0;
  std::vector<int32_t> expected(kRows), action(kRows);
  make_policy(weights, kCpu)->act(Exec{}, kRows, obs.data(), mask.data(), expected.data());
  const Stream stream(kGpu);
  const DeviceMemory d_obs = test::to_device(stream.exec(), obs);
  const DeviceMemory d_mask = test::to_device(stream.exec(), mask);
  const DeviceMemory d_action(kGpu, kRows * sizeof(int32_t));
  make_policy(weights, kGpu)
      ->act(stream.exec(), kRows, static_cast<const float*>(d_obs.data()),
            static_cast<const uint8_t*>(d_mask.data()), static_cast<int32_t*>(d_action.data()));
  EXPECT_EQ(test::to_host<int32_t>(stream.exec(), d_action), expected);
}
INSTANTIATE_TEST_SUITE_P(Each, NetworksGpu, testing::ValuesIn(network_names()));

// Products of two members whose weights are a block of columns of a wider matrix.
struct Products {
  static constexpr int kMembers = 2, kRows = 150, kIn = 5, kOut = 7, kLd = 9, kStride = 100;
  std::vector<float> x = normals(kMembers * kRows * kIn, 1);
  std::vector<float> dy = normals(kMembers * kRows * kOut, 2);
  std::vector<float> w = normals(kMembers * kStride, 3);
  std::vector<float> y, dx, dw;

  explicit Products(const Exec& exec) {
    const DeviceMemory mx = test::to_device(exec, x), mdy = test::to_device(exec, dy);
    const DeviceMemory mw = test::to_device(exec, w);
    const DeviceMemory my = test::to_device(exec, dy), mdx = test::to_device(exec, x);
    const DeviceMemory mdw = test::to_device(exec, w);
    const DeviceMemory scratch(exec.device, kMembers * kOut * 8 * sizeof(float));
    const auto at = [](const DeviceMemory& m) { return static_cast<float*>(m.data()); };
    const Blas blas(exec.device);
    const Rows<float> on{exec, kMembers, kRows, at(scratch), &blas};
    const Layer<const float> layer{at(mw) + 2, at(mw) + 80, kIn, kOut, kLd, kStride};
    const Layer<float> grad{at(mdw) + 2, at(mdw) + 80, kIn, kOut, kLd, kStride};
    linear(on, at(mx), layer, at(my));
    linear_input_gradient(on, at(mdy), layer, at(mdx), true);
    for (const bool accumulate : {false, true})
      linear_weight_gradient(on, at(mdy), at(mx), grad, accumulate);
    y = test::to_host<float>(exec, my);
    dx = test::to_host<float>(exec, mdx);
    dw = test::to_host<float>(exec, mdw);
  }
};

void expect_near(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-4) << "number " << i;
}

TEST(Linear, ProductsOnTheHostMatchTheirDefinition) {
  const Products p{Exec{}};
  using P = Products;
  for (int m = 0; m < P::kMembers; ++m) {
    const float* w = p.w.data() + m * P::kStride + 2;
    const float* b = p.w.data() + m * P::kStride + 80;
    const float* dw = p.dw.data() + m * P::kStride;
    for (int o = 0; o < P::kOut; ++o) {
      double db = 0;
      for (int r = 0; r < P::kRows; ++r) {
        double y = b[o];
        for (int i = 0; i < P::kIn; ++i)
          y +=
              double{p.x[static_cast<size_t>((m * P::kRows + r) * P::kIn + i)]} * w[o * P::kLd + i];
        ASSERT_NEAR(p.y[static_cast<size_t>((m * P::kRows + r) * P::kOut + o)], y, 1e-4);
        db += p.dy[static_cast<size_t>((m * P::kRows + r) * P::kOut + o)];
      }
      ASSERT_NEAR(dw[80 + o], 2 * db, 1e-4);
      for (int i = 0; i < P::kIn; ++i) {
        double sum = 0;
        for (int r = 0; r < P::kRows; ++r)
          sum += double{p.dy[static_cast<size_t>((m * P::kRows + r) * P::kOut + o)]} *
                 p.x[static_cast<size_t>((m * P::kRows + r) * P::kIn + i)];
        ASSERT_NEAR(dw[2 + o * P::kLd + i], 2 * sum, 2e-4);
      }
      ASSERT_EQ(dw[2 + o * P::kLd + P::kIn],
                w[o * P::kLd + P::kIn]);  // the next column is not ours
    }
    for (int r = 0; r < P::kRows; ++r)
      for (int i = 0; i < P::kIn; ++i) {
        double sum = p.x[static_cast<size_t>((m * P::kRows + r) * P::kIn + i)];
        for (int o = 0; o < P::kOut; ++o)
          sum += double{p.dy[static_cast<size_t>((m * P::kRows + r) * P::kOut + o)]} *
                 w[o * P::kLd + i];
        ASSERT_NEAR(p.dx[static_cast<size_t>((m * P::kRows + r) * P::kIn + i)], sum, 1e-4);
      }
  }
}

// Bias gradients of kMembers members over so many rows that both sums have more than one part.
std::vector<float> bias_gradients(const Exec& exec, int64_t rows, int out) {
  constexpr int kMembers = 2;
  const DeviceMemory dy =
      test::to_device(exec, normals(static_cast<size_t>(kMembers * rows * out), 5));
  const DeviceMemory grad =
      test::to_device(exec, normals(static_cast<size_t>(kMembers * 2 * out), 6));
  const DeviceMemory scratch(
      exec.device, static_cast<size_t>(kMembers * sum_blocks(rows) * out) * sizeof(float));
  const auto at = [](const DeviceMemory& m) { return static_cast<float*>(m.data()); };
  const Blas blas(exec.device);
  const Rows<float> on{exec, kMembers, rows, at(scratch), &blas};
  const Layer<float> layer{at(grad), at(grad) + out, 1, out, 1, 2 * out};
  for (const bool accumulate : {false, true})
    linear_weight_gradient(on, at(dy), at(dy), layer, accumulate);
  std::vector<float> all = test::to_host<float>(exec, grad), biases;
  for (int m = 0; m < kMembers; ++m)
    biases.insert(biases.end(), all.begin() + (2 * m + 1) * out, all.begin() + (2 * m + 2) * out);
  return biases;
}

TEST(Linear, BiasGradientsHaveTheBitsOfTheirFunctors) {
  for (const int64_t rows : {1, 127, 128, 129, 300, 20000}) {
    constexpr int kOut = 70;  // more columns than the host takes at a time
    const std::vector<float> dy = normals(static_cast<size_t>(2 * rows * kOut), 5);
    const int64_t blocks = sum_blocks(rows);
    std::vector<float> partial(static_cast<size_t>(2 * blocks * kOut)), db(2 * kOut);
    for (int64_t row = 0; row < 2 * blocks; ++row)
      for (int c = 0; c < kOut; ++c)
        ColumnPartials<float>{dy.data(), partial.data(), rows, blocks, kOut}(row, c);
    for (const bool accumulate : {false, true})
      for (int64_t i = 0; i < 2 * kOut; ++i)
        ColumnTotals<float>{partial.data(), db.data(), blocks, kOut, kOut, accumulate}(SerialTeam{},
                                                                                       i);
    EXPECT_EQ(bias_gradients(Exec{}, rows, kOut), db) << rows;
  }
}

TEST(LinearGpu, BiasGradientsHaveTheBitsOfTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  for (const int64_t rows : {1, 129, 300, 20000})
    EXPECT_EQ(bias_gradients(stream.exec(), rows, 70), bias_gradients(Exec{}, rows, 70)) << rows;
}

TEST(LinearGpu, ProductsMatchTheHost) {
  CUSCHED_SKIP_WITHOUT_GPU();
  const Stream stream(kGpu);
  const Products host{Exec{}}, device{stream.exec()};
  expect_near(device.y, host.y);
  expect_near(device.dx, host.dx);
  expect_near(device.dw, host.dw);
}

}  // namespace
}  // namespace cusched
