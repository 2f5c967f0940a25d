// SPDX-License-Identifier: MIT
// Two types of one name in one namespace are undefined behaviour as soon as a program links both:
// the linker keeps one std::vector<Name> for the two, and no compiler says so.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/sources.h"

namespace cusched {
namespace {

// The types that a text, as clang-format leaves it, defines in namespaces, e.g.
// "cusched::test::History". What stands in an unnamed namespace is the file's own.
std::vector<std::string> defined_types(const std::string& text) {
  static const std::regex kOpen(R"(^(?:inline )?namespace ?([\w:]*) ?\{$)");
  static const std::regex kType(
      R"(^(?:template <.*> )?(?:struct|class|union|enum|enum class) (?:alignas\(.*\) |\[\[.*\]\] )?(\w+)(?: final)?(?: ?:[^:].*)?(?: \{.*)?$)");
  std::vector<std::string> namespaces, types;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kOpen)) {
      namespaces.push_back(match[1]);
    } else if (line.rfind("}  // namespace", 0) == 0 && !namespaces.empty()) {
      namespaces.pop_back();
    } else if (std::regex_match(line, match, kType)) {
      std::string name;
      bool own = false;
      for (const std::string& outer : namespaces) {
        own = own || outer.empty();
        name += outer + "::";
      }
      if (!own) types.push_back(name + match[1].str());
    }
  }
  return types;
}

TEST(OneDefinition, FindsTypesByTheirFullNames) {
  EXPECT_EQ(defined_types("struct Outer {\n"
                          "  struct Inner {};\n"
                          "};\n"
                          "namespace cusched {\n"
                          "struct Declared;\n"
                          "struct alignas(8) Aligned {\n"
                          "class [[nodiscard]] Result {\n"
                          "union Bits {\n"
                          "template <class S>\n"
                          "class Stack final : public Base<S> {\n"
                          "enum class Kind : uint8_t { kA, kB };\n"
                          "class Wide\n"
                          "    : public Base {\n"
                          "struct Env::Lane : Dynamics<Group> {\n"
                          "struct Hash<int> {\n"
                          "namespace {\n"
                          "struct Own {\n"
                          "}  // namespace\n"
                          "namespace test {\n"
                          "struct Short { int x; };\n"
                          "}  // namespace test\n"
                          "}  // namespace cusched\n"),
            (std::vector<std::string>{"Outer", "cusched::Aligned", "cusched::Result",
                                      "cusched::Bits", "cusched::Stack", "cusched::Kind",
                                      "cusched::Wide", "cusched::test::Short"}));
}

TEST(OneDefinition, HoldsForEveryTypeOfTheTree) {
  std::map<std::string, std::string> where;
  for_each_source([&](const std::string& path, const std::string& text) {
    for (const std::string& type : defined_types(text)) {
      const auto [first, is_new] = where.emplace(type, path);
      EXPECT_TRUE(is_new) << type << " is defined in " << first->second << " and in " << path;
    }
  });
  EXPECT_GT(where.size(), 300u);
}

}  // namespace
}  // namespace cusched
