// SPDX-License-Identifier: MIT
#include "cli/shared_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "cli/run_folder.h"
#include "cli/run_lock.h"
#include "cuda/error.h"
#include "cuda/write_file.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;

// The same text for two names of one file: device and inode where it exists, else its whole path.
// "" for what is no file. `path` has its last link followed.
std::string identity_of(const std::string& path) {
  if (path.empty()) return "";
  // Folders that are not there yet are made, so that "new/../x" becomes x.
  std::error_code failed;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, failed), failed);
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 || ::stat(whole.c_str(), &found) == 0)
    return S_ISREG(found.st_mode)
               ? std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino)
               : "";
  return failed ? path : whole.string();
}

// A list that is one text with commas.
bool is_joined(const Option& option) { return option.takes_list() && !option.is_list(); }

void refuse_locked_run(const std::string& option, const std::string& path, const fs::path& file) {
  if (!is_run_file(file.filename())) return;
  const std::string holder = run_holder(file.has_parent_path() ? file.parent_path() : ".");
  if (!holder.empty())
    throw InputError(option, path + " is of a run that is in use by " + holder,
                     "Wait for its end, or name another file");
}

}  // namespace

void refuse_shared_files(const OptionTable& table, const std::vector<KeptFile>& kept) {
  std::map<std::string, KeptFile> taken;  // by identity
  for (const KeptFile& file : kept)
    if (const std::string id = identity_of(file.path); !id.empty()) taken.emplace(id, file);
  for (const Option& option : table.options()) {
    if (!option.is_input()) continue;
    for (const std::string& text : option.words())
      for (const std::string& word :
           is_joined(option) ? split_list(text) : std::vector<std::string>{text}) {
        const std::string path = word == "-" ? "/dev/stdin" : word;
        std::error_code failed;
        if (!fs::exists(path, failed)) continue;  // not a file at all, or missed when it is read
        const std::string id = identity_of(path);
        if (id.empty()) continue;
        const auto [other, is_new] = taken.emplace(id, KeptFile{"--" + option.name(), word});
        if (!is_new && other->second.written)
          throw InputError(
              "--" + option.name(),
              word + " is a file that " + other->second.owner + " writes: " + "it would be lost",
              "Copy it elsewhere, or name another folder");
      }
  }
  for (const Option& option : table.options()) {
    const std::string path = option.is_output() ? option.words()[0] : "";
    if (path.empty() || path == "-") continue;
    const std::string file = replaced_file(path);
    const std::string id = identity_of(file);
    if (id.empty()) continue;
    const auto [other, is_new] = taken.emplace(id, KeptFile{"--" + option.name(), path});
    if (!is_new)
      throw InputError("--" + option.name(),
                       path + " is the same file as " + other->second.path + " of " +
                           other->second.owner + ", which would be lost",
                       "Name another file");
    refuse_locked_run("--" + option.name(), path, file);
  }
}

}  // namespace cusched
