// SPDX-License-Identifier: MIT
#include "bench/peers/admission_capi.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/registry.h"

using cusched::Batch;
using cusched::BatchOptions;
using cusched::EnvValue;
using cusched::Exec;
using cusched::InputError;
using cusched::StepBuffers;

struct CuschedVecEnv {
  std::unique_ptr<Batch> batch;
  int final_rows = 1;                // most truncations of an environment in one step
  std::vector<float> final_obs;      // (E, final_rows, D)
  std::vector<int32_t> final_index;  // (E)
  std::vector<int32_t> final_count;  // (E)
};

namespace {

thread_local std::string last_error;

// Runs `f` and turns an exception into `failed`.
template <class T, class F>
T guarded(T failed, const F& f) {
  try {
    return f();
  } catch (const std::exception& error) {
    last_error = error.what();
  }
  return failed;
}

std::vector<EnvValue> parse_settings(const std::string& text) {
  std::vector<EnvValue> values;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    const std::string where = "settings:" + std::to_string(number);
    const size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError(where, "\"" + line + "\" is not name=value", "Write e.g. load=0.9");
    values.push_back({line.substr(0, equals), line.substr(equals + 1), where});
  }
  return values;
}

}  // namespace

extern "C" {

const char* cusched_last_error(void) { return last_error.c_str(); }

CuschedVecEnv* cusched_vec_create(const char* settings, int32_t envs, uint64_t seed) {
  return guarded<CuschedVecEnv*>(nullptr, [&] {
    if (envs < 1) throw InputError("envs", "is " + std::to_string(envs), "Give 1 or more");
    BatchOptions options;
    options.envs = envs;
    options.seed = seed;
    auto env = std::make_unique<CuschedVecEnv>();
    env->batch = cusched::find_environment("admission")
                     .create(parse_settings(settings == nullptr ? "" : settings), options);
    const auto lanes = static_cast<size_t>(env->batch->shape().lanes());
    env->final_rows = static_cast<int>(std::max<int64_t>(1, env->batch->max_truncations(1)));
    env->final_obs.resize(lanes * env->final_rows * env->batch->shape().obs());
    env->final_index.resize(lanes);
    env->final_count.resize(lanes);
    return env.release();
  });
}

void cusched_vec_destroy(CuschedVecEnv* env) { delete env; }

int32_t cusched_vec_obs(const CuschedVecEnv* env) { return env->batch->shape().obs(); }
int32_t cusched_vec_actions(const CuschedVecEnv* env) { return env->batch->shape().actions(); }

int32_t cusched_vec_reset(CuschedVecEnv* env, float* obs, uint8_t* mask) {
  return guarded(-1, [&] {
    StepBuffers out;
    out.obs = obs;
    out.mask = mask;
    env->batch->reset(Exec{}, out);
    return 0;
  });
}

int32_t cusched_vec_step(CuschedVecEnv* env, const int32_t* action, float* obs, uint8_t* mask,
                         float* reward, uint8_t* done, float* final_obs) {
  return guarded(-1, [&] {
    std::fill(env->final_count.begin(), env->final_count.end(), 0);
    StepBuffers out;
    out.obs = obs;
    out.mask = mask;
    out.reward = reward;
    out.done = done;
    out.final_obs = env->final_obs.data();
    out.final_index = env->final_index.data();
    out.final_count = env->final_count.data();
    out.final_rows = env->final_rows;
    env->batch->step(Exec{}, action, out);
    const size_t width = static_cast<size_t>(env->batch->shape().obs());
    for (size_t lane = 0; lane < env->final_index.size(); ++lane) {
      if (done[lane] != static_cast<uint8_t>(cusched::Done::kTruncated)) continue;
      const auto row = lane * env->final_rows + env->final_index[lane];
      std::copy_n(env->final_obs.data() + row * width, width, final_obs + lane * width);
    }
    return 0;
  });
}

}  // extern "C"
