// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "tests/cli/cli_test_util.h"
#include "tests/cli/door_files.h"

// What `cusched import` writes, and that `--trace` reads the same jobs from it as from the file.
namespace cusched::test {
namespace {

class Import : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (const auto& [name, bytes] : door_files()) write(name, bytes);
  }

  // The statistics of a trace, without its name and the notes.
  nlohmann::json statistics(const std::string& name) const {
    const Outcome outcome = cusched_command(
        {"workload", "--trace", at(name), "--nodes", "4x64c512g16gpu", "--json", at("stat.json")});
    EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
    nlohmann::json json = nlohmann::json::parse(read("stat.json"));
    json.erase("name");
    json.erase("notes");
    return json;
  }
};

TEST_F(Import, TablesAndDatabasesReadBackAsTheFile) {
  for (const char* name : {"jobs.json", "sacct.txt", "philly.csv", "helios.csv", "pods.csv"}) {
    SCOPED_TRACE(name);
    const nlohmann::json direct = statistics(name);
    EXPECT_GE(direct["jobs"], 1);
    for (const char* out : {"out.csv", "out.sqlite"}) {
      const Outcome outcome = cusched_command({"import", at(name), "--out", at(out)});
      EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
      EXPECT_EQ(statistics(out), direct) << out;
    }
  }
}

TEST_F(Import, JsonSaysWhatWasLeftOut) {
  const Outcome outcome =
      cusched_command({"import", "kubectl", at("jobs.json"), "--out", at("o.csv"), "--json"});
  EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
  const nlohmann::json json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["kind"], "kubectl");
  EXPECT_EQ(json["read"], 3);
  EXPECT_EQ(json["jobs"], 1);
  ASSERT_EQ(json["left_out"].size(), 2u);
  EXPECT_EQ(json["left_out"][1]["reason"], "still running");
  EXPECT_EQ(json["left_out"][1]["count"], 1);
  EXPECT_EQ(json["left_out"][1]["first"], "Job team-a/running");
  EXPECT_TRUE(contains(outcome.err, "1 jobs of 3 objects"));
}

TEST_F(Import, SeveralFilesAreOneTable) {
  write("more.csv", "timestamp,duration,num_gpus\n2017-10-09 07:01:56,5,1\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"import", "philly", at("philly.csv"), at("more.csv")},
        std::vector<std::string>{"import", at("philly.csv"), at("more.csv")}}) {
    const Outcome outcome = cusched_command(words);
    EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
    EXPECT_EQ(count(outcome.out, "\n"), 4) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "3,1507532516,5,5,4000,32768,1,1,0,ml,,0")) << outcome.out;
  }
}

TEST_F(Import, ARefusedFileLeavesTheOldTable) {
  write("o.csv", "old");
  const Outcome outcome =
      cusched_command({"import", "kubectl", at("text.json"), "--out", at("o.csv")});
  EXPECT_EQ(outcome.code, kExitBadInput);
  EXPECT_EQ(read("o.csv"), "old");
}

}  // namespace
}  // namespace cusched::test
