# SPDX-License-Identifier: MIT
"""What scripts/gpu runs: its limits, and that no GPU test is left out."""

import fnmatch
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from gpu_lib import stages  # noqa: E402
from gpu_lib.command import ALGORITHMS, ENVIRONMENTS, WIDTHS  # noqa: E402

SKIP = re.compile(r"^ *CUSCHED_SKIP_WITHOUT_GPU\(\);", re.M)
# GPU tests of programs that are not taken along, and the stage whose commands do the same.
ELSEWHERE = {"EnvSpeedGpu.EveryWidthIsValid": 6}  # `bench env` validates each width that it times


def gpu_tests():
    """(program, full name) of every test that skips without a GPU, from the sources. A check of the
    contract of environments is a function, which contract_suite.h makes a test of each."""
    suite = (ROOT / "tests/envs/contract_suite.h").read_text()
    for path in sorted((ROOT / "tests").glob("*/*.cpp")):
        text = path.read_text()
        for found in SKIP.finditer(text):
            before = text[: found.start()]
            kind, name = re.findall(r"^(TEST\w*|void)\W(\w+(?:, \w+)?)\(?", before, re.M)[-1]
            if kind == "void":
                check = re.search(rf"\(Type, name, (\w+),[\s\\]*{name}\)", suite)
                assert check, f"{path}: no test of contract_suite.h calls {name}"
                name, kind = f"AdmissionContract, {check.group(1)}", "TEST"
            name = name.replace(", ", ".")
            yield "test_" + path.parent.name, f"Each/{name}/0" if kind == "TEST_P" else name


def matches(tests, name):
    """GoogleTest's filter: patterns, then after a '-' what they leave out."""
    wanted, _, unwanted = tests.partition("-")
    return any(fnmatch.fnmatchcase(name, p) for p in wanted.split(":")) and not any(
        fnmatch.fnmatchcase(name, p) for p in unwanted.split(":")
    )


def filters(sizes):
    for stage in stages.stages(sizes):
        for command in stage.commands:
            if command.program.startswith("test_") and not command.tool:
                yield stage.number, command.program, command.arguments.split()[0].partition("=")[2]


class Stages(unittest.TestCase):
    def test_every_gpu_test_is_in_one_stage(self):
        tests = list(gpu_tests())
        self.assertGreater(len(tests), 10)
        for program, name in tests:
            if name in ELSEWHERE:
                continue
            found = [n for n, p, f in filters(stages.FULL) if p == program and matches(f, name)]
            self.assertEqual(
                len(found),
                1,
                f"{program}: {name} is in the stages {found}; see " "scripts/gpu_lib/stages.py",
            )

    def test_every_filter_has_a_test(self):
        tests = list(gpu_tests())
        for sizes in (stages.FULL, stages.TINY):
            for number, program, pattern in filters(sizes):
                self.assertTrue(
                    any(
                        p == program and matches(pattern, name.replace("Admission", env))
                        for p, name in tests
                        for env in ("Admission", "Placement")
                    ),
                    f"stage {number}: no GPU test of {program} matches {pattern}",
                )

    def test_every_environment_width_and_algorithm_is_measured(self):
        def named(folder, pattern):
            texts = [path.read_text() for path in sorted((ROOT / folder).glob("*.*"))]
            return {name for text in texts for name in re.findall(pattern, text, re.M)}

        environments = {name.lower() for name in named("envs", r"^CUSCHED_ENVIRONMENT\((\w+)\)")}
        self.assertEqual(environments, set(ENVIRONMENTS))
        self.assertEqual(named("agents", r"^CUSCHED_ALGORITHM\((\w+),"), set(ALGORITHMS))
        widths = named("cmake", r"^set\(CUSCHED_GROUP_WIDTHS ([\d ]+)\)").pop().split()
        self.assertEqual([int(width) for width in widths], list(WIDTHS))

    def test_limits_add_up_to_six_and_eight_minutes(self):
        first_seven = sum(stages.LIMITS_S[number] for number in range(1, 8))
        self.assertLessEqual(first_seven, 6 * 60)
        self.assertLessEqual(first_seven + stages.LIMITS_S[8], 8 * 60)

    def test_a_rehearsal_has_the_same_stages_and_kinds_of_programs(self):
        def kinds(sizes):
            return [
                (s.number, s.results, dict.fromkeys((c.program, c.read) for c in s.commands))
                for s in stages.stages(sizes)
            ]

        self.assertEqual(kinds(stages.FULL), kinds(stages.TINY))

    def test_results_have_names_of_their_own(self):
        for stage in stages.stages(stages.FULL):
            names = [command.name for command in stage.commands if command.name]
            self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
