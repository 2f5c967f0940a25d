// SPDX-License-Identifier: MIT
#include "cuda/device.h"

#include <sys/mman.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cuda/error.h"
#include "cuda/host_info.h"
#include "cuda/macros.h"

#if CUSCHED_WITH_CUDA
#include "cuda/device_guard.h"
#endif

namespace cusched {
namespace {

#if !CUSCHED_WITH_CUDA
[[noreturn]] void throw_no_cuda() {
  throw Error("this build has no CUDA back end", "", "Configure with -DCUSCHED_CUDA=ON");
}
#endif

// Blocks from this size on are aligned to, and asked for in, huge pages: with 4 KiB pages the
// columns of thousands of lanes miss the TLB on nearly every access.
constexpr size_t kHugePageBytes = size_t{2} << 20;
constexpr size_t kAlignBytes = 256;
// Larger blocks are compared with the memory that is there: Linux would promise them all the same,
// and kill the process when they are zeroed.
constexpr size_t kCheckedBytes = size_t{1} << 30;

void* allocate_host(size_t bytes) {
  const bool too_big =
      bytes > static_cast<size_t>(PTRDIFF_MAX) ||
      (bytes >= kCheckedBytes && static_cast<int64_t>(bytes) > available_host_bytes());
  const size_t align = bytes >= kHugePageBytes ? kHugePageBytes : kAlignBytes;
  const size_t rounded = (bytes + align - 1) / align * align;  // aligned_alloc wants a multiple
  void* data = too_big ? nullptr : std::aligned_alloc(align, rounded);
  if (data == nullptr) {
    const size_t shown = bytes < static_cast<size_t>(PTRDIFF_MAX) ? bytes : PTRDIFF_MAX;
    throw Error("cannot allocate " + format_bytes(static_cast<int64_t>(shown)) + " on the CPU",
                format_bytes(available_host_bytes()) + " are available",
                "Use fewer environments or members, or smaller capacities");
  }
  if (align == kHugePageBytes) (void)madvise(data, rounded, MADV_HUGEPAGE);  // only a hint
  std::memset(data, 0, rounded);
  return data;
}

}  // namespace

#if CUSCHED_WITH_CUDA
int cuda_device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  (void)cudaGetLastError();  // forget it: a machine without a driver is not an error
  return 0;
}

std::string cuda_problem() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess) return count > 0 ? "" : "the driver reports no CUDA device";
  (void)cudaGetLastError();
  return std::string(cudaGetErrorName(status)) + ": " + cudaGetErrorString(status);
}
#else
int cuda_device_count() { return 0; }
std::string cuda_problem() { return "this build has no CUDA back end"; }
#endif

bool cuda_is_emulated() {
  return cuda_device_count() > 0 && device_info({DeviceKind::kCuda, 0}).name == kEmulatedDevice;
}

Device parse_device(const std::string& text) {
  static const char* const kWhere = "--device";
  if (text == "cpu") return {DeviceKind::kCpu, 0};
  if (text == "auto") return {cuda_device_count() > 0 ? DeviceKind::kCuda : DeviceKind::kCpu, 0};
  int index = 0;
  bool valid = text == "cuda";
  if (text.rfind("cuda:", 0) == 0) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + 5, end, index);
    valid = parsed.ec == std::errc() && parsed.ptr == end && index >= 0;
  }
  if (!valid) {
    throw InputError(kWhere, "unknown device \"" + text + "\"",
                     "Use auto, cpu, cuda, or cuda:N with N from 0");
  }
  const int count = cuda_device_count();
  if (count == 0) {
    throw InputError(kWhere, "there is no usable CUDA device (" + cuda_problem() + ")",
                     "Use --device cpu, or --device auto to take a GPU only where there is one");
  }
  if (index >= count) {
    throw InputError(kWhere, "there is no CUDA device " + std::to_string(index),
                     "This machine has cuda:0 to cuda:" + std::to_string(count - 1));
  }
  return {DeviceKind::kCuda, index};
}

std::string to_string(const Device& device) {
  return device.is_cuda() ? "cuda:" + std::to_string(device.index) : "cpu";
}

