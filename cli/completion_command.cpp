// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/output.h"
#include "cli/standard_output.h"
#include "cuda/error.h"

namespace cusched {
namespace {

class CompletionCommand : public Command {
 public:
  CompletionCommand()
      : Command("completion", "completion for bash, zsh or fish, or the manual page (man)") {
    options()
        .add("kind", &kind_, "for which shell, or man: cusched(1) as roff")
        .choices({"bash", "zsh", "fish", "man"})
        .positional();
    options().add("out", &out_, "file to write; default: stdout").output();
  }

  std::string notes() const override {
    return "In this shell alone: source <(cusched completion bash). The build leaves all four in "
           "share/ of its folder, and 'cmake --install' puts them where shells and man look.";
  }

  int run() override {
    const auto table = completion_table();
    std::string text;
    if (kind_ == "bash") text = bash_completion(table);
    if (kind_ == "zsh") text = zsh_completion(table);
    if (kind_ == "fish") text = fish_completion(table);
    if (kind_ == "man") text = manual_page(table);
    if (text.empty()) throw InputError("--kind", "is missing", "Give bash, zsh, fish or man");
    if (out_.empty()) {
      print(text);
    } else {
      write_text_file(out_, text);
    }
    return kExitOk;
  }

 private:
  std::string kind_, out_;
};

}  // namespace

std::unique_ptr<Command> make_completion_command() { return std::make_unique<CompletionCommand>(); }

}  // namespace cusched
