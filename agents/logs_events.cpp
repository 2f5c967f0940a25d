// SPDX-License-Identifier: MIT
#include "agents/logs_events.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "agents/logs.h"
#include "cuda/error.h"

namespace cusched {
namespace {

namespace io = google::protobuf::io;

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = make_crc_table();

std::string little_endian(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// Wire types of protobuf, as the low three bits of a field's tag.
enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// A protobuf message under construction: fields are appended in the order of the calls.
class Message {
 public:
  Message& varint(uint32_t field, int64_t value) {
    return write([&](io::CodedOutputStream& out) {
      out.WriteTag(field << 3 | kVarint);
      out.WriteVarint64(static_cast<uint64_t>(value));
    });
  }
  Message& number(uint32_t field, double value) {
    return write([&](io::CodedOutputStream& out) {
      out.WriteTag(field << 3 | kFixed64);
      out.WriteLittleEndian64(std::bit_cast<uint64_t>(value));
    });
  }
  Message& number(uint32_t field, float value) {
    return write([&](io::CodedOutputStream& out) {
      out.WriteTag(field << 3 | kFixed32);
      out.WriteLittleEndian32(std::bit_cast<uint32_t>(value));
    });
  }
  Message& bytes(uint32_t field, const std::string& value) {
    return write([&](io::CodedOutputStream& out) {
      out.WriteTag(field << 3 | kBytes);
      out.WriteVarint64(value.size());
      out.WriteString(value);
    });
  }
  const std::string& text() const { return text_; }

 private:
  template <class F>
  Message& write(const F& f) {
    io::StringOutputStream stream(&text_);  // appends; the rest is trimmed on destruction
    io::CodedOutputStream out(&stream);
    f(out);
    return *this;
  }
  std::string text_;
};

double wall_time_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class EventLog : public ReportSink {
 public:
  EventLog(const std::string& out_dir, int members, int64_t resume_steps) {
    const std::string root = out_dir + "/events";
    if (resume_steps == 0) remove_old(root);
    for (int p = 0; p < members; ++p) {
      char name[32];
      std::snprintf(name, sizeof name, "/member-%04d", p);
      files_.emplace_back(members == 1 ? root : root + name);
      files_.back().add(version_event(wall_time_s()));
      if (resume_steps > 0) files_.back().add(restart_event(wall_time_s(), resume_steps + 1));
    }
    flush();
  }

  void write(const TrainReport& report) override {
    const double now_s = wall_time_s();
    for (int p = 0; p < report.members; ++p) {
      std::vector<std::pair<std::string, float>> scalars = {
          {"speed/steps_per_s", static_cast<float>(report.steps_per_s)}};
      for (size_t i = 0; i < report.names.size(); ++i) {
        const double value = report.values.at(p * report.names.size() + i);
        if (std::isnan(value)) continue;  // e.g. no episode ended
        const std::string& name = report.names[i];
        scalars.emplace_back(tag_of(name), static_cast<float>(value));
      }
      files_.at(p).add(scalars_event(now_s, report.steps, scalars));
    }
    flush();
  }

  void flush() override {
    for (auto& file : files_) file.flush();
  }

 private:
  static std::string tag_of(const std::string& name) {
    for (const std::string group : {"episode", "eval"})
      if (name.starts_with(group + "_")) return group + "/" + name.substr(group.size() + 1);
    return "train/" + name;
  }
  static void remove_old(const std::string& root) {
    std::error_code missing;
    std::vector<std::filesystem::path> old;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root, missing))
      if (entry.path().filename().string().starts_with("events.out.tfevents."))
        old.push_back(entry.path());
    for (const auto& path : old) std::filesystem::remove(path);
  }

  std::vector<EventFile> files_;
};

}  // namespace

uint32_t crc32c(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF];
  return crc ^ 0xFFFFFFFFu;
}

uint32_t masked_crc32c(const std::string& bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u;
}

std::string frame_record(const std::string& data) {
  const std::string length = little_endian(data.size(), 8);
  return length + little_endian(masked_crc32c(length), 4) + data +
         little_endian(masked_crc32c(data), 4);
}

std::string version_event(double wall_time_s) {
  return Message().number(1, wall_time_s).bytes(3, "brain.Event:2").text();
}

std::string restart_event(double wall_time_s, int64_t step) {
  constexpr int64_t kStatusStart = 1;
  const std::string session = Message().varint(1, kStatusStart).text();
  return Message().number(1, wall_time_s).varint(2, step).bytes(7, session).text();
}

std::string scalars_event(double wall_time_s, int64_t step,
                          const std::vector<std::pair<std::string, float>>& scalars) {
  Message summary;
  for (const auto& [tag, value] : scalars)
    summary.bytes(1, Message().bytes(1, tag).number(2, value).text());
  return Message().number(1, wall_time_s).varint(2, step).bytes(5, summary.text()).text();
}

EventFile::EventFile(const std::string& folder) {
  // Seconds, process and a counter: a run that resumes within a second gets a file of its own.
  static std::atomic<int> counter{0};
  std::filesystem::create_directories(folder);
  char host[128] = "host";
  ::gethostname(host, sizeof host - 1);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%010lld", static_cast<long long>(wall_time_s()));
  path_ = folder + "/events.out.tfevents." + seconds + "." + host + "." +
          std::to_string(::getpid()) + "." + std::to_string(counter++);
}

void EventFile::flush() {
  errno = 0;
  std::ofstream out(path_, std::ios::binary | std::ios::app);
  out.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));
  out.flush();
  CUSCHED_CHECK(out.good(), "cannot write " + path_, errno != 0 ? std::strerror(errno) : "",
                "Check the folder and the free space");
  pending_.clear();
}

std::unique_ptr<ReportSink> make_event_log(const std::string& out_dir, int members,
                                           int64_t resume_steps) {
  return std::make_unique<EventLog>(out_dir, members, resume_steps);
}

}  // namespace cusched
