// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/policy.h"

namespace cusched {

// Observations of an environment, with their masks: e.g. those of a fresh evaluation.
struct VerifyRows {
  int64_t rows = 0;
  int slots = 0;              // K of these observations
  std::vector<float> obs;     // (rows, G + K * F)
  std::vector<uint8_t> mask;  // (rows, K + 1)
};

// What was compared, over all devices.
struct VerifyReport {
  int64_t rows = 0;             // rows compared per device
  double logit_difference = 0;  // largest |file - trainer| / max(1, |trainer|)
  double value_difference = 0;  // the same of the value
  double rounding = 0;          // largest |trainer - exact| / max(1, |exact|) of logits and values
  double tolerance = 0;         // largest of a set of rows: see kLogitTolerance
  int64_t ties = 0;             // rows with another action whose logit is as good
  std::string devices;          // e.g. "cpu" or "cpu, cuda:0"
};

// The file's logits and value may differ from the trainer's by this, absolute up to 1 and relative
// above (a float32 of 1,000 has no 1e-5). An action may differ only where the two logits do so by
// no more than twice the tolerance.
//
// Both compute the same formula in float32, in another order: each is off the exact result by some
// rounding, of the same size on both sides. Where large activations cancel in a logit, that alone
// can be more than 1e-5, and no file could do better. How much it is, is measured: the trainer's
// numbers in float against the same network in double, apart for the made-up rows and for the real
// ones, so that extreme rows loosen nothing for those that a policy meets. The tolerance of a set
// of rows is then kRoundings times the largest rounding seen in it: two for the two sides, and four
// because one side may meet a cancellation that the other happens to miss (in 36 made-up policies
// with weights up to ten times larger than trained ones, file and trainer were at most 3 roundings
// apart). Rounding above kRoundingLimit is no rounding: then the trainer's own float path is
// broken.
inline constexpr double kLogitTolerance = 1e-5;
inline constexpr double kRoundings = 8;
inline constexpr double kRoundingLimit = 1e-3;

// `count` made-up observations that reach what real ones may not: values beyond the normaliser's
// clamp, empty candidates, holes, no candidate, masks that leave only "none". Keyed by `seed`.
VerifyRows probe_rows(const PolicyWeights& weights, int slots, int64_t count, uint32_t seed);

// Loads the file's bytes as a reader would, on the CPU and, where there is one, on a CUDA device,
// and compares them, on probe rows and on `observations`, with what the trainer's network makes of
// the weights; then the actions of `trainer` (asked on the CPU; may be null; its K is that of the
// weights). Throws Error naming the row and the numbers when they differ by more than the
// tolerance.
VerifyReport verify_policy(const std::string& where, const std::string& bytes,
                           const PolicyWeights& weights, Policy* trainer,
                           const VerifyRows& observations);

// The same for a file.
VerifyReport verify_export(const std::string& path, const PolicyWeights& weights, Policy* trainer,
                           const VerifyRows& observations);

}  // namespace cusched
