# SPDX-License-Identifier: MIT
"""The documents of the tree and the `cusched` commands in them."""
import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]


def documents():
    """README first: later documents go on from what its commands leave."""
    guides = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md"] + guides + [ROOT / "CONTRIBUTING.md"]


@dataclass
class Command:
    """A command as a document shows it."""
    where: str   # e.g. "docs/guides/cli.md:52"
    line: str    # without comment, continued lines joined


def without_comment(line):
    return re.sub(r"\s{2,}#.*$|\s#\s.*$", "", line).rstrip()


def block_commands(path, text):
    """Commands on lines of their own, in an indented or a fenced block."""
    found = []
    fenced = False
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        start = number + 1
        number += 1
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if not re.match(r"cusched\s" if fenced else r" {4,}cusched\s", line):
            continue
        whole = without_comment(line)
        while whole.endswith("\\"):
            whole = whole[:-1] + " " + without_comment(lines[number].strip())
            number += 1
        found.append(Command(f"{path}:{start}", re.sub(r"\s+", " ", whole.strip())))
    return found


def inline_commands(path, text):
    """Commands between backquotes, with at least one word behind `cusched`."""
    found = []
    for match in re.finditer(r"`(cusched\s[^`]*)`", text):
        number = text.count("\n", 0, match.start()) + 1
        found.append(Command(f"{path}:{number}", re.sub(r"\s+", " ", match[1].strip())))
    return found


def commands():
    """All of them in the order of the documents, each text once."""
    seen = set()
    for path in documents():
        text = path.read_text()
        name = str(path.relative_to(ROOT))
        for command in block_commands(name, text) + inline_commands(name, text):
            if command.line not in seen:
                seen.add(command.line)
                yield command
