// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

struct CUstream_st;  // what a cudaStream_t points to

namespace cusched {

enum class DeviceKind : uint8_t { kCpu, kCuda };

struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;

  bool is_cuda() const { return kind == DeviceKind::kCuda; }
};

// Where work is put: a device and, on CUDA, a stream. Every asynchronous call takes one.
struct Exec {
  Device device;
  CUstream_st* stream = nullptr;  // null on the CPU
};

// Number of usable CUDA devices: 0 where the build has no CUDA, or the machine no driver or GPU.
int cuda_device_count();

// Why cuda_device_count() is 0, e.g. "cudaErrorInsufficientDriver: ..."; empty where it is not.
std::string cuda_problem();

// Whether CUDA devices are the stand-in of tests/emulation, which runs kernels on the CPU: right
// results, no speed. Its device is called kEmulatedDevice, so that no report takes it for a GPU.
inline constexpr const char* kEmulatedDevice = "emulated (no GPU)";
bool cuda_is_emulated();

// "auto" (CUDA where there is a usable device, else CPU), "cpu", "cuda" or "cuda:1".
// Throws InputError for other words and for a CUDA device that is not there, saying why.
Device parse_device(const std::string& text);

// "cpu" or "cuda:0".
std::string to_string(const Device& device);

// For people: says where it is emulated, e.g. "cuda:0, emulated".
std::string describe(const Device& device);

// Model, memory, driver and compute capability of a CUDA device, or the CPU's model and cores.
struct DeviceInfo {
  std::string name;
  std::string driver;  // CUDA driver version, e.g. "13.0"; empty on the CPU
  int sm = 0;          // compute capability x 10, e.g. 90; 0 on the CPU
  int cores = 0;       // multiprocessors, or CPU threads
  int64_t memory_bytes = 0;
  double bandwidth_bytes_per_s = 0;  // theoretical; 0 where unknown
};
DeviceInfo device_info(const Device& device);

// Blocks until everything put on `exec` is done. Never called inside a training iteration.
void synchronize(const Exec& exec);

// Raw memory of a device, zeroed, 256-byte aligned. Owns it; freed on destruction.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(const Device& device, size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;
  DeviceMemory(const DeviceMemory&) = delete;  // a copy of device memory takes a stream: copy_bytes
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  void* data() const { return data_; }
  size_t size() const { return bytes_; }
  const Device& device() const { return device_; }

 private:
  Device device_;
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// Copies between any two memories; `exec` is the CUDA side where there is one. Asynchronous on
// CUDA: host memory has to stay alive (and unchanged) until synchronize(exec).
void copy_bytes(const Exec& exec, void* to, const void* from, size_t bytes);

// Fills with a byte value, asynchronously on CUDA.
void fill_bytes(const Exec& exec, void* to, int value, size_t bytes);

}  // namespace cusched
