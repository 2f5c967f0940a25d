// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "cuda/error.h"
#include "envs/readers/text_input.h"
#include "envs/readers/units.h"
#include "envs/readers/yaml_text.h"
#include "envs/workload/generator_parts.h"

namespace cusched {
namespace {

// What a value counts in, beside the number that it may be.
enum class Counts : uint8_t { kNumber, kMilliCpu, kMib, kSeconds };

// A node with the path to it, for messages.
struct Field {
  YAML::Node node;
  std::string where;  // file
  std::string name;   // e.g. "templates[2].cpu_milli"

  [[noreturn]] void fail(const std::string& problem, const std::string& suggestion) const {
    throw InputError(at_field(where, node.Mark().line + 1, name), problem, suggestion);
  }
  Field child(const YAML::Node& child_node, const std::string& key) const {
    return {child_node, where, name.empty() ? key : name + "." + key};
  }
  // The value of `key`, or an undefined node.
  Field operator[](const char* key) const { return child(node[key], key); }
  bool given() const { return node.IsDefined() && !node.IsNull(); }

  void must_be_map(std::initializer_list<const char*> keys) const {
    if (!node.IsMap()) fail("is not a map", "Write `key: value` lines below it");
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        std::string known;
        for (const char* k : keys) known += std::string(known.empty() ? "" : ", ") + k;
        child(entry.first, key).fail("is not a known key", "Known here: " + known);
      }
      if (entry.second.IsNull())
        child(entry.first, key).fail("has no value", "Give it one, or remove the key");
    }
  }
  void must_be_list() const {
    if (!node.IsSequence()) fail("is not a list", "Write it as [a, b, ...] or with `-` lines");
  }
  std::string text() const {
    if (!node.IsScalar()) fail("is not a text", "Write one word or number");
    return node.Scalar();
  }
  // A bare number is in the key's own unit; others bring theirs: 500m, 6Gi, 1h30m.
  double number(double low, double high, Counts counts = Counts::kNumber) const {
    const std::string word = text();
    const std::string at = at_field(where, node.Mark().line + 1, name);
    double bare = 0;
    if (counts == Counts::kNumber || parse_number(word, &bare))
      return number_field(word, low, high, at);
    if (counts == Counts::kSeconds) return duration_field(word, 1, low, high, at);
    const bool cpu = counts == Counts::kMilliCpu;
    return quantity_field(word, cpu ? QuantityUnit::kMilliCpu : QuantityUnit::kMib, low, high, at);
  }
  int64_t whole(int64_t low, int64_t high, Counts counts = Counts::kNumber) const {
    const double value = number(static_cast<double>(low), static_cast<double>(high), counts);
    if (value == std::floor(value)) return static_cast<int64_t>(value);
    double bare = 0;
    if (parse_number(text(), &bare))
      fail(text() + " is not a whole number", "Write it without a fraction");
    const char* const unit = counts == Counts::kSeconds    ? " s"
                             : counts == Counts::kMilliCpu ? " milli-CPU"
                                                           : " MiB";
    fail(text() + " is not a whole number of" + unit,
         "The nearest is " + std::to_string(std::llround(value)));
  }
  std::vector<double> numbers(double low, double high) const {
    must_be_list();
    std::vector<double> values;
    for (size_t i = 0; i < node.size(); ++i)
      values.push_back(child(node[i], std::to_string(i)).number(low, high));
    return values;
  }
  std::vector<int> wholes(int low, int high) const {
    must_be_list();
    std::vector<int> values;
    for (size_t i = 0; i < node.size(); ++i)
      values.push_back(static_cast<int>(child(node[i], std::to_string(i)).whole(low, high)));
    return values;
  }
  // 5 or [1, 9]: both ends included.
  Range range(int64_t low, int64_t high, Counts counts = Counts::kNumber) const {
    if (node.IsScalar()) {
      const int64_t value = whole(low, high, counts);
      return {value, value};
    }
    must_be_list();
    if (node.size() != 2) fail("is not a number or a pair", "Write 500 or [500, 4000]");
    const Range range{child(node[0], "0").whole(low, high, counts),
                      child(node[1], "1").whole(low, high, counts)};
    if (range.high < range.low) fail("falls", "Write the smaller end first");
    return range;
  }
};

