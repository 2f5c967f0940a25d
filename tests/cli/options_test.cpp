// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <gtest/gtest.h>

#include "cuda/error.h"
#include "cuda/utf8.h"
#include "tests/cli/cli_test_util.h"

namespace cusched {
namespace {

using test::contains;

// What a message says, or "" when nothing is thrown.
template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

struct Config {
  bool resume = false;
  int envs = 4096;
  int64_t steps = 0;
  uint64_t seed = 1;
  double seconds = 0;
  std::string device = "auto";
  std::vector<int> hidden = {64, 64};
  std::vector<float> gamma = {0.99f};
  std::vector<std::string> baselines = {"fifo", "sjf"};
};

OptionTable table_of(Config* config) {
  OptionTable table;
  table.add("resume", &config->resume, "go on");
  table.add("envs", &config->envs, "environments").unit("count").min(1).max(1 << 20);
  table.add("steps", &config->steps, "steps").unit("steps").min(0);
  table.add("seed", &config->seed, "seed");
  table.add("seconds", &config->seconds, "time").unit("s").min(0);
  table.add("device", &config->device, "device").choices({"auto", "cpu", "cuda"});
  table.start_group("Network");
  table.add("hidden", &config->hidden, "widths").min(1);
  table.add("gamma", &config->gamma, "discount").min(0).max(1);
  table.add("baselines", &config->baselines, "heuristics");
  return table;
}

void apply(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) setting.option->set(setting.words, setting.where);
}

TEST(Options, ReadsEveryTypeFromYaml) {
  Config config;
  const OptionTable table = table_of(&config);
  apply(parse_yaml(table,
                   "resume: true\nenvs: 65\nsteps: 2.5M\nseed: 18446744073709551615\n"
                   "seconds: 1e2\ndevice: cpu\nhidden: [256, 128]\ngamma: 0.9,0.99\n"
                   "baselines: [easy]\n",
                   "run.yaml"));
  EXPECT_TRUE(config.resume);
  EXPECT_EQ(config.envs, 65);
  EXPECT_EQ(config.steps, 2500000);
  EXPECT_EQ(config.seed, 18446744073709551615ull);
  EXPECT_EQ(config.seconds, 100.0);
  EXPECT_EQ(config.device, "cpu");
  EXPECT_EQ(config.hidden, (std::vector<int>{256, 128}));
  EXPECT_EQ(config.gamma, (std::vector<float>{0.9f, 0.99f}));
  EXPECT_EQ(config.baselines, std::vector<std::string>{"easy"});
}

TEST(Options, PrintedYamlReadsBackTheSame) {
  Config config;
  const OptionTable table = table_of(&config);
  apply(parse_yaml(table, "gamma: [0.1, 0.97]\nseed: 9007199254740993\nseconds: 0.1\n", "a"));
  config.baselines = {"a b",        "quo\"te",     "#x",          "true",
                      "",           "a: b",        "1,2",         "back\\slash",
                      "two\nlines", "\x1b[1m\x7f", "caf\xC3\xA9", "caf\xE9/\xFF.swf"};
  const std::string printed = table.to_yaml();

  Config again;
  const OptionTable table_again = table_of(&again);
  apply(parse_yaml(table_again, printed, "printed"));
  EXPECT_EQ(table_again.to_yaml(), printed);
  EXPECT_TRUE(is_utf8(printed));
  EXPECT_EQ(again.gamma, config.gamma);
  EXPECT_EQ(again.seed, 9007199254740993ull);
  EXPECT_EQ(again.seconds, 0.1);
  EXPECT_EQ(again.baselines, config.baselines);
}

TEST(Options, UnknownKeyNamesFileLineAndClosest) {
  Config config;
  const OptionTable table = table_of(&config);
  const std::string text =
      message_of([&] { parse_yaml(table, "envs: 4\n\nsede: 3\n", "run.yaml"); });
  EXPECT_TRUE(contains(text, "run.yaml:3")) << text;
  EXPECT_TRUE(contains(text, "'sede'")) << text;
  EXPECT_TRUE(contains(text, "'seed'")) << text;
}

TEST(Options, BadValuesNameFileLineAndField) {
  Config config;
  const OptionTable table = table_of(&config);
  const struct {
    const char *yaml, *part;
  } cases[] = {
      {"\nenvs: many\n", "'many' is not a whole number"},
      {"\nenvs: 0\n", "the least is 1 count"},
      {"\nenvs: 1.5\n", "whole number"},
      {"\nenvs: 3000000000\n", "whole number between"},
      {"\nenvs: 99999999999999999999\n", "whole number"},
      {"\ngamma: [0.5, 1.5]\n", "the most is 1"},
      {"\ngamma: [.nan]\n", "finite number"},
      {"\nseconds: inf\n", "finite number"},
      {"\nseconds: 1e999\n", "finite number"},
      {"\nseconds: -1\n", "the least is 0 s"},
      {"\nseconds: 5M\n", "a duration such as 90s, 1h30m or 2-03:00:00"},
      {"\nseconds: 1d2w\n", "finite number of seconds, nor a duration"},
      {"\nseed: -1\n", "whole number"},
      {"\ndevice: gpu\n", "one of auto, cpu, cuda"},
      {"\ndevice: [cpu, cuda]\n", "takes one value, not 2"},
      {"\nenvs: {a: 1}\n", "is a map"},
      {"\nenvs:\n", "has no value"},
      {"\nresume: maybe\n", "true or false"},
  };
  for (const auto& c : cases) {
    const std::string text = message_of([&] { apply(parse_yaml(table, c.yaml, "run.yaml")); });
    EXPECT_TRUE(contains(text, "run.yaml:2, field '")) << c.yaml << text;
    EXPECT_TRUE(contains(text, c.part)) << c.yaml << text;
  }
}

TEST(Options, RefusesWhatIsNoMapAndRepeatedKeys) {
  Config config;
  const OptionTable table = table_of(&config);
  EXPECT_TRUE(contains(message_of([&] { parse_yaml(table, "- a\n- b\n", "f"); }), "not a map"));
  EXPECT_TRUE(contains(message_of([&] { parse_yaml(table, "a: [1\n", "f"); }), "is not YAML"));
  EXPECT_TRUE(contains(message_of([&] { parse_yaml(table, "envs: 1\nenvs: 2\n", "f"); }),
                       "f:2, field 'envs'"));
  EXPECT_TRUE(
      contains(message_of([&] { read_yaml(table, "/nonexistent.yaml"); }), "cannot be read"));
  EXPECT_TRUE(parse_yaml(table, "# nothing\n", "f").empty());
}

TEST(Options, DurationsAndSwitchesAsPeopleWriteThem) {
  Config config;
  const OptionTable table = table_of(&config);
  const std::pair<const char*, double> durations[] = {
      {"90", 90},  {"1e2", 100},       {"1h30m", 5400}, {"2-03:00:00", 183600},
      {"5m", 300}, {"01:30:00", 5400}, {"1.5", 1.5},
  };
  for (const auto& [text, seconds] : durations) {
    table.find("seconds")->set({text}, "here");
    EXPECT_EQ(config.seconds, seconds) << text;
  }
  for (const char* yes : {"True", "YES", "on"}) {
    config.resume = false;
    table.find("resume")->set({yes}, "here");
    EXPECT_TRUE(config.resume) << yes;
  }
  EXPECT_THROW(table.find("envs")->set({"1h"}, "here"), InputError);
}

TEST(Options, ATextInUnitsIsPrintedInPlainNumbers) {
  std::string horizon = "86400", memory = "0", tick = "10";
  OptionTable table;
  table.add("horizon-s", &horizon, "").joined().in_units();
  table.add("memory-per-proc-mib", &memory, "").in_units();
  table.add("tick-s", &tick, "").in_units();
  apply(parse_yaml(table, "horizon-s: [1d, 3600, 1h30m]\nmemory-per-proc-mib: 4Gi\ntick-s: soon\n",
                   "f"));
  EXPECT_EQ(horizon, "86400,3600,5400");
  EXPECT_EQ(memory, "4096");
  EXPECT_EQ(tick, "soon");  // the environment says what is wrong with it
}

TEST(Options, AFailedSetLeavesTheOldValue) {
  Config config;
  const OptionTable table = table_of(&config);
  EXPECT_THROW(table.find("hidden")->set({"128", "x"}, "here"), InputError);
  EXPECT_EQ(config.hidden, (std::vector<int>{64, 64}));
}

TEST(Options, UnderscoreAndHyphenAreTheSame) {
  int value = 0;
  OptionTable table;
  table.add("learning-rate", &value, "x");
  EXPECT_EQ(table.find("learning_rate"), table.find("learning-rate"));
  EXPECT_THROW(table.add("learning_rate", &value, "x"), Error);
}

TEST(Options, OptionalOnesArePrintedAsCommentsUntilSet) {
  std::string nodes = "1x8", queue = "64";
  OptionTable table;
  table.add("nodes", &nodes, "nodes").optional().joined();
  table.add("queue", &queue, "queue").optional();
  apply(parse_yaml(table, "nodes: [4x32, 8x16]\n", "f"));
  EXPECT_EQ(nodes, "4x32,8x16");
  EXPECT_TRUE(contains(table.to_yaml(), "\nnodes: \"4x32,8x16\"  # nodes\n"));
  EXPECT_TRUE(contains(table.to_yaml(), "\n# queue: 64  # queue\n"));
}

TEST(Options, SplitsListsAtCommas) {
  EXPECT_EQ(split_list("a, b ,c"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(split_list(""), std::vector<std::string>{});
  EXPECT_EQ(split_list("a,"), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(split_list(" , "), (std::vector<std::string>{"", ""}));
}

TEST(Options, ClosestWordIsCloseOrNone) {
  EXPECT_EQ(closest_word("admision", {"admission", "placement"}), "admission");
  EXPECT_EQ(closest_word("sfj", {"f1", "fifo", "sjf", "easy"}), "sjf");
  EXPECT_EQ(closest_word("abcd", {"bacd", "abcdef"}), "bacd");
  EXPECT_EQ(closest_word("xyz", {"admission", "placement"}), "");
}

}  // namespace
}  // namespace cusched
