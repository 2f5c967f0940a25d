// SPDX-License-Identifier: MIT
#include "cli/train_start.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <vector>

#include "cli/early_words.h"
#include "cli/metric_info.h"
#include "envs/inputs.h"

namespace cusched {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What a run began with; those of before there were warm starts began cold.
std::string start_of_run(const std::string& folder) {
  std::ifstream file(folder + "/config.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string found = yaml_word(text.str(), "warm-start");
  return found.empty() ? "none" : found;
}

}  // namespace

double settle_start(const TrainStart& start, TrainSetup* setup, std::unique_ptr<Batch>* batch,
                    const std::function<void(const std::string&)>& say) {
  WarmStartOptions& warm = setup->warm;
  const EnvEntry& entry = setup->settings.entry();
  const std::vector<EnvValue> values = setup->member_values(0);
  if (!start.resumed.empty()) {
    if (warm.heuristic != "best" && warm.heuristic != "auto") return 0;
    const std::string began = start_of_run(start.resumed);
    if (warm.heuristic == "best" && began == "none")
      throw InputError("--warm-start", "the training in " + start.resumed + " began cold",
                       "Leave it out, or train in another folder");
    warm.heuristic = began;
    return 0;
  }
  const double begin_s = now_s();
  if (start.dry_run) {
    say(warm.foretell(entry, values, start.steps, start.seconds));
  } else {
    warm.choose(entry, values, start.metric, start.device, start.steps, start.seconds, say);
  }
  if (!warm.tuned_weights.empty()) {
    setup->settings.set("tuned-weights", warm.tuned_weights, "--warm-start");
    *batch = setup->make_batch(start.device);
  }
  const double spent_s = now_s() - begin_s;
  if (!start.dry_run && start.seconds > 0 && spent_s >= start.seconds)
    throw InputError("--seconds",
                     "finding out what to imitate took " + time_text(spent_s) +
                         ", so that nothing is left to train in",
                     "Give 30 or more, or say what to imitate, e.g. --warm-start sjf");
  // The imitation has its share of the time beside what came before it.
  if (start.seconds > 0) warm.spent_share = spent_s / start.seconds;
  return spent_s;
}

}  // namespace cusched
