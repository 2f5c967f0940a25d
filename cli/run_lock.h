// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace cusched {

// Holds FOLDER/lock for as long as it lives, so that two processes do not write one run. The file
// says who holds it: process, host, start, command. It is locked with fcntl, which NFS passes on,
// children do not inherit and the system takes back when the process ends, however it ends. A lock
// of a process of this host that is gone is taken over; one of another host, which cannot be seen
// from here, is not.
class RunLock {
 public:
  // Throws InputError, naming the holder, where another process holds it, and where the folder
  // cannot be written, but Error where its disk is full; `option` names the folder's option.
  // `command`: for people.
  RunLock(const std::string& folder, const std::string& option, const std::string& command);
  ~RunLock();                        // removes the file
  RunLock(const RunLock&) = delete;  // one holder
  RunLock& operator=(const RunLock&) = delete;

 private:
  std::string path_;
  int fd_ = -1;
  int64_t pid_ = 0;  // a child that is forked is no holder
};

// Who holds the folder's lock, for people; "" where nobody does that is known to live.
std::string run_holder(const std::string& folder);

// Deletes what writers of files that are gone left half-written in the folder.
void remove_leftovers(const std::string& folder);

}  // namespace cusched
