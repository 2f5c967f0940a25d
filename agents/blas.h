// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/device.h"

struct cublasContext;  // what a cublasHandle_t points to

namespace cusched {

// cuBLAS for one user (a trainer, a policy): the handle and its work space, made with the user and
// not at the first product, which may be inside a capture. Its products come one after the other on
// one stream. Float32 throughout: no TF32. Empty on the CPU.
class Blas {
 public:
  explicit Blas(const Device& device);
  ~Blas();
  Blas(const Blas&) = delete;  // a work space has one user
  Blas& operator=(const Blas&) = delete;

  // c_i = op(a_i) op(b_i), or += where `accumulate`, for i in [0, batch): row-major, c (m, n),
  // op(a) (m, k), op(b) (k, n), rows ld apart, matrices `stride` apart. A transposed factor ('T')
  // is stored the other way round.
  struct Factor {
    const float* at;
    int64_t ld, stride;
    char op;  // 'N' or 'T'
  };
  void products(const Exec& exec, int64_t batch, int64_t m, int64_t n, int64_t k, const Factor& a,
                const Factor& b, bool accumulate, float* c, int64_t ldc, int64_t stride) const;

 private:
  Device device_;
  cublasContext* handle_ = nullptr;
  DeviceMemory workspace_;
};

}  // namespace cusched
