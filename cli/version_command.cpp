// SPDX-License-Identifier: MIT
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"

namespace cusched {
namespace {

class VersionCommand : public Command {
 public:
  VersionCommand() : Command("version", "what this binary was built from") {
    add_json_option(options(), &json_, "it");
  }
  int run() override {
    if (json_ != "-") std::printf("%s\n", version_text().c_str());
    emit_json(json_, version_json());
    return kExitOk;
  }

 private:
  std::string json_;
};

}  // namespace

std::unique_ptr<Command> make_version_command() { return std::make_unique<VersionCommand>(); }

}  // namespace cusched
