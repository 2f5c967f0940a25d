// SPDX-License-Identifier: MIT
#include "agents/logs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "agents/logs_events.h"
#include "agents/logs_progress.h"
#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

// --- A reader of event files that shares nothing with the writer: bitwise CRC, hand-made parser.

uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const unsigned char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((crc ^ (c >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (carry ? 0x82F63B78u : 0u);
    }
  }
  return ~crc;
}

uint64_t little_endian(const std::string& bytes, size_t at, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i)
    value += uint64_t{static_cast<unsigned char>(bytes.at(at + i))} << (8 * i);
  return value;
}

struct Field {
  int number = 0;
  uint64_t value = 0;  // varints and fixed numbers
  std::string bytes;   // length-delimited fields
};

std::vector<Field> parse_message(const std::string& bytes) {
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.at(at++));
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<Field> fields;
  while (at < bytes.size()) {
    const uint64_t tag = varint();
    Field field{static_cast<int>(tag >> 3), 0, ""};
    const int size = (tag & 7) == 1 ? 8 : 4;
    if ((tag & 7) == 0) {
      field.value = varint();
    } else if ((tag & 7) == 2) {
      const uint64_t length = varint();
      if (at + length > bytes.size()) throw std::runtime_error("field is cut");
      field.bytes = bytes.substr(at, length);
      at += length;
    } else {
      field.value = little_endian(bytes, at, size);
      at += size;
    }
    fields.push_back(field);
  }
  return fields;
}

struct Event {
  double wall_time_s = 0;
  int64_t step = 0;
  std::string version;
  std::optional<uint64_t> session_status;
  std::map<std::string, float> scalars;
};

std::vector<Event> read_events(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto checked = [&](size_t at, size_t size) {
    const std::string data = bytes.substr(at, size);
    const uint32_t crc = slow_crc32c(data);
    const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
    if (little_endian(bytes, at + size, 4) != masked) throw std::runtime_error("bad checksum");
    return data;
  };
  std::vector<Event> events;
  for (size_t at = 0; at < bytes.size();) {
    const uint64_t length = little_endian(checked(at, 8), 0, 8);
    Event event;
    for (const Field& field : parse_message(checked(at + 12, length))) {
      if (field.number == 1) event.wall_time_s = std::bit_cast<double>(field.value);
      if (field.number == 2) event.step = static_cast<int64_t>(field.value);
      if (field.number == 3) event.version = field.bytes;
      if (field.number == 7) event.session_status = parse_message(field.bytes).at(0).value;
      if (field.number != 5) continue;
      for (const Field& value : parse_message(field.bytes)) {
        EXPECT_EQ(value.number, 1);
        const std::vector<Field> parts = parse_message(value.bytes);
        EXPECT_EQ(parts.at(0).number, 1);
        EXPECT_EQ(parts.at(1).number, 2);
        event.scalars[parts.at(0).bytes] =
            std::bit_cast<float>(static_cast<uint32_t>(parts.at(1).value));
      }
    }
    events.push_back(event);
    at += 12 + length + 4;
  }
  return events;
}

// --- Tests

class LogsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cusched_logs_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static TrainReport report(int64_t iteration, int members) {
    TrainReport report;
    report.iteration = iteration;
    report.steps = iteration * 1000;
    report.total_steps = 10'000'000'000;
    report.seconds = 2.0 * static_cast<double>(iteration);
    report.steps_per_s = 210'000;
    report.mean_steps_per_s = 205'400;
    report.eta_s = 185;
    report.members = members;
    report.names = {"policy_loss", "episode_return"};
    for (int p = 0; p < members; ++p) {
      report.values.push_back(0.1 + p);
      report.values.push_back(-12.25 - p);
    }
    return report;
  }
  std::string text_of(const fs::path& path) const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  fs::path folder_;
};

TEST(Crc32c, KnownAnswers) {
  // RFC 3720 appendix B.4 and the usual check value of CRC catalogues.
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("cusched"), slow_crc32c("cusched"));
}

TEST_F(LogsTest, EventFilesReadBack) {
  const auto log = make_event_log(folder_.string(), 1, 0);
  log->write(report(3, 1));
  log->write(report(5, 1));
  const std::vector<fs::path> files = files_in(folder_ / "events");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_TRUE(files[0].filename().string().starts_with("events.out.tfevents."));
  const std::vector<Event> events = read_events(files[0]);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_GT(events[0].wall_time_s, 1.6e9);
  EXPECT_EQ(events[1].step, 3000);
  EXPECT_EQ(events[2].step, 5000);
  const std::map<std::string, float> expected = {
      {"speed/steps_per_s", 210000.0f}, {"train/policy_loss", 0.1f}, {"episode/return", -12.25f}};
  EXPECT_EQ(events[2].scalars, expected);
}