JobType job_type(const Field& field) {
  constexpr const char* kTypes[kJobTypes] = {"spark", "realtime", "ml", "etl", "batch", "generic"};
  const std::string name = field.text();
  for (int i = 0; i < kJobTypes; ++i)
    if (name == kTypes[i]) return static_cast<JobType>(i);
  field.fail("'" + name + "' is not a job type", "Use spark, realtime, ml, etl, batch or generic");
}

void read_template(const Field& field, TemplateSpec* t) {
  field.must_be_map({"name", "type", "cpu_milli", "memory_mib", "run_s", "priority", "jitter",
                     "floors", "gang", "gpus", "gpu_model", "cpu_use", "memory_use", "spike",
                     "memory_limit"});
  if (const Field f = field["type"]; f.given()) t->type = job_type(f);
  if (const Field f = field["cpu_milli"]; f.given())
    t->cpu_milli = f.range(0, kMaxSize, Counts::kMilliCpu);
  if (const Field f = field["memory_mib"]; f.given())
    t->memory_mib = f.range(0, kMaxSize, Counts::kMib);
  if (const Field f = field["run_s"]; f.given()) t->run_s = f.range(1, kMaxSize, Counts::kSeconds);
  if (const Field f = field["priority"]; f.given()) t->priority = f.range(0, kMaxPriority);
  if (const Field f = field["jitter"]; f.given()) t->jitter = f.number(0, 1);
  if (const Field f = field["floors"]; f.given()) {
    f.must_be_map({"cpu_milli", "memory_mib", "run_s"});
    if (f["cpu_milli"].given())
      t->cpu_floor_milli = f["cpu_milli"].whole(0, kMaxSize, Counts::kMilliCpu);
    if (f["memory_mib"].given())
      t->memory_floor_mib = f["memory_mib"].whole(0, kMaxSize, Counts::kMib);
    if (f["run_s"].given()) t->run_floor_s = f["run_s"].whole(1, kMaxSize, Counts::kSeconds);
  }
  if (const Field f = field["gang"]; f.given()) {
    f.must_be_map({"probability", "pods"});
    if (f["probability"].given()) t->gang = f["probability"].number(0, 1);
    if (f["pods"].given()) t->gang_pods = f["pods"].range(1, kMaxPods);
  }
  if (const Field f = field["gpus"]; f.given()) t->gpus = f.numbers(0, 1e9);
  if (const Field f = field["gpu_model"]; f.given()) t->gpu_model = f.text();
  if (const Field f = field["cpu_use"]; f.given()) t->cpu_use = f.wholes(0, 65535);
  if (const Field f = field["memory_use"]; f.given()) t->memory_use = f.wholes(0, 65535);
  if (const Field f = field["spike"]; f.given()) {
    f.must_be_map({"probability", "use"});
    if (f["probability"].given()) t->spike = f["probability"].number(0, 1);
    if (f["use"].given()) t->memory_spike = f["use"].wholes(0, 65535);
  }
  if (const Field f = field["memory_limit"]; f.given())
    t->memory_limit = static_cast<int>(f.whole(0, 65535));
}

size_t template_index(const MixSpec& spec, const std::string& name) {
  for (size_t i = 0; i < spec.templates.size(); ++i)
    if (spec.templates[i].name == name) return i;
  return spec.templates.size();
}

// The lines that gave a key of the 24 hours; 0: none.
using HourLines = std::array<int, 24>;

void take_hour(const Field& field, int64_t hour, HourLines* lines) {
  int& line = (*lines)[static_cast<size_t>(hour)];
  if (line > 0)
    field.fail("hour " + std::to_string(hour) + " has one already, in line " + std::to_string(line),
               "Name each hour in one entry, e.g. hours: [0, 11] and hours: [12, 23]");
  line = field.node.Mark().line + 1;
}

