// SPDX-License-Identifier: MIT
#include "cli/run_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cuda/error.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Locks of fcntl do not keep a process from itself, and closing any descriptor of the file drops
// them: what this process holds is known here.
std::set<std::string>& held_here() {
  static std::set<std::string> paths;
  return paths;
}

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

// When a process started, in the system's ticks since boot: a number that is used again is another
// process. 0: there is no such process, or it cannot be told.
uint64_t process_start(int64_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  // The name, in brackets, may hold anything; the start is field 22, that after it field 3.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  uint64_t start = 0;
  fields >> start;
  return start;
}

bool is_alive(int64_t pid) {
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

// What a lock file says; pid 0 where it says nothing.
struct Holder {
  int64_t pid = 0;
  uint64_t start = 0;
  std::string host, since, command;

  bool here() const { return host == host_name(); }
  bool lives() const { return is_alive(pid) && (start == 0 || process_start(pid) == start); }
  std::string words() const {
    if (pid == 0) return "another process";
    return "process " + std::to_string(pid) + " on " + host + " since " + since + " (" + command +
           ")";
  }
};

Holder read_holder(int fd) {
  std::string text(4096, '\0');
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  const Json json = Json::parse(text, nullptr, false);
  Holder holder;
  if (!json.is_object()) return holder;
  const auto word = [&](const char* name) {
    return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "?";
  };
  const auto number = [&](const char* name) {
    return json.contains(name) && json[name].is_number_unsigned() ? json[name].get<uint64_t>() : 0;
  };
  holder.pid = static_cast<int64_t>(number("pid"));
  holder.start = number("process_start");
  holder.host = word("host");
  holder.since = word("since");
  holder.command = word("command");
  return holder;
}

std::string this_process(const std::string& command) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char since[32];
  std::strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &local);
  const Json json = {{"pid", ::getpid()},
                     {"host", host_name()},
                     {"since", since},
                     {"command", command},
                     {"process_start", process_start(::getpid())}};
  return json_text(json, 1) + "\n";
}

// 0, or the error.
int lock_file(int fd) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &whole) == 0 ? 0 : errno;
}

[[noreturn]] void fail_to_write(const std::string& folder, const std::string& option, int error) {
  const std::string problem = "cannot write into " + folder + ": " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO)
    throw Error(option + ": " + problem, "", "Make room, or give another folder");
  throw InputError(option, problem, "Give a folder that can be written");
}

bool same_file(int fd, const std::string& path) {
  struct stat ours {
  }, there{};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace

RunLock::RunLock(const std::string& folder, const std::string& option, const std::string& command) {
  std::error_code failed;
  const fs::path whole = fs::canonical(folder, failed);
  const std::string path = ((failed ? fs::path(folder) : whole) / "lock").string();
  const auto busy = [&](const Holder& holder) {
    return InputError(option, folder + " is in use by " + holder.words(),
                      "Wait for its end, or give another folder with " + option);
  };
  if (held_here().count(path) != 0) throw busy({::getpid(), 0, host_name(), "now", command});
  for (;;) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd_ < 0) fail_to_write(folder, option, errno);
    const auto give_up = [&](const InputError& error) {
      ::close(fd_);
      return error;
    };
    const int error = lock_file(fd_);
    const Holder holder = read_holder(fd_);
    if (error == EACCES || error == EAGAIN) throw give_up(busy(holder));
    // The holder took its file away while we waited at it: the name is free, or another's.
    if (!same_file(fd_, path)) {
      ::close(fd_);
      continue;
    }
    // The system gave us the lock, or (error) the file system knows none: what the file says
    // counts where a lock may not have been passed on.
    if (holder.pid != 0 && !holder.here())
      throw give_up(InputError(
          option,
          folder + " is locked by " + holder.words() + ", another machine, where it may still run",
          "If it does not, delete " + path + " and start again"));
    if (holder.pid != 0 && holder.lives() && holder.pid != ::getpid()) throw give_up(busy(holder));
    const std::string text = this_process(command);
    if (::ftruncate(fd_, 0) != 0 ||
        ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
        ::fsync(fd_) != 0) {
      const int problem = errno;
      if (holder.pid == 0) ::unlink(path.c_str());
      ::close(fd_);
      fail_to_write(folder, option, problem);
    }
    break;
  }
  path_ = path;
  pid_ = ::getpid();
  held_here().insert(path_);
}

RunLock::~RunLock() {
  held_here().erase(path_);
  if (pid_ == ::getpid() && same_file(fd_, path_)) ::unlink(path_.c_str());
  ::close(fd_);
}

std::string run_holder(const std::string& folder) {
  std::error_code failed;
  const std::string path = (fs::canonical(folder, failed) / "lock").string();
  if (failed) return "";
  if (held_here().count(path) != 0) return "this process";  // closing the file would free it
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return "";
  const Holder holder = read_holder(fd);
  ::close(fd);
  const bool held = holder.pid != 0 && (!holder.here() || holder.lives());
  return held ? holder.words() : "";
}

void remove_leftovers(const std::string& folder) {
  // FILE.tmp.PID of earlier versions, .cusched.PID.N.tmp of cuda/write_file.cpp.
  const auto owner = [](const std::string& name) -> int64_t {
    const std::string mine = ".cusched.", old = ".tmp.";
    size_t at = std::string::npos;
    if (name.starts_with(mine) && name.ends_with(".tmp")) {
      at = mine.size();
    } else if (const size_t found = name.rfind(old); found != std::string::npos) {
      at = found + old.size();
      if (name.find_first_not_of("0123456789", at) != std::string::npos) return 0;
    }
    int64_t pid = 0;
    if (at != std::string::npos) std::from_chars(name.data() + at, name.data() + name.size(), pid);
    return pid;
  };
  std::error_code failed;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const int64_t pid = owner(entry.path().filename().string());
    if (pid > 0 && !is_alive(pid) && entry.is_regular_file(failed)) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove(path, failed);
}

}  // namespace cusched