TEST_F(LogsTest, AMemberHasARunOfItsOwn) {
  const auto log = make_event_log(folder_.string(), 3, 0);
  log->write(report(1, 3));
  for (int p = 0; p < 3; ++p) {
    const auto files = files_in(folder_ / "events" / ("member-000" + std::to_string(p)));
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(read_events(files[0]).at(1).scalars.at("episode/return"), -12.25f - p);
  }
}

TEST_F(LogsTest, LargeStepsAndMissingNumbers) {
  const auto log = make_event_log(folder_.string(), 1, 0);
  TrainReport big = report(int64_t{1} << 40, 1);
  big.values[1] = std::nan("");
  log->write(big);
  const std::vector<Event> events = read_events(files_in(folder_ / "events").at(0));
  EXPECT_EQ(events.at(1).step, (int64_t{1} << 40) * 1000);
  EXPECT_EQ(events.at(1).scalars.count("episode/return"), 0u);
}

TEST_F(LogsTest, ANewRunDropsOldEventsAndAResumedOneMarksItsStart) {
  make_event_log(folder_.string(), 1, 0)->write(report(1, 1));
  std::ofstream(folder_ / "events" / "notes.txt") << "mine";
  make_event_log(folder_.string(), 1, 0)->write(report(2, 1));
  EXPECT_EQ(files_in(folder_ / "events").size(), 2u);  // its own and the stranger's
  make_event_log(folder_.string(), 1, 2000)->write(report(3, 1));
  const auto files = files_in(folder_ / "events");
  ASSERT_EQ(files.size(), 3u);
  int resumed = 0;
  for (const auto& file : files) {
    if (file.filename() == "notes.txt") continue;
    const auto events = read_events(file);
    if (!events.at(1).session_status) continue;
    ++resumed;
    EXPECT_EQ(events.size(), 3u);
    EXPECT_EQ(events[1].session_status, 1u);
    EXPECT_EQ(events[1].step, 2001);
  }
  EXPECT_EQ(resumed, 1);
}

TEST_F(LogsTest, CsvHasARowPerMember) {
  make_csv_log(folder_.string(), 0)->write(report(3, 2));
  EXPECT_EQ(text_of(folder_ / "metrics.csv"),
            "iteration,steps,seconds,steps_per_s,member,policy_loss,episode_return\n"
            "3,3000,6,210000,0,0.1,-12.25\n"
            "3,3000,6,210000,1,1.1,-13.25\n");
}

TEST_F(LogsTest, LooksAreEmptyFieldsWhereThereWasNone) {
  const auto with_look = [&](int64_t iteration, const std::string& name, double value) {
    TrainReport looked = report(iteration, 1);
    looked.names.push_back(name);
    looked.values.push_back(value);
    return looked;
  };
  {
    const auto log = make_csv_log(folder_.string(), 0);
    log->write(with_look(1, "eval_wait_mean_s", NAN));
    log->write(with_look(2, "eval_wait_mean_s", 12.5));
  }
  // A resume may look by another metric, or not at all.
  {
    const auto log = make_csv_log(folder_.string(), 2);
    log->write(with_look(3, "eval_jobs", 7));
    log->write(report(4, 1));
  }
  EXPECT_EQ(text_of(folder_ / "metrics.csv"),
            "iteration,steps,seconds,steps_per_s,member,policy_loss,episode_return,"
            "eval_wait_mean_s,eval_jobs\n"
            "1,1000,2,210000,0,0.1,-12.25,,\n"
            "2,2000,4,210000,0,0.1,-12.25,12.5,\n"
            "3,3000,6,210000,0,0.1,-12.25,,7\n"
            "4,4000,8,210000,0,0.1,-12.25,,\n");
  make_event_log(folder_.string(), 1, 0)->write(with_look(1, "eval_wait_mean_s", 12.5));
  const auto files = files_in(folder_ / "events");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(read_events(files[0]).at(1).scalars.at("eval/wait_mean_s"), 12.5f);
}

