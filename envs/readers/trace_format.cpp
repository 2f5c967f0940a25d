// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>
#include <vector>

#include "cuda/error.h"
#include "envs/readers/open_trace.h"
#include "envs/readers/text_input.h"

// What a text is, by its first lines; envs/readers/open_trace.h says what for.
namespace cusched {
namespace {

constexpr const char* kFormats =
    "Give SWF, a CSV of jobs, an SQLite database with a table `jobs`, a YAML mix, or a file that "
    "`cusched import` knows";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

// "Jobs.SWF.gz" -> "swf".
std::string ending_of(const std::string& path) {
  std::string name = lower(path.substr(path.find_last_of('/') + 1));
  for (int i = 0; i < 2; ++i) {
    const size_t dot = name.find_last_of('.');
    if (dot == std::string::npos) return "";
    const std::string ending = name.substr(dot + 1);
    if (ending != "gz" && ending != "xz" && ending != "bz2" && ending != "zst") return ending;
    name.resize(dot);
  }
  return "";
}

// The first line, made fit for a message.
std::string shown(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, 60)) text += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  // No part of a letter of several bytes at the end.
  if (line.size() > 60)
    while (!text.empty() && (text.back() & '\x80') != 0) text.pop_back();
  return "'" + text + (line.size() > 60 ? "..." : "") + "'";
}

// Names between separators, in lower case, without blanks and quotes around them.
std::vector<std::string> names_of(std::string_view line, char separator) {
  std::vector<std::string> names;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(separator, at), line.size());
    std::string_view name = trim(line.substr(at, end - at));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
      name = trim(name.substr(1, name.size() - 2));
    names.push_back(lower(name));
    at = end + 1;
  }
  return names;
}

char separator_of(std::string_view line) {
  char best = ',';
  for (const char c : {';', '\t', '|'})
    if (std::count(line.begin(), line.end(), c) > std::count(line.begin(), line.end(), best))
      best = c;
  return best;
}

// Whether the fields are numbers, and how many there are.
int count_numbers(std::string_view line) {
  int count = 0;
  for (size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;
       at = line.find_first_not_of(" \t", at)) {
    const size_t end = std::min(line.find_first_of(" \t;", at), line.size());
    double value = 0;
    if (!parse_number(line.substr(at, end - at), &value)) return 0;
    ++count;
    if (end < line.size() && line[end] == ';') break;  // a comment follows
    at = end;
  }
  return count;
}

std::optional<TraceFormat> table_format(std::string_view line, const std::string& path) {
  const char separator = separator_of(line);
  const std::vector<std::string> names = names_of(line, separator);
  if (names.size() < 2) return std::nullopt;
  const auto has = [&](std::initializer_list<const char*> any) {
    return std::any_of(any.begin(), any.end(), [&](const char* name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    });
  };
  const bool own_time = has({"submit_s", "submission_timestamp", "submission_time"});
  const bool own_run = has({"run_s", "execution_time_minutes", "completion_time"});
  if (own_time || own_run) return TraceFormat::kJobCsv;
  if (has({"jobid", "jobidraw"}) &&
      has({"state", "elapsed", "elapsedraw", "submit", "start", "end", "alloctres", "reqtres",
           "alloccpus", "ncpus", "reqcpus", "jobname", "account", "partition"}))
    return TraceFormat::kSacct;
  if (has({"gpu_num"}) && has({"submit_time", "start_time", "vc"})) return TraceFormat::kHelios;
  if (has({"num_gpus", "gpu_time"}) && has({"timestamp"}) && has({"duration"}))
    return TraceFormat::kPhilly;
  if (has({"cpu_milli"}) && has({"num_gpu", "gpu_milli", "gpu_spec"}))
    return TraceFormat::kOpenbPods;
  if (has({"sn"}) && has({"cpu_milli", "gpu", "model"}))
    throw InputError(path, "is a list of nodes, not of jobs",
                     "Give it with --nodes to the environment placement");
  if (has({"pod_numbers_in_arrival_order"}))
    throw InputError(path, "is a file of arrival orders, not of jobs",
                     "Give it with --order to the environment placement");
  if (has({"cpu_milli", "memory_mib", "cpu_request", "memory_request", "job_cpu_request",
           "job_memory_request"}))
    return TraceFormat::kJobCsv;  // whose reader names what is missing
  return std::nullopt;
}

