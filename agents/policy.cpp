// SPDX-License-Identifier: MIT
#include "agents/policy.h"

#include <algorithm>
#include <cmath>

#include "agents/host_pool.h"
#include "agents/learner.h"
#include "cuda/error.h"

namespace cusched {
namespace {

// Rows of a pass: as many as the trainer takes on the CPU, more on CUDA; fewer where a row with
// many candidates needs much memory.
int64_t rows_of_pass(const Device& device, const NetworkLayout& layout, const Network<float>& net) {
  constexpr int64_t kCudaRows = 16384, kCudaBytes = int64_t{1} << 32, kHostBytes = 1 << 28;
  const int64_t row_bytes =
      static_cast<int64_t>(sizeof(float)) *
      (layout.obs() + 2 * layout.actions() + net.actor_work() + net.critic_work() + net.scratch());
  const int64_t fitting = (device.is_cuda() ? kCudaBytes : kHostBytes) / row_bytes;
  return std::clamp<int64_t>(fitting, 1, device.is_cuda() ? kCudaRows : kChunkRows);
}

// Weights as a Policy: the trainer's own forward pass, then the masked argmax.
class WeightsPolicy final : public Policy {
 public:
  WeightsPolicy(const PolicyWeights& weights, const Device& device)
      : layout_(make_layout(weights.network, weights.shape, weights.head)),
        net_(make_network<float>(layout_)),
        obs_layout_{layout_.slots, layout_.globals, layout_.features, layout_.any_slots},
        chunk_(rows_of_pass(device, layout_, *net_)),
        stages_(device, layout_, *net_, 1, chunk_),
        blas_(device) {
    const size_t stats = static_cast<size_t>(layout_.stats());
    if (weights.obs_mean.size() != stats || weights.obs_var.size() != stats)
      throw InputError("policy", "the observation normaliser has another size than the network",
                       "Use the normaliser that was saved with the weights");
    std::vector<float> host = from_tensors(layout_, weights.weights, "policy");
    const size_t n = host.size(), D = static_cast<size_t>(layout_.obs());
    host.resize(n + 2 * D);
    for (size_t d = 0; d < D; ++d) {
      const size_t stat = static_cast<size_t>(obs_layout_.stat_of(static_cast<int>(d)));
      host[n + d] = weights.obs_mean[stat];
      host[n + D + d] = static_cast<float>(1.0 / std::sqrt(double{weights.obs_var[stat]} + 1e-8));
    }
    memory_ = DeviceMemory(device, host.size() * sizeof(float));
    copy_bytes(Exec{device, nullptr}, memory_.data(), host.data(), memory_.size());
    synchronize(Exec{device, nullptr});
    params_ = static_cast<const float*>(memory_.data());
    mean_ = params_ + n;
    scale_ = mean_ + D;
  }

  void act(const Exec& exec, int64_t rows, const float* obs, const uint8_t* mask,
           int32_t* action) override {
    const int64_t chunks = (rows + chunk_ - 1) / chunk_;
    const auto pass = [&](int64_t chunk) {
      const int64_t first = chunk * chunk_;
      act_rows(exec, first, std::min(chunk_, rows - first), obs, mask, action);
    };
    if (exec.device.is_cuda()) {
      for (int64_t chunk = 0; chunk < chunks; ++chunk) pass(chunk);
    } else {
      run_tasks(chunks, pass);
    }
  }

 private:
  void act_rows(const Exec& exec, int64_t first, int64_t rows, const float* obs,
                const uint8_t* mask, int32_t* action) {
    const StagePool::Loan loan(stages_);
    const Stage& stage = *loan.get();
    const int A = layout_.actions();
    const ObsRows from{obs, nullptr, 0, first, 0, rows};
    launch_rows(exec, rows, layout_.obs(),
                NormaliseRow{from, mean_, scale_, stage.x, layout_.obs()});
    if (layout_.any_slots)
      launch_rows(exec, rows, layout_.slots, MarkValid{from, stage.x, stage.valid, obs_layout_});
    NetCall<float> call;
    call.on = Rows<float>{exec, 1, rows, stage.column_scratch, &blas_};
    call.params = params_;
    call.stride = layout_.size;
    call.x = stage.x;
    call.valid = stage.valid;
    net_->actor(call, stage.actor_work, stage.logits);
    launch_elements(exec, rows, ArgmaxActions{stage.logits, mask + first * A, action + first, A});
  }

  NetworkLayout layout_;
  std::unique_ptr<Network<float>> net_;
  ObsLayout obs_layout_;
  int64_t chunk_;
  StagePool stages_;
  Blas blas_;
  DeviceMemory memory_;
  const float *params_ = nullptr, *mean_ = nullptr, *scale_ = nullptr;
};

}  // namespace

std::unique_ptr<Policy> make_policy(const PolicyWeights& weights, const Device& device) {
  install_torch_pool();
  return std::make_unique<WeightsPolicy>(weights, device);
}

}  // namespace cusched
