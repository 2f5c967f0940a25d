// SPDX-License-Identifier: MIT
#include "cuda/control_group.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace cusched {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr char kNoLimitOfVersion1[] = "9223372036854771712\n";

// A machine's /proc and /sys in a folder.
class ControlGroup : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "cusched_control_group_" + std::to_string(::getpid());
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  static std::string bytes(int64_t gib) { return std::to_string(gib * kGiB) + "\n"; }
  void version2(const std::string& own, const std::string& top = "/",
                const std::string& point = "/sys/fs/cgroup") const {
    file("/proc/self/cgroup", "0::" + own + "\n");
    file("/proc/self/mountinfo",
         "22 27 0:20 / /proc rw - proc proc rw\n"
         "31 22 0:27 " +
             top + " " + point + " rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  void expect(int64_t limit, int64_t available) const {
    const MemoryLimit found = control_group_memory(root_);
    EXPECT_EQ(found.limit_bytes, limit);
    EXPECT_EQ(found.available_bytes, available);
  }

 private:
  std::string root_;
};

TEST_F(ControlGroup, NothingIsNoLimit) {
  expect(kNoMemoryLimit, kNoMemoryLimit);
  version2("/user.slice/session-3.scope");
  file("/sys/fs/cgroup/user.slice/memory.max", "max\n");
  file("/sys/fs/cgroup/user.slice/session-3.scope/memory.max", "max\n");
  expect(kNoMemoryLimit, kNoMemoryLimit);
}

// Slurm, version 2: the step is unlimited, the job is not, and the node's slice allows more.
TEST_F(ControlGroup, TheSmallestOnTheWayUp) {
  version2("/system.slice/slurmstepd.scope/job_7/step_0/user/task_0");
  const std::string job = "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7";
  file("/sys/fs/cgroup/system.slice/memory.max", bytes(64));
  file(job + "/memory.max", bytes(8));
  file(job + "/memory.current", bytes(5));
  file(job + "/memory.stat",
       "anon 1\nfile 9\nactive_file " + bytes(1) + "inactive_file " + bytes(2));
  file(job + "/step_0/memory.max", "max\n");
  file(job + "/step_0/user/task_0/memory.max", "max\n");
  expect(8 * kGiB, 6 * kGiB);
  // Where a group is slowed down it is at its limit, too.
  file(job + "/step_0/memory.high", bytes(4));
  expect(4 * kGiB, 4 * kGiB);
}

// Others in the same pod have most of what its limit leaves.
TEST_F(ControlGroup, TheLeastThatIsLeftMayBeOfAnotherGroup) {
  version2("/kubepods.slice/pod1/main");
  file("/sys/fs/cgroup/kubepods.slice/pod1/memory.max", bytes(16));
  file("/sys/fs/cgroup/kubepods.slice/pod1/memory.current", bytes(13));
  file("/sys/fs/cgroup/kubepods.slice/pod1/main/memory.max", bytes(8));
  file("/sys/fs/cgroup/kubepods.slice/pod1/main/memory.current", bytes(1));
  expect(8 * kGiB, 3 * kGiB);
  file("/sys/fs/cgroup/kubepods.slice/pod1/memory.current", bytes(17));
  expect(8 * kGiB, 0);
}

// In a namespace a container sees its own group as the top.
TEST_F(ControlGroup, ANamespaceAndAMountOfASubtree) {
  version2("/", "/", "/sys/fs/cgroup");
  file("/sys/fs/cgroup/memory.max", bytes(3));
  expect(3 * kGiB, 3 * kGiB);
  version2("/../../other");
  expect(3 * kGiB, 3 * kGiB);
  version2("/docker/abc/inner", "/docker/abc", "/mnt/my\\040groups");
  file("/mnt/my groups/memory.max", bytes(2));
  expect(2 * kGiB, 2 * kGiB);
  file("/mnt/my groups/inner/memory.max", bytes(1));
  expect(kGiB, kGiB);
}

// Version 1, Slurm: memory beside other controllers, huge numbers for no limit.
TEST_F(ControlGroup, VersionOne) {
  file("/proc/self/cgroup",
       "9:cpuset:/\n5:hugetlb,memory:/slurm/uid_1000/job_7/step_batch\n1:name=systemd:/x\n");
  file("/proc/self/mountinfo",
       "35 31 0:32 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
       "36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,hugetlb,memory\n");
  const std::string slurm = "/sys/fs/cgroup/memory/slurm";
  file("/sys/fs/cgroup/memory/memory.limit_in_bytes", kNoLimitOfVersion1);
  file(slurm + "/memory.limit_in_bytes", kNoLimitOfVersion1);
  file(slurm + "/uid_1000/job_7/memory.limit_in_bytes", bytes(10));
  file(slurm + "/uid_1000/job_7/memory.usage_in_bytes", bytes(6));
  file(slurm + "/uid_1000/job_7/memory.stat",
       "inactive_file 1\ntotal_inactive_file " + bytes(2) + "total_active_file 0\n");
  file(slurm + "/uid_1000/job_7/step_batch/memory.limit_in_bytes", bytes(12));
  expect(10 * kGiB, 6 * kGiB);
}

// Docker without a namespace: the group has the host's name, the mount shows it as its top.
TEST_F(ControlGroup, BothVersionsMounted) {
  file("/proc/self/cgroup", "4:memory:/docker/abc\n0::/docker/abc\n");
  file("/proc/self/mountinfo",
       "36 31 0:33 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
       "37 31 0:34 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  file("/sys/fs/cgroup/memory/memory.limit_in_bytes", bytes(4));
  expect(4 * kGiB, 4 * kGiB);
  file("/sys/fs/cgroup/unified/docker/memory.max", bytes(2));
  expect(2 * kGiB, 2 * kGiB);
}

}  // namespace
}  // namespace cusched
