# SPDX-License-Identifier: MIT
"""What is run on a GPU, in which order and for how long; runner.py says how.

The limits of stages 1 to 7 add up to six minutes, all to eight: a machine that is there for a
quarter of an hour is enough to bring the programs, run them, and run some again. What a stage
leaves over goes to the next; a hang still costs no more than its stage's own limit.
"""

from dataclasses import dataclass
from typing import Tuple

from . import findings, tools
from .command import ALGORITHMS, ENVIRONMENTS, WIDTHS, Command, Stage

# The doctor is the first to read LibTorch, gigabytes of it, from a disk that may be slow.
LIMITS_S = {1: 50, 2: 10, 3: 15, 4: 130, 5: 50, 6: 75, 7: 30, 8: 120}


@dataclass(frozen=True)
class Sizes:
    """What differs between a run and its rehearsal."""

    filters: Tuple[str, ...]  # of the tests of stages 2 to 5
    envs: Tuple[int, ...]  # E of `bench env`
    bench_env: str
    populations: Tuple[Tuple[int, int], ...]  # (P, E) of `bench train`
    bench_train: str
    train: str
    play_on: str


FULL = Sizes(
    filters=(
        "*Gpu*",
        "*LinearGpu.*:*NetworksGpu.*",
        "*CpuAndCuda*:*Gpu*",
        "*Gpu*-*LinearGpu.*:*NetworksGpu.*",
        "*Gpu.*",
    ),
    envs=(4096, 65536),
    bench_env="--repetitions 5 --seconds 0.1",
    populations=((1, 4096), (64, 512)),
    bench_train="--repetitions 5 --seconds 0.1",
    train="--envs 512 --steps 500k",
    play_on="cuda",
)

TINY = Sizes(
    filters=(
        "LaunchGpu.*",
        "LinearGpu.*",
        "PlacementContract.CpuAndCudaAgreeFor*",
        "*AlgorithmsGpu.GraphsAndEager*/0",
        "*TrainGpu.ResumeContinuesBitEqual/0",
    ),
    envs=(33,),
    bench_env="--repetitions 5 --seconds 0.01 --steps 2 --warmup 0",
    populations=((1, 9), (2, 5)),
    bench_train="--repetitions 5 --seconds 0.01 --rollout 2",
    train="--envs 8 --rollout 8 --steps 64",
    play_on="cpu",  # LibTorch's own kernels are not emulated
)


def stages(sizes):
    cuda, linear, lanes, algorithms, cli = sizes.filters
    commands = {
        "doctor": [doctor()],
        "cuda tests": [gtest("test_cuda", cuda)],
        "linear and networks": [gtest("test_agents", linear)],
        "environments: CPU = CUDA, every width": [gtest("test_envs", lanes)],
        "algorithms: graph = eager": [
            gtest("test_agents", algorithms),
            *first_policy(sizes),
            gtest("test_cli", cli),
        ],
        "bench env": bench_env(sizes),
        "bench train": bench_train(sizes),
        "sanitizer and profiler": [*tools.sanitizer(TINY), *tools.profiler()],
    }
    results = {1: "doctor.json", 6: "env.json", 7: "train.json"}
    return [
        Stage(number, name, LIMITS_S[number], tuple(of_stage), results.get(number, ""))
        for number, (name, of_stage) in enumerate(commands.items(), 1)
    ]


def programs():
    """The names of all programs, the command first."""
    return list(dict.fromkeys(c.program for stage in stages(FULL) for c in stage.commands))


def doctor():
    return Command("doctor", "cusched", "doctor --json {json}", findings.of_doctor, "tests.log")


def gtest(program, tests):
    arguments = f"--gtest_filter={tests} --gtest_output=json:{{json}}"
    return Command(program, program, arguments, findings.of_gtest, "tests.log")


def first_policy(sizes):
    """From nothing to a policy file, which `train` verifies on the CPU and on the GPU, and back."""
    train = f"train --env admission {sizes.train} --device cuda --out {{work}}/run"
    play = "eval --policy {work}/run/policy.pt --episodes 4 --baselines fifo --device "
    play += sizes.play_on
    for title, arguments in (("train, export, verify", train), ("play the policy", play)):
        yield Command(title, "cusched", arguments, findings.of_exit, "tests.log", limit_s=30)


def bench(title, name, arguments, limit_s):
    arguments = f"bench {arguments} --device cuda --json {{json}}"
    return Command(title, "cusched", arguments, findings.of_bench, "bench.log", name, (), limit_s)


# Published figures of `admission` are of SKRueue's 67 numbers.
SETTINGS = {"admission": "--slots 10 --features none ", "placement": ""}


def bench_env(sizes):
    for env in ENVIRONMENTS:
        for driver in ("heuristic", "policy"):
            for envs in sizes.envs:
                for width in WIDTHS:
                    yield bench(
                        f"{env}, {driver}, E {envs:,}, W {width}",
                        f"env-{env}-{driver}-{envs}-w{width}",
                        f"env --env {env} --driver {driver} --envs {envs} --width {width} "
                        + SETTINGS[env] + sizes.bench_env,
                        limit_s=20,
                    )


def bench_train(sizes):
    for members, envs in sizes.populations:
        for algorithm in ALGORITHMS:
            yield bench(
                f"{algorithm}, P {members}, E {envs:,}",
                f"train-{algorithm}-p{members}",
                f"train --env admission --algo {algorithm} --members {members} --envs {envs} "
                + SETTINGS["admission"] + sizes.bench_train,
                limit_s=30,
            )
