// SPDX-License-Identifier: MIT
// The emulated cuBLAS, and LibTorch beside it.
#include <cublas_v2.h>
#include <dlfcn.h>

#include <limits>

#include "cuda/graph.h"
#include "cuda/stream.h"
#include "tests/emulation/test_kernel.h"

namespace cusched::emulation {
namespace {

const Device kDevice{DeviceKind::kCuda, 0};

// A product of two pairs of matrices with gaps between columns and between matrices.
struct Product {
  static constexpr int kM = 5, kN = 3, kK = 7, kLd = 9, kStride = 100;
  std::vector<float> a = numbers(1), b = numbers(2), c = numbers(3);
  float alpha = 2, beta = 0;
  bool flip_a = false, flip_b = false;

  static std::vector<float> numbers(int seed) {
    std::vector<float> out(2 * kStride);
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>((static_cast<int>(i) * 37 + seed * 11) % 17 - 8);
    return out;
  }
  // By its definition; small integers, so that any order of sums gives the same bits.
  std::vector<float> expected() const {
    std::vector<float> out = c;
    for (int i = 0; i < 2; ++i)
      for (int row = 0; row < kM; ++row)
        for (int column = 0; column < kN; ++column) {
          float sum = 0;
          for (int k = 0; k < kK; ++k)
            sum += a[at(i, flip_a ? k : row, flip_a ? row : k)] *
                   b[at(i, flip_b ? column : k, flip_b ? k : column)];
          float& to = out[at(i, row, column)];
          to = alpha * sum + (beta == 0 ? 0 : beta * to);
        }
    return out;
  }
  std::vector<float> computed(cublasHandle_t handle) const {
    const DeviceMemory da = test::to_device(kExec, a), db = test::to_device(kExec, b);
    const DeviceMemory dc = test::to_device(kExec, c);
    const auto op = [](bool flip) { return flip ? CUBLAS_OP_T : CUBLAS_OP_N; };
    EXPECT_EQ(cublasSgemmStridedBatched(handle, op(flip_a), op(flip_b), kM, kN, kK, &alpha,
                                        static_cast<const float*>(da.data()), kLd, kStride,
                                        static_cast<const float*>(db.data()), kLd, kStride, &beta,
                                        static_cast<float*>(dc.data()), kLd, kStride, 2),
              CUBLAS_STATUS_SUCCESS);
    return test::to_host<float>(kExec, dc);
  }

 private:
  static size_t at(int matrix, int row, int column) {
    return static_cast<size_t>(matrix * kStride + column * kLd + row);
  }
};

class EmulatedCublas : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS); }
  void TearDown() override { EXPECT_EQ(cublasDestroy(handle_), CUBLAS_STATUS_SUCCESS); }
  cublasHandle_t handle_ = nullptr;
};

TEST_F(EmulatedCublas, MultipliesByTheDefinition) {
  for (const bool flip_a : {false, true})
    for (const bool flip_b : {false, true})
      for (const float beta : {0.0f, 1.0f, -3.0f}) {
        Product product;
        product.flip_a = flip_a;
        product.flip_b = flip_b;
        product.beta = beta;
        EXPECT_EQ(product.computed(handle_), product.expected());
      }
}

TEST_F(EmulatedCublas, DoesNotReadTheResultWithoutBeta) {
  Product product;
  const std::vector<float> expected = product.expected();
  for (int i = 0; i < Product::kM; ++i)
    product.c[static_cast<size_t>(i)] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(product.computed(handle_), expected);
}

TEST_F(EmulatedCublas, RefusesRowsThatOverlap) {
  const float one = 1;
  EXPECT_EQ(cublasSgemmStridedBatched(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 5, 3, 7, &one, nullptr, 4,
                                      0, nullptr, 7, 0, &one, nullptr, 5, 0, 1),
            CUBLAS_STATUS_INVALID_VALUE);
}

using EmulatedCublasDeathTest = EmulatedCublas;
TEST_F(EmulatedCublasDeathTest, WantsAWorkSpaceForACapture) {
  const Stream stream(kDevice);
  const DeviceMemory workspace(kDevice, 256), c(kDevice, 4);
  const float one = 1;
  const auto multiply = [&] {
    return cublasSgemmStridedBatched(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 0, &one, nullptr, 1,
                                     0, nullptr, 1, 0, &one, static_cast<float*>(c.data()), 1, 0,
                                     1);
  };
  ASSERT_EQ(cublasSetWorkspace(handle_, workspace.data(), 256), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(cublasSetStream(handle_, stream.exec().stream), CUBLAS_STATUS_SUCCESS);
  Graph graph;
  EXPECT_DEATH(graph.capture(stream.exec(), [&] { (void)multiply(); }), "got no work space");
  ASSERT_EQ(cublasSetWorkspace(handle_, workspace.data(), 256), CUBLAS_STATUS_SUCCESS);
  graph.capture(stream.exec(), [&] { EXPECT_EQ(multiply(), CUBLAS_STATUS_SUCCESS); });
  EXPECT_EQ(graph.stats().kernels, 1);
}

// LibTorch goes on calling the real runtime, which is in the process with it.
TEST(EmulatedRuntime, IsNotWhatLibTorchCalls) {
  void* const real = dlsym(RTLD_DEFAULT, "cudaGetDeviceCount");
  ASSERT_NE(real, nullptr);
  EXPECT_NE(real, reinterpret_cast<void*>(&cudaGetDeviceCount));
}

}  // namespace
}  // namespace cusched::emulation
