// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cuda/device.h"
#include "tests/cuda/gpu.h"
#include "tests/envs/contract_batch.h"
#include "tests/envs/contract_suite.h"

// The same bits on the CPU, on CUDA, and as committed.
namespace cusched::contract {
namespace {

constexpr const char* kRandom = "random-feasible";

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
    for (const std::string& name : env.heuristics) {
      // A fresh batch: memory that an episode does not use counts in the hash.
      auto batch = make(env, variant, options);
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

void cpu_and_cuda_agree(const EnvEntry& env) {
  CUSCHED_SKIP_WITHOUT_GPU();
  for (const Variant& variant : variants(env)) {
    for (bool whole_queue : {false, true}) {
      BatchOptions options = lanes(65);
      options.whole_queue = whole_queue;
      auto host = make(env, variant, options);
      options.device = {DeviceKind::kCuda, 0};
      auto device = make(env, variant, options);
      ASSERT_EQ(reset(*host).difference(reset(*device)), "") << variant.name;
      // 4,096 steps of everything that is written, in pieces.
      for (int steps = 0; steps < 4096; steps += 256) {
        const Record expected = rollout(*host, kRandom, 256), got = rollout(*device, kRandom, 256);
        ASSERT_EQ(expected.difference(got), "") << variant.name << ", from step " << steps;
        ASSERT_EQ(state_difference(*host, *device), "") << variant.name << ", step " << steps + 256;
      }
      for (const std::string& name : host->heuristics()) {
        const std::string what = variant.name + ", " + name;
        ASSERT_EQ(reset(*host).difference(reset(*device)), "") << what;
        ASSERT_EQ(rollout(*host, name, 256).difference(rollout(*device, name, 256)), "") << what;
        ASSERT_EQ(state_difference(*host, *device), "") << what;
      }
      // Actions of a policy, as recorded.
      reset(*host);
      const std::vector<int32_t> actions = rollout(*host, kRandom, 256).action;
      reset(*host);
      reset(*device);
      ASSERT_EQ(replay(*host, actions).difference(replay(*device, actions)), "") << variant.name;
      ASSERT_EQ(state_difference(*host, *device), "") << variant.name;
    }
  }
}

}  // namespace cusched::contract
