# SPDX-License-Identifier: MIT
"""Programs that stand in for cusched and the test programs in tests of scripts/gpu. install() fills
a folder with them; each does what the folder's behaviour.json says for its command line."""

import json
import os
import pathlib
import signal
import sys
import time

NAMES = ("cusched", "test_cuda", "test_envs", "test_agents", "test_cli")
GPU = "NVIDIA H100 80GB HBM3"
EMULATED = "emulated (no GPU)"
COMMIT = "0123456789ab"


def install(folder, suffix="", **behaviour):
    """behaviour: device=..., commit=..., and actions={part of a command line: action}; of the parts
    that match, the first counts. Actions: fail, crash, hang, stubborn (ignores SIGTERM), silent
    (writes no JSON), broken (writes no object), skip, none (no test matched)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "behaviour.json").write_text(json.dumps(behaviour))
    for name in NAMES:
        program = folder / (name + suffix)
        program.write_text(
            f"#!{sys.executable} -ES\nimport sys\n"
            f"sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})\n"
            "import gpu_stub\ngpu_stub.main()\n"
        )
        program.chmod(0o755)


def main():
    program = pathlib.Path(sys.argv[0])
    behaviour = json.loads((program.parent / "behaviour.json").read_text())
    line = " ".join([program.name, *sys.argv[1:]])
    action = next((a for part, a in behaviour.get("actions", {}).items() if part in line), "ok")
    with open(program.parent / "calls", "a", encoding="utf-8") as calls:
        calls.write(line + "\n")
    print("this is", line, flush=True)
    gtest = program.name.startswith("test_")
    if gtest:
        print("[ RUN      ] Suite.Test", flush=True)
    if action in ("hang", "stubborn"):
        if action == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (program.parent / "pid").write_text(str(os.getpid()))
        time.sleep(600)
    if action == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    path = json_path(sys.argv)
    if path is not None and action == "broken":
        path.write_text("[1]")
    elif path is not None and action != "silent":
        written = (
            gtest_report(action)
            if gtest
            else doctor(behaviour) if "doctor" in line else bench(behaviour, line)
        )
        path.write_text(json.dumps(written))
    sys.exit(1 if action == "fail" else 0)


def json_path(words):
    for word in words:
        if word.startswith("--gtest_output=json:"):
            return pathlib.Path(word.partition(":")[2])
    return pathlib.Path(words[words.index("--json") + 1]) if "--json" in words else None


def gtest_report(action):
    tests = [
        {
            "name": "Test",
            "result": "SKIPPED" if action == "skip" else "COMPLETED",
            **({"failures": [{"failure": "wrong"}]} if action == "fail" else {}),
        }
    ]
    return {"testsuites": [] if action == "none" else [{"name": "Suite", "testsuite": tests}]}


def doctor(behaviour):
    device = behaviour.get("device", GPU)
    cuda = (
        {"check": "cuda:0", "state": "ok", "text": f"{device}, sm_90, 79.1 GiB"}
        if device
        else {"check": "cuda", "state": "--", "text": "no NVIDIA driver"}
    )
    return {"ok": True, "checks": [cuda], "build": {"commit": behaviour.get("commit", COMMIT)}}


def bench(behaviour, line):
    metric = "train_ppo" if "train" in line else "env_random_feasible"
    words = line.split()
    config = {"env": words[words.index("--env") + 1], "envs": int(words[words.index("--envs") + 1])}
    if "--width" in words:
        config["width"] = int(words[words.index("--width") + 1])
    return {
        "metric": metric,
        "steps_per_s": {"median": 1e8, "min": 9e7, "max": 1.1e8},
        "config": config,
        "commit": behaviour.get("commit", COMMIT),
        "machine": {
            "name": behaviour.get("device", GPU),
            "gpu": {"name": behaviour.get("device", GPU), "driver": "13.0"},
        },
    }
