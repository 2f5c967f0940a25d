#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains one policy cold and one from a heuristic, for the same time and with a look every few seconds,
and writes how long each took to the heuristic's level: the table and the picture of docs/warm_start.md.

    bench/warm_start.py                      trains, writes bench/results/warm_start.json, the table
                                             and docs/warm_start.svg
    bench/warm_start.py --table              writes table and picture from the result file
    bench/warm_start.py --table --check      fails when the page does not hold what the file says

--trace is Lublin-1 (lublin_1.swf), $TRACE in the page. Both trainings see the same environments and are looked at
on the same episodes; the search for a rule and the imitation count as time.
"""
import argparse
import csv
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))
from pages import run, write_page  # noqa: E402
from provenance import commit, machine  # noqa: E402

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 60, 40
COLOURS = {"cold": "#888888", "warm": "#0b62a4"}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of cusched")
    add("--trace", type=pathlib.Path, default=pathlib.Path("../shared/data/lublin/lublin_1.swf"))
    add("--heuristic", default="f1")
    add("--seconds", type=float, default=240, help="training time of each")
    add("--every", type=float, default=6, help="training time between two looks")
    add("--threads", type=int, default=1)
    add("--runs", type=pathlib.Path, default=ROOT / "runs" / "warm_start", help="for the trainings")
    add("--results", type=pathlib.Path, default=ROOT / "bench" / "results")
    add("--page", type=pathlib.Path, default=ROOT / "docs" / "warm_start.md")
    add("--table", action="store_true", help="only write table and picture")
    add("--check", action="store_true", help="with --table: compare instead of writing")
    return parser.parse_args()


def measure(a):
    a.runs.mkdir(parents=True, exist_ok=True)
    shared = ["train", "--env", "admission", "--preset", "trace", "--trace", str(a.trace),
              "--window", "head", "--select-every", f"{a.every:g}", "--select-episodes", "24",
              "--verdict=false", "--seconds", f"{a.seconds:g}", "--threads", str(a.threads)]
    result = {"commit": commit(), "machine": machine(), "seconds": a.seconds,
              "heuristic": a.heuristic, "runs": {}}
    for name, start in (("cold", "none"), ("warm", a.heuristic)):
        words = [*shared, "--warm-start", start]
        out = a.runs / name
        run([str(a.build / "cusched"), *words, "--quiet", "--out", str(out)])
        with open(out / "metrics.csv", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["eval_bounded_slowdown"]]
        result["runs"][name] = {
            "command": "cusched " + " ".join(words).replace(str(a.trace), "$TRACE"),
            "seconds": [float(row["seconds"]) for row in rows],
            "slowdown": [float(row["eval_bounded_slowdown"]) for row in rows],
            # Above the best heuristic, as a share of its mean.
            "above_best": [float(row["eval_vs_best_heuristic"]) for row in rows]}
    (a.results / "warm_start.json").write_text(json.dumps(result, indent=1) + "\n",
                                               encoding="utf-8")


def reached(run_, level):
    """Seconds to the first look from which on all but one look are within `level` of the best rule."""
    values = run_["above_best"]
    for i, value in enumerate(values):
        later = values[i:]
        if value <= level and sum(v > level for v in later) <= max(1, len(later) // 10):
            return run_["seconds"][i]
    return None


def table(result):
    lines = ["| start | within 10 % of the best rule | within 2 % | level with it | at the end |",
             "|---|---|---|---|---|"]
    for name, run_ in result["runs"].items():
        cells = []
        for level in (0.10, 0.02, 0.0):
            seconds = reached(run_, level)
            cells.append("not reached" if seconds is None else f"{seconds:.0f} s")
        cells.append(f"{100 * run_['above_best'][-1]:+.1f} %")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    first = next(iter(result["runs"].values()))
    best = first["slowdown"][0] / (1 + first["above_best"][0])
    lines += ["", f"The best rule has a bounded slowdown of {best:.1f} on these windows. "
              f"{result['seconds']:.0f} s each on {result['machine']['name']}, commit "
              f"`{result['commit'][:12]}`:", ""]
    lines += [f"    {run_['command']}" for run_ in result["runs"].values()]
    return "\n".join(lines) + "\n"


def picture(result):
    """The curves as SVG: time to the right, bounded slowdown upwards, the best rule dashed."""
    runs = result["runs"]
    first = next(iter(runs.values()))
    best = first["slowdown"][0] / (1 + first["above_best"][0])
    top = min(max(max(r["slowdown"]) for r in runs.values()), 3 * best)

    def x(s):
        return LEFT + s / result["seconds"] * (WIDTH - LEFT - 20)

    def y(v):
        return HEIGHT - BOTTOM - min(v, top) / top * (HEIGHT - BOTTOM - 20)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             'font-family="sans-serif" font-size="12">',
             f'<title>Bounded slowdown while training, cold and from {result["heuristic"]}</title>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for i in range(6):
        s = result["seconds"] * i / 5
        parts.append(f'<text x="{x(s):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                     f'{s:.0f} s</text>')
        v = top * i / 5
        parts.append(f'<text x="{LEFT - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v:.0f}</text>')
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(v):.1f}" y2="{y(v):.1f}" '
                     'stroke="#eeeeee"/>')
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(best):.1f}" y2="{y(best):.1f}" '
                 'stroke="#c02020" stroke-dasharray="6 4"/>')
    parts.append(f'<text x="{WIDTH - 24}" y="{y(best) + 14:.1f}" text-anchor="end" '
                 'fill="#c02020">best rule</text>')
    for row, (name, run_) in enumerate(runs.items()):
        points = " ".join(f"{x(s):.1f},{y(v):.1f}"
                          for s, v in zip(run_["seconds"], run_["slowdown"]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" '
                     'stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - 24}" y="{34 + 16 * row}" text-anchor="end" '
                     f'fill="{COLOURS[name]}">{name} start</text>')
    return "\n".join(parts) + "\n</svg>\n"


def main():
    a = parse_arguments()
    if not a.table:
        measure(a)
    result = json.loads((a.results / "warm_start.json").read_text(encoding="utf-8"))
    svg = a.page.with_suffix(".svg")
    if not a.check:
        svg.write_text(picture(result), encoding="utf-8")
    elif svg.read_text(encoding="utf-8") != picture(result):
        raise SystemExit(f"{svg} is out of date. Run bench/warm_start.py --table")
    write_page(a.page, {"warm-start": table(result)}, a.check, "bench/warm_start.py")


if __name__ == "__main__":
    main()
