// SPDX-License-Identifier: MIT
#include "agents/initialisation.h"

#include <cmath>

#include "cuda/philox.h"
#include "envs/stream_ids.h"

namespace cusched {
namespace {

double unit(uint32_t bits) { return (bits + 0.5) / 4294967296.0; }  // in (0, 1)

// Standard normals for draws 0, 1, ... of a layer (Box and Muller 1958).
std::vector<double> normals(const RngKey& key, int64_t n) {
  std::vector<double> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; i += 4) {
    const Philox4 bits = draw4(key, kStreamWeightInit, static_cast<uint32_t>(i / 4));
    for (int pair = 0; pair < 2; ++pair) {
      const double radius = std::sqrt(-2 * std::log(unit(bits.v[2 * pair])));
      const double angle = 6.283185307179586 * unit(bits.v[2 * pair + 1]);
      if (i + 2 * pair < n) out[static_cast<size_t>(i + 2 * pair)] = radius * std::cos(angle);
      if (i + 2 * pair + 1 < n)
        out[static_cast<size_t>(i + 2 * pair + 1)] = radius * std::sin(angle);
    }
  }
  return out;
}

// Makes `count` vectors of length `length` orthonormal by modified Gram-Schmidt, twice for
// accuracy.
void orthonormalise(std::vector<double>& v, int count, int length) {
  for (int i = 0; i < count; ++i) {
    double* a = v.data() + static_cast<size_t>(i) * length;
    for (int pass = 0; pass < 2; ++pass) {
      for (int j = 0; j < i; ++j) {
        const double* b = v.data() + static_cast<size_t>(j) * length;
        double dot = 0;
        for (int k = 0; k < length; ++k) dot += a[k] * b[k];
        for (int k = 0; k < length; ++k) a[k] -= dot * b[k];
      }
    }
    double square = 0;
    for (int k = 0; k < length; ++k) square += a[k] * a[k];
    const double scale = 1 / std::sqrt(square);
    for (int k = 0; k < length; ++k) a[k] *= scale;
  }
}

void orthogonal(const LayerSlot& slot, const RngKey& key, float* params) {
  // The shorter side's vectors are made orthonormal: rows of a wide matrix, columns of a tall one.
  const bool wide = slot.in >= slot.out;
  const int count = wide ? slot.out : slot.in, length = wide ? slot.in : slot.out;
  std::vector<double> v = normals(key, int64_t{slot.in} * slot.out);
  orthonormalise(v, count, length);
  for (int o = 0; o < slot.out; ++o)
    for (int i = 0; i < slot.in; ++i) {
      const double value =
          wide ? v[static_cast<size_t>(o) * length + i] : v[static_cast<size_t>(i) * length + o];
      params[slot.weight + int64_t{o} * slot.in + i] = static_cast<float>(slot.gain * value);
    }
}

void uniform(const LayerSlot& slot, const RngKey& key, float* params) {
  const double bound = 1 / std::sqrt(slot.in);
  const int64_t weights = int64_t{slot.in} * slot.out;
  for (int64_t i = 0; i < weights + slot.out; ++i) {
    const uint32_t bits = draw4(key, kStreamWeightInit, static_cast<uint32_t>(i / 4)).v[i % 4];
    const double value = bound * (2 * unit(bits) - 1);
    params[i < weights ? slot.weight + i : slot.bias + i - weights] = static_cast<float>(value);
  }
}

}  // namespace

std::vector<float> initial_parameters(const NetworkLayout& layout, uint32_t seed, uint32_t member) {
  std::vector<float> out(static_cast<size_t>(layout.size), 0.0f);
  const auto start = layout.config.init == "torch" ? uniform : orthogonal;
  uint32_t number = 0;
  for (const LayerSlot& slot : layout.layers)
    start(slot, RngKey{seed, member, number++, 0}, out.data());
  return out;
}

}  // namespace cusched
