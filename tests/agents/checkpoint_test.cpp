// SPDX-License-Identifier: MIT
#include "agents/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cusched_checkpoint_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    path_ = (folder_ / "checkpoint").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Checkpoint example() {
    Checkpoint checkpoint;
    checkpoint.meta.env = "admission";
    checkpoint.meta.network = "mlp";
    checkpoint.meta.shape = {3, 4096, 10, 7, 6};
    checkpoint.meta.seeds = {7, 18446744073709551615ull};
    checkpoint.meta.steps = int64_t{1} << 40;
    checkpoint.meta.iterations = 12;
    checkpoint.meta.seconds = 1.25;
    checkpoint.meta.config = "env: admission\nnote: \"quoted \\ text\"\n";
    checkpoint.meta.commit = "abc";
    checkpoint.meta.inputs = {{"trace", "5,000 jobs", "00ff", "jobs.csv"}, {"--load", "0.9"}};
    for (int i = 0; i < 1000; ++i) checkpoint.payload.push_back(static_cast<uint8_t>(i * 7));
    return checkpoint;
  }
  std::vector<uint8_t> written(const Checkpoint& checkpoint) {
    write_checkpoint(path_, checkpoint);
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The message of the InputError that reading `bytes` throws.
  static std::string refusal(const std::vector<uint8_t>& bytes) {
    try {
      parse_checkpoint("run/checkpoint", bytes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(CheckpointTest, ReadsBackWhatWasWritten) {
  const Checkpoint before = example();
  write_checkpoint(path_, before);
  const Checkpoint after = read_checkpoint(path_);
  EXPECT_EQ(after.payload, before.payload);
  EXPECT_EQ(meta_to_json(after.meta), meta_to_json(before.meta));
  EXPECT_EQ(after.meta.config, before.meta.config);
  EXPECT_EQ(after.meta.seeds, before.meta.seeds);
  EXPECT_EQ(after.meta.steps, before.meta.steps);
  EXPECT_EQ(after.meta.shape.slot_features, 6);
}

TEST_F(CheckpointTest, AnEmptyPayloadIsAPayload) {
  Checkpoint before = example();
  before.payload.clear();
  write_checkpoint(path_, before);
  EXPECT_TRUE(read_checkpoint(path_).payload.empty());
}

TEST_F(CheckpointTest, HeaderLayoutIsTheDocumentedOne) {
  const std::vector<uint8_t> bytes = written(example());
  EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + 8), "CUSCHEDC");
  EXPECT_EQ(bytes[8], 4);
  const size_t meta_bytes = bytes[16] + 256u * bytes[17];
  const size_t stream_bytes = bytes[24] + 256u * bytes[25];
  EXPECT_EQ(bytes.size(), 48 + meta_bytes + stream_bytes);
  EXPECT_EQ(bytes[32] + 256u * bytes[33], 1000u);
  EXPECT_EQ(bytes[48], '{');
  EXPECT_EQ(bytes[48 + meta_bytes], 0x78) << "no zlib stream";
}

TEST_F(CheckpointTest, RepetitionTakesLittleRoomAndNoiseComesBack) {
  Checkpoint before = example();
  before.payload.assign(size_t{5} << 20, 3);
  EXPECT_LT(written(before).size(), 50000u);
  EXPECT_EQ(read_checkpoint(path_).payload, before.payload);
  uint32_t noise = 1;
  for (uint8_t& byte : before.payload)
    byte = static_cast<uint8_t>((noise = noise * 1664525 + 1013904223) >> 24);
  EXPECT_GT(written(before).size(), size_t{4} << 20);
  EXPECT_EQ(read_checkpoint(path_).payload, before.payload);
}

TEST_F(CheckpointTest, AWrongPayloadSizeIsRefused) {
  const std::vector<uint8_t> good = written(example());
  ASSERT_EQ(refusal(good), "accepted");
  for (const uint64_t size : {uint64_t{0}, uint64_t{999}, uint64_t{1001}, uint64_t{500000},
                              uint64_t{1} << 31, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::vector<uint8_t> bad = good;
    for (int i = 0; i < 8; ++i) bad[32 + i] = static_cast<uint8_t>(size >> (8 * i));
    const auto crc = static_cast<uint32_t>(crc32_z(0, bad.data(), 44));
    for (int i = 0; i < 4; ++i) bad[44 + i] = static_cast<uint8_t>(crc >> (8 * i));
    EXPECT_NE(refusal(bad).find("does not unpack"), std::string::npos) << size << refusal(bad);
  }
}

TEST_F(CheckpointTest, EveryTruncationIsRefused) {
  const std::vector<uint8_t> bytes = written(example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string message = refusal({bytes.begin(), bytes.begin() + size});
    ASSERT_NE(message, "accepted") << size;
    if (size >= 8) {
      ASSERT_NE(message.find("truncated"), std::string::npos) << size << message;
    }
  }
}

TEST_F(CheckpointTest, EveryFlippedBitIsRefused) {
  const std::vector<uint8_t> bytes = written(example());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::vector<uint8_t> bad = bytes;
    bad[i] ^= static_cast<uint8_t>(1u << (i % 8));
    ASSERT_NE(refusal(bad), "accepted") << "byte " << i;
  }
}

TEST_F(CheckpointTest, MessagesSayWhatIsWrong) {
  std::vector<uint8_t> bytes = written(example());
  std::vector<uint8_t> longer = bytes;
  longer.push_back(0);
  EXPECT_NE(refusal(longer).find("bytes after its end"), std::string::npos);
  std::vector<uint8_t> newer = bytes;
  newer[8] = 5;
  EXPECT_NE(refusal(newer).find("version 5"), std::string::npos);
  EXPECT_NE(refusal(newer).find("run/checkpoint"), std::string::npos);
  bytes.back() ^= 1;
  EXPECT_NE(refusal(bytes).find("checksum of its payload"), std::string::npos);
  try {
    read_checkpoint((folder_ / "missing").string());
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("No such file"), std::string::npos);
  }
  EXPECT_THROW(read_checkpoint(folder_.string()), InputError);  // a folder
}

TEST_F(CheckpointTest, MetadataFieldsAreChecked) {
  const std::string good = meta_to_json(example().meta);
  EXPECT_NO_THROW(meta_from_json("f", good));
  const auto refused_with = [&](const std::string& from, const std::string& to,
                                const std::string& word) {
    std::string text = good;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    try {
      meta_from_json("f", text);
      FAIL() << text;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
  };
  refused_with("\"members\": 3", "\"members\": -3", "members");
  refused_with("\"members\": 3", "\"members\": 4294967299", "out of range");
  refused_with("\"members\": 3", "\"members\": 3.5", "whole number");
  refused_with("\"members\": 3", "\"members\": 1e400", "JSON");
  refused_with("\"env\": \"admission\"", "\"env\": 4", "not text");
  refused_with("\"commit\"", "\"comit\"", "is missing");
  refused_with("\"inputs\"", "\"input\"", "\"inputs\": is missing");
  refused_with("\"hash\": \"00ff\"", "\"hash\": 255", "\"hash\": is not text");
  refused_with("\"seconds\": 1.25", "\"seconds\": -1", "seconds");
  refused_with("{", "[", "JSON");
}

TEST_F(CheckpointTest, ReplacesAFileAndLeavesNoOther) {
  write_checkpoint(path_, example());
  Checkpoint second = example();
  second.meta.iterations = 13;
  write_checkpoint(path_, second);
  EXPECT_EQ(read_checkpoint(path_).meta.iterations, 13);
  const auto files = std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  EXPECT_EQ(files, 1);
}

TEST_F(CheckpointTest, AFailedWriteLeavesTheOldFile) {
  EXPECT_THROW(write_checkpoint((folder_ / "none" / "checkpoint").string(), example()), Error);
  // A folder in the place of the file: everything works up to the rename.
  const fs::path taken = folder_ / "taken";
  fs::create_directories(taken / "child");
  EXPECT_THROW(write_checkpoint(taken.string(), example()), Error);
  EXPECT_TRUE(fs::is_directory(taken));
  const auto files = std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  EXPECT_EQ(files, 1) << "the temporary file is still there";
}

TEST_F(CheckpointTest, InputsReadBackAndTheirDifferencesAreNamed) {
  const CheckpointMeta meta = example().meta;
  const CheckpointMeta again = meta_from_json("f", meta_to_json(meta));
  ASSERT_EQ(again.inputs.size(), 2u);
  EXPECT_EQ(again.inputs[0].text, "5,000 jobs");
  EXPECT_EQ(again.inputs[0].from, "jobs.csv");
  EXPECT_EQ(inputs_from_json("f", inputs_to_json(meta.inputs)).size(), 2u);
  EXPECT_THROW(inputs_from_json("f", "{}"), InputError);
  CheckpointMeta now = meta;
  now.inputs[0] = {"trace", "4,000 jobs", "00fe", "other.csv"};
  now.inputs[1].text = "0.5";
  try {
    check_resumable(path_, meta, now);
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("the trace other.csv has 4,000 jobs, the checkpoint was trained on "
                           "5,000 jobs; --load is 0.5, the checkpoint was trained with 0.9"),
              std::string::npos)
        << message;
  }
}

TEST_F(CheckpointTest, OfAnotherVersionOfTheEnvironmentIsToldAsThat) {
  CheckpointMeta then = example().meta, now = then;
  then.inputs.push_back({"environment", "admission version 1"});
  now.inputs.push_back({"environment", "admission version 2"});
  now.inputs[1].text = "0.5";  // and other defaults
  now.shape.slots = 1;
  try {
    check_resumable(path_, then, now);
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("was trained in admission version 1, this cusched has admission version "
                           "2: neither its states nor its observations are the same"),
              std::string::npos)
        << message;
    EXPECT_EQ(message.find("0.5"), std::string::npos) << message;
  }
}

TEST_F(CheckpointTest, ResumingChecksWhatARunNeeds) {
  const CheckpointMeta meta = example().meta;
  EXPECT_NO_THROW(check_resumable(path_, meta, meta));
  const std::vector<std::pair<std::string, std::function<void(CheckpointMeta&)>>> changes = {
      {"env", [](CheckpointMeta& m) { m.env = "placement"; }},
      {"network", [](CheckpointMeta& m) { m.network = "pointer"; }},
      {"members", [](CheckpointMeta& m) { m.shape.members = 1; }},
      {"envs", [](CheckpointMeta& m) { m.shape.envs = 1; }},
      {"slots", [](CheckpointMeta& m) { m.shape.slots = 1; }},
      {"globals", [](CheckpointMeta& m) { m.shape.globals = 1; }},
      {"slot_features", [](CheckpointMeta& m) { m.shape.slot_features = 1; }},
      {"seeds", [](CheckpointMeta& m) { m.seeds = {8}; }},
  };
  for (const auto& [name, change] : changes) {
    CheckpointMeta other = meta;
    change(other);
    try {
      check_resumable(path_, meta, other);
      ADD_FAILURE() << name;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("\"" + name + "\""), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace cusched
