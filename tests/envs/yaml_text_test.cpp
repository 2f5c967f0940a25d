// SPDX-License-Identifier: MIT
#include "envs/readers/yaml_text.h"

#include <gtest/gtest.h>

#include <string>

#include "cuda/error.h"

namespace cusched {
namespace {

// The message for a text, or "read".
std::string message(const std::string& text) {
  try {
    read_yaml_text(text, "f.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "read";
}

TEST(YamlText, KeysGivenTwiceAreRefusedAtEveryDepth) {
  const struct {
    std::string text, message;
  } cases[] = {
      {"a: 1\nb: 2\na: 1\n", "f.yaml:3, field 'a': is given twice, first in line 1"},
      {"a: 1\n\"a\": 2\n", "f.yaml:2, field 'a': is given twice, first in line 1"},
      {"a:\n  b:\n    - {c: 1}\n    - c: 1\n      d: 2\n      c: 3\n",
       "f.yaml:6, field 'c': is given twice, first in line 4"},
      {"a: {b: 1, b: 2}\n", "f.yaml:1, field 'b': is given twice, first in line 1"},
      {"- [{a: [1, {b: 1, c: 2,\n b: 3}]}]\n", "f.yaml:2, field 'b': is given twice"},
      {"? a\n: 1\na: 2\n", "f.yaml:3, field 'a': is given twice, first in line 1"},
      {"~: 1\n~: 2\n", "f.yaml:2, field '~': is given twice"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(message(c.text).substr(0, c.message.size()), c.message) << c.text;
  EXPECT_EQ(message("a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 1}]\nd: x\ne: a\n"), "read");
}

TEST(YamlText, OneDocumentOnly) {
  EXPECT_EQ(message("---\na: 1\n...\n"), "read");
  EXPECT_EQ(message("# c\n%YAML 1.2\n---\na: 1\n"), "read");
  EXPECT_EQ(message("a: 1\n---\nb: 2\n").substr(0, 36), "f.yaml:2: a second document begins. ");
  EXPECT_NE(message("a: 1\n...\nb: 2\n").find("a second document begins"), std::string::npos);
  EXPECT_NE(message("a: 1\n---\n").find("a second document begins"), std::string::npos);
}

TEST(YamlText, WhatALibraryWouldPassOver) {
  const struct {
    std::string text, message;
  } cases[] = {
      {"", "f.yaml: is empty"},
      {" \n\t\r\n", "f.yaml: is empty"},
      {"\xEF\xBB\xBF", "f.yaml: is empty"},
      {"a: 1\n\x04\nb: 2\n", "f.yaml:2: holds the control character 4"},
      {"a: 1\nb: \x1b[31m\n", "f.yaml:2: holds the control character 27"},
      {std::string("\xFF\xFE"
                   "a\0:\0",
                   6),
       "f.yaml:1: holds a byte 0: UTF-16"},
      {"a:\n\tb: 1\n", "f.yaml:2: is indented with a tab"},
      {"a:\n  \tb: 1\n", "f.yaml:2: is indented with a tab"},
      {"a: &x {b: 1}\nc:\n  <<: *x\n", "f.yaml:3: merge keys (<<) are not read"},
      {"a: &x [1, *x]\n", "f.yaml:1: an alias (*name) stands inside what it names"},
      {"a: &x b\n*x : 1\n", "f.yaml:2: a key is an alias"},
      {"[a]: 1\n", "f.yaml:1: a key is not a word"},
      {"a: [1\n", "f.yaml:"},
      {"a: b: c\n", "f.yaml:1: is not YAML"},
      {"a: *nothing\n", "f.yaml:1: is not YAML"},
      {"a: " + std::string(33, '[') + std::string(33, ']') + "\n",
       "f.yaml:1: is nested more than 32 levels deep"},
      {"a: " + std::string(100000, '['), "f.yaml:1: "},
      {std::string(100000, '{'), "f.yaml:1: "},
  };
  for (const auto& c : cases)
    EXPECT_EQ(message(c.text).substr(0, c.message.size()), c.message) << c.text.substr(0, 80);
}

TEST(YamlText, WhatIsRead) {
  EXPECT_TRUE(read_yaml_text("# only a comment\n", "f").IsNull());
  const YAML::Node tree = read_yaml_text(
      "\xEF\xBB\xBF# BOM\r\na:\t1\t# a comment behind a tab\r\nb: &x [2, 3]\r\nc: *x\r\n"
      "d: \"\\x1b\\u00e9\"\r\ne: caf\xE9\r\n",
      "f");
  EXPECT_EQ(tree["a"].Scalar(), "1");
  EXPECT_EQ(tree["c"][1].Scalar(), "3");
  EXPECT_EQ(tree["d"].Scalar(), "\x1b\xC3\xA9");
  EXPECT_EQ(tree["e"].Scalar(), "caf\xE9");  // Latin-1: a path may be so
}

}  // namespace
}  // namespace cusched
