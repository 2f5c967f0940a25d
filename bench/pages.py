# SPDX-License-Identifier: MIT
"""Pages with measured tables: runs commands, and puts tables between the lines that mark them."""
import math
import statistics
import subprocess


def run(words):
    print("$ " + " ".join(words), flush=True)
    if subprocess.run(words).returncode != 0:
        raise SystemExit(f"failed: {' '.join(words)}")


def interval(values):
    """Mean and half width of the 95 % interval (Student) of numbers, at least two."""
    n = len(values)
    half = student975(n - 1) * statistics.stdev(values) / math.sqrt(n)
    return {"mean": statistics.fmean(values), "half": half, "n": n}


def student975(freedom):
    """The quantile 0.975 of Student's t, by bisection on its distribution function."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(
        freedom * math.pi)

    def above_zero(t, steps=2000):  # P(0 < T < t), Simpson
        def density(x):
            return scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)
        h = t / steps
        inner = sum((4 if i % 2 else 2) * density(i * h) for i in range(1, steps))
        return (density(0) + inner + density(t)) * h / 3

    low, high = 0.0, 16.0  # 12.7 for one degree of freedom
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if above_zero(middle) < 0.475 else (low, middle)
    return (low + high) / 2


def replaced(page, name, text):
    """`page` with `text` between the lines <!-- name:begin --> and <!-- name:end -->."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"the page needs one line {begin} and one line {end}")
    head, rest = page.split(begin)
    return head + begin + "\n" + text + end + rest.split(end)[1]


def write_page(path, tables, check, script):
    """Puts `tables` (name -> text) into the page, or, to check, fails when they are not there."""
    page = wanted = path.read_text(encoding="utf-8")
    for name, text in tables.items():
        wanted = replaced(wanted, name, text)
    if not check:
        path.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        raise SystemExit(f"{path} is out of date. Run {script} --table")
