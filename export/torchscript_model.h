// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cuda/device.h"
#include "export/policy_schema.h"

namespace cusched {

// An exported policy file, loaded: what LibTorch sees of it, behind a header without LibTorch.
// Not for several threads at once.
class TorchscriptModel {
 public:
  // `bytes`: the file; `where`: what messages call it. Throws InputError, with the field, for bytes
  // that are no TorchScript archive, a missing or malformed cusched.json, missing methods, weights
  // that are NaN or infinite, and outputs of another shape or type than the schema promises.
  TorchscriptModel(const std::string& where, const std::string& bytes, const Device& device);
  ~TorchscriptModel();
  TorchscriptModel(TorchscriptModel&&) noexcept;
  TorchscriptModel& operator=(TorchscriptModel&&) noexcept;

  const PolicySchema& schema() const { return schema_; }
  const Device& device() const { return device_; }

  // Calls `forward`. Host memory: obs (rows, G + slots * F), mask (rows, slots + 1), logits as
  // mask, value (rows).
  void forward(int64_t rows, int slots, const float* obs, const uint8_t* mask, float* logits,
               float* value) const;

  // Calls `act`. Memory of `exec`'s device, which has to be the model's; asynchronous on CUDA.
  void act(const Exec& exec, int64_t rows, int slots, const float* obs, const uint8_t* mask,
           int32_t* action) const;

 private:
  void check_outputs(const std::string& where) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
  PolicySchema schema_;
  Device device_;
};

}  // namespace cusched
