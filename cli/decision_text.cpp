// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/logs_progress.h"
#include "cli/decision.h"
#include "cli/evaluation.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cuda/utf8.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

constexpr size_t kRows = 24;  // of the queue that a terminal shows

std::string formatted(const char* pattern, double value) {
  char text[32];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string job_name(const Decision& decision, int place) {
  if (place < 0) return "wait";
  const WaitingJob& job = decision.queue.jobs[static_cast<size_t>(place)];
  return "job " + std::to_string(job.id) +
         (place < decision.slots  ? ""
          : decision.queue.picked ? " (the policy does not see it)"
                                  : " (place " + std::to_string(place + 1) +
                                        " of the queue: the policy does not see it)");
}

std::string queue_table(const Decision& decision) {
  const bool probable = !decision.probabilities.empty();
  std::vector<std::vector<std::string>> rows = {{"", "job", "waited", "estimate", "pods", "CPUs",
                                                 "GPUs", "prio", "tenant", probable ? "logit" : "Q",
                                                 probable ? "prob." : ""}};
  const auto add_scores = [&](std::vector<std::string>* row, int action) {
    const double score = decision.scores[static_cast<size_t>(action)];
    row->push_back(std::isnan(score) ? "no room" : formatted("%.3f", score));
    row->push_back(
        probable && !std::isnan(score)
            ? formatted("%.1f %%", 100 * decision.probabilities[static_cast<size_t>(action)])
            : "");
  };
  const size_t seen = std::min(decision.queue.jobs.size(), static_cast<size_t>(decision.slots));
  for (size_t i = 0; i < seen; ++i) {
    const bool chosen = decision.action == static_cast<int>(i);
    if (i >= kRows && !chosen) continue;
    const WaitingJob& job = decision.queue.jobs[i];
    rows.push_back({chosen ? "->" : "", std::to_string(job.id),
                    short_time(decision.queue.now_s - job.submit), short_time(job.estimate),
                    std::to_string(job.pods),
                    number_text(static_cast<double>(job.cpu_milli) * job.pods / 1000),
                    std::to_string(job.gpus * job.pods), std::to_string(job.priority),
                    std::to_string(job.tenant) + (job.urgent ? " urgent" : "")});
    add_scores(&rows.back(), static_cast<int>(i));
  }
  std::vector<std::string> wait = {decision.action == decision.slots ? "->" : "", "wait"};
  wait.resize(9);
  add_scores(&wait, decision.slots);
  if (wait[9] == "no room") wait[9] = "masked";
  rows.push_back(wait);
  std::string text = text_table(rows);
  if (seen > kRows)
    text += "... and " + std::to_string(seen - kRows) + " more that the policy sees\n";
  if (decision.queue.jobs.size() > seen)
    text += "... and " + std::to_string(decision.queue.jobs.size() - seen) +
            (decision.queue.picked ? " in no slot"
                                   : " behind the first " + std::to_string(decision.slots)) +
            ", which only heuristics see\n";
  return text;
}

}  // namespace

std::string decision_text(const Decision& decision, const std::string& policy) {
  const QueueState& queue = decision.queue;
  const std::string name = visible_text(policy);
  std::string text =
      short_time(queue.now_s) + " after the window's start (step " + grouped(decision.step) +
      "): " + count_text(static_cast<int64_t>(queue.jobs.size()), "job") + " waiting, " +
      grouped(queue.running) + " running\n\n" + queue_table(decision) + "\n";
  const int chosen = decision.action == decision.slots ? -1 : decision.action;
  text += name + " chooses: " + job_name(decision, chosen) + "\n";
  std::map<int, std::vector<std::string>> by_place;
  for (const HeuristicChoice& choice : decision.heuristics)
    by_place[choice.place].push_back(choice.name);
  text += "In the same state, with the whole queue, choose:\n";
  // As many as possible first.
  std::vector<std::pair<int, std::vector<std::string>>> groups(by_place.begin(), by_place.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  for (const auto& [place, names] : groups)
    text += wrapped("  " + job_name(decision, place) +
                        (place == chosen ? " (as the policy): " : ": ") + join_words(names, ", "),
                    kTextWidth, "    ");
  return text;
}

nlohmann::json decision_json(const Decision& decision) {
  const auto number = [](double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
  };
  nlohmann::json jobs = nlohmann::json::array();
  for (size_t i = 0; i < decision.queue.jobs.size(); ++i) {
    const WaitingJob& job = decision.queue.jobs[i];
    nlohmann::json row = {{"id", job.id},
                          {"waited_s", decision.queue.now_s - job.submit},
                          {"estimate_s", job.estimate},
                          {"pods", job.pods},
                          {"cpu_milli", job.cpu_milli},
                          {"memory_mib", job.memory_mib},
                          {"gpus", job.gpus},
                          {"priority", job.priority},
                          {"tenant", job.tenant},
                          {"urgent", job.urgent}};
    if (i < static_cast<size_t>(decision.slots)) {
      row["allowed"] = job.allowed;
      row["score"] = number(decision.scores[i]);
      if (!decision.probabilities.empty()) row["probability"] = decision.probabilities[i];
    }
    jobs.push_back(row);
  }
  const auto id_of = [&](int place) {
    return place < 0 ? nlohmann::json(nullptr)
                     : nlohmann::json(decision.queue.jobs[static_cast<size_t>(place)].id);
  };
  nlohmann::json heuristics = nlohmann::json::object();
  for (const HeuristicChoice& choice : decision.heuristics)
    heuristics[choice.name] = id_of(choice.place);
  return {{"step", decision.step},
          {"now_s", decision.queue.now_s},
          {"origin_s", decision.queue.origin_s},
          {"running", decision.queue.running},
          {"slots", decision.slots},
          {"queue", jobs},
          {"wait_score", number(decision.scores.back())},
          {"chosen", id_of(decision.action == decision.slots ? -1 : decision.action)},
          {"heuristics", heuristics}};
}

}  // namespace cusched
