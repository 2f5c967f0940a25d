// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cusched {

// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4).
uint32_t crc32c(const std::string& bytes);

// The form that record files store: rotated right by 15 and shifted by a constant, so that the
// checksum of data that holds checksums stays good.
uint32_t masked_crc32c(const std::string& bytes);

// One record of an event file: u64 length, u32 masked CRC-32C of the length, the data, u32 masked
// CRC-32C of the data; little-endian.
std::string frame_record(const std::string& data);

// Messages of TensorBoard's event.proto and summary.proto, in protobuf's wire format. Only the
// fields that scalars need exist: Event {1 wall_time, 2 step, 3 file_version, 5 summary,
// 7 session_log}, Summary {1 value}, Value {1 tag, 2 simple_value}, SessionLog {1 status}.
std::string version_event(double wall_time_s);
// TensorBoard drops what other files of the run hold from this step on.
std::string restart_event(double wall_time_s, int64_t step);
std::string scalars_event(double wall_time_s, int64_t step,
                          const std::vector<std::pair<std::string, float>>& scalars);

// Appends records to one event file. The file is open only while it is flushed, because a
// population of thousands has thousands of files.
class EventFile {
 public:
  // Creates `folder` and, in it, a file with a name that TensorBoard finds. Throws Error.
  explicit EventFile(const std::string& folder);

  void add(const std::string& event) { pending_ += frame_record(event); }
  // Writes what was added. Throws Error when the file cannot be written.
  void flush();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string pending_;
};

}  // namespace cusched
