// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/options.h"

namespace cusched {

// --json [FILE], the same for every command: "" is off, "-" is stdout (also where FILE is left
// out).
Option& add_json_option(OptionTable& table, std::string* path, const std::string& what);

// write_file (cuda/write_file.h), which makes the folder first.
void write_text_file(const std::string& path, const std::string& text);

// Writes to the file (atomically) or to stdout, indented; nothing when `path` is empty.
void emit_json(const std::string& path, const nlohmann::json& value);

// "cusched: note: WORDS" or "cusched: warning: WORDS" on stderr, on one line: what a file put into
// the words is made visible.
void say_note(const std::string& words);
void say_warning(const std::string& words);

// Where text for people goes: stderr when stdout carries JSON.
std::FILE* people(const std::string& json_path);

// "cusched 0.1.0 (1a2b3c4d5e6f, Release, g++ 12.2.0, CUDA 13.0, LibTorch 2.11)".
std::string version_text();
nlohmann::json version_json();

// The machine a figure was made on: CPU, threads, memory and, on CUDA, the device and its driver.
nlohmann::json machine_json(const std::string& device);

}  // namespace cusched