void read_mix_hours(const Field& list, MixSpec* spec) {
  list.must_be_list();
  HourLines rate_lines{}, shares_lines{};
  for (size_t i = 0; i < list.node.size(); ++i) {
    const Field entry = list.child(list.node[i], std::to_string(i));
    entry.must_be_map({"hours", "rate", "shares"});
    Range hours{0, 23};
    if (entry["hours"].given()) hours = entry["hours"].range(0, 23);
    const Field rate = entry["rate"], shares = entry["shares"];
    std::vector<double> weights(spec->templates.size(), 0.0);
    if (shares.given()) {
      if (!shares.node.IsMap()) shares.fail("is not a map", "Write `template: share` lines");
      for (const auto& pair : shares.node) {
        const std::string name = pair.first.IsScalar() ? pair.first.Scalar() : "?";
        const size_t at = template_index(*spec, name);
        if (at == spec->templates.size())
          shares.child(pair.first, name).fail("is not a template", "Use the name of a template");
        weights[at] = shares.child(pair.second, name).number(0, 1e9);
      }
    }
    for (int64_t hour = hours.low; hour <= hours.high; ++hour) {
      if (rate.given()) take_hour(rate, hour, &rate_lines);
      if (shares.given()) take_hour(shares, hour, &shares_lines);
      if (rate.given()) spec->rate_per_hour[hour] = rate.number(0, 1e6);
      if (shares.given()) spec->shares[static_cast<size_t>(hour)] = weights;
    }
  }
}

MixSpec read_mix(const Field& root, const std::string& where) {
  root.must_be_map(
      {"name", "extends", "load", "tenants", "urgent", "estimate", "templates", "arrivals", "mix"});
  MixSpec spec;
  if (const Field f = root["extends"]; f.given()) {
    if (!is_preset_mix(f.text()))
      f.fail("'" + f.text() + "' is not a built-in mix", "Use e.g. skrueue-sim");
    spec = preset_mix(f.text());
  }
  spec.name = root["name"].given() ? root["name"].text() : where;
  if (const Field f = root["load"]; f.given()) spec.load = f.number(0, 1000);
  if (const Field f = root["tenants"]; f.given()) spec.tenants = f.numbers(0, 1e9);
  if (const Field f = root["urgent"]; f.given()) spec.urgent = f.number(0, 1);
  if (const Field f = root["estimate"]; f.given()) spec.estimate = f.wholes(0, 65535);
  if (const Field list = root["templates"]; list.given()) {
    list.must_be_list();
    for (size_t i = 0; i < list.node.size(); ++i) {
      const Field entry = list.child(list.node[i], std::to_string(i));
      if (!entry.node.IsMap() || !entry["name"].given())
        entry.fail("has no name", "Give every template a `name`");
      const std::string name = entry["name"].text();
      const size_t at = template_index(spec, name);
      if (at == spec.templates.size()) {  // else: changes a template of the mix it extends
        spec.templates.emplace_back();
        spec.templates.back().name = name;
      }
      read_template(entry, &spec.templates[at]);
    }
  }
  spec.shares.resize(24);
  for (std::vector<double>& shares : spec.shares)
    shares.resize(spec.templates.size(), root["extends"].given() ? 0.0 : 1.0);
  if (const Field f = root["arrivals"]; f.given()) {
    f.must_be_map({"burst", "period_s", "spacing_s"});
    if (f["burst"].given()) spec.burst = static_cast<int>(f["burst"].whole(0, 1000000));
    if (f["period_s"].given()) spec.burst_period_s = f["period_s"].number(1, 1e9, Counts::kSeconds);
    if (f["spacing_s"].given())
      spec.burst_spacing_s = f["spacing_s"].number(0, 1e9, Counts::kSeconds);
  }
  if (const Field f = root["mix"]; f.given()) read_mix_hours(f, &spec);
  validate_mix(spec, where);
  return spec;
}

}  // namespace

MixSpec parse_mix_yaml(const std::string& text, const std::string& where) {
  const YAML::Node root = read_yaml_text(text, where);
  const std::string advice = "Write `key: value` lines, e.g. `extends: skrueue-sim`";
  if (root.IsNull()) throw InputError(where, "holds comments only", advice);
  if (!root.IsMap()) throw InputError(where + ":1", "a mix is a map of keys", advice);
  return read_mix({root, where, ""}, where);
}

}  // namespace cusched
