# SPDX-License-Identifier: MIT
"""Stage 8: our programs under NVIDIA's tools, where they are installed."""

from . import findings
from .command import ALGORITHMS, ENVIRONMENTS, WIDTHS, Command


def sanitizer(sizes):
    """Small cases: everything runs tens of times slower. A training first plays its environment
    (validation), then runs the learner's kernels."""
    tests = "test_cuda --gtest_filter=*Gpu*"
    lanes = [
        f"cusched bench env --env {env} --width {width} --envs 65 --device cuda {sizes.bench_env}"
        for env in ENVIRONMENTS
        for width in WIDTHS
    ]
    # One epoch of PPO launches every kernel; racecheck does not get through four in half a minute.
    learners = [
        f"cusched bench train --env {env} --algo {algorithm} --envs 65 --device cuda "
        + sizes.bench_train
        + (" --epochs 1" if algorithm == "ppo" else "")
        for env, algorithm in zip(("admission", "placement", "admission"), ALGORITHMS)
    ]
    for kind, cases in (
        ("memcheck", [tests, *learners, *lanes]),
        ("racecheck", [tests, *learners]),
    ):
        # Tests and LibTorch make calls that fail on purpose: those are not reported.
        tool = f"compute-sanitizer --tool {kind} --error-exitcode 99 --report-api-errors no"
        for case in cases:
            program, _, arguments = case.partition(" ")
            yield Command(
                f"{kind}: {case}",
                program,
                arguments,
                findings.of_sanitizer,
                "sanitizer.log",
                tool=tuple(tool.split()),
                limit_s=35,
            )


SECTIONS = (
    "LaunchStats",
    "Occupancy",
    "SpeedOfLight",
    "SchedulerStats",
    "WarpStateStats",
    "MemoryWorkloadAnalysis",
)


def profiler():
    """Two launches of each step kernel, where a backlog has built up. Clocks stay as they are."""
    sections = [word for section in SECTIONS for word in ("--section", section)]
    # Launches before the first timed one: validation, then (heuristic) 32 of the warm-up.
    for driver, kernel, skipped in (
        ("heuristic", "HeuristicLanes", 30),
        ("policy", "StepLanes", 70),
    ):
        tool = (
            "ncu --target-processes all --clock-control none --kernel-name-base demangled "
            f"--kernel-name regex:lanes_kernel.*{kernel} --launch-skip {skipped} --launch-count 2"
        )
        for env in ENVIRONMENTS:
            for width, envs in ((32, 4096), (1, 65536)):
                yield Command(
                    f"{kernel}, {env}, W {width}",
                    "cusched",
                    f"bench env --env {env} --driver {driver} --envs {envs} --width {width} "
                    "--device cuda --repetitions 5 --seconds 0.01",
                    findings.of_profiler,
                    "ncu.log",
                    tool=(*tool.split(), *sections),
                    limit_s=20,
                )
