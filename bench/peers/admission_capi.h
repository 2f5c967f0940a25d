// SPDX-License-Identifier: MIT
#pragma once

/* The admission environment as a C library, so that a learner in Python steps the very environments
 * that cusched trains on: one call steps all of them. No exception leaves it: a call that fails
 * returns null or -1, and cusched_last_error() says why. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CuschedVecEnv CuschedVecEnv;

/* What went wrong in this thread's latest failed call. */
const char* cusched_last_error(void);

/* `envs` environments on the CPU. `settings`: lines "name=value", options of the environment (e.g.
 * "load=0.9\nslots=10"); empty for its defaults. */
CuschedVecEnv* cusched_vec_create(const char* settings, int32_t envs, uint64_t seed);
void cusched_vec_destroy(CuschedVecEnv* env);

int32_t cusched_vec_obs(const CuschedVecEnv* env);     /* D, numbers of an observation */
int32_t cusched_vec_actions(const CuschedVecEnv* env); /* A */

/* Starts all episodes. obs (E, D), mask (E, A): 1 = allowed. */
int32_t cusched_vec_reset(CuschedVecEnv* env, float* obs, uint8_t* mask);

/* One step of all environments with action (E) in 0..A-1. done (E): 0 goes on, 1 terminated,
 * 2 truncated. An environment that ended has its new episode's first observation in obs; the last
 * observation of a truncated episode is in final_obs (E, D), other rows of which stay as they are.
 */
int32_t cusched_vec_step(CuschedVecEnv* env, const int32_t* action, float* obs, uint8_t* mask,
                         float* reward, uint8_t* done, float* final_obs);

#ifdef __cplusplus
}
#endif
