// SPDX-License-Identifier: MIT
#pragma once

#include <driver_types.h>

#include <cstddef>
#include <functional>
#include <typeinfo>

namespace cusched::emulation {

// The parameters of a kernel: their types (void(Parameters...)) and their bytes together.
struct Parameters {
  const std::type_info& types;
  size_t bytes;
};

// Puts a kernel, of which a thread runs `thread`, on its stream, if a device could launch it so.
cudaError_t launch(const cudaLaunchConfig_t& config, const Parameters& parameters,
                   std::function<void()> thread);

}  // namespace cusched::emulation
