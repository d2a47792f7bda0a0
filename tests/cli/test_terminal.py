"""`twinstar start` as a person sees it: on a terminal, for a while, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "config.yaml"
WITHIN_S = 40

pytestmark = pytest.mark.slow


class Terminal:
    """A terminal of 200 columns with one program in it."""

    def __init__(self, command, environment):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self.seen = ""

    def read_until(self, pattern):
        end_s = time.monotonic() + WITHIN_S
        while not re.search(pattern, self.seen) and time.monotonic() < end_s:
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self._ours, 65536).decode(errors="replace")
                except OSError:  # Linux's way of saying that the program has gone
                    break
        assert re.search(pattern, self.seen), self.seen[-4000:]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        os.close(self._ours)


@pytest.fixture
def terminal(tmp_path, guarded_environment):
    environment = {**guarded_environment, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "twinstar", "start", "-c", str(DEMO), "--state-dir", str(tmp_path / "state")]
    made = Terminal(command, environment)
    yield made
    made.close()


def test_the_table_is_redrawn_in_place_and_ctrl_c_ends_in_a_summary(terminal):
    terminal.read_until(r"SIMULATED.*live.*BTC/USDT:USDT")
    terminal.read_until(r"\x1b\[\d*A")  # the cursor goes up again: a second drawing over the first
    begun_s = time.monotonic()
    terminal.process.send_signal(signal.SIGINT)
    terminal.read_until(r"ran for \d+s; state is kept in")
    assert terminal.process.wait(10) == 0
    assert time.monotonic() - begun_s < 5
    assert "Traceback" not in terminal.seen
