# SPDX-License-Identifier: MIT
"""The command line of scripts/gpu."""

import argparse
import pathlib
import re
import tempfile

from . import ROOT, BadUse, Problem, collect, programs, runner
from .interruption import INTERRUPTED, as_ctrl_c
from .manifest import MANIFEST
from .out import Out
from .stages import FULL, LIMITS_S, TINY, programs as program_names, stages
from .streams import complain, say


def parse(words):
    listed = "\n".join(f"  {s.number}  {s.name}, at most {s.limit_s:.0f} s" for s in stages(FULL))
    parser = argparse.ArgumentParser(
        prog="scripts/gpu",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Everything that needs a GPU, in stages. Without --bundle it builds in this\n"
        "checkout first. Installs nothing.",
        epilog=f"stages:\n{listed}\n\nexit codes: 0 all passed, 1 a stage failed, 2 bad use, 130 "
        "interrupted.\ndocs/guides/gpu.md says more.",
    )
    parser.add_argument("out", type=pathlib.Path, metavar="OUT", help="folder of the results")
    parser.add_argument(
        "--bundle",
        type=pathlib.Path,
        metavar="DIR",
        help="run the programs of scripts/gpu-bundle and build nothing",
    )
    parser.add_argument(
        "--build",
        action="store_true",
        help="with --bundle: build in this checkout where the bundle does not start",
    )
    parser.add_argument(
        "--programs",
        type=pathlib.Path,
        metavar="DIR",
        help="run the programs in a build folder and build nothing",
    )
    parser.add_argument(
        "--stage",
        metavar="LIST",
        type=stage_numbers,
        default=list(LIMITS_S),
        help="only these (and 1), e.g. 4,6 or 2-5; the others' results in OUT stay",
    )
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="run all stages with tiny sizes on the emulation, without a GPU",
    )
    parser.add_argument(
        "--collect",
        action="store_true",
        help="make bench/results/ and the README's table from OUT; run nothing",
    )
    options = parser.parse_args(words)
    if options.collect and (options.bundle or options.programs or options.rehearse):
        parser.error("--collect runs nothing and takes OUT alone")
    bundled = (ROOT / MANIFEST).exists()  # this script lies in a bundle
    if bundled and options.build:
        parser.error(
            "a bundle builds nothing: in a checkout, call scripts/gpu --bundle DIR --build OUT"
        )
    if bundled and not options.programs:
        options.bundle = options.bundle or ROOT
    if options.bundle and (options.programs or options.rehearse):
        parser.error(
            "--bundle holds its programs, which run on a GPU: no --programs, no --rehearse"
        )
    return options


def stage_numbers(text):
    """The numbers in a list such as 4,6 or 2-5, in order."""
    numbers = set()
    for part in text.split(","):
        found = re.fullmatch("([0-9])(?:-([0-9]))?", part)
        these = range(int(found[1]), int(found[2] or found[1]) + 1) if found else ()
        if not these or not LIMITS_S.keys() >= set(these):
            numbers.clear()
            break
        numbers.update(these)
    if not numbers:
        raise argparse.ArgumentTypeError(f"{text!r} lists no stages; 1 to 8, e.g. 4,6 or 2-5")
    return sorted(numbers)


def find_programs(options, unpacked):
    names = program_names()
    suffix = "_emulated" if options.rehearse else ""
    if options.programs:
        return programs.in_folder(options.programs, names, suffix)
    if options.bundle:
        try:
            return programs.in_bundle(options.bundle, names, unpacked)
        except (Problem, BadUse) as problem:
            if not options.build:
                raise type(problem)(
                    f"{problem}\nin a checkout, scripts/gpu --bundle DIR --build OUT builds instead"
                ) from problem
            complain(f"{problem}\nbuilding instead")
    return programs.built(names, suffix)


def run_stages(options):
    with tempfile.TemporaryDirectory(prefix="cusched-gpu-") as unpacked:
        return run_programs(options, find_programs(options, unpacked))


def run_programs(options, found):
    out = Out(options.out, options.rehearse)
    run = runner.Runner(found, out, options.rehearse)
    run.say(f"programs in {found.folder}, results to {options.out}")
    # Stage 1 always: it says whose results these are.
    chosen = [
        s for s in stages(TINY if options.rehearse else FULL) if s.number in {1, *options.stage}
    ]
    try:
        problem = run.run(chosen)
    except KeyboardInterrupt:
        say("\n" + runner.table(out.summary))
        raise
    if problem:
        raise Problem(f"{problem}. No other stage was tried")
    say("\n" + runner.table(out.summary))
    states = [out.summary["stages"][str(s.number)]["state"] for s in chosen]
    return 0 if all(state in ("passed", "skipped") for state in states) else 1


def main(words):
    as_ctrl_c()
    try:
        options = parse(words)
        return collect.collect(options.out, ROOT) if options.collect else run_stages(options)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except (Problem, BadUse) as problem:
        complain(f"scripts/gpu: {problem}")
        return 2 if isinstance(problem, BadUse) else 1
    except OSError as error:  # a disk that is full, a folder that was taken away
        complain(f"scripts/gpu: {error}")
        return 1
