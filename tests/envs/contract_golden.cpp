// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/envs/contract_batch.h"
#include "tests/envs/contract_suite.h"

// The same bits as committed.
namespace cusched::contract {
namespace {

uint64_t combine(const std::vector<uint64_t>& hashes) {
  uint64_t all = 0xcbf29ce484222325u;
  for (uint64_t hash : hashes) all = (all ^ hash) * 0x100000001b3u;
  return all;
}

// A line for each variant and heuristic: "VARIANT HEURISTIC HASH".
std::string golden_lines(const EnvEntry& env) {
  std::ostringstream lines_out;
  for (const Variant& variant : variants(env)) {
    BatchOptions options = lanes(17);
    options.whole_queue = true;
    auto batch = make(env, variant, options);
    for (const std::string& name : env.heuristics) {
      batch->reset({}, {});
      rollout(*batch, name, 256, false);
      lines_out << variant.name << ' ' << name << ' ' << std::hex << combine(batch->hashes({}))
                << std::dec << '\n';
    }
  }
  return lines_out.str();
}

}  // namespace

void hashes_match_golden(const EnvEntry& env) {
  const std::filesystem::path path =
      std::filesystem::path(CUSCHED_SOURCE_DIR) / "tests" / "golden" / (env.name + ".txt");
  const std::string lines = golden_lines(env);
  if (std::getenv("CUSCHED_REGENERATE_GOLDEN") != nullptr) {
    std::ofstream(path) << "# State hashes of `" << env.name
                        << "` after 256 steps of 17 environments, seed 7.\n"
                           "# A change is breaking: say so in CHANGELOG.md. Regenerate with\n"
                           "#   CUSCHED_REGENERATE_GOLDEN=1 build/cpu/test_envs "
                           "--gtest_filter=*Contract.HashesMatchGolden\n"
                        << lines;
    GTEST_SKIP() << "wrote " << path;
  }
  std::ifstream in(path);
  ASSERT_TRUE(in) << path << " is missing; CUSCHED_REGENERATE_GOLDEN=1 writes it";
  std::string expected;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') expected += line + "\n";
  EXPECT_EQ(lines, expected);
}

}  // namespace cusched::contract
