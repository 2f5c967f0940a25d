// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/launch.h"
#include "cuda/macros.h"

namespace cusched {

// Turns f(row, column) into a functor of one index, row-major: neighbouring threads of a kernel
// touch neighbouring columns.
template <class F>
struct RowColumn {
  F f;
  int64_t columns;
  CUSCHED_HD void operator()(int64_t i) const { f(i / columns, i % columns); }
};

// f(row, column) for all rows and columns. On the CPU a thread runs whole rows, so that the inner
// loop has no division and the compiler can vectorise it; a functor may bring its own loop over a
// row, f.whole_row(row), that does the same.
template <class F>
void launch_rows(const Exec& exec, int64_t rows, int64_t columns, const F& f, int64_t grain = 64) {
  static_assert(std::is_trivially_copyable_v<F>);
  if (rows <= 0 || columns <= 0) return;
  if (exec.device.is_cuda()) {
    launch_elements(exec, rows * columns, RowColumn<F>{f, columns});
    return;
  }
  host_parallel_for(rows, grain, [&f, columns](int64_t begin, int64_t end) {
    const F local = f;
    for (int64_t row = begin; row < end; ++row) {
      if constexpr (requires { local.whole_row(row); }) {
        local.whole_row(row);
      } else {
        for (int64_t column = 0; column < columns; ++column) local(row, column);
      }
    }
  });
}

// The same for work that exists in float (both back ends) and in double (host only: the tests check
// gradients by finite differences).
template <class S, class F>
void for_rows(const Exec& exec, int64_t rows, int64_t columns, const F& f) {
  if constexpr (std::is_same_v<S, float>) {
    launch_rows(exec, rows, columns, f);
  } else {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) f(row, column);
  }
}

// Sums run over blocks of this many rows first, then serially over the blocks: the order never
// depends on the number of threads or on the back end.
inline constexpr int64_t kSumBlock = 128;

CUSCHED_HD int64_t sum_blocks(int64_t rows) { return (rows + kSumBlock - 1) / kSumBlock; }

}  // namespace cusched
