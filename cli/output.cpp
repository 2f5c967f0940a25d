// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "build_info.h"
#include "cli/standard_output.h"
#include "cuda/device.h"
#include "cuda/host_info.h"
#include "cuda/utf8.h"
#include "cuda/write_file.h"
#include "envs/json_text.h"

namespace cusched {

Option& add_json_option(OptionTable& table, std::string* path, const std::string& what) {
  return table.add("json", path, "write " + what + " as JSON to a file; without one, to stdout")
      .implicit("-")
      .output()
      .unsaved();
}

void write_text_file(const std::string& path, const std::string& text) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;  // what is wrong is said when the file is written
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  write_file(path, text);
}

void emit_json(const std::string& path, const nlohmann::json& value) {
  if (path.empty()) return;
  const std::string text = json_text(value, 1) + "\n";
  if (path == "-") {
    print(text);
    flush_output();
  } else {
    write_text_file(path, text);
  }
}

void say_note(const std::string& words) {
  std::fprintf(stderr, "cusched: note: %s\n", visible_text(words).c_str());
}

void say_warning(const std::string& words) {
  std::fprintf(stderr, "cusched: warning: %s\n", visible_text(words).c_str());
}

std::FILE* people(const std::string& json_path) { return json_path == "-" ? stderr : stdout; }

std::string version_text() {
  const BuildInfo& info = build_info();
  const std::string cuda = info.cuda_version;
  return std::string("cusched ") + info.version + " (" + info.commit + ", " + info.build_type +
         ", " + info.compiler + ", " + (cuda.empty() ? "no CUDA" : "CUDA " + cuda) + ", LibTorch " +
         info.torch_version + ")";
}

nlohmann::json version_json() {
  const BuildInfo& info = build_info();
  return {{"version", info.version},   {"commit", info.commit},     {"build_type", info.build_type},
          {"compiler", info.compiler}, {"cuda", info.cuda_version}, {"torch", info.torch_version}};
}

nlohmann::json machine_json(const std::string& device_text) {
  const HostInfo host = host_info();
  nlohmann::json json = {{"cpu", host.cpu_model},
                         {"threads", host.cores},
                         {"memory_bytes", host.memory_bytes},
                         {"os", host.operating_system},
                         {"device", device_text}};
  if (device_text.rfind("cuda", 0) == 0) {
    const DeviceInfo info = device_info(parse_device(device_text));
    json["gpu"] = {{"name", info.name},
                   {"driver", info.driver},
                   {"sm", info.sm},
                   {"memory_bytes", info.memory_bytes}};
  }
  return json;
}

}  // namespace cusched
