#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the policies of docs/placement.md, plays them and the heuristics on the same arrival orders,
and writes the page's tables.

    bench/placement.py --data DIR --orders DIR
                                  plays the policies of bench/results/policies in all studies,
                                  writes bench/results/placement.json and the tables
    bench/placement.py --evaluate NAME,...
                                  in these studies only; the others' results stay
    bench/placement.py --train all|NAME,...
                                  trains these policies first
    bench/placement.py --table    writes the tables from the result file
    bench/placement.py --table --check
                                  fails when the page does not hold what the file says

DIR of --data holds openb's node and pod lists (Alibaba cluster-trace-gpu-v2023), that of --orders the
given arrival orders, LIST.seedS.placements.csv and node_rank.csv. Trainings end after a number of
steps and are the same, bit for bit, wherever LibTorch computes the same.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))
from pages import interval, run, write_page  # noqa: E402
from provenance import machine  # noqa: E402

NODES = "openb_node_list_gpu_node.csv"
RULES = ["share", "0", "50", "100", "200", "400"]  # --defer
SKIP = ["--skip", "true", "--rounds", "4", "--skip-limit", "1"]
OPENB_HEURISTICS = ["fgd", "best-fit", "gpu-packing", "gpu-clustering", "dot-product",
                    "random-feasible"]
SELSCHED_HEURISTICS = ["round-robin", "binpack", "spread"]
SELSCHED_NODES = [8, 16, 32, 64]
# Of the study selsched: where clusters and pods come from, preset, list, policies without and with SKIP.
SELSCHED_SOURCES = [
    ("openb", "openb-sample", "default", ["placement_default", "placement_skip_default"]),
    ("built-in", "selsched", None, ["selsched", "selsched_skip"]),
]
OPENB_LISTS = ["default", "gpushare100", "multigpu20"]
SYNTH = ["--order", "synth", "--seed", "7001", "--episodes", "10"]

SKIP_TRAINING = [*SKIP, "--reward-skips", "0", "--gamma", "1", "--lambda", "0.97", "--entropy", "3e-4"]
# Policy -> pod list of openb, or none; steps of its training in millions; what it says more.
POLICIES = {
    "placement_default": ("default", 4, []),
    "placement_gpushare100": ("gpushare100", 4, []),
    "placement_multigpu20": ("multigpu20", 4, ["--warm-start", "fgd"]),
    "placement_skip_default": ("default", 4,
                               [*SKIP_TRAINING, "--warm-start", "fgd", "--defer", "share"]),
    "placement_skip_gpushare100": ("gpushare100", 3,
                                   [*SKIP_TRAINING, "--warm-start", "fgd", "--defer", "400"]),
    "selsched": (None, 2, ["--skip", "false"]),
    "selsched_skip": (None, 3, SKIP_TRAINING),
}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of cusched")
    add("--data", type=pathlib.Path, default=pathlib.Path("../shared/data/openb"))
    add("--orders", type=pathlib.Path, default=pathlib.Path("../shared/conformance/openb"))
    add("--train", default="", help="policies to train: names, or all")
    add("--evaluate", default="openb,skip,selsched", help="studies: openb, skip, selsched")
    add("--episodes", type=int, default=200, help="of the study selsched")
    add("--threads", type=int, default=1, help="of cusched")
    add("--runs", type=pathlib.Path, default=ROOT / "runs" / "placement", help="for the trainings")
    add("--results", type=pathlib.Path, default=ROOT / "bench" / "results",
        help="folder of placement.json and policies/")
    add("--page", type=pathlib.Path, default=ROOT / "docs" / "placement.md")
    add("--table", action="store_true", help="only write the tables")
    add("--check", action="store_true", help="with --table: compare instead of writing")
    return parser.parse_args()


