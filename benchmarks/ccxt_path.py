"""What a frame costs on its way through ccxt: as we read it, against a bare loop of its ``watch_*`` methods.

python benchmarks/ccxt_path.py [--venue okx] [--frames 2000] [--runs 5]
"""

from __future__ import annotations

import argparse
import asyncio
from statistics import median

from _ccxt_sides import SIDES, cpu_us
from _figures import show
from _frames import FRAMES

MANY = 200  # symbols
MANY_AT = "binanceusdm"  # one of those that stream any number of symbols over one line


def typical(venue: str, kind: str, runs: int, **more: int) -> dict[str, float]:
    """In turns, so that whatever else the machine does disturbs both alike."""
    taken = [{side: asyncio.run(cpu_us(side, venue, kind, **more)) for side in SIDES} for _ in range(runs)]
    return {side: median(run[side] for run in taken) for side in SIDES}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--venue", choices=list(FRAMES), action="append")
    options.add_argument("--frames", type=int, default=2_000)
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    one = {}
    for venue in chosen.venue or FRAMES:
        for kind in FRAMES[venue]:
            took = one[venue, kind] = typical(venue, kind, chosen.runs, frames=chosen.frames)
            show(
                f"ccxt_path.{venue}.{kind}",
                **took,
                unit="µs of processor a frame",
                frames_a_s=round(1e6 / took["ours"]),
            )
    if (MANY_AT, "kline") in one:
        few, many = one[MANY_AT, "kline"]["ours"], typical(MANY_AT, "kline", 3, frames=chosen.frames, count=MANY)
        show(f"ccxt_path.{MANY_AT}.kline_{MANY}", **many, unit="µs of processor a frame", symbols=MANY)
        show(
            f"ccxt_path.{MANY_AT}.kline_growth",
            ours=many["ours"],
            other=few,
            unit="µs, against one symbol",
            symbols=MANY,
        )


if __name__ == "__main__":
    main()
