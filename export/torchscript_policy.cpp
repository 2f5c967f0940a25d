// SPDX-License-Identifier: MIT
#include "export/torchscript_policy.h"

#include <utility>

#include "export/policy_bytes.h"
#include "export/torchscript_model.h"

namespace cusched {
namespace {

class TorchscriptPolicy : public Policy {
 public:
  TorchscriptPolicy(TorchscriptModel model, int slots) : model_(std::move(model)), slots_(slots) {}

  void act(const Exec& exec, int64_t rows, const float* obs, const uint8_t* mask,
           int32_t* action) override {
    model_.act(exec, rows, slots_, obs, mask, action);
  }

 private:
  TorchscriptModel model_;
  int slots_;  // K of the observations it is asked about
};

}  // namespace

std::unique_ptr<Policy> load_policy(const std::string& path, const Device& device) {
  TorchscriptModel model(path, read_policy_bytes(path), device);
  const int slots = model.schema().shape.slots;
  return std::make_unique<TorchscriptPolicy>(std::move(model), slots);
}

std::unique_ptr<Policy> load_policy(const std::string& path, const Device& device,
                                    const std::string& environment, const BatchShape& shape) {
  TorchscriptModel model(path, read_policy_bytes(path), device);
  check_policy_fits(model.schema(), path, environment, shape);
  return std::make_unique<TorchscriptPolicy>(std::move(model), shape.slots);
}

PolicySchema read_policy_schema(const std::string& path) {
  return TorchscriptModel(path, read_policy_bytes(path), Device{}).schema();
}

}  // namespace cusched
