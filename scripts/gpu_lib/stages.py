# SPDX-License-Identifier: MIT
"""What is run on a GPU, in which order and for how long. Programs and their arguments only; how they
are run stands in runner.py.

The limits of stages 1 to 7 add up to six minutes, all to eight, so that a machine that is there for a
quarter of an hour is enough to bring the programs, run them and run some of them again. What a stage
leaves over goes to the next; a hang still costs no more than a command's own limit.
"""
import math
from dataclasses import dataclass
from typing import Callable, Tuple

from . import findings

# The doctor is the first to read LibTorch, gigabytes of it, from a disk that may be slow.
LIMITS_S = {1: 60, 2: 20, 3: 25, 4: 65, 5: 65, 6: 75, 7: 50, 8: 120}

ENVIRONMENTS = ("admission", "placement")
WIDTHS = (1, 32)  # threads that serve a lane: every kernel that envs/ compiles
ALGORITHMS = ("ppo", "a2c", "dqn")
GPU = ("--device", "cuda")


@dataclass(frozen=True)
class Command:
    """A program of ours with its arguments; {json} stands for the file it writes, {work} for a folder
    that the commands of a stage share."""

    title: str
    program: str
    arguments: Tuple[str, ...]
    read: Callable
    log: str
    name: str = ""  # of its result, in the stage's file of results and in bench/results/
    tool: Tuple[str, ...] = ()  # what runs the program, with its arguments
    limit_s: float = math.inf  # or what is left of the stage's, where that is less


@dataclass(frozen=True)
class Stage:
    number: int
    name: str
    commands: Tuple[Command, ...]
    results: str = ""  # file with what its commands wrote: a list of those with a name

    @property
    def limit_s(self):
        return LIMITS_S[self.number]


@dataclass(frozen=True)
class Sizes:
    """What differs between a run and its rehearsal."""

    envs: Tuple[int, ...]  # E of `bench env`
    env_timing: Tuple[str, ...]
    populations: Tuple[Tuple[int, int], ...]  # (P, E) of `bench train`
    train_timing: Tuple[str, ...]
    train: Tuple[str, ...]  # of `train`
    filters: Tuple[str, ...]  # of stages 2 to 5


FULL = Sizes(
    envs=(4096, 65536),
    env_timing=("--repetitions", "5", "--seconds", "0.1"),
    populations=((1, 4096), (64, 512)),
    train_timing=("--repetitions", "5", "--seconds", "0.1"),
    train=("--envs", "512", "--steps", "500k"),
    filters=("*Gpu*", "*LinearGpu.*:*NetworksGpu.*", "*CpuAndCuda*:*Gpu*",
             "*Gpu*-*LinearGpu.*:*NetworksGpu.*"))

TINY = Sizes(
    envs=(33,),
    env_timing=("--repetitions", "5", "--seconds", "0.01", "--steps", "2", "--warmup", "0"),
    populations=((1, 9), (2, 5)),
    train_timing=("--repetitions", "5", "--seconds", "0.01", "--rollout", "2"),
    train=("--envs", "8", "--rollout", "8", "--steps", "64"),
    filters=("LaunchGpu.*", "LinearGpu.*", "PlacementContract.CpuAndCuda*",
             "*AlgorithmsGpu.GraphsAndEager*/0"))


def stages(sizes):
    cuda, linear, lanes, algorithms = sizes.filters
    return (
        Stage(1, "doctor", (Command("doctor", "cusched", ("doctor", "--json", "{json}"),
                                    findings.of_doctor, "tests.log"),), "doctor.json"),
        Stage(2, "cuda tests", (gtest(2, "test_cuda", cuda),)),
        Stage(3, "linear and networks", (gtest(3, "test_agents", linear),)),
        Stage(4, "environments: CPU = CUDA, every width", (gtest(4, "test_envs", lanes),)),
        Stage(5, "algorithms: graph = eager", (gtest(5, "test_agents", algorithms),
                                               *first_policy(sizes))),
        Stage(6, "bench env", tuple(bench_env(sizes)), "env.json"),
        Stage(7, "bench train", tuple(bench_train(sizes)), "train.json"),
        Stage(8, "sanitizer and profiler", (*sanitizer(), *profiler())))


def programs():
    """The names of all programs, the command first."""
    named = dict.fromkeys(c.program for stage in stages(FULL) for c in stage.commands)
    return list(named)


