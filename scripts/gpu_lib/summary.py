# SPDX-License-Identifier: MIT
"""summary.json of a folder of results: what each stage showed."""

import json

from . import BadUse

SUMMARY = "summary.json"
KINDS = {
    "name": str,
    "state": str,
    "limit_s": (int, float),
    "commands": list,
    # Where there are any:
    "seconds": (int, float),
    "text": str,
    "commit": str,
    "device": str,
    "driver": str,
    "emulated": bool,
}
ALWAYS = ("name", "state", "limit_s", "commands")


def read(folder):
    """The summary in a folder, None where it has none. Refuses what scripts/gpu did not write."""
    path = folder / SUMMARY
    text = read_text(path)
    if text is None:
        return None
    try:
        summary = json.loads(text)
    except ValueError as error:
        raise BadUse(f"{path} is no summary of scripts/gpu: {error}") from error
    if not is_summary(summary):
        raise BadUse(f"{path} is no summary of scripts/gpu: it does not list stages")
    return summary


def read_text(path):
    """What a file of results holds, None where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadUse(f"{path} is no file of scripts/gpu: {error}") from error


def is_summary(value):
    return (
        isinstance(value, dict)
        and isinstance(value.get("stages"), dict)
        and all(is_stage(stage) for stage in value["stages"].values())
    )


def holds(summary, emulated):
    """Whether there are results of the emulation, or of a GPU. Stage 1, which every run repeats,
    does not count: it may be all that a run with the wrong programs left."""
    return any(
        stage.get("emulated") is emulated
        for number, stage in summary["stages"].items()
        if number != "1"
    )


def is_stage(value):
    return (
        isinstance(value, dict)
        and all(key in value for key in ALWAYS)
        and all(isinstance(value[key], kind) for key, kind in KINDS.items() if key in value)
    )
