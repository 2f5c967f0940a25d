# SPDX-License-Identifier: MIT
"""What the scripts say. A reader that has gone (`| head`, a closed terminal) stops nothing: the
results are in files."""

import os
import sys


def say(text):
    to(sys.stdout, text)


def complain(text):
    to(sys.stderr, text)


def to(stream, text):
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # Also for what is still in the buffer, and for the programs that inherit the stream.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
