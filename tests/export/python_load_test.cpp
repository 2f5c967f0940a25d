// SPDX-License-Identifier: MIT
// Writes policies of all networks and lets plain Python torch load and check them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "export/torchscript_writer.h"
#include "tests/export/policies.h"

namespace cusched::testing {
namespace {

void write_weights(const std::string& path, const PolicyWeights& weights) {
  nlohmann::json json = {{"kind", weights.network.kind},
                         {"activation", weights.network.activation},
                         {"layers", weights.network.hidden.size()},
                         {"attention_layers", weights.network.attention_layers},
                         {"heads", weights.network.heads},
                         {"K", weights.shape.slots},
                         {"G", weights.shape.globals},
                         {"F", weights.shape.slot_features},
                         {"mean", weights.obs_mean},
                         {"var", weights.obs_var}};
  for (const NamedTensor& tensor : weights.weights) json["weights"][tensor.name] = tensor.values;
  std::ofstream(path) << json.dump();
}

TEST(PythonLoad, GivesTheSameLogitsAndActions) {
  const std::string python = CUSCHED_PYTHON;
  if (python.empty() || std::system((python + " -c 'import torch' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "no Python with torch (" << python << "); run scripts/setup";
  const TestFolder folder("python");
  for (const std::string kind : {"mlp", "pointer", "attention"}) {
    for (const char* activation : {"tanh", "relu"}) {
      const PolicyWeights weights =
          make_weights(kind, activation, {16, 12}, make_shape(10, 7, 6), 11);
      const std::string name = kind + "_" + activation;
      write_policy(folder.file(name + ".pt"), make_export(weights));
      write_weights(folder.file(name + ".json"), weights);
    }
  }
  // PYTHONPATH is cleared: nothing but torch and the standard library is in reach.
  const std::string script = CUSCHED_SOURCE_DIR "/tests/export/load_policy.py";
  const std::string command = "env -u PYTHONPATH " + python + " -W ignore '" + script + "' '" +
                              folder.path().string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace cusched::testing
