#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains every algorithm with every network for the same time, plays all of them and all baselines on
the same episodes, and writes the tables of docs/algorithms.md.

    bench/algorithms.py                      trains, evaluates, writes bench/results/algorithms.json
                                             and the tables
    bench/algorithms.py --table              writes the tables from the result files
    bench/algorithms.py --table --check      fails when the page does not hold what the files say

The second table is made from what bench/peers/returns.py left in bench/results/returns.json. A table
stands between lines like `<!-- algorithms:begin -->` and `<!-- algorithms:end -->`.
"""
import argparse
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))
from pages import run, write_page  # noqa: E402
from provenance import commit, machine  # noqa: E402

# Column of the table: metric of `cusched eval`, how it is written.
METRICS = [("wait_mean_s", "mean wait [s]", "{:.1f}"),
           ("bounded_slowdown", "bounded slowdown", "{:.3f}"),
           ("completed_work", "completed work", "{:.4f}"),
           ("return", "return", "{:.1f}")]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of cusched")
    add("--algos", default="ppo,a2c,dqn")
    add("--networks", default="mlp,pointer,attention")
    add("--preset", default="", help="of the environment; default: the default one")
    add("--load", default="", help="offered load; default: the preset's")
    add("--seconds", type=float, default=110, help="training time of each")
    add("--keep", action="store_true", help="do not train again what --runs holds")
    add("--episodes", type=int, default=512, help="episodes that each policy plays")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--runs", type=pathlib.Path, default=ROOT / "runs" / "algorithms", help="for the trainings")
    add("--results", type=pathlib.Path, default=ROOT / "bench" / "results",
        help="folder of algorithms.json and returns.json")
    add("--page", type=pathlib.Path, default=ROOT / "docs" / "algorithms.md")
    add("--table", action="store_true", help="only write the tables")
    add("--check", action="store_true", help="with --table: compare instead of writing")
    return parser.parse_args()


def measure(a):
    """Trains, evaluates and writes the result file."""
    cusched = str(a.build / "cusched")
    environment = ["--env", "admission"]
    for option, value in (("--preset", a.preset), ("--load", a.load)):
        environment += [option, value] if value else []
    # What an algorithm learns by itself: from random weights, on an observation without rules.
    cold = ["--warm-start", "none", "--window", "head", "--features",
            "fits,pods,scales,ready,gpus,tenant,urgent,models"]
    a.runs.mkdir(parents=True, exist_ok=True)
    files, commands, steps = [], {}, {}
    for algo in a.algos.split(","):
        for network in a.networks.split(","):
            name = f"{algo}-{network}"
            out = a.runs / name
            words = ["train", *environment, *cold, "--algo", algo, "--network", network, "--seconds",
                     f"{a.seconds:g}", "--device", a.device]
            if not (a.keep and (out / "policy.pt").exists()):
                run([cusched, *words, "--quiet", "--json", str(a.runs / f"{name}.json"), "--out",
                     str(out)])
            commands[name] = "cusched " + " ".join(words) + f" --out runs/algorithms/{name}"
            steps[name] = json.loads((a.runs / f"{name}.json").read_text())["steps"]
            files.append(str(a.runs / f"{name}.pt"))  # its name is the policy's in the table
            shutil.copyfile(out / "policy.pt", files[-1])
    path = a.runs / "eval.json"
    words = ["eval", *environment, "--baselines", "all", "--no-limited", "--episodes",
             str(a.episodes), "--device", a.device]
    run([cusched, *words, "--policy", ",".join(files), "--json", str(path)])
    evaluation = json.loads(path.read_text())
    rows = [{"name": policy["name"], "learned": policy["learned"],
             "steps": steps.get(policy["name"]), "command": commands.get(policy["name"]),
             "metrics": {metric: policy["metrics"][metric] for metric, _, _ in METRICS}}
            for policy in evaluation["policies"]]
    rows.sort(key=lambda row: row["metrics"]["wait_mean_s"]["mean"])
    result = {"title": "Algorithms, networks and baselines", "rows": rows, "seconds": a.seconds,
              "evaluation": "cusched " + " ".join(words), "machine": machine(), "commit": commit()}
    (a.results / "algorithms.json").write_text(json.dumps(result, indent=1) + "\n")


def verdict(rows):
    """Which learned policies wait longer, in the mean, than what a default has to beat."""
    wait = {row["name"]: row["metrics"]["wait_mean_s"]["mean"] for row in rows}
    bars = [name for name in ("random-feasible", "fifo") if name in wait]
    worse = [row["name"] for row in rows
             if row["learned"] and any(wait[row["name"]] >= wait[bar] for bar in bars)]
    if worse:
        return f"**Worse than {' or '.join(bars)}:** {', '.join(worse)}."
    return f"Every learned policy waits less than {' and '.join(bars)}."


def algorithms_table(result):
    titles = [title for _, title, _ in METRICS]
    lines = ["| policy | steps trained | " + " | ".join(titles) + " |",
             "|---" * (2 + len(titles)) + "|"]
    for row in result["rows"]:
        cells = []
        for metric, _, form in METRICS:
            value = row["metrics"][metric]
            half = (value["ci95"][1] - value["ci95"][0]) / 2
            cells.append(f"{form.format(value['mean'])} ± {form.format(half)}")
        name = f"**{row['name']}**" if row["learned"] else row["name"]
        steps = f"{row['steps'] / 1e6:.1f} M" if row["steps"] else ""
        lines.append(f"| {name} | {steps} | " + " | ".join(cells) + " |")
    lines += ["", verdict(result["rows"])]
    lines += ["", f"Measured on {result['machine']['name']}, commit `{result['commit']}`; "
              f"{result['seconds']:g} s of training each, with these commands:", ""]
    lines += [f"    {row['command']}" for row in result["rows"] if row["command"]]
    lines += ["    " + result["evaluation"] + " --policy runs/algorithms/*/policy.pt"]
    return "\n".join(lines) + "\n"


def returns_table(result):
    lines = ["| algorithm | seeds | cusched | Stable-Baselines3 | margin | holds | time of ours | "
             "of theirs | commit |", "|---|---|---|---|---|---|---|---|---|"]
    for row in result["rows"]:
        sides = [f"{row[side]['mean']:.1f} ± {row[side]['half']:.1f}" for side in ("cusched", "peer")]
        seconds = row["seconds"]
        lines.append(f"| {row['algo']} | {row['seeds']} | {sides[0]} | {sides[1]} | "
                     f"{result['margin']:.1f} | {'yes' if row['holds'] else '**no**'} | {seconds['cusched']:.1f} s | "
                     f"{seconds['peer']:.1f} s | `{row['commit']}` |")
    heuristics = ", ".join(f"{name} {value:.1f}" for name, value in result["heuristics"].items())
    lines += ["", f"{result['steps']:,} steps of training each; heuristics on the same "
              f"settings: {heuristics}. Stable-Baselines3 {result['stable_baselines3']}, sb3-contrib "
              f"{result['sb3_contrib']}; {result['machine']['name']}, one thread each."]
    return "\n".join(lines) + "\n"


def main():
    a = parse_arguments()
    if not a.table:
        measure(a)
    tables = {}
    for name, make in (("algorithms", algorithms_table), ("returns", returns_table)):
        path = a.results / f"{name}.json"
        tables[name] = make(json.loads(path.read_text())) if path.exists() else "Not measured yet.\n"
    write_page(a.page, tables, a.check, "bench/algorithms.py")


if __name__ == "__main__":
    main()
