// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cusched {

// LibTorch's arithmetic on the CPU, on the calling thread inside host_parallel_for.

// Row-major c (m, n) = beta c + op(a) op(b), where op transposes if asked to: a is (m, k) or, for
// 'T', (k, m) with rows lda apart. S is float or double.
template <class S>
void host_product(char ta, char tb, int64_t m, int64_t n, int64_t k, const S* a, int64_t lda,
                  const S* b, int64_t ldb, S beta, S* c, int64_t ldc);

// x (n) = tanh(x) and exp(x), vectorised for the machine it runs on.
void host_tanh(int64_t n, float* x);
void host_exp(int64_t n, float* x);

// LibTorch's tanh and exp are MKL's vector functions. Where two threads make the first call of a
// process at once, one of them now and then computes with an error of 1e-4 instead of 1e-7 (seen in
// one process of a hundred on a busy machine). So one thread makes the first calls, here: the two
// functions above see to it, and so does who runs LibTorch's modules.
void warm_up_vector_functions();

}  // namespace cusched
