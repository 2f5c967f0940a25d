# SPDX-License-Identifier: MIT
"""A command of a stage, and what there is of ours to run."""

import math
from dataclasses import dataclass
from typing import Callable, Tuple

ENVIRONMENTS = ("admission", "placement")
WIDTHS = (1, 32)  # threads that serve a lane: every kernel that envs/ compiles
ALGORITHMS = ("ppo", "a2c", "dqn")


@dataclass(frozen=True)
class Command:
    """A program of ours with its arguments, in which {json} stands for the file it writes and
    {work} for a folder that the commands of a stage share."""

    title: str
    program: str
    arguments: str  # blanks between them
    read: Callable  # of findings.py
    log: str
    name: str = ""  # of its result, in the stage's file of results and in bench/results/
    tool: Tuple[str, ...] = ()  # what runs the program, with its arguments
    limit_s: float = math.inf  # its stage's, where that is less


@dataclass(frozen=True)
class Stage:
    number: int
    name: str
    limit_s: float
    commands: Tuple[Command, ...]
    results: str = ""  # file with what its commands wrote: a list of those with a name
