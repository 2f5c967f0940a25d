// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/batch.h"

namespace cusched {

// What a checkpoint says about itself: written as JSON, readable without cusched.
struct CheckpointMeta {
  std::string env;                // environment, e.g. "admission"
  std::string network;            // kind of network, e.g. "mlp"
  BatchShape shape;               // P, E, K, G, F: a resume needs the same
  std::vector<uint64_t> seeds;    // seeds of the run, e.g. {7}
  int64_t steps = 0;              // environment steps per member
  int64_t iterations = 0;         // training iterations
  double seconds = 0;             // wall-clock time trained, resumed parts included
  std::string config;             // the run's whole configuration (YAML)
  std::string commit;             // git commit of the program that wrote it
  std::vector<InputPart> inputs;  // Batch::inputs: what the run was trained on
};

struct Checkpoint {
  CheckpointMeta meta;
  std::vector<uint8_t> payload;  // Trainer::save()
};

// File layout, little-endian: 48 bytes of header, then the metadata, then the payload as one zlib
// stream (environments of one batch resemble each other: it is about 40 times smaller).
//   0 magic "CUSCHEDC"   8 version u32           12 crc32 of the metadata u32
//  16 metadata bytes u64 24 stream bytes u64     32 payload bytes u64
//  40 crc32 of the stream u32                    44 crc32 of bytes 0..43 u32
inline constexpr uint32_t kCheckpointVersion = 4;
inline constexpr int64_t kCheckpointHeaderBytes = 48;

// As write_file (cuda/write_file.h).
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

// Throws InputError for a file that is missing, truncated, longer than its header says, corrupt, of
// another version, or whose metadata lacks a field.
Checkpoint read_checkpoint(const std::string& path);

// The same from bytes in memory; `where` names them in messages.
Checkpoint parse_checkpoint(const std::string& where, std::span<const uint8_t> bytes);

// [{"name", "text", "hash", "from"}, ...]; reading throws InputError at `where`.
std::string inputs_to_json(const std::vector<InputPart>& inputs);
std::vector<InputPart> inputs_from_json(const std::string& where, const std::string& text);

std::string meta_to_json(const CheckpointMeta& meta);
CheckpointMeta meta_from_json(const std::string& where, const std::string& text);

// Throws InputError naming the field when `found` (read from `path`) does not fit a run that is set
// up as `expected`: env, network, P, E, K, G, F, seeds and inputs have to be equal.
void check_resumable(const std::string& path, const CheckpointMeta& found,
                     const CheckpointMeta& expected);

}  // namespace cusched
