// SPDX-License-Identifier: MIT
#include "agents/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "cuda/error.h"
#include "cuda/write_file.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

using Json = nlohmann::json;

constexpr char kMagic[8] = {'C', 'U', 'S', 'C', 'H', 'E', 'D', 'C'};
constexpr uint64_t kMaxMetaBytes = uint64_t{64} << 20;  // a configuration is a few KB
constexpr int kCompression = 1;             // zlib's fastest; higher levels save little here
constexpr size_t kPiece = size_t{1} << 30;  // system calls and zlib take less than 2 GiB at a time
// A zlib stream cannot stand for more bytes than 1,032 for each of its own.
constexpr uint64_t kMaxRatio = 1032;
constexpr char kStartAnew[] = "Use another checkpoint, or train without --resume";

uint32_t crc_of(std::span<const uint8_t> bytes) {
  return static_cast<uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

void put(uint8_t* to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t get(const uint8_t* from, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint64_t{from[i]} << (8 * i);
  return value;
}

std::span<const uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void throw_errno(const std::string& problem) {
  throw Error(problem, std::strerror(errno), "Check the folder's permissions and free space");
}

// A file descriptor that closes itself.
struct File {
  int fd = -1;
  explicit File(int descriptor) : fd(descriptor) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;  // one owner
  File& operator=(const File&) = delete;
};

std::vector<uint8_t> read_all(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.fd < 0 || ::fstat(file.fd, &info) != 0)
    throw InputError(path, "cannot be opened: " + std::string(std::strerror(errno)), kStartAnew);
  if (!S_ISREG(info.st_mode))
    throw InputError(path, "is not a file", "Name the checkpoint file of a run");
  std::vector<uint8_t> bytes(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const size_t piece = std::min(bytes.size() - done, kPiece);
    const ssize_t n = ::read(file.fd, bytes.data() + done, piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot read " + path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

// One zlib stream of `bytes`.
std::vector<uint8_t> compress_bytes(std::span<const uint8_t> bytes) {
  z_stream stream{};
  CUSCHED_CHECK(deflateInit(&stream, kCompression) == Z_OK, "zlib could not be started");
  std::vector<uint8_t> out(4096 + bytes.size() / 16);
  size_t taken = 0, made = 0;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (made == out.size()) out.resize(out.size() * 2);
    const size_t in = std::min(bytes.size() - taken, kPiece);
    const size_t room = std::min(out.size() - made, kPiece);
    stream.next_in = const_cast<uint8_t*>(bytes.data() + taken);  // zlib does not write there
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = out.data() + made;
    stream.avail_out = static_cast<uInt>(room);
    state = deflate(&stream, taken + in == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += in - stream.avail_in;
    made += room - stream.avail_out;
    if (state == Z_STREAM_ERROR) break;
  }
  deflateEnd(&stream);
  CUSCHED_CHECK(taken == bytes.size(), "zlib could not compress the checkpoint");
  out.resize(made);
  return out;
}

// The `size` bytes that a zlib stream stands for. Room is made as they come: a wrong size costs
// nothing.
std::vector<uint8_t> decompress_bytes(const std::string& where, std::span<const uint8_t> bytes,
                                      uint64_t size) {
  const auto bad = [&] {
    return InputError(where, "is corrupt: its payload does not unpack to the size in the header",
                      kStartAnew);
  };
  if (size / kMaxRatio > bytes.size()) throw bad();
  z_stream stream{};
  CUSCHED_CHECK(inflateInit(&stream) == Z_OK, "zlib could not be started");
  std::vector<uint8_t> out;
  size_t taken = 0, made = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    // One byte more than the size, so that a stream that is too long is seen.
    if (made == out.size())
      out.resize(static_cast<size_t>(
          std::min<uint64_t>(size + 1, std::max<uint64_t>(uint64_t{1} << 20, made * 2))));
    const size_t in = std::min(bytes.size() - taken, kPiece);
    const size_t room = std::min(out.size() - made, kPiece);
    if (room == 0) break;
    stream.next_in = const_cast<uint8_t*>(bytes.data() + taken);  // zlib does not write there
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = out.data() + made;
    stream.avail_out = static_cast<uInt>(room);
    state = inflate(&stream, Z_NO_FLUSH);  // Z_BUF_ERROR: nothing left to read
    taken += in - stream.avail_in;
    made += room - stream.avail_out;
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || taken != bytes.size() || made != size) throw bad();
  out.resize(made);
  return out;
}

template <class T>
T field(const std::string& where, const Json& json, const char* name) {
  const auto bad = [&](const std::string& problem) {
    return InputError(where + ", metadata field \"" + name + "\"", problem, kStartAnew);
  };
  const auto found = json.find(name);
  if (found == json.end()) throw bad("is missing");
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) throw bad("is not text");
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!found->is_number()) throw bad("is not a number");
    if (!std::isfinite(found->get<T>()) || found->get<T>() < 0) throw bad("is not >= 0");
  } else {
    if (!found->is_number_integer()) throw bad("is not a whole number");
    const bool too_big = found->is_number_unsigned() &&
                         found->get<uint64_t>() > uint64_t{std::numeric_limits<T>::max()};
    if (too_big || (!found->is_number_unsigned() && found->get<int64_t>() < 0))
      throw bad("is out of range");
  }
  return found->get<T>();
}

