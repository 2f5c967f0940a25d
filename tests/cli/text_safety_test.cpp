// SPDX-License-Identifier: MIT
// Paths and names are bytes: a training does not end without its policy because of one that is not
// UTF-8, and finds its files again.
#include <nlohmann/json.hpp>

#include "cuda/utf8.h"
#include "tests/cli/cli_test_util.h"

namespace cusched::test {
namespace {

class TextSafety : public FolderTest {
 protected:
  static Outcome good(const std::vector<std::string>& words) {
    Outcome outcome = cusched_command(words);
    EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
    return outcome;
  }
};

TEST_F(TextSafety, ATrainingWithPathsThatAreNotUtf8) {
  const std::string trace = at("caf\xE9 \x1b[1m.csv"), out = at("r\xFFn");
  good({"workload", "skrueue-sim", "--jobs", "200", "--out", trace});
  const std::vector<std::string> train = {"train",
                                          "--trace",
                                          trace,
                                          "--out",
                                          out,
                                          "--envs",
                                          "4",
                                          "--rollout",
                                          "8",
                                          "--minibatch",
                                          "16",
                                          "--hidden",
                                          "8",
                                          "--quiet",
                                          "--device",
                                          "cpu",
                                          "--json",
                                          at("train.json"),
                                          "--verdict=false"};
  std::vector<std::string> first = train;
  first.insert(first.end(), {"--steps", "16"});
  good(first);
  EXPECT_TRUE(std::filesystem::exists(out + "/policy.pt"));
  EXPECT_TRUE(is_utf8(read("r\xFFn/config.yaml")));
  EXPECT_TRUE(nlohmann::json::accept(read("train.json"))) << read("train.json");

  // The bytes come back from config.yaml and from the checkpoint.
  const Outcome resumed = good({"train", "--resume", "--out", out, "--steps", "64", "--quiet",
                                "--json", "-", "--verdict=false"});
  EXPECT_TRUE(is_utf8(resumed.out));
  const Outcome printed = good({"train", "--config", out + "/config.yaml", "--print-config"});
  EXPECT_EQ(printed.out, read("r\xFFn/config.yaml"));
  std::filesystem::remove(out + "/policy.pt");
  good({"export", out + "/checkpoint"});

  const std::string report = at("report.html");
  good({"eval", "--policy", out + "/policy.pt", "--trace", trace, "--baselines", "fifo",
        "--episodes", "1", "--json", at("eval.json"), "--report", report, "--plot", at("plot.svg"),
        "--schedule", at("schedule.csv")});
  EXPECT_TRUE(nlohmann::json::accept(read("eval.json")));
  for (const char* file : {"eval.json", "report.html", "plot.svg"}) {
    EXPECT_TRUE(is_utf8(read(file))) << file;
    EXPECT_FALSE(contains(read(file), "\x1b")) << file;
  }
}

TEST_F(TextSafety, ANameInAMixThatIsNotUtf8) {
  write("mix.yaml",
        "name: \"caf\xE9\\x1b[31m\"\ntemplates:\n  - {name: \"t\xE9\", run_s: 60, cpu_milli: 500}\n"
        "mix:\n  - {rate: 10, shares: {\"t\xE9\": 1}}\n");
  const Outcome outcome = good({"workload", "--trace", at("mix.yaml"), "--json"});
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["name"], "caf\xEF\xBF\xBD\x1b[31m");
  EXPECT_EQ(json["means"][0]["name"], "t\xEF\xBF\xBD");
  const Outcome people = good({"workload", "--trace", at("mix.yaml")});
  EXPECT_TRUE(contains(people.out, "workload       caf\\xe9\\x1b[31m\n")) << people.out;
  EXPECT_TRUE(contains(people.out, "\nt\\xe9 ")) << people.out;
}

}  // namespace
}  // namespace cusched::test
