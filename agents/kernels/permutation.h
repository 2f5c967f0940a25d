// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "agents/kernels/categorical.h"
#include "cuda/macros.h"
#include "cuda/philox.h"
#include "envs/stream_ids.h"

namespace cusched {

// A permutation of 0..n-1 that needs no storage: a Feistel network over the smallest even number of
// bits that holds n is a bijection; a result outside is sent through again until it falls inside
// ("cycle walking"; Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
struct Permutation {
  uint32_t key[4];

  CUSCHED_HD static uint32_t mix(uint32_t v) {
    v = (v ^ (v >> 16)) * 0x7FEB352Du;
    v = (v ^ (v >> 15)) * 0x846CA68Bu;
    return v ^ (v >> 16);
  }
  CUSCHED_HD static int half_bits(uint32_t n) {
    int bits = 1;
    while (bits < 16 && (uint64_t{1} << (2 * bits)) < n) ++bits;
    return bits;
  }
  CUSCHED_HD uint32_t operator()(uint32_t i, uint32_t n, int half) const {
    const uint32_t low = (1u << half) - 1u;
    do {
      uint32_t left = i >> half, right = i & low;
      for (uint32_t round = 0; round < 6; ++round) {
        const uint32_t next = left ^ (mix(right ^ key[round & 3u] ^ (round << 24)) & low);
        left = right;
        right = next;
      }
      i = (left << half) | right;
    } while (i >= n);
    return i;
  }
};

// Keys of the running epoch's permutation, one per member.
struct EpochKeys {
  Permutation* keys;  // (P)
  const Counters* counters;
  int64_t epochs, minibatches;  // minibatches per epoch
  uint32_t seed;
  int member_offset;
  CUSCHED_HD void operator()(int64_t p) const {
    const uint64_t epoch =
        static_cast<uint64_t>(counters->iteration * epochs + counters->minibatch / minibatches);
    const RngKey key{seed, static_cast<uint32_t>(member_offset + p), 0,
                     static_cast<uint32_t>(epoch >> 32)};
    const Philox4 drawn = draw4(key, kStreamPermutation, static_cast<uint32_t>(epoch));
    for (int i = 0; i < 4; ++i) keys[p].key[i] = drawn.v[i];
  }
};

// Storage rows of a minibatch's samples. Sample s of member p is step s / E of environment s % E,
// stored at row t * P * E + p * E + e; rows past the last sample get -1.
struct MinibatchIndex {
  const Permutation* keys;
  const Counters* counters;
  int32_t* index;   // (P, rows)
  int64_t rows;     // samples of a minibatch
  int64_t samples;  // T * E
  int64_t minibatches;
  int members, envs, half;  // half: Permutation::half_bits(samples)
  CUSCHED_HD void operator()(int64_t p, int64_t r) const {
    const int64_t at = counters->minibatch % minibatches * rows + r;
    int32_t row = -1;
    if (at < samples) {
      const uint32_t s = keys[p](static_cast<uint32_t>(at), static_cast<uint32_t>(samples), half);
      const uint32_t e = s % static_cast<uint32_t>(envs), t = s / static_cast<uint32_t>(envs);
      row = static_cast<int32_t>((int64_t{t} * members + p) * envs + e);
    }
    index[p * rows + r] = row;
  }
};

// Storage rows first .. first + rows - 1 of each member in order of time: the value pass.
struct SequentialIndex {
  int32_t* index;  // (members of the call, rows)
  int64_t first, rows, samples;
  int member0, members, envs;
  CUSCHED_HD void operator()(int64_t m, int64_t r) const {
    const int64_t s = first + r, t = s / envs, e = s % envs;
    index[m * rows + r] =
        s < samples ? static_cast<int32_t>((t * members + member0 + m) * envs + e) : -1;
  }
};

}  // namespace cusched
