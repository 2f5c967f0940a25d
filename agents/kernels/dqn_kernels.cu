// SPDX-License-Identifier: MIT
// DQN's functors as CUDA kernels: one line each.
#include "agents/kernels/dqn_stats.h"
#include "agents/kernels/epsilon.h"
#include "agents/kernels/imitation.h"
#include "agents/kernels/priority.h"
#include "agents/kernels/replay.h"
#include "agents/kernels/rows.h"
#include "agents/kernels/td_loss.h"
#include "cuda/launch.cuh"

#define CUSCHED_INSTANTIATE_ROWS(F) CUSCHED_INSTANTIATE_ELEMENTS(::cusched::RowColumn<F>)

namespace cusched {

CUSCHED_INSTANTIATE_ELEMENTS(EpsilonGreedy);
CUSCHED_INSTANTIATE_ROWS(StoreRows<float>);
CUSCHED_INSTANTIATE_ROWS(StoreRows<uint8_t>);
CUSCHED_INSTANTIATE_ROWS(StoreFinalRows<float>);
CUSCHED_INSTANTIATE_ROWS(StoreFinalRows<uint8_t>);
CUSCHED_INSTANTIATE_ELEMENTS(StoreSteps);
CUSCHED_INSTANTIATE_ELEMENTS(EndStore);
CUSCHED_INSTANTIATE_ELEMENTS(SampleUniform);
CUSCHED_INSTANTIATE_ELEMENTS(GatherReturns);
CUSCHED_INSTANTIATE_ELEMENTS(AdvanceDraws);
CUSCHED_INSTANTIATE_ELEMENTS(OpenPriorities);
CUSCHED_INSTANTIATE_ELEMENTS(SumOpened);
CUSCHED_INSTANTIATE_ROWS(SumLevel);
CUSCHED_INSTANTIATE_ELEMENTS(SamplePrioritised);
CUSCHED_INSTANTIATE_TEAMS(SmallestPriority);
CUSCHED_INSTANTIATE_ELEMENTS(ImportanceWeights);
CUSCHED_INSTANTIATE_ELEMENTS(PutPriorities);
CUSCHED_INSTANTIATE_ELEMENTS(SumPut);
CUSCHED_INSTANTIATE_TEAMS(LargestOfBlock);
CUSCHED_INSTANTIATE_TEAMS(RaiseLargest);
CUSCHED_INSTANTIATE_ELEMENTS(ChooseNext);
CUSCHED_INSTANTIATE_ELEMENTS(TdTargets);
CUSCHED_INSTANTIATE_ELEMENTS(TdLossRows);
CUSCHED_INSTANTIATE_ELEMENTS(MarginRows);
CUSCHED_INSTANTIATE_ROWS(UpdateTarget);
CUSCHED_INSTANTIATE_TEAMS(WriteDqnStats);

}  // namespace cusched
