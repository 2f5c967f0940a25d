// SPDX-License-Identifier: MIT
#include "cli/run_folder.h"

#include <algorithm>

#include "cli/output.h"
#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

// What cannot be made again.
constexpr const char* kKept[] = {"checkpoint", "policy.pt", "config.yaml", "metrics.csv",
                                 "report.html"};

fs::path previous(const fs::path& folder, int number, const std::string& name) {
  return folder / ("previous-" + (number > 1 ? std::to_string(number) + "-" : "") + name);
}

}  // namespace

bool is_run_file(const std::string& name) {
  const auto files = run_files("");
  return std::find(files.begin(), files.end(), name) != files.end();
}

std::vector<std::string> run_files(const std::string& folder) {
  std::vector<std::string> files = {(fs::path(folder) / "lock").string()};
  for (const char* name : kKept) files.push_back((fs::path(folder) / name).string());
  return files;
}

RunFolder::RunFolder(const std::string& path) : path_(path) {
  std::error_code failed;
  fs::path whole = fs::absolute(path, failed).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "runs/a/"
  for (fs::path at = whole; !at.empty() && !fs::exists(at, failed); at = at.parent_path())
    made_.insert(made_.begin(), at);
  fs::create_directories(path, failed);
  try {
    if (failed == std::errc::no_space_on_device)
      throw Error("--out: cannot make the folder " + path + ": " + failed.message(), "",
                  "Make room, or give another folder");
    if (failed || !fs::is_directory(path))
      throw InputError("--out",
                       "cannot make the folder " + path + ": " +
                           (failed ? failed.message() : std::string("it is a file")),
                       "Give a folder that can be written");
    lock_.emplace(path, "--out", "cusched train");
  } catch (...) {
    for (auto at = made_.rbegin(); at != made_.rend(); ++at) fs::remove(*at, failed);
    throw;
  }
  remove_leftovers(path);
}

RunFolder::~RunFolder() {
  lock_.reset();
  if (begun_) return;
  std::error_code ignored;  // not empty: somebody else's
  for (auto at = made_.rbegin(); at != made_.rend(); ++at) fs::remove(*at, ignored);
}

void RunFolder::begin(bool resume, const std::string& config_yaml) {
  begun_ = true;
  if (!resume) set_aside();
  write_text_file(path_ + "/config.yaml", config_yaml);
}

void RunFolder::set_aside() const {
  const fs::path folder = path_;
  std::error_code failed;
  const auto is_there = [&](const fs::path& path) {
    return fs::symlink_status(path, failed).type() != fs::file_type::not_found;
  };
  if (!is_there(folder / "checkpoint") && !is_there(folder / "policy.pt")) return;
  int number = 1;
  const auto taken = [&](int n) {
    for (const char* name : kKept)
      if (is_there(previous(folder, n, name))) return true;
    return false;
  };
  while (taken(number)) ++number;
  for (const char* name : kKept) {
    if (!is_there(folder / name)) continue;
    const fs::path kept = previous(folder, number, name);
    fs::rename(folder / name, kept, failed);
    if (failed)
      throw Error("cannot rename " + (folder / name).string(), failed.message(),
                  "Give another folder with --out");
    say_note("an earlier " + std::string(name) + " is kept as " + kept.string());
  }
}

void check_resumable_folder(const std::string& path) {
  std::error_code failed;
  const fs::path folder = path;
  if (fs::exists(folder / "checkpoint", failed)) return;
  const bool kept = fs::exists(previous(folder, 1, "checkpoint"), failed);
  throw InputError(
      (folder / "checkpoint").string(),
      fs::is_directory(folder, failed)
          ? "does not exist, so there is nothing to resume"
          : "does not exist, nor does its folder, so there is nothing to resume",
      kept ? "A run before the last left " + previous(folder, 1, "checkpoint").string() +
                 ": move its files to a folder of their own"
           : "Train without --resume, or name the folder of an earlier run with --out");
}

}  // namespace cusched
