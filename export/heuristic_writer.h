// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "export/heuristic_rule.h"
#include "export/policy_schema.h"
#include "export/verify.h"

namespace cusched {

// Decisions of the heuristic itself, limited to the first K.
struct HeuristicDecisions {
  VerifyRows rows;              // what it saw
  std::vector<int32_t> action;  // (rows), 0..K
};

// The bytes of a policy file that decides by `rule`: a TorchScript module without weights, whose
// one buffer is the rule's column, with the methods of docs/guides/deploy.md and cusched.json.
// The logit of a candidate is minus the field it reads (minus its place where none is read), that
// of none the lowest but for the masked ones; the value is 0. Equal input gives equal bytes.
// Throws Error where the schema's texts are not what HeuristicExport says.
std::string serialise_heuristic(const HeuristicRule& rule, const HeuristicExport& heuristic);

// Writes `path` atomically, after the bytes were loaded again, on the CPU and, where there is one,
// on a CUDA device, and acted on all of `decisions` as the heuristic did: a file that fails never
// gets its name. Throws Error then, naming the row. Returns the devices, e.g. "cpu".
std::string write_heuristic(const std::string& path, const HeuristicRule& rule,
                            const HeuristicExport& heuristic, const HeuristicDecisions& decisions);

}  // namespace cusched
