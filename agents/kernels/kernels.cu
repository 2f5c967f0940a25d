// SPDX-License-Identifier: MIT
// The learner's functors as CUDA kernels: one line each.
#include "agents/kernels/a2c_loss.h"
#include "agents/kernels/advantage_moments.h"
#include "agents/kernels/attention.h"
#include "agents/kernels/categorical.h"
#include "agents/kernels/gae.h"
#include "agents/kernels/imitation.h"
#include "agents/kernels/iteration.h"
#include "agents/kernels/nn.h"
#include "agents/kernels/normaliser.h"
#include "agents/kernels/optimiser.h"
#include "agents/kernels/permutation.h"
#include "agents/kernels/ppo_loss.h"
#include "agents/kernels/returns.h"
#include "agents/kernels/values.h"
#include "cuda/launch.cuh"

#define CUSCHED_INSTANTIATE_ROWS(F) CUSCHED_INSTANTIATE_ELEMENTS(::cusched::RowColumn<F>)

namespace cusched {

CUSCHED_INSTANTIATE_ELEMENTS(SampleActions);
CUSCHED_INSTANTIATE_ELEMENTS(ArgmaxActions);
CUSCHED_INSTANTIATE_ELEMENTS(EpochKeys);
CUSCHED_INSTANTIATE_ROWS(MinibatchIndex);
CUSCHED_INSTANTIATE_ROWS(SequentialIndex);
CUSCHED_INSTANTIATE_ROWS(FinalIndex);
CUSCHED_INSTANTIATE_ELEMENTS(ScatterValues);
CUSCHED_INSTANTIATE_ELEMENTS(TrackReturns);
CUSCHED_INSTANTIATE_ELEMENTS(Gae);
CUSCHED_INSTANTIATE_TEAMS(LaneBlockSums);
CUSCHED_INSTANTIATE_TEAMS(UpdateRewardScale);
CUSCHED_INSTANTIATE_ELEMENTS(BeginUpdate);
CUSCHED_INSTANTIATE_ELEMENTS(WriteStats);
CUSCHED_INSTANTIATE_TEAMS(WriteOnPolicyStats);
CUSCHED_INSTANTIATE_ELEMENTS(AdvanceIteration);
CUSCHED_INSTANTIATE_ELEMENTS(SetDoneShare);
CUSCHED_INSTANTIATE_ELEMENTS(PpoLossRows);
CUSCHED_INSTANTIATE_ELEMENTS(A2cLossRows);
CUSCHED_INSTANTIATE_ELEMENTS(CompareWithLabels);
CUSCHED_INSTANTIATE_ELEMENTS(ImitationRows);
CUSCHED_INSTANTIATE_ELEMENTS(AnchorRows);
CUSCHED_INSTANTIATE_ELEMENTS(AnchorSchedule);
CUSCHED_INSTANTIATE_ELEMENTS(ForgetSteps);
CUSCHED_INSTANTIATE_TEAMS(WriteWarmStats);
CUSCHED_INSTANTIATE_TEAMS(LossTermSums);
CUSCHED_INSTANTIATE_TEAMS(AdvantageSums);
CUSCHED_INSTANTIATE_TEAMS(AdvantageMoments);
CUSCHED_INSTANTIATE_TEAMS(ReduceGradients);
CUSCHED_INSTANTIATE_TEAMS(StepScalars);
CUSCHED_INSTANTIATE_ROWS(AdamUpdate);
CUSCHED_INSTANTIATE_ROWS(RmspropUpdate);
CUSCHED_INSTANTIATE_ELEMENTS(AdvanceMinibatch);
CUSCHED_INSTANTIATE_ROWS(NormaliseRow);
CUSCHED_INSTANTIATE_ROWS(MarkValid);
CUSCHED_INSTANTIATE_ROWS(ObsSums);
CUSCHED_INSTANTIATE_TEAMS(MergeObsSums);
CUSCHED_INSTANTIATE_ROWS(FreezeMoments);
CUSCHED_INSTANTIATE_ROWS(ActivateElement<float>);
CUSCHED_INSTANTIATE_ROWS(BiasActivate<float>);
CUSCHED_INSTANTIATE_ROWS(ActivationGradient<float>);
CUSCHED_INSTANTIATE_ROWS(ColumnPartials<float>);
CUSCHED_INSTANTIATE_TEAMS(ColumnTotals<float>);
CUSCHED_INSTANTIATE_ROWS(CandidateInput<float>);
CUSCHED_INSTANTIATE_ROWS(PoolContext<float>);
CUSCHED_INSTANTIATE_ROWS(PoolGradient<float>);
CUSCHED_INSTANTIATE_ROWS(AddShared<float>);
CUSCHED_INSTANTIATE_ROWS(SumShared<float>);
CUSCHED_INSTANTIATE_ROWS(JoinLogits<float>);
CUSCHED_INSTANTIATE_ROWS(SplitLogits<float>);
CUSCHED_INSTANTIATE_ROWS(AttentionLogits<float>);
CUSCHED_INSTANTIATE_ROWS(Exponential<float>);
CUSCHED_INSTANTIATE_ROWS(AttentionWeights<float>);
CUSCHED_INSTANTIATE_ROWS(AttentionLogitsGradient<float>);
CUSCHED_INSTANTIATE_ROWS(AddTo<float>);

}  // namespace cusched
