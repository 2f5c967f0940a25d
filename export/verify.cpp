// SPDX-License-Identifier: MIT
#include "export/verify.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agents/kernels/categorical.h"
#include "agents/network_registry.h"
#include "agents/policy_outputs.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/philox.h"
#include "export/policy_bytes.h"
#include "export/policy_layout.h"
#include "export/torchscript_model.h"

namespace cusched {
namespace {

double relative_difference(double a, double b) {
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

// Draws for made-up rows; one stream of its own key, so no registry entry is needed.
class Draw {
 public:
  explicit Draw(uint32_t seed) { key_.seed = seed; }
  uint32_t below(uint32_t n) { return bounded(bits(), n); }
  float unit() { return unit_float(bits()); }

 private:
  uint32_t bits() { return draw4(key_, 0, index_++).v[0]; }
  RngKey key_;
  uint32_t index_ = 0;
};

// What a reader should see: masked logits (Q-values of a dueling network) and, for Q-values, their
// masked maximum as the value.
template <class S>
PolicyOutputs<S> expected_outputs(const PolicyWeights& weights, const VerifyRows& rows) {
  PolicyOutputs<S> out = evaluate_weights<S>(weights, rows.slots, rows.rows, rows.obs.data());
  const auto actions = static_cast<size_t>(rows.slots + 1);
  for (size_t r = 0; r < static_cast<size_t>(rows.rows); ++r) {
    S* const logits = out.logits.data() + r * actions;
    const uint8_t* const mask = rows.mask.data() + r * actions;
    S shift = 0;
    if (weights.head == PolicyHead::kDueling) {
      S total = 0;
      int count = 0;
      for (size_t a = 0; a < actions; ++a) {
        total += mask[a] != 0 ? logits[a] : S(0);
        count += mask[a] != 0;
      }
      shift = out.value[r] - total / static_cast<S>(std::max(count, 1));
    }
    for (size_t a = 0; a < actions; ++a)
      logits[a] = mask[a] != 0 ? logits[a] + shift : static_cast<S>(kMaskedLogit);
    if (weights.head == PolicyHead::kLogits) continue;
    out.value.resize(static_cast<size_t>(rows.rows));
    out.value[r] = *std::max_element(logits, logits + actions);
  }
  return out;
}

// Largest allowed logit, the lowest index on ties; K where nothing is allowed.
int best_action(const float* logits, const uint8_t* mask, int slots) {
  int best = -1;
  for (int a = 0; a <= slots; ++a)
    if (mask[a] != 0 && (best < 0 || logits[a] > logits[best])) best = a;
  return best < 0 ? slots : best;
}

class Verifier {
 public:
  Verifier(const std::string& where, const PolicyWeights& weights)
      : where_(where), weights_(weights) {}

  void expect(const VerifyRows& rows) {
    const int64_t width =
        weights_.shape.globals + int64_t{rows.slots} * weights_.shape.slot_features;
    const int64_t actions = rows.slots + 1;
    CUSCHED_CHECK(static_cast<int64_t>(rows.obs.size()) == rows.rows * width &&
                      static_cast<int64_t>(rows.mask.size()) == rows.rows * actions,
                  "verification observations have another shape than the network");
    PolicyOutputs<float> expected = expected_outputs<float>(weights_, rows);
    const double rounding = rounding_of(expected, expected_outputs<double>(weights_, rows));
    const double tolerance = std::max(kLogitTolerance, kRoundings * rounding);
    cases_.push_back({&rows, std::move(expected), tolerance});
    report_.rounding = std::max(report_.rounding, rounding);
    report_.tolerance = std::max(report_.tolerance, tolerance);
    report_.rows += rows.rows;
  }

  void compare(const TorchscriptModel& model) {
    report_.devices += (report_.devices.empty() ? "" : ", ") + to_string(model.device());
    for (const Case& c : cases_) compare_forward(model, c);
    for (const Case& c : cases_) compare_actions(c, actions_of(model, *c.rows), "the file");
  }

  void compare(Policy& trainer) {
    for (const Case& c : cases_) {
      if (c.rows->slots != weights_.shape.slots) continue;
      std::vector<int32_t> action(static_cast<size_t>(c.rows->rows));
      trainer.act({}, c.rows->rows, c.rows->obs.data(), c.rows->mask.data(), action.data());
      compare_actions(c, action, "the trainer");
    }
  }

  const VerifyReport& report() const { return report_; }

 private:
  struct Case {
    const VerifyRows* rows;
    PolicyOutputs<float> expected;
    double tolerance;
  };

  double rounding_of(const PolicyOutputs<float>& has, const PolicyOutputs<double>& exact) const {
    double rounding = 0;
    const auto measure = [&](const std::vector<float>& a, const std::vector<double>& b) {
      for (size_t i = 0; i < a.size(); ++i) {
        const double difference = relative_difference(double{a[i]}, b[i]);
        CUSCHED_CHECK(difference <= kRoundingLimit,
                      "the network of " + where_ + " computes " + std::to_string(a[i]) +
                          " in float and " + std::to_string(b[i]) + " in double",
                      "", "The file was not written; please report this");
        rounding = std::max(rounding, difference);
      }
    };
    measure(has.logits, exact.logits);
    measure(has.value, exact.value);
    return rounding;
  }

  // Actions of the model in its device's memory, as an evaluation asks for them.
  static std::vector<int32_t> actions_of(const TorchscriptModel& model, const VerifyRows& in) {
    const Exec exec{model.device(), nullptr};
    const DeviceMemory obs(exec.device, in.obs.size() * sizeof(float));
    const DeviceMemory mask(exec.device, in.mask.size());
    const DeviceMemory action(exec.device, static_cast<size_t>(in.rows) * sizeof(int32_t));
    std::vector<int32_t> out(static_cast<size_t>(in.rows));
    copy_bytes(exec, obs.data(), in.obs.data(), obs.size());
    copy_bytes(exec, mask.data(), in.mask.data(), mask.size());
    model.act(exec, in.rows, in.slots, static_cast<const float*>(obs.data()),
              static_cast<const uint8_t*>(mask.data()), static_cast<int32_t*>(action.data()));
    copy_bytes(exec, out.data(), action.data(), action.size());
    synchronize(exec);
    return out;
  }

  [[noreturn]] void fail(const std::string& what, int64_t row, double has, double wants) const {
    throw Error("the exported policy " + where_ + " differs from the trained network: " + what +
                    " of row " + std::to_string(row) + " is " + std::to_string(has) + ", not " +
                    std::to_string(wants),
                "", "The file was not written; please report this");
  }

  void compare_forward(const TorchscriptModel& model, const Case& c) {
    const VerifyRows& in = *c.rows;
    const int64_t actions = in.slots + 1;
    std::vector<float> logits(static_cast<size_t>(in.rows * actions));
    std::vector<float> value(static_cast<size_t>(in.rows));
    model.forward(in.rows, in.slots, in.obs.data(), in.mask.data(), logits.data(), value.data());
    for (int64_t i = 0; i < in.rows * actions; ++i)
      compare_number("logit " + std::to_string(i % actions), i / actions, logits[i],
                     c.expected.logits[i], c.tolerance, report_.logit_difference);
    for (int64_t r = 0; r < in.rows; ++r)
      compare_number("value", r, value[r], c.expected.value[r], c.tolerance,
                     report_.value_difference);
  }

  void compare_number(const std::string& what, int64_t row, double has, double wants,
                      double tolerance, double& largest) {
    const double difference = relative_difference(has, wants);
    if (!(difference <= tolerance)) fail(what, row, has, wants);
    largest = std::max(largest, difference);
  }

  void compare_actions(const Case& c, const std::vector<int32_t>& action, const char* whose) {
    const int slots = c.rows->slots;
    for (size_t r = 0; r < action.size(); ++r) {
      const size_t first = r * static_cast<size_t>(slots + 1);
      const uint8_t* mask = c.rows->mask.data() + first;
      const float* logits = c.expected.logits.data() + first;
      const int wants = best_action(logits, mask, slots), has = action[r];
      if (has == wants) continue;
      const bool allowed = has >= 0 && has <= slots && mask[has] != 0;
      if (!allowed || relative_difference(logits[has], logits[wants]) > 2 * c.tolerance)
        fail(std::string("the action of ") + whose, static_cast<int64_t>(r), has, wants);
      ++report_.ties;
    }
  }

  std::string where_;
  const PolicyWeights& weights_;
  std::vector<Case> cases_;
  VerifyReport report_;
};

}  // namespace

VerifyRows probe_rows(const PolicyWeights& weights, int slots, int64_t count, uint32_t seed) {
  const auto g = static_cast<size_t>(weights.shape.globals);
  const auto f = static_cast<size_t>(weights.shape.slot_features);
  const bool shared = takes_any_slots(weights.network);
  Draw draw(seed);
  VerifyRows out;
  out.rows = count;
  out.slots = slots;
  const auto number = [&](size_t at) {
    const float spread = draw.below(16) == 0 ? 20.0f : 2.0f;
    const float deviation = std::sqrt(weights.obs_var[at]);
    out.obs.push_back(weights.obs_mean[at] + spread * deviation * (2.0f * draw.unit() - 1.0f));
  };
  for (int64_t r = 0; r < count; ++r) {
    const uint32_t used = draw.below(static_cast<uint32_t>(slots) + 1);
    for (size_t i = 0; i < g; ++i) number(i);
    const bool only_none = r % 8 == 7;
    for (int k = 0; k < slots; ++k) {
      const bool empty = static_cast<uint32_t>(k) >= used || draw.below(8) == 0;
      for (size_t j = 0; j < f; ++j) {
        if (empty) {
          out.obs.push_back(0.0f);
        } else {
          number(g + j + (shared ? 0 : static_cast<size_t>(k) * f));
        }
      }
      out.mask.push_back(!empty && !only_none && draw.below(3) != 0);
    }
    out.mask.push_back(1);
  }
  return out;
}

VerifyReport verify_policy(const std::string& where, const std::string& bytes,
                           const PolicyWeights& weights, Policy* trainer,
                           const VerifyRows& observations) {
  check_weights(weights);
  const int slots = weights.shape.slots;
  // Fewer rows where a row is long.
  const int64_t count = std::clamp(2560 / slots, 16, 256);
  const VerifyRows probes = probe_rows(weights, slots, count, 1);
  VerifyRows longer;
  Verifier verifier(where, weights);
  verifier.expect(probes);
  if (observations.rows > 0) verifier.expect(observations);
  if (takes_any_slots(weights.network)) {
    longer = probe_rows(weights, slots + 3, 16, 2);
    verifier.expect(longer);
  }
  verifier.compare(TorchscriptModel(where, bytes, Device{}));
  if (cuda_device_count() > 0 && !cuda_is_emulated())  // LibTorch's kernels are not emulated
    verifier.compare(TorchscriptModel(where, bytes, Device{DeviceKind::kCuda, 0}));
  if (trainer) verifier.compare(*trainer);
  return verifier.report();
}

VerifyReport verify_export(const std::string& path, const PolicyWeights& weights, Policy* trainer,
                           const VerifyRows& observations) {
  return verify_policy(path, read_policy_bytes(path), weights, trainer, observations);
}

}  // namespace cusched
