# SPDX-License-Identifier: MIT
"""What ends the scripts from outside."""

import signal

INTERRUPTED = 130  # exit code: 128 + SIGINT, as cusched itself


def as_ctrl_c():
    """Makes SIGTERM and SIGHUP end the script as Ctrl-C does: cleaning up."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, interrupt)
