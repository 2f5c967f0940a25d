// SPDX-License-Identifier: MIT
#include "agents/stage.h"

#include <algorithm>

#include "cuda/launch.h"

namespace cusched {
namespace {

constexpr size_t kAlignBytes = 256;

size_t aligned(size_t bytes) { return (bytes + kAlignBytes - 1) / kAlignBytes * kAlignBytes; }

}  // namespace

Stage::Stage(const Device& device, const NetworkLayout& layout, const Network<float>& net,
             int members, int64_t rows, int term_count) {
  struct Piece {
    void** at;
    size_t bytes;
  };
  const auto number = [&](float*& at, int64_t width) {
    return Piece{reinterpret_cast<void**>(&at),
                 aligned(static_cast<size_t>(members * rows * width) * sizeof(float))};
  };
  const size_t total_rows = static_cast<size_t>(members * rows);
  Piece pieces[] = {
      number(x, layout.obs()),
      number(logits, layout.actions()),
      number(dlogits, layout.actions()),
      number(value, 1),
      number(dvalue, 1),
      number(terms, term_count),
      number(actor_work, net.actor_work()),
      number(critic_work, net.critic_work()),
      number(scratch, net.scratch()),
      {reinterpret_cast<void**>(&column_scratch),
       device.is_cuda()
           ? aligned(static_cast<size_t>(members * net.column_scratch(rows)) * sizeof(float))
           : 0},
      {reinterpret_cast<void**>(&valid), aligned(total_rows * static_cast<size_t>(layout.slots))},
      {reinterpret_cast<void**>(&index), aligned(total_rows * sizeof(int32_t))},
  };
  size_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.bytes;
  memory_ = DeviceMemory(device, bytes);
  char* at = static_cast<char*>(memory_.data());
  for (const Piece& piece : pieces) {
    *piece.at = at;
    at += piece.bytes;
  }
}

StagePool::StagePool(const Device& device, const NetworkLayout& layout, const Network<float>& net,
                     int members, int64_t rows, int terms)
    : device_(device), layout_(layout), net_(net), members_(members), rows_(rows), terms_(terms) {}

std::unique_ptr<Stage> StagePool::take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Stage> stage = std::move(free_.back());
      free_.pop_back();
      return stage;
    }
  }
  return std::make_unique<Stage>(device_, layout_, net_, members_, rows_, terms_);
}

void StagePool::give(std::unique_ptr<Stage> stage) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(stage));
}

void run_tasks(int64_t n, const std::function<void(int64_t)>& f) {
  host_parallel_for(std::max<int64_t>(n, 2), 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < std::min(end, n); ++task) f(task);
  });
}

}  // namespace cusched
