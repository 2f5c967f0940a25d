// SPDX-License-Identifier: MIT
#include "export/policy_bytes.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cuda/error.h"
#include "cuda/utf8.h"
#include "export/zip_check.h"

namespace cusched {
namespace {

constexpr char kGiveAPolicy[] = "Give a policy file written by `cusched export` or `cusched train`";

bool begins(const std::string& bytes, const std::string& magic) {
  return bytes.compare(0, magic.size(), magic) == 0;
}

bool holds(const std::string& bytes, const std::string& part) {
  return bytes.find(part) != std::string::npos;
}

bool is_text(const std::string& bytes) {
  const std::string start = bytes.substr(0, 512);
  const bool printable = std::all_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r';
  });
  return printable && is_utf8(start.substr(0, start.find_last_of('\n') + 1));
}

// A zip archive ends with a record of its own, behind which a comment of 64 KiB may stand.
bool has_end_of_zip(const std::string& bytes) {
  constexpr size_t kRecord = 22;
  if (bytes.size() < kRecord) return false;
  const size_t at = bytes.rfind("PK\5\6", bytes.size() - kRecord);
  return at != std::string::npos && bytes.size() - at < 66000;
}

}  // namespace

std::string read_policy_bytes(const std::string& path) {
  const auto fail = [&](const std::string& problem) {
    return InputError(path, problem, "Check the path of --policy");
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    const std::string file = path + (path.back() == '/' ? "" : "/") + "policy.pt";
    if (std::filesystem::exists(file, ignored))
      throw InputError(path, "is a folder", "Its policy is " + file);
    throw fail("is a folder: the policy file cannot be read");
  }
  // A device may have no end, and a pipe is read once where a policy is read twice.
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
    throw InputError(path, "is a device or a pipe", "Copy the policy into a file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw fail("the policy file cannot be read" +
               (errno != 0 ? " (" + std::string(std::strerror(errno)) + ")" : std::string()));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void check_policy_bytes(const std::string& where, const std::string& bytes) {
  const auto fail = [&](const std::string& problem, const std::string& suggestion) {
    throw InputError(where, "is not a TorchScript policy file: " + problem, suggestion);
  };
  if (bytes.empty()) fail("it is empty", kGiveAPolicy);
  if (begins(bytes, "CUSCHEDC"))
    fail("it is a checkpoint of cusched", "`cusched export " + where + "` makes a policy of it");
  if (begins(bytes, "\x1f\x8b")) fail("it is packed with gzip", "Unpack it first");
  if (begins(bytes, "\x80")) fail("it is a Python pickle, an old torch.save()", kGiveAPolicy);
  if (!begins(bytes, "PK\3\4")) {
    if (is_text(bytes)) fail("it is a text", kGiveAPolicy);
    return;
  }
  if (!has_end_of_zip(bytes))
    fail("it is cut off: the archive has no end", "Copy it again, or export it again");
  // Names of entries stand plainly in an archive.
  if (holds(bytes, "/code/")) return check_zip(where, bytes);
  if (holds(bytes, "/data.pkl"))
    fail("it holds weights alone, as torch.save() writes them", kGiveAPolicy);
  fail("it is an archive of other things", kGiveAPolicy);
}

}  // namespace cusched
