// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "cli/words.h"

namespace cusched {

// Where an option's value goes. The pointed-to value before any setting is the option's default.
using OptionTarget = std::variant<bool*, int*, int64_t*, uint64_t*, float*, double*, std::string*,
                                  std::vector<int>*, std::vector<int64_t>*, std::vector<float>*,
                                  std::vector<double>*, std::vector<std::string>*>;

// One option of a command: the flag --NAME, the YAML key NAME, a line of --help and of
// --print-config all come from it.
class Option {
 public:
  Option(std::string name, OptionTarget target, std::string help);

  // Fluent refinements, e.g. add("envs", &envs, "environments per member").unit("count").min(1).
  Option& unit(const std::string& text);            // e.g. "s", "steps", "milli-CPU"
  Option& min(double value);                        // inclusive, of a number or of each in a list
  Option& max(double value);                        // inclusive
  Option& choices(std::vector<std::string> words);  // allowed words, of a text or of each in a list
  Option& suggests(std::vector<std::string> words);  // for completion; others are values too
  Option& type(const std::string& word);      // in --help, where the target says less, e.g. "DIR"
  Option& group(const std::string& heading);  // heading in --help
  Option& unsaved();                          // not part of --print-config nor config.yaml
  Option& positional();                       // may be given without its flag
  Option& implicit(const std::string& word);  // the value of the flag without a value
  Option& joined();    // a list that is one text with commas (a text option only)
  Option& output();    // a file to write: that it can be is checked before the work
  Option& input();     // a file to read, or a list of them: no output may replace it
  Option& in_units();  // a text of numbers in the unit of the name's end (in_plain_units())
  Option& optional();  // --print-config writes it as a comment until it was set

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::string& unit_text() const { return unit_; }
  const std::string& group_text() const { return group_; }
  const std::string& default_text() const { return default_; }
  bool is_flag() const { return std::holds_alternative<bool*>(target_); }
  bool is_list() const;
  bool takes_list() const { return joined_ || is_list(); }  // repeating it adds to it
  bool is_text() const;                                     // of one or of a list of texts
  bool is_saved() const { return saved_; }
  bool is_output() const { return output_; }
  bool is_input() const { return input_; }
  bool is_positional() const { return positional_; }
  bool was_set() const { return was_set_; }
  bool is_optional() const { return optional_; }
  const std::string& implicit_text() const { return implicit_; }  // empty: a value is required
  // "INT", "REAL", "TIME" (s), "TEXT", "FILE", what type() said, or a list of them, e.g.
  // "REAL,..."; the choices where there are some.
  std::string type_text() const;
  const std::vector<std::string>& choices() const { return choices_; }
  // What completion offers: the choices, or what was suggested.
  const std::vector<std::string>& suggestions() const {
    return choices_.empty() ? suggestions_ : choices_;
  }

  // Converts and stores. `where` names the place in messages, e.g. "run.yaml:3, field 'envs'".
  // Throws InputError when a word is not of the option's type, range or choices.
  void set(const std::vector<std::string>& words, const std::string& where) const;
  // The same for what presets and the like say, and show(): was_set() stays as it is.
  void prefer(const std::vector<std::string>& words, const std::string& where) const;
  // The value now, one text per list entry.
  std::vector<std::string> words() const;
  // What counts where nobody sets it, and who says so, e.g. "32", "preset short-waits": for --help
  // and for --print-config of an optional one. The value stays.
  void show(const std::string& value, const std::string& by) const;
  const std::string& shown() const { return shown_; }
  const std::string& shown_by() const { return shown_by_; }  // empty: nobody

 private:
  std::string name_, help_, unit_, group_, default_, implicit_, type_;
  OptionTarget target_;
  double min_ = -std::numeric_limits<double>::infinity();
  double max_ = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices_, suggestions_;
  bool saved_ = true;
  bool positional_ = false;
  bool joined_ = false;
  bool in_units_ = false;
  bool output_ = false;
  bool input_ = false;
  bool optional_ = false;
  mutable std::string shown_, shown_by_;
  mutable bool was_set_ = false;  // set() fills the target, it does not change the declaration
};

// Set to something else than its default.
bool is_changed(const Option& option);

// A setting read from a file or the command line, not yet converted.
struct Setting {
  const Option* option = nullptr;
  std::vector<std::string> words;
  std::string where;
};

// An empty value is most often a variable of a shell that is not set, and none of an option's
// values. Throws InputError where a word of the setting is empty; the list [] of a file is a value.
void refuse_empty(const Setting& setting);

// All options of a command, in the order of --help.
class OptionTable {
 public:
  // `name`: lower case with hyphens. The reference stays valid. Defaults are read here, so structs
  // have to hold their defaults before.
  Option& add(const std::string& name, OptionTarget target, const std::string& help);
  // Heading for the options added from here on.
  void start_group(const std::string& heading) { group_ = heading; }

  const std::deque<Option>& options() const { return options_; }
  // Null when there is none. '_' and '-' are the same.
  const Option* find(const std::string& name) const;
  // Throws InputError at `where` with the closest name when there is none.
  const Option& get(const std::string& name, const std::string& where) const;

  // The values now as YAML, each with its help and unit as a comment; read_yaml takes it back.
  std::string to_yaml() const;

 private:
  std::deque<Option> options_;
  std::string group_ = "Options";
};

// Reads a YAML map of option names. Throws InputError with file, line and field for text that is no
// YAML, unknown or repeated keys, and values that are neither scalars nor lists of scalars.
std::vector<Setting> read_yaml(const OptionTable& table, const std::string& path);
std::vector<Setting> parse_yaml(const OptionTable& table, const std::string& text,
                                const std::string& path, bool skip_unknown = false);

}  // namespace cusched
