// SPDX-License-Identifier: MIT
#include "cli/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "cuda/error.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;

// What the fake command saw when it ran.
struct Seen {
  bool ran = false;
  bool resume = false, clip = true;
  int envs = 100;
  std::string preset = "plain", json, name;
  std::vector<float> gamma = {0.5f};
  std::string fail;
};

class FakeCommand : public Command {
 public:
  explicit FakeCommand(Seen* seen, const std::string& name) : Command(name, "a fake"), seen_(seen) {
    options().add("name", &seen->name, "a name").positional();
    options().add("preset", &seen->preset, "preset").choices({"plain", "big"});
    options().add("envs", &seen->envs, "environments").unit("count").min(1);
    options().add("gamma", &seen->gamma, "discounts");
    options().add("resume", &seen->resume, "go on");
    options().add("clip", &seen->clip, "clip");
    options().add("fail", &seen->fail, "how to fail").unsaved();
    options().add("json", &seen->json, "JSON").implicit("-").output().unsaved();
    add_config_options();
  }
  void before_settings(const std::vector<Setting>& settings) override {
    if (setting_word(settings, "preset", seen_->preset) == "big") seen_->envs = 7000;
  }
  int run() override {
    seen_->ran = true;
    if (seen_->fail == "input") throw InputError("a.swf:3, field 4", "bad", "Mend it");
    if (seen_->fail == "error") throw Error("broken");
    if (seen_->fail == "memory") throw std::bad_alloc();
    if (seen_->fail == "other") throw 7;
    return kExitOk;
  }

 private:
  Seen* seen_;
};

struct Outcome : test::Outcome {
  Seen seen;
};

Outcome run(const std::vector<std::string>& words, const std::string& name = "fake") {
  Outcome outcome;
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<FakeCommand>(&outcome.seen, name));
  static_cast<test::Outcome&>(outcome) = test::run_words(commands, words);
  return outcome;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path(testing::TempDir() + "cusched_command_" + std::to_string(::getpid()) + ".yaml") {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  const std::string path;
};

TEST(CommandLine, FlagsWinOverTheFileAndTheFileOverThePreset) {
  const TemporaryFile file("preset: big\ngamma: [0.1, 0.2]\nclip: false\n");
  Outcome o = run({"fake", "--config", file.path.c_str()});
  EXPECT_EQ(o.code, kExitOk) << o.err;
  EXPECT_EQ(o.seen.envs, 7000);
  EXPECT_EQ(o.seen.gamma, (std::vector<float>{0.1f, 0.2f}));
  EXPECT_FALSE(o.seen.clip);

  o = run({"fake", "--config", file.path.c_str(), "--envs", "12", "--gamma=0.9", "--clip"});
  EXPECT_EQ(o.seen.envs, 12);
  EXPECT_EQ(o.seen.gamma, std::vector<float>{0.9f});
  EXPECT_TRUE(o.seen.clip);
  EXPECT_EQ(o.seen.preset, "big");

  o = run({"fake", "--config", file.path.c_str(), "--preset", "plain"});
  EXPECT_EQ(o.seen.envs, 100);
}

TEST(CommandLine, SwitchesAndOptionalValues) {
  EXPECT_TRUE(run({"fake", "--resume"}).seen.resume);
  EXPECT_FALSE(run({"fake", "--no-clip"}).seen.clip);
  EXPECT_FALSE(run({"fake", "--clip=false"}).seen.clip);
  EXPECT_EQ(run({"fake"}).seen.json, "");
  EXPECT_EQ(run({"fake", "--json"}).seen.json, "-");
  EXPECT_EQ(run({"fake", "--json", "a.json"}).seen.json, "a.json");
  EXPECT_EQ(run({"fake", "--json", "--resume"}).seen.json, "-");
  EXPECT_EQ(run({"fake", "admission", "--json"}).seen.name, "admission");
  EXPECT_FALSE(run({"fake", "--no_clip"}).seen.clip);
}

TEST(CommandLine, SwitchesTakeWordsInAnyCase) {
  for (const char* no : {"False", "no", "OFF", "0"}) {
    EXPECT_FALSE(run({"fake", std::string("--clip=") + no}).seen.clip) << no;
    EXPECT_TRUE(run({"fake", std::string("--no-clip=") + no}).seen.clip) << no;
  }
  for (const char* yes : {"TRUE", "Yes", "on", "1"})
    EXPECT_TRUE(run({"fake", std::string("--resume=") + yes}).seen.resume) << yes;
  EXPECT_FALSE(run({"fake", "--clip", "False"}).seen.clip);
  EXPECT_TRUE(run({"fake", "--resume", "Yes", "--envs", "3"}).seen.resume);
  EXPECT_EQ(run({"fake", "--clip", "7"}).seen.name, "7");  // a positional, as before
  const Outcome o = run({"fake", "--resume=maybe"});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, "--resume: 'maybe' is not true or false")) << o.err;
}