Json json_of(const std::vector<InputPart>& inputs) {
  Json list = Json::array();
  for (const InputPart& part : inputs)
    list.push_back(
        {{"name", part.name}, {"text", part.text}, {"hash", part.hash}, {"from", part.from}});
  return list;
}

std::vector<InputPart> inputs_of(const std::string& where, const Json& list) {
  std::vector<InputPart> inputs;
  if (!list.is_array()) throw InputError(where, "is not a list", kStartAnew);
  for (const Json& part : list) {
    if (!part.is_object()) throw InputError(where, "holds a part that is no map", kStartAnew);
    const auto word = [&](const char* name) { return field<std::string>(where, part, name); };
    inputs.push_back({word("name"), word("text"), word("hash"), word("from")});
    if (inputs.back().name == "--train-share") inputs.back().name = "--split";  // its name before
  }
  return inputs;
}

}  // namespace

std::string inputs_to_json(const std::vector<InputPart>& inputs) {
  return json_text(json_of(inputs));
}

std::vector<InputPart> inputs_from_json(const std::string& where, const std::string& text) {
  return inputs_of(where, Json::parse(text, nullptr, /*allow_exceptions=*/false));
}

std::string meta_to_json(const CheckpointMeta& meta) {
  const Json json = {{"env", meta.env},
                     {"network", meta.network},
                     {"members", meta.shape.members},
                     {"envs", meta.shape.envs},
                     {"slots", meta.shape.slots},
                     {"globals", meta.shape.globals},
                     {"slot_features", meta.shape.slot_features},
                     {"seeds", meta.seeds},
                     {"steps", meta.steps},
                     {"iterations", meta.iterations},
                     {"seconds", meta.seconds},
                     {"config", meta.config},
                     {"inputs", json_of(meta.inputs)},
                     {"commit", meta.commit}};
  return json_text(json, 2) + "\n";
}

CheckpointMeta meta_from_json(const std::string& where, const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object())
    throw InputError(where, "its metadata is not a JSON object", kStartAnew);
  CheckpointMeta meta;
  meta.env = field<std::string>(where, json, "env");
  meta.network = field<std::string>(where, json, "network");
  meta.shape.members = field<int>(where, json, "members");
  meta.shape.envs = field<int>(where, json, "envs");
  meta.shape.slots = field<int>(where, json, "slots");
  meta.shape.globals = field<int>(where, json, "globals");
  meta.shape.slot_features = field<int>(where, json, "slot_features");
  meta.steps = field<int64_t>(where, json, "steps");
  meta.iterations = field<int64_t>(where, json, "iterations");
  meta.seconds = field<double>(where, json, "seconds");
  meta.config = field<std::string>(where, json, "config");
  meta.commit = field<std::string>(where, json, "commit");
  const auto seeds = json.find("seeds");
  const std::string seeds_where = where + ", metadata field \"seeds\"";
  if (seeds == json.end() || !seeds->is_array())
    throw InputError(seeds_where, "is missing or not a list", kStartAnew);
  for (const Json& seed : *seeds) {
    if (!seed.is_number_unsigned())
      throw InputError(seeds_where, "holds something else than whole numbers >= 0", kStartAnew);
    meta.seeds.push_back(seed.get<uint64_t>());
  }
  const auto inputs = json.find("inputs");
  const std::string inputs_where = where + ", metadata field \"inputs\"";
  if (inputs == json.end()) throw InputError(inputs_where, "is missing", kStartAnew);
  meta.inputs = inputs_of(inputs_where, *inputs);
  return meta;
}

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string meta = meta_to_json(checkpoint.meta);
  const std::vector<uint8_t> stream = compress_bytes(checkpoint.payload);
  std::array<uint8_t, kCheckpointHeaderBytes> header{};
  std::memcpy(header.data(), kMagic, sizeof kMagic);
  put(&header[8], kCheckpointVersion, 4);
  put(&header[12], crc_of(as_bytes(meta)), 4);
  put(&header[16], meta.size(), 8);
  put(&header[24], stream.size(), 8);
  put(&header[32], checkpoint.payload.size(), 8);
  put(&header[40], crc_of(stream), 4);
  put(&header[44], crc_of(std::span(header).first(44)), 4);
  const std::array<std::span<const uint8_t>, 3> pieces = {header, as_bytes(meta), stream};
  write_file(path, pieces);
}