def gtest(stage, program, tests):
    return Command(program, program, ("--gtest_filter=" + tests, "--gtest_output=json:{json}"),
                   findings.of_gtest, "tests.log", limit_s=LIMITS_S[stage])


def first_policy(sizes):
    """From nothing to a policy file, which `train` verifies on the CPU and on the GPU, and back."""
    train = ("train", "--env", "admission", *sizes.train, *GPU, "--out", "{work}/run")
    play = ("eval", "--policy", "{work}/run/policy.pt", "--episodes", "4", "--baselines", "fifo", *GPU)
    return tuple(Command(title, "cusched", words, findings.of_exit, "tests.log", limit_s=30)
                 for title, words in (("train, export, verify", train),
                                      ("play the exported policy", play)))


def bench_env(sizes):
    for env in ENVIRONMENTS:
        for driver in ("heuristic", "policy"):
            for envs in sizes.envs:
                for width in WIDTHS:
                    yield Command(
                        f"{env}, {driver}, E {envs:,}, W {width}", "cusched",
                        ("bench", "env", "--env", env, "--driver", driver, "--envs", str(envs),
                         "--width", str(width), *GPU, *sizes.env_timing, "--json", "{json}"),
                        findings.of_bench, "bench.log", f"env-{env}-{driver}-{envs}-w{width}",
                        limit_s=20)


def bench_train(sizes):
    for members, envs in sizes.populations:
        for algorithm in ALGORITHMS:
            yield Command(
                f"{algorithm}, P {members}, E {envs:,}", "cusched",
                ("bench", "train", "--env", "admission", "--algo", algorithm, "--members",
                 str(members), "--envs", str(envs), *GPU, *sizes.train_timing, "--json", "{json}"),
                findings.of_bench, "bench.log", f"train-{algorithm}-p{members}", limit_s=30)


def sanitizer():
    """Small cases: everything runs tens of times slower. A training first plays every kernel of its
    environment (validation), then the learner's."""
    tests = ("test_cuda", "--gtest_filter=*Gpu*")
    lanes = [("cusched", "bench", "env", "--env", env, "--width", str(width), "--envs", "65", *GPU,
              *TINY.env_timing) for env in ENVIRONMENTS for width in WIDTHS]
    learners = [("cusched", "bench", "train", "--env", env, "--algo", algorithm, "--envs", "65", *GPU,
                 *TINY.train_timing) for env, algorithm in zip(("admission", "placement", "admission"),
                                                               ALGORITHMS)]
    for kind, cases in (("memcheck", [tests, *learners, *lanes]), ("racecheck", [tests, *learners])):
        for program, *arguments in cases:
            yield Command(f"{kind}: {' '.join([program, *arguments])}", program, tuple(arguments),
                          findings.of_sanitizer, "sanitizer.log", limit_s=25,
                          tool=("compute-sanitizer", "--tool", kind, "--error-exitcode", "99",
                                # Tests and LibTorch make calls that fail on purpose.
                                "--report-api-errors", "no", "--print-limit", "20"))


def profiler():
    """Two launches of each step kernel, where the backlog has built up. Clocks stay as they are."""
    sections = [word for name in ("LaunchStats", "Occupancy", "SpeedOfLight", "SchedulerStats",
                                  "WarpStateStats", "MemoryWorkloadAnalysis")
                for word in ("--section", name)]
    # Launches before the first timed one: validation, then (heuristic) 32 of the warm-up.
    for driver, kernel, skip in (("heuristic", "HeuristicLanes", 30), ("policy", "StepLanes", 70)):
        for env in ENVIRONMENTS:
            for width, envs in ((32, 4096), (1, 65536)):
                yield Command(
                    f"{kernel}, {env}, W {width}", "cusched",
                    ("bench", "env", "--env", env, "--driver", driver, "--envs", str(envs), "--width",
                     str(width), *GPU, "--repetitions", "5", "--seconds", "0.01"),
                    findings.of_profiler, "ncu.log", limit_s=20,
                    tool=("ncu", "--target-processes", "all", "--clock-control", "none",
                          "--kernel-name-base", "demangled", "--kernel-name",
                          f"regex:lanes_kernel.*{kernel}", "--launch-skip", str(skip),
                          "--launch-count", "2", *sections))
