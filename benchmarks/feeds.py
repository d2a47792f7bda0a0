"""What it takes to follow many instruments: processor, memory, and the time from a minute's end to its candle on disk.

python benchmarks/feeds.py [--only held|day|live] [--instruments 300] [--speed 4] [--minutes 5]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from _day import day
from _figures import show
from _held import CANDLES, INSTRUMENTS, held_mb
from _live import follow

PARTS = ("held", "day", "live")
FULL_HOURS = 18  # by then the state holds all the candles that it ever will


def held() -> None:
    show(
        "feeds.memory_vs_ccxt",
        ours=held_mb("ours"),
        other=held_mb("ccxt"),
        unit="MB",
        instruments=INSTRUMENTS,
        candles=CANDLES,
    )


def whole_day() -> None:
    hours, rows = day()
    full, last = hours[FULL_HOURS - 1], hours[-1]
    show("feeds.day_objects_grown", ours=last.objects - full.objects, unit="objects", of=full.objects, candles=rows)
    show("feeds.day_tasks_grown", ours=last.tasks - full.tasks, unit="tasks", of=full.tasks)
    show("feeds.day_memory_grown", ours=last.resident_mb - full.resident_mb, unit="MB", of=round(full.resident_mb, 1))


def live(instruments: int, speed: float, minutes: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        seen = asyncio.run(follow(Path(directory), instruments, speed, minutes))
    more = {"instruments": instruments, "speed": speed, "candles": len(seen.latencies_ms)}
    show("feeds.cpu", ours=100 * seen.cpu_s / seen.took_s, unit="% of a core", **more)
    show("feeds.frames", ours=seen.frames / seen.took_s, unit="frames a second", **more)
    show("feeds.memory", ours=seen.resident_mb, unit="MB", grown=round(seen.grown_mb, 1), **more)
    show("feeds.close_to_store_p50", ours=seen.latency_ms(50), unit="ms", **more)
    show("feeds.close_to_store_p99", ours=seen.latency_ms(99), unit="ms", **more)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=PARTS, action="append")
    options.add_argument("--instruments", type=int, default=300)
    options.add_argument("--speed", type=float, default=4.0, help="market seconds in a second")
    options.add_argument("--minutes", type=int, default=5, help="of the market, once all candles come")
    chosen = options.parse_args()
    parts = chosen.only or PARTS
    if "held" in parts:
        held()
    if "day" in parts:
        whole_day()
    if "live" in parts:
        live(chosen.instruments, chosen.speed, chosen.minutes)


if __name__ == "__main__":
    main()
