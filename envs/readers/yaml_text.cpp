// SPDX-License-Identifier: MIT
#include "envs/readers/yaml_text.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "cuda/error.h"

namespace cusched {
namespace {

constexpr size_t kMaxDepth = 32;  // a mix has 5
constexpr char kCompare[] = "Compare with the examples in docs/guides";

std::string at_line(const std::string& where, int line) {
  return where + ":" + std::to_string(line);
}

// Sees the text once before the tree is made: a tree no longer says what was given twice.
class Checker : public YAML::EventHandler {
 public:
  explicit Checker(const std::string& where) : where_(where) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      fail(mark, "a second document begins", "Put one document into a file: remove the ---");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { value(mark, "~"); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    value(mark, text);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    for (const Level& level : levels_)
      if (level.anchor == anchor)
        fail(mark, "an alias (*name) stands inside what it names", "Write the values out");
    if (at_key()) fail(mark, "a key is an alias", "Write the key out");
    after_value();
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, true);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YAML::anchor_t anchor = 0;
    bool is_map = false, at_key = false;
    std::map<std::string, int> line_of;  // of the keys so far
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& problem,
                         const std::string& suggestion) const {
    throw InputError(at_line(where_, mark.line + 1), problem, suggestion);
  }
  bool at_key() const { return !levels_.empty() && levels_.back().is_map && levels_.back().at_key; }
  void after_value() {
    if (!levels_.empty()) levels_.back().at_key = !levels_.back().at_key;
  }
  void value(const YAML::Mark& mark, const std::string& text) {
    if (at_key()) {
      const int line = mark.line + 1;
      if (text == "<<") fail(mark, "merge keys (<<) are not read", "Write the keys out");
      const auto [first, is_new] = levels_.back().line_of.emplace(text, line);
      if (!is_new)
        throw InputError(at_line(where_, line) + ", field '" + text + "'",
                         "is given twice, first in line " + std::to_string(first->second),
                         "Remove one of them");
    }
    after_value();
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, bool is_map) {
    if (at_key()) fail(mark, "a key is not a word", "Write NAME: VALUE");
    if (levels_.size() >= kMaxDepth)
      fail(mark, "is nested more than " + std::to_string(kMaxDepth) + " levels deep", kCompare);
    levels_.push_back({anchor, is_map, is_map, {}});
  }
  void close() {
    levels_.pop_back();
    after_value();
  }

  std::string where_;
  int documents_ = 0;
  std::vector<Level> levels_;
};

// What has to be seen in the bytes.
void check_bytes(const std::string& text, const std::string& where) {
  if (text.find_first_not_of(" \t\r\n\xEF\xBB\xBF") == std::string::npos)
    throw InputError(where, "is empty", "Write NAME: VALUE, one a line");
  int line = 1;
  bool indent = true, tab = false;
  for (const char byte : text) {
    const auto c = static_cast<unsigned char>(byte);
    if (c == 0)
      throw InputError(at_line(where, line), "holds a byte 0: UTF-16, or no text at all",
                       "Save the file as UTF-8");
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
      throw InputError(at_line(where, line),
                       "holds the control character " + std::to_string(int{c}),
                       "Remove it; in a quoted text write it as \\xNN");
    if (c == '\n') {
      ++line;
      indent = true;
      tab = false;
    } else if (c == '\t') {
      tab = tab || indent;
    } else if (c != ' ' && c != '\r') {
      if (tab)
        throw InputError(at_line(where, line), "is indented with a tab", "YAML wants blanks there");
      indent = tab = false;
    }
  }
}

}  // namespace

YAML::Node read_yaml_text(const std::string& text, const std::string& where) {
  check_bytes(text, where);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Checker checker(where);
    while (parser.HandleNextDocument(checker)) continue;
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw InputError(error.mark.is_null() ? where : at_line(where, error.mark.line + 1),
                     "is not YAML: " + error.msg, kCompare);
  }
}

}  // namespace cusched
