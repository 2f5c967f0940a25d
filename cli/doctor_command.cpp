// SPDX-License-Identifier: MIT
#include <dlfcn.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/host_pool.h"
#include "agents/ppo.h"
#include "build_info.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/words.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/host_info.h"
#include "cuda/stream.h"
#include "envs/registry.h"

namespace cusched {
namespace {

struct Check {
  enum class State { kOk, kMissing, kFailed };
  std::string name;
  State state = State::kOk;
  std::string text;
};

const char* word_of(Check::State state) {
  return state == Check::State::kOk ? "ok" : state == Check::State::kMissing ? "--" : "FAIL";
}

// The environments of the self test, run on a device: hashes say whether devices agree.
struct EnvTest {
  std::vector<uint64_t> hashes;
  double steps_per_s = 0;
};

constexpr int kTestEnvs = 65;  // no multiple of a warp
constexpr int kTestSteps = 512;

EnvTest test_environment(const Device& device) {
  using Clock = std::chrono::steady_clock;
  BatchOptions options;
  options.envs = kTestEnvs;
  options.device = device;
  const EnvEntry& entry = *all_environments().front();
  const std::unique_ptr<Batch> batch = entry.create({}, options);
  const Stream stream(device);
  const Exec exec = stream.exec();
  batch->reset(exec, {});
  synchronize(exec);
  const auto begin = Clock::now();
  batch->run_heuristic(exec, 0, kTestSteps, nullptr, {});
  synchronize(exec);
  const double took_s = std::chrono::duration<double>(Clock::now() - begin).count();
  return {batch->hashes(exec), double{kTestEnvs} * kTestSteps / took_s};
}

// Two iterations of PPO with LibTorch; the losses have to be finite.
void test_learning(const Device& device) {
  BatchOptions options;
  options.envs = 64;
  options.device = device;
  const std::unique_ptr<Batch> batch = all_environments().front()->create({}, options);
  const Stream stream(device);
  PpoConfig ppo;
  ppo.rollout_steps = 32;
  ppo.minibatch = 1024;
  const auto trainer = make_ppo(*batch, stream.exec(), NetworkConfig{}, ppo, 1);
  trainer->iterate();
  trainer->iterate();
  const TrainStats stats = trainer->stats();
  for (size_t i = 0; i < stats.names.size(); ++i) {
    const bool loss = stats.names[i].find("loss") != std::string::npos;
    CUSCHED_CHECK(!loss || std::isfinite(stats.values[i]), stats.names[i] + " is not finite");
  }
}

// Why there is no usable CUDA device, and what to do about it.
std::string cuda_advice() {
  const std::string cuda = build_info().cuda_version;
  if (cuda.empty())
    return "this binary was built without CUDA. Configure with -DCUSCHED_CUDA=ON (nvcc 13)";
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver == nullptr)
    return "no NVIDIA driver: libcuda.so.1 is not found. Install a driver for CUDA " + cuda +
           " (in a container: start it with the NVIDIA runtime)";
  std::string advice;
  const auto version = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDriverGetVersion"));
  int number = 0;
  if (version != nullptr && version(&number) == 0 && number < 13000) {
    advice = "the driver supports CUDA " + std::to_string(number / 1000) + "." +
             std::to_string(number % 1000 / 10) + ", this binary needs 13.0. Update the driver";
  } else if (!std::filesystem::exists("/dev/nvidiactl")) {
    advice =
        "the driver's library is there, but no device (/dev/nvidiactl). In a container, "
        "pass the GPUs through";
  }
  dlclose(driver);
  if (!advice.empty()) return advice;
  try {
    (void)parse_device("cuda");
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class DoctorCommand : public Command {
 public:
  DoctorCommand() : Command("doctor", "what works on this machine, and a 2-second self test") {
    add_json_option(options(), &json_, "the findings");
  }

  int run() override {
    const BuildInfo& info = build_info();
    const HostInfo host = host_info();
    add("binary", version_text());
    add("cpu", host.cpu_model + ", " + std::to_string(host.cores) + " threads, " +
                   format_bytes(host.memory_bytes) + " memory, " +
                   format_bytes(host.available_bytes) + " available, " + host.operating_system);
    install_torch_pool();
    add("libtorch",
        std::string(info.torch_version) + ", " + std::to_string(host_threads()) + " threads");
    const int devices = cuda_device_count();
    if (devices == 0)
      checks_.push_back({"cuda", Check::State::kMissing,
                         cuda_advice() + ". Everything works on the CPU without it"});
    for (int i = 0; i < devices; ++i) {
      const DeviceInfo device = device_info({DeviceKind::kCuda, i});
      add("cuda:" + std::to_string(i), device.name + ", sm_" + std::to_string(device.sm) + ", " +
                                           format_bytes(device.memory_bytes) +
                                           ", driver for CUDA " + device.driver);
    }
    std::vector<std::string> names;
    for (const EnvEntry* entry : all_environments()) names.push_back(entry->name);
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    add("environments", list);
    const EnvTest expected = self_test(Device{}, nullptr);
    for (int i = 0; i < devices; ++i) self_test({DeviceKind::kCuda, i}, &expected);
    return tell();
  }

 private:
  void add(const std::string& name, const std::string& text) {
    checks_.push_back({name, Check::State::kOk, text});
  }

  EnvTest self_test(const Device& device, const EnvTest* expected) {
    const std::string where = to_string(device);
    EnvTest test;
    attempt("environments on " + where, [&] {
      test = test_environment(device);
      CUSCHED_CHECK(expected == nullptr || expected->hashes == test.hashes,
                    "the states differ from the CPU's");
      return std::to_string(kTestEnvs) + " environments, " + short_number(test.steps_per_s) +
             " steps/s in a small test" + (expected != nullptr ? ", same states as the CPU" : "");
    });
    attempt("learning on " + where, [&]() -> std::string {
      test_learning(device);
      return "two PPO iterations, losses finite";
    });
    return test;
  }

  template <class F>
  void attempt(const std::string& name, const F& f) {
    try {
      add(name, f());
    } catch (const std::exception& error) {
      checks_.push_back({name, Check::State::kFailed, error.what()});
    }
  }

  int tell() const {
    bool failed = false;
    nlohmann::json list = nlohmann::json::array();
    for (const Check& check : checks_) {
      failed = failed || check.state == Check::State::kFailed;
      list.push_back(
          {{"check", check.name}, {"state", word_of(check.state)}, {"text", check.text}});
      std::fprintf(people(json_), "%-4s  %s: %s\n", word_of(check.state), check.name.c_str(),
                   check.text.c_str());
    }
    emit_json(json_, {{"ok", !failed}, {"checks", list}, {"build", version_json()}});
    return failed ? kExitFailure : kExitOk;
  }

  std::vector<Check> checks_;
  std::string json_;
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() { return std::make_unique<DoctorCommand>(); }

}  // namespace cusched
