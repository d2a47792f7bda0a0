"""What it costs to keep what venues say: processor time a frame, put aside on the loop, and cleaned and written too.

python benchmarks/tapes.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from pathlib import Path
from time import process_time

from _figures import show

from twinstar.runtime.clock import SystemClock
from twinstar.runtime.redaction import redact
from twinstar.runtime.tape import Ring, read

FRAMES = 2_000
TOGETHER = 500  # frames that the thread finds waiting
CASSETTES = Path(__file__).resolve().parents[1] / "cassettes"


def frames() -> list[str]:
    """Those of our recordings, over and over."""
    told = [row.text for path in sorted(CASSETTES.glob("*/*.ws.jsonl")) for row in read(path) if row.what == "<"]
    texts = [text for text in told if text]
    return (texts * (FRAMES // len(texts) + 1))[:FRAMES]


def measure(told: list[str]) -> tuple[float, float]:
    """Microseconds a frame: on the loop, and in all."""
    with tempfile.TemporaryDirectory() as directory:
        ring = Ring(Path(directory), SystemClock(), minutes=15, megabytes=256)
        tape, aside_s = ring.tape("v"), 0.0
        begun_s = process_time()
        for first in range(0, len(told), TOGETHER):
            at_s = process_time()
            for text in told[first : first + TOGETHER]:
                tape.frame(0, "<", text)
            aside_s += process_time() - at_s
            ring.write()
        whole_s = process_time() - begun_s
        assert tape.dropped == 0
    return aside_s / len(told) * 1e6, whole_s / len(told) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    for _ in range(3):
        redact(secrets.token_hex(32))  # a key, its secret and a passphrase, as an account has them
    told = frames()
    found = [measure(told) for _ in range(rounds)]
    size = sum(map(len, told)) / len(told)
    show("tapes.on_the_loop", ours=min(aside for aside, _ in found), unit="us a frame", bytes=round(size))
    show("tapes.cpu", ours=min(whole for _, whole in found), unit="us a frame", bytes=round(size))


if __name__ == "__main__":
    main()