bool holds(std::string_view text, std::initializer_list<const char*> words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string_view::npos; });
}

// Text that begins with { or [: JSON, or a mix in YAML's flow style.
TraceFormat json_format(std::string_view text, std::string_view first, const std::string& path) {
  const std::string_view head = text.substr(0, size_t{1} << 16);
  if (holds(head, {"\"jobid\"", "\"attempts\""})) return TraceFormat::kPhilly;
  if (holds(head, {"\"apiVersion\""}) || holds(head, {"\"kind\"", "\"items\""}))
    return TraceFormat::kKubernetes;
  const std::string ending = ending_of(path);
  if (first[0] == '{' &&
      (ending == "yaml" || ending == "yml" || (ending != "json" && holds(head, {"extends"})) ||
       (ending != "json" && holds(head, {"templates"}))))
    return TraceFormat::kMix;
  throw InputError(path + ":1", "is JSON of no known kind, beginning " + shown(first),
                   "Give what `kubectl get jobs,pods -A -o json` writes, or Philly's job log");
}

// "key: value" or "key:", with nothing before the key.
std::string yaml_key(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return "";
  if (colon + 1 < line.size() && line[colon + 1] != ' ' && line[colon + 1] != '\t' &&
      line[colon + 1] != '\r')
    return "";
  const std::string_view key = trim(line.substr(0, colon));
  for (const char c : key)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') return "";
  return line[0] == ' ' || line[0] == '\t' ? "" : std::string(key);
}

std::optional<TraceFormat> yaml_format(std::string_view text, const std::string& path) {
  bool mix = false, kubernetes = false, settings = false;
  std::string_view line;
  for (size_t at = 0; next_line(text, &at, &line);) {
    const std::string key = yaml_key(line);
    for (const char* known : {"extends", "templates", "arrivals", "mix", "urgent", "estimate"})
      mix = mix || key == known;
    kubernetes = kubernetes || key == "apiVersion";
    for (const char* known : {"env", "algo", "environment", "network", "preset"})
      settings = settings || key == known;
  }
  if (mix) return TraceFormat::kMix;
  if (kubernetes)
    throw InputError(path, "is YAML of Kubernetes objects",
                     "Write them as JSON: `kubectl get jobs,pods -A -o json`");
  if (settings)
    throw InputError(path, "is a file of settings, not of jobs", "Give it with --config");
  return std::nullopt;
}

}  // namespace

TraceFormat trace_format(std::string_view text, const std::string& path) {
  if (text.empty()) throw InputError(path, "is empty", kFormats);
  if (begins(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  // The first line that says something; of YAML, the first after comments.
  std::string_view line, first;
  int64_t number = 0;
  for (size_t at = 0; first.empty() && next_line(text, &at, &line);) {
    ++number;
    line = trim(line);
    const bool excel = begins(lower(line.substr(0, 4)), "sep=") && line.size() <= 5;
    if (!line.empty() && line[0] != '#' && line != "---" && line[0] != '%' && !excel) first = line;
  }
  const std::string ending = ending_of(path);
  const bool yaml = ending == "yaml" || ending == "yml";
  if (first.empty()) {
    if (yaml) return TraceFormat::kMix;
    throw InputError(path, "holds no line with anything in it", kFormats);
  }
  const std::string where = path + ":" + std::to_string(number);
  if (first[0] == '<') {
    const std::string head = lower(first.substr(0, 14));
    const bool page = begins(head, "<!doctype html") || begins(head, "<html");
    throw InputError(where,
                     page ? "is a web page, beginning " + shown(first) : "is XML: " + shown(first),
                     "Download the file itself: a server may have sent a page that asks to log in");
  }
  if (const auto table = table_format(first, path)) return *table;
  if (first[0] == '{' || first[0] == '[') return json_format(text, first, path);
  if (first[0] == ';' || count_numbers(first) > 1) return TraceFormat::kSwf;
  if (const auto format = yaml_format(text, path)) return *format;
  // The content does not tell: the reader of the ending's format says what it misses.
  if (yaml) return TraceFormat::kMix;
  if (ending == "swf") return TraceFormat::kSwf;
  if (ending == "csv" || ending == "tsv") return TraceFormat::kJobCsv;
  throw InputError(where, "is none of the formats of jobs, beginning " + shown(first), kFormats);
}

}  // namespace cusched
