// SPDX-License-Identifier: MIT
#include "cuda/write_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cuda/error.h"

namespace cusched {
namespace {

namespace fs = std::filesystem;
using Pieces = std::span<const std::span<const uint8_t>>;

constexpr size_t kMaxWrite = size_t{1} << 30;  // a system call takes less than 2 GiB at a time
constexpr int kMaxLinks = 40;                  // as Linux

// A file descriptor that closes itself.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int number) : fd(number) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;  // one owner
  Descriptor& operator=(const Descriptor&) = delete;
  // 0, or -1 with errno: some file systems say only here that there was no room.
  int close() {
    const int result = ::close(fd);
    fd = -1;
    return result;
  }
};

// While it lives, a pipe without a reader and a file at its size limit are errors of write() in
// this thread and no signals.
class NoWriteSignals {
 public:
  NoWriteSignals() {
    sigset_t pending;
    sigpending(&pending);
    sigemptyset(&ours_);
    for (const int signal : {SIGPIPE, SIGXFSZ})
      if (sigismember(&pending, signal) == 0) sigaddset(&ours_, signal);
    pthread_sigmask(SIG_BLOCK, &ours_, &before_);
  }
  ~NoWriteSignals() {
    const timespec at_once{};
    while (sigtimedwait(&ours_, nullptr, &at_once) != -1 || errno == EINTR) continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoWriteSignals(const NoWriteSignals&) = delete;  // the mask is the thread's
  NoWriteSignals& operator=(const NoWriteSignals&) = delete;

 private:
  sigset_t ours_, before_;
};

[[noreturn]] void fail(const std::string& path, int error) {
  const std::string words = "cannot be written (" + std::string(std::strerror(error)) + ")";
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      throw Error(path + ": " + words, "", "Make room, or name a place that has some");
    case EPIPE:
      throw Error(path + ": " + words, "", "What read it ended before everything was written");
    case ENOENT:
    case ENOTDIR:
      throw InputError(path, words, "Check that its folder exists");
    case EACCES:
    case EPERM:
    case EROFS:
      throw InputError(path, words, "Check the permissions, or name another file");
    case EISDIR:
      throw InputError(path, words, "Name a file in that folder");
    case ENAMETOOLONG:
    case ELOOP:
    case ENXIO:
    case EBADF:
    case EINVAL:
      throw InputError(path, words, "Name another file");
    default:
      throw Error(path + ": " + words, "", "Check the disk, or name another file");
  }
}

// 0, or the error.
int write_pieces(int fd, Pieces pieces) {
  const NoWriteSignals guard;
  for (const auto& piece : pieces) {
    for (size_t done = 0; done < piece.size();) {
      const ssize_t n = ::write(fd, piece.data() + done, std::min(piece.size() - done, kMaxWrite));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      if (n == 0) return EIO;
      done += static_cast<size_t>(n);
    }
  }
  return 0;
}

// What a path stands for once its links are followed.
struct Target {
  std::string path;     // a file, whether it exists or not; a device or a FIFO
  int descriptor = -1;  // >= 0: the path names this open file of ours, e.g. /dev/stdout
};

// /dev/stdout and the like are links to links in /proc/self/fd, whose own targets ("pipe:[7]") are
// no paths.
Target follow_links(const std::string& path) {
  std::error_code failed;
  const bool special = fs::exists(path, failed) && !fs::is_regular_file(path, failed);
  const fs::path own = fs::canonical("/proc/self/fd", failed);
  fs::path at = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    const fs::path folder = at.has_parent_path() ? at.parent_path() : fs::path(".");
    const std::string name = at.filename();
    const bool number =
        !name.empty() && name.size() < 9 &&
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number && !own.empty() && fs::canonical(folder, failed) == own)
      return {path, std::stoi(name)};
    const fs::path link = fs::read_symlink(at, failed);
    if (failed) return {special ? fs::path(path) : at, -1};
    at = link.is_absolute() ? link : folder / link;
  }
  fail(path, ELOOP);
}

int write_in_place(const std::string& path, int flags, Pieces pieces) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags));
  if (file.fd < 0) return errno;
  if (const int error = write_pieces(file.fd, pieces)) return error;
  if (flags != 0 && ::fsync(file.fd) != 0) return errno;  // a device need not know it
  return file.close() == 0 ? 0 : errno;
}