Checkpoint parse_checkpoint(const std::string& where, std::span<const uint8_t> bytes) {
  constexpr auto kHeader = static_cast<size_t>(kCheckpointHeaderBytes);
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), "PK\3\4", 4) == 0)
    throw InputError(where, "is no checkpoint but a policy, or another archive",
                     "Name the file DIR/checkpoint of a run; `cusched export --describe FILE` says "
                     "what a policy is");
  if (bytes.size() < sizeof kMagic || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
    throw InputError(where, "is not a cusched checkpoint (its first 8 bytes are not CUSCHEDC)",
                     "Name the file DIR/checkpoint of a run");
  if (bytes.size() < kHeader)
    throw InputError(where,
                     "is truncated: " + std::to_string(bytes.size()) + " of " +
                         std::to_string(kHeader) + " header bytes",
                     kStartAnew);
  const uint64_t version = get(&bytes[8], 4);
  if (version != kCheckpointVersion)
    throw InputError(where,
                     "has format version " + std::to_string(version) + ", this program reads " +
                         std::to_string(kCheckpointVersion),
                     "Resume with the version of cusched that wrote it, or train anew");
  if (get(&bytes[44], 4) != crc_of(bytes.first(44)))
    throw InputError(where, "is corrupt: the checksum of its header does not match", kStartAnew);
  const uint64_t meta_bytes = get(&bytes[16], 8);
  const uint64_t stream_bytes = get(&bytes[24], 8);
  const uint64_t rest = bytes.size() - kHeader;
  if (meta_bytes > kMaxMetaBytes)
    throw InputError(where, "is corrupt: " + std::to_string(meta_bytes) + " bytes of metadata",
                     kStartAnew);
  // Compared by subtraction: sizes from a file may be anything up to 2^64.
  if (meta_bytes > rest || stream_bytes > rest - meta_bytes)
    throw InputError(where,
                     "is truncated: " + std::to_string(rest) +
                         " bytes after the header, which says " + std::to_string(meta_bytes) +
                         " + " + std::to_string(stream_bytes),
                     kStartAnew);
  if (stream_bytes < rest - meta_bytes)
    throw InputError(where, "has bytes after its end, so it is not what was written", kStartAnew);
  const auto meta = bytes.subspan(kHeader, meta_bytes);
  const auto stream = bytes.subspan(kHeader + meta_bytes);
  if (get(&bytes[12], 4) != crc_of(meta))
    throw InputError(where, "is corrupt: the checksum of its metadata does not match", kStartAnew);
  if (get(&bytes[40], 4) != crc_of(stream))
    throw InputError(where, "is corrupt: the checksum of its payload does not match", kStartAnew);
  return {meta_from_json(where, std::string(meta.begin(), meta.end())),
          decompress_bytes(where, stream, get(&bytes[32], 8))};
}

Checkpoint read_checkpoint(const std::string& path) {
  const std::vector<uint8_t> bytes = read_all(path);
  return parse_checkpoint(path, bytes);
}

void check_resumable(const std::string& path, const CheckpointMeta& found,
                     const CheckpointMeta& expected) {
  const auto same = [&](const char* name, const auto& in_file, const auto& wanted,
                        const auto& print) {
    if (in_file == wanted) return;
    throw InputError(path + ", metadata field \"" + name + "\"",
                     "is " + print(in_file) + ", but this run is set up with " + print(wanted),
                     "Resume with the configuration of that run, or train without --resume");
  };
  const auto text = [](const std::string& value) { return "\"" + value + "\""; };
  const auto number = [](int64_t value) { return std::to_string(value); };
  const auto list = [](const std::vector<uint64_t>& values) {
    std::string out = "[";
    for (size_t i = 0; i < values.size(); ++i)
      out += (i > 0 ? ", " : "") + std::to_string(values[i]);
    return out + "]";
  };
  same("env", found.env, expected.env, text);
  // Of another version everything else may differ as well.
  const InputPart* const then = find_part(found.inputs, kEnvironment);
  const InputPart* const now = find_part(expected.inputs, kEnvironment);
  if (then != nullptr && now != nullptr && !then->same(*now))
    throw InputError(path,
                     "was trained in " + then->text + ", this cusched has " + now->text +
                         ": neither its states nor its observations are the same",
                     "Go on with the cusched that wrote it, or train anew in another folder; its "
                     "policy.pt can still be played (cusched eval)");
  same("network", found.network, expected.network, text);
  same("members", found.shape.members, expected.shape.members, number);
  same("envs", found.shape.envs, expected.shape.envs, number);
  same("slots", found.shape.slots, expected.shape.slots, number);
  same("globals", found.shape.globals, expected.shape.globals, number);
  same("slot_features", found.shape.slot_features, expected.shape.slot_features, number);
  same("seeds", found.seeds, expected.seeds, list);
  std::string told;
  for (const std::string& one : input_differences(found.inputs, expected.inputs, "the checkpoint"))
    told += (told.empty() ? "" : "; ") + one;
  if (!told.empty())
    throw InputError(path, "was trained on something else: " + told,
                     "Give it the data and the settings of that run (its config.yaml has them), or "
                     "train anew in another folder");
}

}  // namespace cusched
