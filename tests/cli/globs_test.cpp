// SPDX-License-Identifier: MIT
#include "cli/globs.h"

#include "cuda/error.h"
#include "tests/cli/cli_test_util.h"

namespace cusched::test {
namespace {

class Globs : public FolderTest {};
using Words = std::vector<std::string>;

TEST_F(Globs, APatternStandsForItsFilesInOrder) {
  for (const char* run : {"b", "a", "c"}) {
    std::filesystem::create_directories(at(run));
    if (run[0] != 'c') write(std::string(run) + "/policy.pt", "x");
  }
  EXPECT_EQ(expand_globs({at("*/policy.pt")}, "--policy"),
            Words({at("a/policy.pt"), at("b/policy.pt")}));
  EXPECT_EQ(expand_globs({at("[b]/policy.pt"), "plain.pt"}, "--policy"),
            Words({at("b/policy.pt"), "plain.pt"}));
}

TEST_F(Globs, AFileIsTakenOnce) {
  write("a.pt", "x");
  write("b.pt", "x");
  Words repeated;
  EXPECT_EQ(expand_globs({at("b.pt"), at("*.pt"), at("./a.pt")}, "--policy", &repeated),
            Words({at("b.pt"), at("a.pt")}));
  EXPECT_EQ(repeated, Words({at("b.pt"), at("./a.pt")}));
}

TEST_F(Globs, AFileWhoseNameLooksLikeAPatternIsItself) {
  write("a*.pt", "x");
  write("ab.pt", "x");
  EXPECT_EQ(expand_globs({at("a*.pt")}, "--policy"), Words({at("a*.pt")}));
}

TEST_F(Globs, NoMatchIsSaid) {
  try {
    expand_globs({at("none/*.pt")}, "--policy");
    FAIL() << "a pattern without a match was taken";
  } catch (const InputError& error) {
    EXPECT_TRUE(contains(error.what(), "no file matches")) << error.what();
    EXPECT_TRUE(contains(error.what(), "none/*.pt")) << error.what();
  }
}

}  // namespace
}  // namespace cusched::test