int write_to_descriptor(int number, Pieces pieces) {
  if (number == STDOUT_FILENO) std::fflush(stdout);  // what was printed before stands before
  if (number == STDERR_FILENO) std::fflush(stderr);
  return write_pieces(number, pieces);
}

// A new file beside `path`, opened for writing; its name in *name. Short: the name of `path` may be
// as long as names can be. -1 with errno where there is none.
int open_temporary(const std::string& path, std::string* name) {
  static std::atomic<int> counter{0};
  const fs::path folder = fs::path(path).parent_path();
  for (int tries = 0; tries < 100; ++tries) {
    *name = folder /
            (".cusched." + std::to_string(::getpid()) + "." + std::to_string(counter++) + ".tmp");
    const int fd = ::open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

// The error, or 0. `old`: the file that is replaced, null where there is none.
int replace(const std::string& path, const struct stat* old, Pieces pieces) {
  std::string temporary;
  Descriptor file(open_temporary(path, &temporary));
  if (file.fd < 0) return errno;
  const auto finish = [&] {
    if (const int error = write_pieces(file.fd, pieces)) return error;
    if (old != nullptr) {
      (void)!::fchown(file.fd, old->st_uid, old->st_gid);  // ours to give away only as root
      if (::fchmod(file.fd, old->st_mode & 0777) != 0) return errno;
    }
    if (::fsync(file.fd) != 0 || file.close() != 0) return errno;
    return ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
  };
  const int error = finish();
  if (error != 0) {
    ::unlink(temporary.c_str());
    return error;
  }
  // The rename itself survives a power cut only once the folder is flushed. Some file systems
  // refuse to flush a folder; the file is whole all the same.
  const std::string folder = fs::path(path).parent_path();
  const Descriptor handle(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (handle.fd >= 0) (void)!::fsync(handle.fd);
  return 0;
}

}  // namespace

void write_file(const std::string& path, Pieces pieces) {
  if (path.empty()) fail("a file without a name", ENOENT);
  const Target target = follow_links(path);
  if (target.descriptor >= 0) {
    if (const int error = write_to_descriptor(target.descriptor, pieces)) fail(path, error);
    return;
  }
  struct stat old {};
  const bool exists = ::stat(target.path.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) fail(path, errno);
  if (exists && S_ISDIR(old.st_mode)) fail(path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {
    if (const int error = write_in_place(target.path, 0, pieces)) fail(path, error);
    return;
  }
  // A rename would pass by the permission to write that the old file does not give.
  if (exists && ::faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) != 0)
    fail(path, errno);
  int error = replace(target.path, exists ? &old : nullptr, pieces);
  const bool no_room_beside =
      error == EACCES || error == EPERM || error == EROFS || error == EBUSY || error == EXDEV;
  if (exists && no_room_beside) error = write_in_place(target.path, O_TRUNC, pieces);
  if (error != 0) fail(path, error);
}

std::string replaced_file(const std::string& path) {
  const Target target = follow_links(path);
  return target.descriptor >= 0 ? "" : target.path;
}

void check_writable(const std::string& path) {
  if (path.empty()) fail("a file without a name", ENOENT);
  const Target target = follow_links(path);
  if (target.descriptor >= 0) {
    const int flags = ::fcntl(target.descriptor, F_GETFL);
    if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY) fail(path, EBADF);
    return;
  }
  const fs::path name = target.path;
  std::error_code failed;
  if (fs::is_directory(name, failed) || !name.has_filename()) fail(path, EISDIR);
  if (fs::exists(name, failed)) {
    if (::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) != 0) fail(path, errno);
    return;
  }
  fs::path folder = fs::absolute(name).parent_path();
  // Nobody makes the folder of a link's target, nor one that is itself a link to nothing.
  if (target.path != path && !fs::exists(folder, failed)) fail(path, ENOENT);
  for (; folder.has_relative_path() && !fs::exists(folder, failed); folder = folder.parent_path())
    if (fs::is_symlink(folder, failed)) fail(path, ENOENT);
  if (!fs::is_directory(folder, failed)) fail(path, ENOTDIR);
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) fail(path, errno);
  // Permissions are not all: /proc takes no files, not even root's.
  std::string temporary;
  Descriptor probe(open_temporary(folder / "probe", &temporary));
  if (probe.fd < 0) fail(path, errno);
  ::unlink(temporary.c_str());
}

void write_file(const std::string& path, std::string_view text) {
  const std::span<const uint8_t> piece(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  write_file(path, {&piece, 1});
}

}  // namespace cusched
