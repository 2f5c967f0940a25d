# SPDX-License-Identifier: MIT
"""What scripts/gpu and scripts/gpu-bundle are made of. Standard library only: it has to run where
nothing can be installed."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]  # a checkout, or a bundle


class Problem(Exception):
    """Ends the script with one message and exit code 1."""


class BadUse(Exception):
    """The same with exit code 2: what the user gave cannot be meant."""
