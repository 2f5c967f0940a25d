# SPDX-License-Identifier: MIT
"""Runs every `cusched` command of the documents, with small sizes, where each is to succeed:
guide_commands_test.py CUSCHED."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guide_inputs  # noqa: E402
import guide_text  # noqa: E402

# What a test machine cannot run: (pattern, reason).
SKIPPED = [
    (r"--device cuda", "needs a GPU"),
    (r"--network linear", "the reader's own network (tests/examples/linear.cpp)"),
    (r"smallest-area", "the reader's own file (tests/examples)"),
]

# In the place of a program `cusched` on PATH, so that the shell has done its part (globs,
# variables, redirections) when sizes are made small: argv in, argv of the real one out.
WRAPPER = r'''#!{python}
import os, sys
sys.path.insert(0, {tests!r})
import guide_sizes
os.execv({cusched!r}, ["cusched"] + guide_sizes.small(sys.argv[1:]))
'''


def is_mention(line):
    """The name of a command alone: asked for its help."""
    return re.fullmatch(r"cusched [a-z]+( env| train)?", line) is not None and line not in (
        "cusched doctor", "cusched version", "cusched envs", "cusched explain")


def run(command, folder, environment):
    line = command.line + (" --help" if is_mention(command.line) else "")
    return subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def main():
    cusched = os.path.abspath(sys.argv[1])
    top = pathlib.Path(tempfile.mkdtemp(prefix="cusched_guides_"))
    folder, programs = top / "work", top / "bin"
    folder.mkdir()
    programs.mkdir()
    guide_inputs.write_inputs(folder)
    (folder / "bench").symlink_to(guide_text.ROOT / "bench")
    wrapper = programs / "cusched"
    wrapper.write_text(WRAPPER.format(python=sys.executable, cusched=cusched,
                                      tests=os.path.dirname(os.path.abspath(__file__))))
    wrapper.chmod(0o755)
    environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}", TRACE="lublin_1.swf",
                       PYTHONDONTWRITEBYTECODE="1")
    environment.pop("CUSCHED_CONFIG", None)
    ran, failed, skipped = 0, 0, 0
    for command in guide_text.commands():
        reason = next((why for pattern, why in SKIPPED if re.search(pattern, command.line)), None)
        if reason:
            print(f"SKIPPED {command.where}: {command.line}: {reason}")
            skipped += 1
            continue
        start = time.monotonic()
        outcome = run(command, folder, environment)
        ran += 1
        if outcome.returncode == 0:
            print(f"ok {time.monotonic() - start:5.1f} s {command.where}: {command.line}")
            continue
        failed += 1
        print(f"FAILED {command.where}: {command.line}\n  exit code {outcome.returncode}\n"
              f"  {outcome.stderr.strip()}")
        sys.stdout.flush()
    print(f"{ran} commands ran, {failed} failed, {skipped} were skipped")
    shutil.rmtree(top)
    assert ran > 30, "the commands of the documents were not found"
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
