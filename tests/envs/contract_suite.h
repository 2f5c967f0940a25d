// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include "envs/registry.h"

// What every environment promises, tested through the registry and Batch. The build generates a
// file with CUSCHED_CONTRACT_TESTS for each envs/NAME.h; an environment's own invariants stand in
// tests/envs/NAME_test.cpp.
namespace cusched::contract {

void same_seed_same_run(const EnvEntry& env);
void independent_of_threads(const EnvEntry& env);
void independent_of_the_group(const EnvEntry& env);
void independent_of_batch_size(const EnvEntry& env);
void independent_of_the_split(const EnvEntry& env);
void paired_members_see_the_same_start(const EnvEntry& env);
void snapshot_restores_exactly(const EnvEntry& env);
void stepping_repeats_a_heuristic(const EnvEntry& env);
void ranges_repeat_a_whole_step(const EnvEntry& env);
void suggestions_repeat_a_heuristic(const EnvEntry& env);
void second_reset_starts_afresh(const EnvEntry& env);
void ended_episodes_restart(const EnvEntry& env);
void statistics_are_sums_by_member(const EnvEntry& env);
void episodes_forget_the_one_before(const EnvEntry& env);
void truncations_keep_final_observations(const EnvEntry& env);
void used_up_final_rows_are_left_alone(const EnvEntry& env);
void masks_leave_a_choice(const EnvEntry& env);
void masked_out_action_is_none(const EnvEntry& env);
void reward_is_weighted_by_member(const EnvEntry& env);
void evaluation_ends_and_stays(const EnvEntry& env);
void bad_settings_are_refused(const EnvEntry& env);
void cpu_and_cuda_agree_for_long(const EnvEntry& env);
void cpu_and_cuda_agree_on_heuristics(const EnvEntry& env);
void cpu_and_cuda_agree_on_steps(const EnvEntry& env);
void cpu_and_cuda_agree_on_suggestions(const EnvEntry& env);
void hashes_match_golden(const EnvEntry& env);

}  // namespace cusched::contract

#define CUSCHED_CONTRACT_TEST(Type, name, Name, check) \
  TEST(Type##Contract, Name) { ::cusched::contract::check(::cusched::find_environment(#name)); }

// `name` is the environment's file name.
#define CUSCHED_CONTRACT_TESTS(Type, name)                                                        \
  CUSCHED_CONTRACT_TEST(Type, name, SameSeedGivesTheSameRun, same_seed_same_run)                  \
  CUSCHED_CONTRACT_TEST(Type, name, SecondResetStartsAfresh, second_reset_starts_afresh)          \
  CUSCHED_CONTRACT_TEST(Type, name, HashIsIndependentOfThreads, independent_of_threads)           \
  CUSCHED_CONTRACT_TEST(Type, name, HashIsIndependentOfTheGroup, independent_of_the_group)        \
  CUSCHED_CONTRACT_TEST(Type, name, HashIsIndependentOfTheBatchSize, independent_of_batch_size)   \
  CUSCHED_CONTRACT_TEST(Type, name, HashIsIndependentOfTheSplit, independent_of_the_split)        \
  CUSCHED_CONTRACT_TEST(Type, name, PairedMembersSeeTheSameStart,                                 \
                        paired_members_see_the_same_start)                                        \
  CUSCHED_CONTRACT_TEST(Type, name, SnapshotRestoresExactly, snapshot_restores_exactly)           \
  CUSCHED_CONTRACT_TEST(Type, name, SteppingRepeatsAHeuristic, stepping_repeats_a_heuristic)      \
  CUSCHED_CONTRACT_TEST(Type, name, RangesRepeatAWholeStep, ranges_repeat_a_whole_step)           \
  CUSCHED_CONTRACT_TEST(Type, name, SuggestionsRepeatAHeuristicAndChangeNothing,                  \
                        suggestions_repeat_a_heuristic)                                           \
  CUSCHED_CONTRACT_TEST(Type, name, EndedEpisodesRestart, ended_episodes_restart)                 \
  CUSCHED_CONTRACT_TEST(Type, name, StatisticsAreSumsByMember, statistics_are_sums_by_member)     \
  CUSCHED_CONTRACT_TEST(Type, name, EpisodesForgetTheOneBefore, episodes_forget_the_one_before)   \
  CUSCHED_CONTRACT_TEST(Type, name, UsedUpFinalRowsAreLeftAlone,                                  \
                        used_up_final_rows_are_left_alone)                                        \
  CUSCHED_CONTRACT_TEST(Type, name, TruncationsKeepFinalObservations,                             \
                        truncations_keep_final_observations)                                      \
  CUSCHED_CONTRACT_TEST(Type, name, MasksLeaveAChoice, masks_leave_a_choice)                      \
  CUSCHED_CONTRACT_TEST(Type, name, MaskedOutActionIsNone, masked_out_action_is_none)             \
  CUSCHED_CONTRACT_TEST(Type, name, RewardIsWeightedByMember, reward_is_weighted_by_member)       \
  CUSCHED_CONTRACT_TEST(Type, name, EvaluationEndsAndStays, evaluation_ends_and_stays)            \
  CUSCHED_CONTRACT_TEST(Type, name, BadSettingsAreRefused, bad_settings_are_refused)              \
  CUSCHED_CONTRACT_TEST(Type, name, CpuAndCudaAgreeFor65LanesAnd4096Steps,                        \
                        cpu_and_cuda_agree_for_long)                                              \
  CUSCHED_CONTRACT_TEST(Type, name, CpuAndCudaAgreeOnEveryHeuristic,                              \
                        cpu_and_cuda_agree_on_heuristics)                                         \
  CUSCHED_CONTRACT_TEST(Type, name, CpuAndCudaAgreeOnStepsAndRanges, cpu_and_cuda_agree_on_steps) \
  CUSCHED_CONTRACT_TEST(Type, name, CpuAndCudaAgreeOnSuggestions,                                 \
                        cpu_and_cuda_agree_on_suggestions)                                        \
  CUSCHED_CONTRACT_TEST(Type, name, HashesMatchGolden, hashes_match_golden)
