// SPDX-License-Identifier: MIT
#include "export/torchscript_model.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "agents/host_product.h"
#include "cuda/error.h"
#include "export/policy_bytes.h"

#if CUSCHED_WITH_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace cusched {
namespace {

const char* const kAgain = "Give a policy file written by `cusched export` or `cusched train`";

at::Device torch_device(const Device& device) {
  return device.is_cuda() ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                          : at::Device(at::kCPU);
}

// LibTorch's messages carry a stack trace of many lines; a user needs the first one.
std::string first_line(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text = torch_error ? torch_error->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

void check_number(const std::string& where, const std::string& name, const at::Tensor& tensor) {
  const bool floating = tensor.is_floating_point();
  if (floating && !at::isfinite(tensor).all().item<bool>())
    throw InputError(where + ", weight " + name, "the weight holds NaN or infinite numbers",
                     "The training run diverged: export an earlier checkpoint");
}

}  // namespace

struct TorchscriptModel::Impl {
  torch::jit::Module module;

  c10::IValue call(const char* method, at::Tensor obs, at::Tensor mask) {
    // Without the optimising executor a call is compiled once, at once, and computes the same
    // numbers the first and the hundredth time.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    const at::NoGradGuard no_grad;
    return module.get_method(method)({std::move(obs), std::move(mask)});
  }
};

TorchscriptModel::~TorchscriptModel() = default;
TorchscriptModel::TorchscriptModel(TorchscriptModel&&) noexcept = default;
TorchscriptModel& TorchscriptModel::operator=(TorchscriptModel&&) noexcept = default;

TorchscriptModel::TorchscriptModel(const std::string& where, const std::string& bytes,
                                   const Device& device)
    : impl_(std::make_unique<Impl>()), device_(device) {
  warm_up_vector_functions();
  if (device.is_cuda()) {
    if (cuda_is_emulated())
      throw InputError(where, "TorchScript does not run on the emulated device",
                       "Only cusched's own kernels do: use --device cpu");
    // Its allocator and handles, here and not at the first tensor, which may be a view of memory
    // that LibTorch did not allocate.
    at::globalContext().lazyInitDevice(at::kCUDA);
  }
  check_policy_bytes(where, bytes);
  torch::jit::ExtraFilesMap extra = {{kPolicySchemaFile, ""}};
  try {
    std::istringstream stream(bytes);
    impl_->module = torch::jit::load(stream, torch_device(device), extra);
    impl_->module.eval();
  } catch (const std::exception& error) {
    throw InputError(where, "is not a TorchScript policy file: " + first_line(error), kAgain);
  }
  if (extra[kPolicySchemaFile].empty())
    throw InputError(where,
                     "is a TorchScript model, but no policy of cusched: there is no " +
                         std::string(kPolicySchemaFile) + " in it",
                     kAgain);
  schema_ = parse_policy_json(where, extra[kPolicySchemaFile]);
  for (const char* method : {"forward", "act"}) {
    if (!impl_->module.find_method(method))
      throw InputError(where + ", method " + method, "the module has no such method", kAgain);
  }
  for (const auto& parameter : impl_->module.named_parameters())
    check_number(where, parameter.name, parameter.value);
  for (const auto& buffer : impl_->module.named_buffers())
    check_number(where, buffer.name, buffer.value);
  check_outputs(where);
}

// One probe call: a file whose schema and code disagree is found here and not by a controller.
void TorchscriptModel::check_outputs(const std::string& where) const {
  const auto options = at::TensorOptions().device(torch_device(device_));
  const int64_t rows = 2, slots = schema_.shape.slots;
  const at::Tensor obs = at::zeros({rows, schema_.shape.obs()}, options.dtype(at::kFloat));
  const at::Tensor mask = at::ones({rows, slots + 1}, options.dtype(at::kByte));
  const auto check = [&](const char* method, const at::Tensor& tensor, at::IntArrayRef shape,
                         at::ScalarType type) {
    if (tensor.sizes() != shape || tensor.scalar_type() != type)
      throw InputError(where + ", method " + method,
                       "the result has another shape or type than "
                       "the policy's schema says",
                       kAgain);
  };
  try {
    const auto out = impl_->call("forward", obs, mask).toTupleRef().elements().vec();
    if (out.size() != 2)
      throw InputError(where + ", method forward", "the result is not (logits, value)", kAgain);
    check("forward", out[0].toTensor(), {rows, slots + 1}, at::kFloat);
    check("forward", out[1].toTensor(), {rows}, at::kFloat);
    check("act", impl_->call("act", obs, mask).toTensor(), {rows}, at::kLong);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw InputError(where,
                     "the policy fails on an observation of " +
                         std::to_string(schema_.shape.obs()) + " zeros: " + first_line(error),
                     kAgain);
  }
}

void TorchscriptModel::forward(int64_t rows, int slots, const float* obs, const uint8_t* mask,
                               float* logits, float* value) const {
  const int64_t width = schema_.shape.globals + int64_t{slots} * schema_.shape.slot_features;
  const at::Device device = torch_device(device_);
  const at::Tensor x = at::from_blob(const_cast<float*>(obs), {rows, width}, at::kFloat).to(device);
  const at::Tensor m =
      at::from_blob(const_cast<uint8_t*>(mask), {rows, slots + 1}, at::kByte).to(device);
  const c10::IValue out = impl_->call("forward", x, m);
  const auto& pair = out.toTupleRef().elements();
  at::from_blob(logits, {rows, slots + 1}, at::kFloat).copy_(pair[0].toTensor());
  at::from_blob(value, {rows}, at::kFloat).copy_(pair[1].toTensor());
}

void TorchscriptModel::act(const Exec& exec, int64_t rows, int slots, const float* obs,
                           const uint8_t* mask, int32_t* action) const {
  CUSCHED_CHECK(
      exec.device.kind == device_.kind && exec.device.index == device_.index,
      "a policy loaded on " + to_string(device_) + " is asked on " + to_string(exec.device));
#if CUSCHED_WITH_CUDA
  std::optional<c10::cuda::CUDAStreamGuard> stream;
  if (device_.is_cuda()) {
    const auto index = static_cast<c10::DeviceIndex>(device_.index);
    stream.emplace(exec.stream ? c10::cuda::getStreamFromExternal(exec.stream, index)
                               : c10::cuda::getDefaultCUDAStream(index));
  }
#endif
  const int64_t width = schema_.shape.globals + int64_t{slots} * schema_.shape.slot_features;
  // A row takes some K x 3H numbers, and K x K for each head of attention: pieces keep that within
  // a few hundred MB.
  const int64_t actions = slots + 1;
  const int64_t piece = std::max<int64_t>(
      1, std::min((int64_t{1} << 19) / actions, (int64_t{1} << 23) / (actions * actions)));
  const auto options = at::TensorOptions().device(torch_device(device_));
  for (int64_t row = 0; row < rows; row += piece) {
    const int64_t n = std::min(piece, rows - row);
    const at::Tensor x =
        at::from_blob(const_cast<float*>(obs) + row * width, {n, width}, options.dtype(at::kFloat));
    const at::Tensor m = at::from_blob(const_cast<uint8_t*>(mask) + row * (slots + 1),
                                       {n, slots + 1}, options.dtype(at::kByte));
    at::from_blob(action + row, {n}, options.dtype(at::kInt))
        .copy_(impl_->call("act", x, m).toTensor());
  }
}

}  // namespace cusched
