// SPDX-License-Identifier: MIT
#include "agents/config_field.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cuda/error.h"
#include "envs/json_text.h"

namespace cusched {
namespace {

std::string number(double value) { return json_text(nlohmann::json(value)); }

class Check {
 public:
  Check(const ConfigField& field, int members, const std::string& prefix)
      : field_(field), members_(members), where_(prefix.empty() ? "--" + field.name : prefix) {
    if (prefix.empty()) return;
    std::string name = field.name;
    std::replace(name.begin(), name.end(), '-', '_');
    where_ += name;
  }

  void operator()(const bool*) const {}
  template <class T>
  void operator()(const T* value) const {
    number_in_range(static_cast<double>(*value));
  }
  void operator()(const std::vector<float>* values) const {
    if (values->size() != 1 && values->size() != static_cast<size_t>(members_))
      throw InputError(where_,
                       "has " + std::to_string(values->size()) + " values for " +
                           std::to_string(members_) + " members",
                       "Give one value, or one per member (--members)");
    for (const float value : *values) number_in_range(double{value});
  }
  void operator()(const std::string* word) const {
    const auto& choices = field_.choices;
    if (choices.empty() || std::find(choices.begin(), choices.end(), *word) != choices.end())
      return;
    std::string all;
    for (const std::string& choice : choices) all += (all.empty() ? "" : ", ") + choice;
    throw InputError(where_, "\"" + *word + "\" is unknown", "Use one of: " + all);
  }

 private:
  // Limits are compared as float where the value is one: 0.1f is not 0.1.
  void number_in_range(double value) const {
    if (std::isfinite(value) && value >= static_cast<float>(field_.min) &&
        value <= static_cast<float>(field_.max))
      return;
    std::string range = "Use a finite number";
    if (std::isfinite(field_.min)) range += " from " + number(field_.min);
    if (std::isfinite(field_.max)) range += " to " + number(field_.max);
    throw InputError(where_, std::to_string(value) + " is out of range", range);
  }

  const ConfigField& field_;
  int members_;
  std::string where_;
};

}  // namespace

void check_fields(const std::vector<ConfigField>& fields, int members, const std::string& prefix) {
  for (const ConfigField& field : fields) std::visit(Check(field, members, prefix), field.target);
}

std::string field_json(const ConfigField& field) {
  return std::visit([](const auto* value) { return json_text(nlohmann::json(*value)); },
                    field.target);
}

}  // namespace cusched
