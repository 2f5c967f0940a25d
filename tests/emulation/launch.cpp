// SPDX-License-Identifier: MIT
#include "tests/emulation/launch.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "tests/emulation/host_guard.h"
#include "tests/emulation/kernel.h"
#include "tests/emulation/runtime.h"
#include "tests/emulation/stream.h"

namespace cusched::emulation {
namespace {

constexpr size_t kMaxParameterBytes = 32764;  // since compute capability 7.0

// "(cusched::StepLanes<cusched::Admission>, long, long)".
std::string kernel_name(const std::type_info& types) {
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(types.name(), nullptr, nullptr, &failed), std::free);
  if (text == nullptr) return types.name();
  const std::string whole = text.get();
  return whole.substr(whole.find('('));
}

bool can_launch(const cudaLaunchConfig_t& config) {
  const dim3 &grid = config.gridDim, &block = config.blockDim;
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7fffffffu && grid.y <= 65535 &&
         grid.z <= 65535 && threads > 0 && block.x <= 1024 && block.y <= 1024 && block.z <= 64 &&
         threads <= 1024 && config.dynamicSmemBytes == 0;  // no kernel here asks for any
}

Random& order_of_threads() {
  static const char* const seed = std::getenv("CUSCHED_EMULATION_SEED");
  static auto* const random = new Random(seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10));
  return *random;
}

}  // namespace

cudaError_t launch(const cudaLaunchConfig_t& config, const Parameters& parameters,
                   std::function<void()> thread) {
  return runtime_call([&] {
    if (!can_launch(config)) return cudaErrorInvalidConfiguration;
    if (parameters.bytes > kMaxParameterBytes) return cudaErrorInvalidValue;
    const std::type_info& types = parameters.types;
    Kernel kernel{[&types] { return kernel_name(types); }, config.gridDim, config.blockDim,
                  std::move(thread)};
    return put(config.stream, {cudaGraphNodeTypeKernel, [kernel = std::move(kernel)] {
                                 install_host_guard();
                                 run_kernel(kernel, order_of_threads());
                               }});
  });
}

}  // namespace cusched::emulation
