# SPDX-License-Identifier: MIT
"""Documents name only what exists: files and folders of the tree, and the targets of links."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guide_text  # noqa: E402

ROOT = guide_text.ROOT
# A path begins with one of the tree's folders, those that are planned included.
FOLDERS = ("agents", "bench", "cli", "cmake", "controller", "cuda", "deploy", "docs", "envs",
           "export", "python", "scripts", "tests")
# Files that a document tells the reader to write, in its own words.
OF_READERS = {"envs/rewards/idle.h", "bench/NAME_bench.cpp", "agents/networks/linear.cpp", "agents/networks/linear.cu",
              "envs/baselines/smallest_area.h"}


def named_paths(text):
    """Paths between backquotes, e.g. `envs/NAME.h`, `agents/`, `bench/table.py --all`."""
    for match in re.finditer(r"`([^`\n]+)`", text):
        for word in match[1].split():
            word = word.strip(",;()")
            word = word.split(":")[0]
            if re.fullmatch(r"(%s)(/[\w.*-]+)*/?" % "|".join(FOLDERS), word) and "/" in word:
                yield text.count("\n", 0, match.start()) + 1, word


def exists(path):
    """NAME, ENV, LAYER, DEVICE, W and the like stand for any name."""
    pattern = re.sub(r"\b[A-Z]{3,}\b|(?<=_)[A-Z]+(?=[._])|(?<=/)[A-Z]+(?=_)", "*", path.rstrip("/"))
    return any(ROOT.glob(pattern)) or path in OF_READERS


class Documents(unittest.TestCase):
    def test_paths_that_documents_name_exist(self):
        missing, found = [], 0
        for document in guide_text.documents():
            for line, path in named_paths(document.read_text()):
                found += 1
                if not exists(path):
                    missing.append(f"{document.relative_to(ROOT)}:{line}: {path}")
        self.assertEqual(missing, [])
        self.assertGreater(found, 50)

    def test_links_lead_somewhere(self):
        broken = []
        for document in guide_text.documents():
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
                if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                    broken.append(f"{document.relative_to(ROOT)}: {target}")
        self.assertEqual(broken, [])

    def test_a_path_that_is_not_there_is_found(self):
        self.assertEqual(list(named_paths("a `controller/` and `cli/nothing.h --x`")),
                         [(1, "controller/"), (1, "cli/nothing.h")])
        self.assertFalse(exists("cli/nothing.h"))
        self.assertFalse(exists("controller/"))
        self.assertTrue(exists("envs/NAME.h"))
        self.assertTrue(exists("scripts/gpu"))

    def test_commands_are_found_in_blocks_and_in_text(self):
        text = "See `cusched doctor`.\n\n    cusched eval --a \\\n      --b   # why\n    scripts/run\n"
        self.assertEqual([c.line for c in guide_text.block_commands("x", text)],
                         ["cusched eval --a --b"])
        self.assertEqual([c.line for c in guide_text.inline_commands("x", text)],
                         ["cusched doctor"])


if __name__ == "__main__":
    unittest.main()