std::string describe(const Device& device) {
  return to_string(device) + (device.is_cuda() && cuda_is_emulated() ? ", emulated" : "");
}

DeviceInfo device_info(const Device& device) {
  DeviceInfo info;
  if (!device.is_cuda()) {
    const HostInfo host = host_info();
    info.name = host.cpu_model;
    info.cores = host.cores;
    info.memory_bytes = host.memory_bytes;
    return info;
  }
#if CUSCHED_WITH_CUDA
  cudaDeviceProp properties;
  CUSCHED_CUDA(cudaGetDeviceProperties(&properties, device.index));
  int driver = 0, clock_khz = 0;
  CUSCHED_CUDA(cudaDriverGetVersion(&driver));
  CUSCHED_CUDA(cudaDeviceGetAttribute(&clock_khz, cudaDevAttrMemoryClockRate, device.index));
  info.name = properties.name;
  info.driver = std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  info.sm = properties.major * 10 + properties.minor;
  info.cores = properties.multiProcessorCount;
  info.memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
  // Two transfers a clock (double data rate) over the bus's width in bytes.
  info.bandwidth_bytes_per_s = 2.0 * 1e3 * clock_khz * (properties.memoryBusWidth / 8.0);
  return info;
#else
  throw_no_cuda();
#endif
}

void synchronize(const Exec& exec) {
  if (!exec.device.is_cuda()) return;
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(exec.device);
  CUSCHED_CUDA(cudaStreamSynchronize(exec.stream));
#else
  throw_no_cuda();
#endif
}

DeviceMemory::DeviceMemory(const Device& device, size_t bytes) : device_(device), bytes_(bytes) {
  if (bytes == 0) return;
  if (!device.is_cuda()) {
    data_ = allocate_host(bytes);
    return;
  }
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(device);
  const cudaError_t status = cudaMalloc(&data_, bytes);
  if (status != cudaSuccess) {
    (void)cudaGetLastError();
    size_t free_bytes = 0, total_bytes = 0;
    (void)cudaMemGetInfo(&free_bytes, &total_bytes);
    throw Error(
        "cannot allocate " + format_bytes(static_cast<int64_t>(bytes)) + " on " + to_string(device),
        std::string(cudaGetErrorString(status)) + ", " +
            format_bytes(static_cast<int64_t>(free_bytes)) + " are free",
        status == cudaErrorMemoryAllocation
            ? "Use fewer environments or members, or smaller capacities"
            : "");
  }
  // On the legacy stream, which streams made by Stream do not wait for: so the host waits.
  cudaError_t zeroed = cudaMemset(data_, 0, bytes);
  if (zeroed == cudaSuccess) zeroed = cudaStreamSynchronize(nullptr);
  if (zeroed != cudaSuccess) {
    (void)cudaFree(data_);
    CUSCHED_CUDA(zeroed);
  }
#else
  throw_no_cuda();
#endif
}

DeviceMemory::~DeviceMemory() {
  if (data_ == nullptr) return;
  if (!device_.is_cuda()) {
    std::free(data_);
    return;
  }
#if CUSCHED_WITH_CUDA
  (void)cudaFree(data_);  // finds the device by the address; at exit the driver may be gone
#endif
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : device_(other.device_),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void copy_bytes(const Exec& exec, void* to, const void* from, size_t bytes) {
  if (bytes == 0) return;
  if (!exec.device.is_cuda()) {
    std::memmove(to, from, bytes);
    return;
  }
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(exec.device);
  CUSCHED_CUDA(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, exec.stream));
#else
  throw_no_cuda();
#endif
}

void fill_bytes(const Exec& exec, void* to, int value, size_t bytes) {
  if (bytes == 0) return;
  if (!exec.device.is_cuda()) {
    std::memset(to, value, bytes);
    return;
  }
#if CUSCHED_WITH_CUDA
  const DeviceGuard guard(exec.device);
  CUSCHED_CUDA(cudaMemsetAsync(to, value, bytes, exec.stream));
#else
  throw_no_cuda();
#endif
}

}  // namespace cusched
