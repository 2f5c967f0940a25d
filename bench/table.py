#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the README's table of results from the files that `cusched bench ... --json` wrote.

    bench/table.py                 replaces the table in README.md
    bench/table.py --check         fails when README.md does not hold the table of the files
    bench/table.py --print         prints the table

The table stands between the lines `<!-- bench:begin -->` and `<!-- bench:end -->`. Only numbers of
files in bench/results/ get into it. Of measurements that differ only in the threads that serve an
environment on a GPU (W), it shows the fastest.
"""
import argparse
import json
import pathlib
import sys

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

# Order of the rows, and what the metrics are called. Others follow by name.
TITLES = {
    "env_random_feasible": "Environment, random feasible actions, T steps a launch",
    "env_stepwise": "Environment, random feasible actions, one step a launch",
    "rollout_policy": "Rollout with a policy (greedy)",
    "train_ppo": "PPO training, everything included",
    "bare_libtorch_train_rollout": "Peer: bare LibTorch loop, rollout and update on stored data",
    "bare_libtorch_train": "Peer: bare LibTorch loop, update on stored data",
    "train_a2c": "A2C training, everything included",
    "bare_libtorch_train_a2c": "Peer: bare LibTorch loop of A2C, rollout and update on stored data",
    "train_dqn": "DQN training, everything included",
    "bare_libtorch_train_dqn": "Peer: bare LibTorch loop of DQN, rollout and update on stored data",
    "sb3_ppo_train": "Peer: Stable-Baselines3 PPO, the same batch sizes",
    "sb3_ppo_defaults_train": "Peer: Stable-Baselines3 PPO, its defaults",
}

# Parts of a configuration that a reader needs, in this order: key, how it is written.
CONFIG = [
    ("env", "{}"),
    ("workload", "{}"),
    ("options", None),
    ("settings", "{}"),
    ("members", "P {}"),
    ("envs", "E {:,}"),
    ("steps", "T {}"),
    ("rollout_steps", "T {}"),
    ("samples", "{:,} samples"),
    ("policy", "{}"),
    ("network", "{}"),
    ("hidden", None),
    ("epochs", "{} epochs"),
    ("gradient_steps", "{} updates"),
    ("minibatch", "minibatch {:,}"),
    ("precision", "{}"),
    ("threads", "{} threads"),
    ("width", "W {}"),
]

NO_GPU = (
    "No row is from a GPU yet: the CUDA back end is built, and its logic is tested on the CPU and "
    "in an emulation, but `scripts/gpu` has still to run on one.\n"
)


class BadResult(Exception):
    pass


def short(value):
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def config_text(config):
    parts = []
    for key, form in CONFIG:
        value = config.get(key)
        if value in (None, "", [], {}):
            continue
        if key == "members" and value == 1:
            continue
        if key == "threads" and config.get("device", "").startswith("cuda"):
            continue
        if key == "gradient_steps" and value == 0:  # as many minibatches as that takes
            parts.append("one sample a step")
        elif key == "options":
            parts += [f"{name} {text}" for name, text in value.items()]
        elif key == "hidden":
            parts.append("-".join(str(width) for width in value))
        elif isinstance(value, str):
            parts.append(value)
        else:
            parts.append(form.format(value))
    return ", ".join(parts)


def machine_text(machine):
    gpu = machine.get("gpu", {})
    driver = gpu.get("driver_version") or gpu.get("driver") or machine.get("driver")
    name = machine["name"]
    if driver:
        return f"{name}, driver {driver}"
    if machine.get("cores") and "cores" not in name:
        return f"{name}, {machine['cores']} cores"
    return name


def read(path):
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        if any(key in result for key in ("policies", "rows", "studies")):  # no speed
            return None
        speed = result["steps_per_s"]
        for key in ("median", "min", "max"):
            if not speed[key] > 0:
                raise BadResult(f"{path}, field steps_per_s.{key}: not a positive number")
        machine = result["machine"]
        if machine.get("gpu", {}).get("name", "").startswith("emulated"):
            raise BadResult(f"{path}: a speed of the emulated device means nothing; leave it out")
        return {
            "metric": result["metric"],
            "title": TITLES.get(result["metric"], result.get("title", result["metric"])),
            "speed": speed,
            "config": config_text(result["config"]),
            "machine": machine_text(machine),
            "commit": result["commit"],
            "gpu": "gpu" in machine,
            "but_width": {k: v for k, v in result["config"].items() if k != "width"},
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BadResult(f"{path}: not a result of cusched bench ({error!r})") from error


def of_fastest_width(rows):
    """Of rows that differ only in the threads that serve an environment, the fastest."""
    best = {}
    for row in rows:
        same = [row["metric"], row["machine"], row["commit"], row["but_width"]]
        key = json.dumps(same, sort_keys=True)
        if key not in best or row["speed"]["median"] > best[key]["speed"]["median"]:
            best[key] = row
    return list(best.values())


def table(folder):
    order = list(TITLES)
    rows = of_fastest_width(filter(None, map(read, sorted(folder.glob("*.json")))))
    rows.sort(
        key=lambda row: (
            row["machine"],
            order.index(row["metric"]) if row["metric"] in order else len(order),
            row["metric"],
            row["config"],
        )
    )
    lines = [
        "| what | steps/s, median (min to max) | configuration | machine | commit |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        speed = row["speed"]
        lines.append(
            f"| {row['title']} | **{short(speed['median'])}** ({short(speed['min'])} to "
            f"{short(speed['max'])}) | {row['config']} | {row['machine']} | `{row['commit']}` |"
        )
    if not rows:
        lines.append("| nothing measured yet | | | | |")
    return "\n".join(lines) + "\n" + ("" if any(row["gpu"] for row in rows) else "\n" + NO_GPU)


def replaced(readme, text):
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise BadResult(f"the README needs one line {BEGIN} and, below it, one line {END}")
    head, rest = readme.split(BEGIN)
    return head + BEGIN + "\n" + text + END + rest.split(END)[1]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Writes the README's table of benchmark results.")
    parser.add_argument("--results", type=pathlib.Path, default=root / "bench" / "results")
    parser.add_argument("--readme", type=pathlib.Path, default=root / "README.md")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="fail when the README is out of date")
    action.add_argument("--print", action="store_true", help="print the table, touch nothing")
    options = parser.parse_args()
    try:
        text = table(options.results)
        if options.print:
            print(text, end="")
            return 0
        readme = options.readme.read_text(encoding="utf-8")
        wanted = replaced(readme, text)
    except (BadResult, OSError) as error:
        print(f"bench/table.py: {error}", file=sys.stderr)
        return 2
    if options.check:
        if readme != wanted:
            print("README.md is out of date. Run bench/table.py", file=sys.stderr)
            return 1
        return 0
    options.readme.write_text(wanted, encoding="utf-8")
    return 0


sys.exit(main())
