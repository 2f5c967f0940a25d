// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cuda/macros.h"

namespace cusched {

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11): a bijection
// of a 128-bit counter under a 64-bit key. Nothing is stored between draws.
struct Philox4 {
  uint32_t v[4];
};

CUSCHED_HD Philox4 philox4x32(Philox4 counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * counter.v[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * counter.v[2];
    counter = {{static_cast<uint32_t>(b >> 32) ^ counter.v[1] ^ key0, static_cast<uint32_t>(b),
                static_cast<uint32_t>(a >> 32) ^ counter.v[3] ^ key1, static_cast<uint32_t>(a)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

// What a draw depends on: key = (seed, member), counter = (env, episode, draw index, stream id).
// `member` and `env` are logical ids, so any split into batches or shards draws the same numbers.
struct RngKey {
  uint32_t seed = 0;
  uint32_t member = 0;
  uint32_t env = 0;
  uint32_t episode = 0;
};

// Four 32-bit numbers for draw `index` of stream `stream` (ids: envs/stream_ids.h).
CUSCHED_HD Philox4 draw4(const RngKey& key, uint32_t stream, uint32_t index) {
  return philox4x32({{key.env, key.episode, index, stream}}, key.seed, key.member);
}

// Maps 32 random bits to 0..n-1 (n > 0) by multiplication; the bias is at most n / 2^32.
CUSCHED_HD uint32_t bounded(uint32_t bits, uint32_t n) {
  return static_cast<uint32_t>((uint64_t{bits} * n) >> 32);
}

// Maps 32 random bits to a float in [0, 1) with 24 bits.
CUSCHED_HD float unit_float(uint32_t bits) {
  return static_cast<float>(bits >> 8) * (1.0f / 16777216.0f);
}

}  // namespace cusched
