# SPDX-License-Identifier: MIT
"""From the results of a GPU run to bench/results/DEVICE-*.json and the README's table."""

import json
import re
import subprocess
import sys

from . import BadUse, Problem
from .out import dump
from .streams import complain, say
from .summary import SUMMARY, read as read_summary, read_text

# File of results, its stage, and the stages that must have passed: a speed of wrong results means
# nothing. Stages 2 and 4 compare the environments with the CPU, 3 and 5 the learner.
KINDS = (("env.json", "6", ("1", "2", "4")), ("train.json", "7", ("1", "2", "3", "4", "5")))


def collect(out, root):
    """Returns the exit code: 1 where some figures were refused; the others are written."""
    if not (root / "bench" / "table.py").exists():
        raise BadUse(f"{root} is no checkout; run --collect in the one that the results are for")
    summary = read_summary(out)
    if summary is None:
        raise BadUse(f"{out} holds no {SUMMARY} of scripts/gpu")
    try:
        whose = identity(summary["stages"])
        kinds = [
            results_of(out / file, stage, needed, summary["stages"], whose)
            for file, stage, needed in KINDS
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{out} does not hold what scripts/gpu writes ({error!r})") from error
    slug = re.sub(r"[^a-z0-9]+", "-", whose["device"].lower()).strip("-")
    for results in filter(None, kinds):
        write(results, whose, root / "bench" / "results", slug)
    if any(kinds) and subprocess.run([sys.executable, root / "bench" / "table.py"]).returncode != 0:
        raise Problem("bench/table.py failed (see above)")
    return 0 if all(kinds) else 1


def results_of(path, number, needed, stages, whose):
    """The results in a file; none, and a line that says why, where they prove nothing."""
    results = read_results(path)
    problems = [
        f"stage {n} "
        + (f"({stages[n]['name']}): {stages[n]['state']}" if n in stages else "was not run")
        for n in needed
        if stages.get(n, {}).get("state") != "passed"
    ]
    if problems or not results:
        why = problems[0] if problems else f"stage {number} left no results"
        complain(f"refused: {path.name}, because {why}")
        return []
    for entry in results:
        result = entry["result"]
        if not re.fullmatch(f"{path.stem}-[a-z0-9-]+", entry["name"]):
            raise Problem(f"{path}: {entry['name']!r} is no name of a result")
        found = {"commit": result["commit"], "device": result["machine"]["gpu"]["name"]}
        for key, value in found.items():
            if value != whose[key]:
                raise Problem(
                    f"{path}, {entry['name']}: its {key} is {value}, the run's {whose[key]}"
                )
    for command in stages[number]["commands"]:
        if command["state"] != "passed":
            complain(f"no result: {command['title']}: {command['text']}")
    return results


def identity(stages):
    """Commit, device and driver that all stages have in common."""
    if not stages:
        raise Problem("no stage was run")
    for key, what in (
        ("emulated", "the emulation and of a GPU"),
        ("commit", "several commits"),
        ("device", "several devices"),
        ("driver", "several drivers"),
    ):
        values = sorted({str(stage.get(key, "unknown")) for stage in stages.values()})
        if len(values) != 1:
            raise Problem(f"the results are of {what}: {', '.join(values)}. Run all stages again")
    first = next(iter(stages.values()))
    if first["emulated"]:
        raise Problem("the results are of the emulation, not of a GPU")
    if not first["device"]:
        raise Problem("no GPU was found when these results were made")
    if not re.fullmatch("[0-9a-f]{12,40}", first["commit"]):
        raise Problem(
            f"the results are of no commit ({first['commit']}): build from a clean checkout"
        )
    return {key: first[key] for key in ("commit", "device", "driver")}


def read_results(path):
    try:
        return json.loads(read_text(path) or "[]")
    except ValueError as error:
        raise Problem(f"{path} is damaged: {error}") from error


def write(results, whose, folder, slug):
    """Takes the place of what an earlier run on such a device left."""
    kind = results[0]["name"].split("-")[0]
    for old in folder.glob(f"{slug}-{kind}-*.json"):
        old.unlink()
    for entry in results:
        result = entry["result"]
        result["machine"]["gpu"]["driver_version"] = whose["driver"]
        path = folder / f"{slug}-{entry['name']}.json"
        path.write_text(dump(result), encoding="utf-8")
        say(path)