class Bench:
    """Runs cusched, and keeps what was run for the page."""

    def __init__(self, a):
        self.a = a
        a.runs.mkdir(parents=True, exist_ok=True)
        path = a.results / "placement.json"
        self.result = json.loads(path.read_text()) if path.exists() else {}

    def of_list(self, preset, pods):
        words = ["--env", "placement", "--preset", preset]
        if pods:
            words += ["--nodes", str(self.a.data / NODES),
                      "--pods", str(self.a.data / f"openb_pod_list_{pods}.csv")]
        return words

    def cusched(self, words):
        run([str(self.a.build / "cusched"), *words, "--threads", str(self.a.threads)])
        return "cusched " + " ".join(words)

    def policy(self, name):
        return self.a.results / "policies" / f"{name}.pt"

    def train(self, name):
        pods, millions, more = POLICIES[name]
        # The policy's file remembers its training: no path of this machine.
        out = pathlib.Path(os.path.relpath(self.a.runs / name))
        report = self.a.runs / f"{name}.train.json"
        words = ["train", *self.of_list("openb-sample" if pods else "selsched", pods), *more,
                 "--steps", str(millions * 1_000_000)]
        command = self.cusched([*words, "--quiet", "--json", str(report), "--out", str(out)])
        shutil.copyfile(out / "policy.pt", self.policy(name))
        told = json.loads(report.read_text())
        self.result.setdefault("trainings", {})[name] = {
            "command": command.split(" --quiet")[0], "steps": told["steps"],
            "seconds": told["seconds"]}

    def evaluate(self, words, policies, baselines):
        """Per-episode GPU allocation at the end and at 100 % arrived: {name: {metric: [..]}}."""
        path = self.a.runs / "eval.json"
        words = ["eval", *words, "--baselines", ",".join(baselines) or "none"]
        if policies:
            words += ["--policy", ",".join(str(self.policy(name)) for name in policies)]
        self.cusched([*words, "--json", str(path)])
        told = json.loads(path.read_text())
        self.version = told["facts"]["cusched"]
        names = [p["name"] for p in told["policies"]]
        # Policies come first, under the names of their files.
        names[:len(policies)] = policies
        return {name: {metric: p["per_episode"][metric]
                       for metric in ("gpu_allocation", "gpu_allocation_at_100")}
                for name, p in zip(names, told["policies"])}

    def on_orders(self, pods, more, policies, baselines):
        """On the given orders and on ten synthetic ones: lists of both, one behind the other."""
        files = sorted(self.a.orders.glob(f"{pods}.seed*.placements.csv"))
        if not files:
            raise SystemExit(f"no {pods}.seed*.placements.csv in {self.a.orders}. Use --orders DIR")
        given = ["--order", ",".join(map(str, files)), "--rank",
                 str(self.a.orders / "node_rank.csv"), "--episodes", str(len(files))]
        whole = [*self.of_list("openb", pods), *more]
        parts = [self.evaluate([*whole, *order], policies, baselines) for order in (given, SYNTH)]
        return len(files), {name: {metric: parts[0][name][metric] + parts[1][name][metric]
                                   for metric in parts[0][name]} for name in parts[0]}


def percent(values):
    return [100 * value for value in values]


def minus(a, b):
    return interval([x - y for x, y in zip(a, b)])


def study_openb(bench):
    rows = {}
    for pods in OPENB_LISTS:
        policy = f"placement_{pods}"
        given, played = bench.on_orders(pods, [], [policy], OPENB_HEURISTICS)
        rows[pods] = {"given": given, "policies": {
            name: {"at_100": interval(percent(of["gpu_allocation_at_100"])),
                   "end": interval(percent(of["gpu_allocation"])),
                   "end_values": percent(of["gpu_allocation"]),
                   "above_fgd": minus(percent(of["gpu_allocation"]),
                                      percent(played["fgd"]["gpu_allocation"]))
                   if name != "fgd" else None}
            for name, of in played.items()}}
    return rows


def study_skip(bench):
    rows = {}
    for pods in ("default", "gpushare100"):
        policy = f"placement_skip_{pods}"
        given, played = bench.on_orders(pods, SKIP, [policy], [])
        own = percent(played[policy]["gpu_allocation"])
        others = {"fgd": bench.on_orders(pods, [], [], ["fgd"])[1]["fgd"]}
        for rule in RULES:
            deferred = bench.on_orders(pods, [*SKIP, "--defer", rule], [], ["fgd", "best-fit"])[1]
            others.update({f"{name}, defer {rule}": of for name, of in deferred.items()})
        rows[pods] = {"given": given, "policy": interval(own), "policy_values": own, "others": {
            name: {"end": interval(percent(of["gpu_allocation"])),
                   "policy_above": minus(own, percent(of["gpu_allocation"]))}
            for name, of in others.items()}}
    return rows


def study_selsched(bench):
    """Policies and heuristics, each with and without SKIP, on clusters of several sizes."""
    return [cluster_row(bench, source, nodes) for source in SELSCHED_SOURCES
            for nodes in SELSCHED_NODES]


def cluster_row(bench, source, nodes):
    title, preset, pods, (plain_policy, skip_policy) = source
    base = [*bench.of_list(preset, pods), "--sample-nodes", str(nodes), "--episodes",
            str(bench.a.episodes)]
    plain = bench.evaluate([*base, "--skip", "false"], [plain_policy], SELSCHED_HEURISTICS)
    selective = bench.evaluate([*base, *SKIP], [skip_policy], [])
    rules = {rule: bench.evaluate([*base, *SKIP, "--defer", rule], [], SELSCHED_HEURISTICS)
             for rule in RULES}
    best = {}
    for name in SELSCHED_HEURISTICS:
        best[name] = max(RULES, key=lambda r: sum(rules[r][name]["gpu_allocation"]))
        selective[name] = rules[best[name]][name]
    sides = {"plain": (plain_policy, plain), "skip": (skip_policy, selective)}
    return {"source": title, "nodes": nodes, "rules": best, "policies": {
        side: {"name": policy, "end": interval(percent(played[policy]["gpu_allocation"])),
               "improvement": {other: {name: improvement(played[policy], of[name])
                                       for name in SELSCHED_HEURISTICS}
                               for other, (_, of) in sides.items()}}
        for side, (policy, played) in sides.items()}}