TEST_F(LogsTest, CsvStartsAnewOrContinuesWithoutTellingTwice) {
  {
    const auto log = make_csv_log(folder_.string(), 0);
    for (int i = 1; i <= 4; ++i) log->write(report(i, 1));
  }
  std::ofstream(folder_ / "metrics.csv", std::ios::app) << "2,20";  // a row cut by a kill
  {
    const auto log = make_csv_log(folder_.string(), 2);
    log->write(report(3, 1));
  }
  const std::string resumed = text_of(folder_ / "metrics.csv");
  EXPECT_EQ(std::count(resumed.begin(), resumed.end(), '\n'), 4) << resumed;
  EXPECT_NE(resumed.find("\n2,2000,4,"), std::string::npos);
  EXPECT_NE(resumed.find("\n3,3000,6,"), std::string::npos);
  EXPECT_EQ(resumed.find("\n4,"), std::string::npos);

  TrainReport other = report(4, 1);
  other.names[0] = "value_loss";
  EXPECT_THROW(make_csv_log(folder_.string(), 3)->write(other), InputError);
  make_csv_log(folder_.string(), 0)->write(other);
  EXPECT_NE(text_of(folder_ / "metrics.csv").find("value_loss"), std::string::npos);
}

// Rows are not lost in silence: not where the file cannot be opened, nor where there is no room.
TEST_F(LogsTest, ALogThatCannotBeWrittenSaysSoInTheSystemsWords) {
  const auto failure = [&](ReportSink& log) -> std::string {
    try {
      log.write(report(1, 1));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const auto missing = make_csv_log((folder_ / "none").string(), 0);
  EXPECT_NE(failure(*missing).find("none/metrics.csv (No such file or directory)"),
            std::string::npos);
  const auto full = make_csv_log(folder_.string(), 0);
  fs::create_symlink("/dev/full", folder_ / "metrics.csv");
  EXPECT_NE(failure(*full).find("metrics.csv (No space left on device)"), std::string::npos);
}

TEST(Progress, Texts) {
  EXPECT_EQ(short_count(999), "999");
  EXPECT_EQ(short_count(1234), "1.23 k");
  EXPECT_EQ(short_count(12.3e6), "12.3 M");
  EXPECT_EQ(short_count(205.4e3), "205 k");
  EXPECT_EQ(short_count(1.5e9), "1.50 G");
  EXPECT_EQ(short_time(41.2), "41 s");
  EXPECT_EQ(short_time(185), "3:05");
  EXPECT_EQ(short_time(7380), "2:03:00");
}

class ProgressTest : public LogsTest {
 protected:
  // What `mode` writes for the given reports.
  std::string written(ProgressMode mode, const std::vector<TrainReport>& reports) {
    const std::string path = (folder_ / "out.txt").string();
    std::FILE* file = std::fopen(path.c_str(), "w");
    {
      const auto progress = make_progress(file, mode, 5.0);
      for (const auto& report : reports) progress->write(report);
      progress->flush();
    }
    std::fclose(file);
    return text_of(path);
  }
};

TEST_F(ProgressTest, SaysSpeedEtaAndReturn) {
  EXPECT_EQ(progress_text(report(12300, 1)),
            "12.3 M / 10.0 G steps  210 k/s (mean 205 k/s)  ETA 3:05  return -12.25");
  const std::string population = progress_text(report(12300, 4));
  EXPECT_NE(population.find("best -12.25 (member 0) median -13.75 worst -15.25"), std::string::npos)
      << population;
  TrainReport unknown = report(1, 1);
  unknown.eta_s = -1;
  unknown.values[1] = std::nan("");
  EXPECT_EQ(progress_text(unknown).find("ETA"), std::string::npos);
  EXPECT_EQ(progress_text(unknown).find("nan"), std::string::npos);
}

TEST_F(ProgressTest, AFileGetsALineEveryFewSeconds) {
  std::vector<TrainReport> reports;
  for (int i = 1; i <= 8; ++i) reports.push_back(report(i, 1));  // 2 s apart
  const std::string text = written(ProgressMode::kAuto, reports);
  // At 2, 8 and 14 s; the one of 16 s is shown at the end.
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST_F(ProgressTest, ATerminalGetsOneLineThatIsRewritten) {
  const std::string text = written(ProgressMode::kInPlace, {report(1, 1), report(2, 1)});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 2);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(ProgressTest, JsonLinesParse) {
  TrainReport second = report(2, 2);
  second.values[0] = std::nan("");
  const std::string text = written(ProgressMode::kJson, {report(1, 2), second});
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto first = nlohmann::json::parse(line);
  EXPECT_EQ(first["type"], "progress");
  EXPECT_EQ(first["steps"], 1000);
  EXPECT_EQ(first["members"][1]["episode_return"], -13.25);
  std::getline(lines, line);
  EXPECT_TRUE(nlohmann::json::parse(line)["members"][0]["policy_loss"].is_null());
}

TEST_F(ProgressTest, QuietWritesNothing) {
  EXPECT_EQ(written(ProgressMode::kQuiet, {report(1, 1)}), "");
}

}  // namespace
}  // namespace cusched
