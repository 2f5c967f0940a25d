// SPDX-License-Identifier: MIT
// The programs that our speed is compared with: that they run, and that the environment served to
// Python is the environment itself. They belong to the whole build; a partial one skips visibly.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/peers/admission_capi.h"
#include "envs/registry.h"

namespace cusched {
namespace {

const std::string kBinaries = CUSCHED_BINARY_DIR;

struct Output {
  int status = -1;
  std::string text;
};

Output run(const std::string& command) {
  Output output;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.text.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

TEST(BareLoop, WritesAResult) {
  const std::string program = kBinaries + "/bare_loop";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << program << " is not built";
  const std::string small =
      " --samples 96 --minibatch 32 --rollout-rows 40 --seconds 0.001 --repetitions 3 --threads 1";
  for (const std::string flag : {"", " --rollout"}) {
    const Output output = run(program + small + flag);
    ASSERT_EQ(output.status, 0) << output.text;
    const auto json = nlohmann::json::parse(output.text);
    EXPECT_EQ(json["metric"], flag.empty() ? "bare_libtorch_train" : "bare_libtorch_train_rollout");
    const auto& speed = json["steps_per_s"];
    EXPECT_GT(speed["min"].get<double>(), 0.0);
    EXPECT_LE(speed["min"], speed["median"]);
    EXPECT_LE(speed["median"], speed["max"]);
    EXPECT_EQ(json["config"]["minibatch"], 32);
  }
  EXPECT_EQ(run(program + " --epochs 0").status, 2);
  EXPECT_EQ(run(program + " --device toaster").status, 2);
}

class CapiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = kBinaries + "/libadmission_capi.so";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not built";
    library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << ::dlerror();
  }
  void TearDown() override {
    if (library_ != nullptr) ::dlclose(library_);
  }
  template <class F>
  F* function(const char* name) {
    void* const found = ::dlsym(library_, name);
    EXPECT_NE(found, nullptr) << name;
    return reinterpret_cast<F*>(found);
  }

  void* library_ = nullptr;
};

TEST_F(CapiTest, StepsTheSameEnvironments) {
  constexpr int kEnvs = 33;
  const auto create = function<decltype(cusched_vec_create)>("cusched_vec_create");
  const auto destroy = function<decltype(cusched_vec_destroy)>("cusched_vec_destroy");
  const auto reset = function<decltype(cusched_vec_reset)>("cusched_vec_reset");
  const auto step = function<decltype(cusched_vec_step)>("cusched_vec_step");
  CuschedVecEnv* const env = create("horizon-s=7200\nload=0.7", kEnvs, 5);
  ASSERT_NE(env, nullptr) << function<decltype(cusched_last_error)>("cusched_last_error")();

  BatchOptions options;
  options.envs = kEnvs;
  options.seed = 5;
  const auto batch = find_environment("admission")
                         .create({{"horizon-s", "7200", "test"}, {"load", "0.7", "test"}}, options);
  const BatchShape shape = batch->shape();
  ASSERT_EQ(function<decltype(cusched_vec_obs)>("cusched_vec_obs")(env), shape.obs());
  ASSERT_EQ(function<decltype(cusched_vec_actions)>("cusched_vec_actions")(env), shape.actions());
  struct Arrays {
    std::vector<float> obs, reward, final_obs;
    std::vector<uint8_t> mask, done;
    explicit Arrays(const BatchShape& s)
        : obs(kEnvs * s.obs()),
          reward(kEnvs),
          final_obs(kEnvs * s.obs()),
          mask(kEnvs * s.actions()),
          done(kEnvs) {}
  };
  Arrays served(shape), direct(shape);
  const int final_rows = static_cast<int>(std::max<int64_t>(1, batch->max_truncations(1)));
  std::vector<float> rows(static_cast<size_t>(kEnvs) * final_rows * shape.obs());
  std::vector<int32_t> final_index(kEnvs), final_count(kEnvs);
  StepBuffers out;
  out.obs = direct.obs.data();
  out.mask = direct.mask.data();
  ASSERT_EQ(reset(env, served.obs.data(), served.mask.data()), 0);
  batch->reset({}, out);
  ASSERT_EQ(served.obs, direct.obs);
  ASSERT_EQ(served.mask, direct.mask);

  out.reward = direct.reward.data();
  out.done = direct.done.data();
  out.final_obs = rows.data();
  out.final_index = final_index.data();
  out.final_count = final_count.data();
  out.final_rows = final_rows;
  int truncated = 0;
  for (int t = 0; t < 600; ++t) {
    std::vector<int32_t> action(kEnvs);
    for (int e = 0; e < kEnvs; ++e) action[e] = (e + 7 * t) % shape.actions();
    ASSERT_EQ(step(env, action.data(), served.obs.data(), served.mask.data(), served.reward.data(),
                   served.done.data(), served.final_obs.data()),
              0);
    std::fill(final_count.begin(), final_count.end(), 0);
    batch->step({}, action.data(), out);
    for (int e = 0; e < kEnvs; ++e) {
      if (direct.done[e] != static_cast<uint8_t>(Done::kTruncated)) continue;
      ++truncated;
      const auto row = rows.begin() + (e * final_rows + final_index[e]) * shape.obs();
      std::copy_n(row, shape.obs(), direct.final_obs.begin() + e * shape.obs());
    }
    ASSERT_EQ(served.obs, direct.obs) << t;
    ASSERT_EQ(served.mask, direct.mask) << t;
    ASSERT_EQ(served.reward, direct.reward) << t;
    ASSERT_EQ(served.done, direct.done) << t;
    ASSERT_EQ(served.final_obs, direct.final_obs) << t;
  }
  EXPECT_GT(truncated, 0);
  destroy(env);
}

TEST_F(CapiTest, SaysWhatIsWrong) {
  const auto create = function<decltype(cusched_vec_create)>("cusched_vec_create");
  const auto last_error = function<decltype(cusched_last_error)>("cusched_last_error");
  const std::vector<std::array<std::string, 2>> bad = {
      {"loda=1", "loda"}, {"load", "settings:1"}, {"load=0.9\n=3", "settings:2"}};
  for (const auto& [settings, word] : bad) {
    EXPECT_EQ(create(settings.c_str(), 4, 1), nullptr);
    EXPECT_NE(std::string(last_error()).find(word), std::string::npos) << last_error();
  }
  EXPECT_EQ(create("", 0, 1), nullptr);
}

TEST_F(CapiTest, PythonReadsIt) {
  const std::string python = CUSCHED_PYTHON;
  if (python.empty() || run(python + " -c 'import numpy'").status != 0)
    GTEST_SKIP() << "no Python with numpy";
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "Python does not load an instrumented library";
#endif
  const Output output =
      run(python + " " + CUSCHED_SOURCE_DIR + "/tests/bench/vec_env_check.py " + kBinaries);
  EXPECT_EQ(output.status, 0) << output.text;
}

}  // namespace
}  // namespace cusched
