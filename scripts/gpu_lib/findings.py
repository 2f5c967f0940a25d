# SPDX-License-Identifier: MIT
"""What the files say that programs write. Each reader takes how a program ended and the path of
its JSON file and returns a Finding; a program that ended well and wrote nothing has failed."""

import json
import re
from dataclasses import dataclass, field

EMULATED_DEVICE = "emulated (no GPU)"  # kEmulatedDevice of cuda/device.h


@dataclass
class Finding:
    passed: bool
    text: str  # one line for people
    facts: dict = field(default_factory=dict)  # for summary.json
    result: object = None  # for the stage's file of results


def read_json(path):
    """The object in a file, or None where there is no file or no object in it."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def of_exit(ended, path):
    """A program whose exit status says it all."""
    return Finding(not ended.problem, ended.problem or "done")


def of_doctor(ended, path):
    """`cusched doctor --json`: facts say which device works, "" where none does."""
    doctor = read_json(path)
    if doctor is None or not isinstance(doctor.get("checks"), list):
        return Finding(
            False, f"cusched doctor wrote no findings ({ended.problem or 'exit code 0'})"
        )
    checks = {check.get("check"): check for check in doctor["checks"]}
    wrong = [f"{name}: {c.get('text')}" for name, c in checks.items() if c.get("state") == "FAIL"]
    if "cuda:0" not in checks:
        facts = {"device": ""}
        return Finding(
            False, "no GPU: " + checks.get("cuda", {}).get("text", "none found"), facts, doctor
        )
    device = checks["cuda:0"]["text"].split(", sm_")[0]
    facts = {"device": device, "build": doctor.get("build", {})}
    return Finding(
        not wrong and not ended.problem, "; ".join(wrong) or ended.problem or device, facts, doctor
    )


def of_gtest(ended, path):
    """A test program: tests have to have run. Skipped ones prove nothing on a GPU machine."""
    report = read_json(path)
    if report is None:
        return Finding(False, (ended.problem or "wrote no report") + running_test(ended.output))
    tests = [
        (f"{suite['name']}.{test['name']}", test)
        for suite in report.get("testsuites", [])
        for test in suite.get("testsuite", [])
    ]
    failed = [name for name, test in tests if test.get("failures")]
    skipped = [name for name, test in tests if test.get("result") == "SKIPPED"]
    facts = {
        "passed": len(tests) - len(failed) - len(skipped),
        "failed": failed,
        "skipped": skipped,
    }
    if failed or ended.problem:
        text = (
            f"{len(failed)} of {len(tests)} tests failed: {shortened(failed)}"
            if failed
            else ended.problem + running_test(ended.output)
        )
    elif not tests:
        text = "no test ran: the filter matches none"
    elif not facts["passed"]:
        text = f"all {len(tests)} tests were skipped"
    else:
        text = f"{facts['passed']} tests" + (f", {len(skipped)} skipped" if skipped else "")
    return Finding(not failed and not ended.problem and facts["passed"] > 0, text, facts)


def of_bench(ended, path):
    """`cusched bench ... --json`: it validates, then times."""
    result = read_json(path)
    if ended.problem or result is None:
        return Finding(False, ended.problem or "wrote no result")
    try:
        text = f"{result['steps_per_s']['median'] / 1e6:.4g} M steps/s"
        device = result["machine"]["gpu"]["name"]
    except (KeyError, TypeError):
        return Finding(False, "wrote something else than a result measured on a GPU")
    return Finding(True, text, {"device": device}, result)


def of_sanitizer(ended, path):
    """compute-sanitizer: its exit status, and the line in which it counts what it found."""
    count = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: .*", ended.output)
    return Finding(
        not ended.problem and bool(count),
        "; ".join(filter(None, [ended.problem, *count])) or "printed no summary",
    )


def of_profiler(ended, path):
    """ncu: it says for each launch on which stream it ran, and ends well where it profiled none."""
    launches = len(re.findall(r"Context \d+, Stream \d+", ended.output))
    return Finding(
        not ended.problem and launches > 0, ended.problem or f"{launches} launches profiled"
    )


def running_test(output):
    """The test that a program was in when it ended, if its output shows one."""
    begun = re.findall(r"^\[ RUN      \] (\S+)", output, re.M)
    over = re.findall(r"^\[(?:       OK |  FAILED  |  SKIPPED )\] (\S+)", output, re.M)
    left = [name for name in begun if name not in [word.rstrip(",") for word in over]]
    return f" in {left[-1]}" if left else ""


def shortened(names, most=3):
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
