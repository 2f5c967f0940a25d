// SPDX-License-Identifier: MIT
#include "cuda/launch.cuh"
#include "tests/cuda/probe.h"

CUSCHED_INSTANTIATE_ELEMENTS(cusched::test::ElementProbe);
CUSCHED_INSTANTIATE_ELEMENTS(cusched::test::AddIndex);
CUSCHED_INSTANTIATE_TEAMS(cusched::test::TeamProbe);
CUSCHED_INSTANTIATE_LANES(1, cusched::test::GroupProbe);
CUSCHED_INSTANTIATE_LANES(8, cusched::test::GroupProbe);
CUSCHED_INSTANTIATE_LANES(32, cusched::test::GroupProbe);