def improvement(policy, baseline):
    """In per cent of the baseline's mean."""
    mean = sum(baseline["gpu_allocation"]) / len(baseline["gpu_allocation"])
    return minus([100 * x / mean for x in policy["gpu_allocation"]],
                 [100 * x / mean for x in baseline["gpu_allocation"]])


def cell(value, sign=""):
    return f"{value['mean']:{sign}.2f} ± {value['half']:.2f}"


def openb_table(rows):
    lines = []
    for pods, row in rows.items():
        n = row["policies"]["fgd"]["end"]["n"]
        lines += [f"Pod list `{pods}`: {row['given']} given and {n - row['given']} synthetic orders.",
                  "", "| policy | at 100 % arrived | at 130 % arrived | above FGD |", "|---|---|---|---|"]
        order = sorted(row["policies"].items(), key=lambda item: -item[1]["end"]["mean"])
        for name, of in order:
            title = f"**{name}**" if name in POLICIES else name
            above = cell(of["above_fgd"], "+") if of["above_fgd"] else ""
            lines.append(f"| {title} | {cell(of['at_100'])} | {cell(of['end'])} | {above} |")
        lines.append("")
    return lines


def skip_table(rows):
    lines = []
    for pods, row in rows.items():
        lines += [f"Pod list `{pods}`: {row['given']} given and {row['policy']['n'] - row['given']} "
                  "synthetic orders.", "", "| policy | at the end | the policy is above it by |",
                  "|---|---|---|", f"| **placement_skip_{pods}** | {cell(row['policy'])} | |"]
        order = sorted(row["others"].items(), key=lambda item: -item[1]["end"]["mean"])
        lines += [f"| {name} | {cell(of['end'])} | {cell(of['policy_above'], '+')} |"
                  for name, of in order] + [""]
    return lines


def selsched_table(rows):
    heads = [f"over {name}{side}" for side in ("", " with SKIP") for name in SELSCHED_HEURISTICS]
    lines = ["| clusters | nodes | policy | GPU allocation | " + " | ".join(heads) + " |",
             "|---" * (4 + len(heads)) + "|"]
    for row in rows:
        for policy in row["policies"].values():
            better = policy["improvement"]
            cells = [f"{cell(better['plain'][name], '+')} %" for name in SELSCHED_HEURISTICS]
            cells += [f"{cell(better['skip'][name], '+')} % ({row['rules'][name]})"
                      for name in SELSCHED_HEURISTICS]
            lines.append(f"| {row['source']} | {row['nodes']} | **{policy['name']}** | "
                         f"{cell(policy['end'])} | " + " | ".join(cells) + " |")
    return lines + [""]


def tables(result):
    makers = {"openb": openb_table, "skip": skip_table, "selsched": selsched_table}
    out = {}
    for name, make in makers.items():
        study = result.get("studies", {}).get(name)
        if study is None:
            out[name] = "Not measured yet.\n"
            continue
        where = f"Measured on {study['machine']['name']} with {study['version']}."
        out[name] = "\n".join([*make(study["rows"]), where]) + "\n"
    lines = [f"    {of['command']}\n        # {of['steps'] / 1e6:.1f} M steps, "
             f"{of['seconds']:.0f} s on one thread: {name}.pt"
             for name, of in result.get("trainings", {}).items()]
    out["trainings"] = "\n".join(lines) + "\n"
    return out


def measure(a):
    bench = Bench(a)
    again = POLICIES if a.train == "all" else [name for name in a.train.split(",") if name]
    studies = {"openb": study_openb, "skip": study_skip, "selsched": study_selsched}
    path = a.results / "placement.json"

    def save():
        path.write_text(json.dumps(bench.result, indent=1) + "\n")
    for name in again:
        bench.train(name)
        save()
    for name in [name for name in a.evaluate.split(",") if name]:
        rows = studies[name](bench)
        bench.result.setdefault("studies", {})[name] = {
            "rows": rows, "machine": machine(), "version": bench.version}
        save()


def main():
    a = parse_arguments()
    if not a.table:
        measure(a)
    path = a.results / "placement.json"
    write_page(a.page, tables(json.loads(path.read_text()) if path.exists() else {}), a.check,
               "bench/placement.py")


if __name__ == "__main__":
    main()
