// SPDX-License-Identifier: MIT
// An exported DQN policy gives the action values that the loss was computed from.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "agents/dqn.h"
#include "agents/kernels/td_loss.h"
#include "export/policy_layout.h"
#include "export/torchscript_model.h"
#include "export/torchscript_writer.h"
#include "tests/agents/toy_batch.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

PolicyWeights train(const std::string& kind, bool dueling) {
  ToyOptions options;
  options.shape.slots = 6;
  options.shape.slot_features = 3;
  ToyBatch batch(options);
  DqnConfig config;
  config.rollout_steps = 8;
  config.minibatch = 128;
  config.replay_size = 2000;
  config.learning_rate = {1e-2f};
  config.dueling = dueling;
  const auto trainer = make_dqn(batch, Exec{}, {kind, {24, 16}, "tanh"}, config, 3);
  for (int i = 0; i < 20; ++i) trainer->iterate();
  return trainer->policy(0);
}

TEST(DqnPolicy, ExportsActionValuesAndTheirMaskedMaximum) {
  for (const std::string& kind : network_names()) {
    for (const bool dueling : {false, true}) {
      const PolicyWeights weights = train(kind, dueling);
      check_weights(weights);
      const auto trainer = make_policy(weights, Device{});
      const std::string bytes = serialise_policy(make_export(weights));
      const VerifyReport report = verify_policy("p.pt", bytes, weights, trainer.get(), {});
      EXPECT_LE(report.ties, report.rows / 50) << kind;

      const VerifyRows rows = probe_rows(weights, weights.shape.slots, 65, 9);
      const auto raw = evaluate_weights<float>(weights, rows.slots, rows.rows, rows.obs.data());
      ASSERT_EQ(raw.value.empty(), !dueling);
      std::vector<float> q(raw.logits.size()), value(static_cast<size_t>(rows.rows));
      TorchscriptModel("p.pt", bytes, Device{})
          .forward(rows.rows, rows.slots, rows.obs.data(), rows.mask.data(), q.data(),
                   value.data());
      const int actions = rows.slots + 1;
      for (int64_t r = 0; r < rows.rows; ++r) {
        const float* const logits = raw.logits.data() + r * actions;
        const uint8_t* const mask = rows.mask.data() + r * actions;
        const QRow<float> row =
            dueling ? QRow<float>(logits, mask, actions, raw.value[static_cast<size_t>(r)])
                    : QRow<float>(logits, mask, actions);
        for (int a = 0; a < actions; ++a) {
          const float got = q[static_cast<size_t>(r * actions + a)];
          if (mask[a] != 0) {
            ASSERT_NEAR(got, row.q(a), 1e-5) << kind << ", dueling " << dueling;
          } else {
            ASSERT_EQ(got, -3.4e38f);
          }
        }
        ASSERT_EQ(value[static_cast<size_t>(r)],
                  *std::max_element(q.data() + r * actions, q.data() + (r + 1) * actions));
      }
    }
  }
}

}  // namespace
}  // namespace cusched::testing