TEST(CommandLine, RepeatingAnOptionGrowsAListAndNothingElse) {
  using Reals = std::vector<float>;
  EXPECT_EQ(run({"fake", "--gamma", "0.1", "--gamma", "0.2,0.3"}).seen.gamma,
            (Reals{0.1f, 0.2f, 0.3f}));
  // A shell's glob: several words up to the next option.
  EXPECT_EQ(run({"fake", "--gamma", "0.1", "0.2", "--envs", "5", "--gamma=0.3"}).seen.gamma,
            (Reals{0.1f, 0.2f, 0.3f}));
  EXPECT_EQ(run({"fake", "--gamma", "-1"}).seen.gamma, Reals{-1});

  const struct {
    std::vector<std::string> words;
    const char* part;
  } cases[] = {
      {{"fake", "--envs", "1", "--envs", "2"}, "--envs: is given twice: 1 and 2"},
      {{"fake", "--envs", "1", "--envs=1"}, "--envs: is given twice: 1 and 1"},
      {{"fake", "--preset", "big", "--preset", "plain"}, "--preset: is given twice: big and plain"},
      {{"fake", "--json", "--json", "a"}, "--json: is given twice: - and a"},
      {{"fake", "--clip", "--no-clip"}, "--clip: is given twice: true and false"},
      {{"fake", "--config", "a", "--config", "b"}, "--config: is given twice: a and b"},
  };
  for (const auto& c : cases) {
    const Outcome o = run(c.words);
    EXPECT_EQ(o.code, kExitBadInput) << c.part;
    EXPECT_TRUE(contains(o.err, c.part)) << o.err;
  }
  // A switch that says the same twice is harmless.
  EXPECT_TRUE(run({"fake", "--resume", "--resume", "--resume=yes"}).seen.resume);
}

TEST(CommandLine, AFileCannotNameAFile) {
  const TemporaryFile file("config: other.yaml\n");
  const Outcome o = run({"fake", "--config", file.path});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_TRUE(contains(o.err, file.path + ":1, field 'config'")) << o.err;
}

TEST(CommandLine, MessagesShowWhatATerminalWouldObey) {
  const Outcome o = run({"fake", "--preset", "\x1b[31mred\n\xE9"});
  EXPECT_TRUE(contains(o.err, "'\\x1b[31mred\\n\\xe9' is not one of plain, big")) << o.err;
}

TEST(CommandLine, AFileThatCannotBeWrittenIsToldBeforeTheWork) {
  const Outcome o = run({"fake", "--json", "/"});
  EXPECT_EQ(o.code, kExitBadInput);
  EXPECT_FALSE(o.seen.ran);
  EXPECT_TRUE(contains(o.err, "/: cannot be written (Is a directory)")) << o.err;
  const Outcome proc = run({"fake", "--json", "/proc/x.json"});
  EXPECT_EQ(proc.code, kExitBadInput);
  EXPECT_FALSE(proc.seen.ran);
  EXPECT_TRUE(contains(proc.err, "/proc/x.json: cannot be written")) << proc.err;
}

TEST(CommandLine, PrintedConfigurationIsTheWholeOneAndReadsBack) {
  const Outcome printed =
      run({"fake", "--preset", "big", "--gamma", "0.25,0.75", "--print-config"});
  EXPECT_EQ(printed.code, kExitOk);
  EXPECT_FALSE(printed.seen.ran);
  EXPECT_FALSE(contains(printed.out, "print-config:"));
  const TemporaryFile file(printed.out);
  const Outcome again = run({"fake", "--config", file.path.c_str(), "--print-config"});
  EXPECT_EQ(again.out, printed.out);
  EXPECT_EQ(again.seen.envs, 7000);
}

TEST(CommandLine, ExitCodesTellWhoseFaultItIs) {
  EXPECT_EQ(run({"fake"}).code, 0);
  const Outcome input = run({"fake", "--fail", "input"});
  EXPECT_EQ(input.code, 2);
  EXPECT_TRUE(contains(input.err, "a.swf:3, field 4")) << input.err;
  EXPECT_EQ(run({"fake", "--fail", "error"}).code, 1);
  EXPECT_EQ(run({"fake", "--fail", "memory"}).code, 1);
  EXPECT_EQ(run({"fake", "--fail", "other"}).code, 1);
}

TEST(CommandLine, BadCommandLinesGiveOneMessageWithAWayOut) {
  const struct {
    std::vector<std::string> words;
    const char* part;
  } cases[] = {
      {{"fake", "--evns", "3"}, "Did you mean --envs?"},
      {{"fake", "--envs", "x"}, "--envs: 'x' is not a whole number"},
      {{"fake", "--envs", "0"}, "the least is 1 count"},
      {{"fake", "--envs"}, "--envs"},
      {{"fake", "--preset", "huge"}, "one of plain, big"},
      {{"fkae"}, "Did you mean 'cusched fake'?"},
      {{"fake", "a", "b"}, "b"},
      {{}, "lists the commands"},
      {{"fake", "--config", "/nonexistent.yaml"}, "/nonexistent.yaml"},
  };
  for (const auto& c : cases) {
    const Outcome o = run(c.words);
    EXPECT_EQ(o.code, kExitBadInput) << c.part;
    EXPECT_FALSE(o.seen.ran) << c.part;
    EXPECT_TRUE(contains(o.err, c.part)) << c.part << " not in: " << o.err;
    EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
  }
}

TEST(CommandLine, HelpShowsDefaultsUnitsAndChoices) {
  const Outcome o = run({"fake", "--help"});
  EXPECT_EQ(o.code, 0);
  EXPECT_TRUE(contains(o.out, "[count]")) << o.out;
  EXPECT_TRUE(contains(o.out, "(default: 100)"));
  EXPECT_TRUE(contains(o.out, "{plain|big}"));
  EXPECT_TRUE(contains(o.out, "--no-clip"));
}

TEST(CommandLine, TwoWordsAreACommandInAGroup) {
  EXPECT_TRUE(run({"bench", "env", "--envs", "5"}, "bench env").seen.ran);
  EXPECT_EQ(run({"bench", "env", "--envs", "5"}, "bench env").seen.envs, 5);
  EXPECT_EQ(run({"bench"}, "bench env").code, kExitBadInput);
}

}  // namespace
}  // namespace cusched
