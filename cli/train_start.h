// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cli/train_setup.h"
#include "cuda/device.h"
#include "envs/batch.h"

namespace cusched {

// What a training begins with, where --warm-start leaves that open.
struct TrainStart {
  std::string metric;  // by which heuristics are compared
  Device device;
  int64_t steps = 0;   // of the training; 0: it ends by time
  double seconds = 0;  // of the training; 0: it ends by steps
  bool dry_run = false;
  std::string resumed;  // folder of the run that goes on; empty: a new one
};

// Settles `setup.warm`: plays heuristics and searches for a rule (WarmStartOptions::choose); a dry
// run only says what it would do, and a run that goes on has what it began with, from its
// configuration. `batch` is made anew where it is to know the weights of a rule that was found.
// `say` gets lines for people. Returns the seconds that it took. Throws Interrupted, and InputError
// where these leave no time to train in, or "best" is asked of a run that began cold.
double settle_start(const TrainStart& start, TrainSetup* setup, std::unique_ptr<Batch>* batch,
                    const std::function<void(const std::string&)>& say);

}  // namespace cusched
