// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "envs/registry.h"

namespace cusched {

// The options of one environment as options of a command. Only what the user sets is passed on, so
// that a preset's values stay; --print-config shows the others as comments.
class EnvSettings {
 public:
  // Adds every option of `entry` to the table: "horizon_s" becomes --horizon-s.
  void declare(OptionTable& table, const EnvEntry& entry);

  // Remembers what was set and where; `settings` in order of precedence, the strongest last.
  void take(const std::vector<Setting>& settings);
  // As if the user had set it at `where`, but weaker than what the user sets.
  void prefer(const std::string& name, const std::string& value, const std::string& where);
  // As if the user had set it there, over what the user said: a training found it out.
  void set(const std::string& name, const std::string& value, const std::string& where);
  bool was_given(const std::string& name) const;  // by the user
  // The setting behind the flag --FLAG, "" where it is none of the environment's.
  std::string name_of(const std::string& flag) const;

  const EnvEntry& entry() const { return *entry_; }
  // What EnvEntry::create takes: preferred values, then the user's.
  std::vector<EnvValue> values() const;
  // The value that counts, or the default.
  std::string text(const std::string& name) const;

 private:
  void show_preset() const;  // to --print-config

  const EnvEntry* entry_ = nullptr;
  const OptionTable* table_ = nullptr;  // where they were declared
  std::deque<std::string> texts_;       // option values as the table sees them; addresses stay
  std::vector<std::pair<const Option*, std::string>> names_;
  std::vector<EnvValue> preferred_, given_;
};

// The environment that early_word "env" names, else the first of the registry. Throws InputError
// for an unknown name.
const EnvEntry& environment_of(const std::vector<std::string>& words);

}  // namespace cusched
