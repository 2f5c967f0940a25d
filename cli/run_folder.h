// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_lock.h"

namespace cusched {

// The folder of a training: made where it is missing, and locked. Until begin() nothing of an
// earlier run in it has changed; a training that never begins leaves the folder as it was.
class RunFolder {
 public:
  // Throws InputError for a folder that cannot be made, written or locked.
  explicit RunFolder(const std::string& path);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;  // one owner of the lock
  RunFolder& operator=(const RunFolder&) = delete;

  // A training begins with this configuration. One that is new keeps what an earlier one left and
  // what cannot be made again under the names previous-NAME, or previous-2-NAME and so on where
  // these are taken, and tells so.
  void begin(bool resume, const std::string& config_yaml);

 private:
  void set_aside() const;

  std::string path_;
  std::vector<std::filesystem::path> made_;  // the innermost last
  std::optional<RunLock> lock_;
  bool begun_ = false;
};

// The files of a run that are replaced while it goes on, its lock included, below `folder`; and
// whether a file's name is one of them.
std::vector<std::string> run_files(const std::string& folder);
bool is_run_file(const std::string& name);

// Throws InputError, saying what is missing, where the folder has no run to resume.
void check_resumable_folder(const std::string& path);

}  // namespace cusched
