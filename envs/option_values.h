// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cuda/error.h"
#include "envs/env.h"

namespace cusched {

// true, yes, on, 1 or false, no, off, 0, in any case of letters; nothing for another text.
std::optional<bool> parse_switch(const std::string& text);

// The text of a setting whose name ends in its unit (-s, -hours, -mib) in plain numbers of it, each
// of a list: "1d,90m" of horizon-s is "86400,5400", "4Gi" of memory-per-proc-mib "4096". What is
// not understood, and every other setting, stays as it is.
std::string in_plain_units(const std::string& name, const std::string& text);

// The settings of an environment as texts, with where each was given, read with type and range.
// Every reader throws InputError naming the place.
class OptionValues {
 public:
  explicit OptionValues(const std::vector<EnvOption>& options);

  // `by_user`: given() becomes true. Throws when there is no such option.
  void set(const EnvValue& value, bool by_user);

  bool given(const std::string& name) const { return at(name).by_user; }
  // By the user, and to something else than the default and the preset say.
  bool changed(const std::string& name) const;
  // given(), but by the training of a policy.
  bool trained(const std::string& name) const { return at(name).trained; }
  const std::string& text(const std::string& name) const { return at(name).value; }
  // What the preset says, else the default.
  const std::string& usual(const std::string& name) const;
  std::string where(const std::string& name) const;
  InputError error(const std::string& name, const std::string& problem,
                   const std::string& suggestion) const;

  // Every setting but those in `but`, as parts of Batch::inputs.
  std::vector<InputPart> inputs(const std::vector<std::string>& but) const;

  // Index of the value in `words`.
  int word(const std::string& name, const std::vector<std::string>& words) const;
  bool boolean(const std::string& name) const;
  // Comma-separated texts; empty for an empty value.
  std::vector<std::string> list(const std::string& name) const;

  int64_t parse_integer(const std::string& name, const std::string& text, int64_t low,
                        int64_t high) const;
  int64_t integer(const std::string& name, int64_t low, int64_t high) const;
  int64_t integer_or(const std::string& name, const std::string& word, int64_t value, int64_t low,
                     int64_t high) const;
  // One value for all members, or a comma-separated list with one for each.
  int64_t integer(const std::string& name, int member, int members, int64_t low,
                  int64_t high) const;
  double number(const std::string& name, int member, int members, double low, double high) const;

 private:
  struct Value {
    std::string value, where;
    bool by_user = false, trained = false;
    std::string fallback, preset;  // what counts where the user says nothing
  };
  const Value& at(const std::string& name) const;
  std::string of_member(const std::string& name, int member, int members) const;

  std::map<std::string, Value> values_;
};

}  // namespace cusched
