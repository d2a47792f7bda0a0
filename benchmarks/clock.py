"""How well a venue's time is known, against ccxt's `load_time_difference` over the same ways there and back.

python benchmarks/clock.py [--seeds 200]
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from random import Random
from statistics import median

from _figures import show

from twinstar.builtin.ccxt.library import Exchange
from twinstar.ports import TimeSample
from twinstar.runtime.tasks import first
from twinstar.runtime.timekeeping import Timekeeper
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing import LoopClock, run_virtual

EPOCH_MS = 1_700_000_000_000
AHEAD_MS = 12_345.678
LOOKS = 60  # one a second
Way = Callable[[Random], tuple[float, float]]  # there and back, ms

SYMMETRIC: Way = lambda _: (100.0, 100.0)  # noqa: E731 - a table of ways
WAYS: dict[str, Way] = {
    "symmetric_200": SYMMETRIC,
    "asymmetric_400_0": lambda _: (400.0, 0.0),
    "asymmetric_0_400": lambda _: (0.0, 400.0),
    "jittery_200": lambda random: (100 + random.expovariate(1 / 30), 100 + random.expovariate(1 / 30)),
    "jittery_20": lambda random: (10 + random.expovariate(1 / 5), 10 + random.expovariate(1 / 5)),
}


class FarClock:
    """A venue at the end of a way."""

    def __init__(self, way: Way, random: Random, *, resolution_ms: int = 1) -> None:
        self.way, self.random, self.resolution_ms = way, random, resolution_ms
        self.clock = LoopClock(EPOCH_MS)

    @property
    def now_ms(self) -> float:
        return EPOCH_MS + self.clock.monotonic_s() * 1_000 + AHEAD_MS

    async def told_ms(self) -> int:
        there_ms, back_ms = self.way(self.random)
        await asyncio.sleep(there_ms / 1_000)
        told_ms = int(self.now_ms // self.resolution_ms * self.resolution_ms)
        await asyncio.sleep(back_ms / 1_000)
        return told_ms

    async def sample(self) -> TimeSample:
        sent_s, told_ms = self.clock.monotonic_s(), await self.told_ms()
        return TimeSample(
            sent_s=sent_s, received_s=self.clock.monotonic_s(), venue_ms=told_ms, resolution_ms=self.resolution_ms
        )


async def ours(far: FarClock) -> list[tuple[float, float]]:
    """The error and the uncertainty, each second from the first answer on."""
    measured, seen = MeasuredClock(far.clock), []
    keeper = Timekeeper("far", far.sample, measured, clock=far.clock, random=far.random, tell=lambda _: None)

    async def look() -> None:
        await measured.known()
        for _ in range(LOOKS):
            estimate = measured.estimate()
            assert estimate
            # Both clocks show whole milliseconds.
            seen.append((abs(measured.now_ms() - far.now_ms), estimate.uncertainty_ms + 1))
            await far.clock.sleep(1)

    await first(keeper.run(), look())
    return seen


async def ccxts(far: FarClock) -> float:
    """The error of what ccxt would sign with."""
    exchange = Exchange({"enableRateLimit": False})
    exchange.milliseconds = far.clock.now_ms
    exchange.fetch_time = lambda _: far.told_ms()
    difference_ms = await exchange.load_time_difference()
    return abs(far.clock.now_ms() - difference_ms - far.now_ms)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=200)
    seeds = range(options.parse_args().seeds)
    worst_ratio = 0.0
    for name, way in WAYS.items():
        seen = [run_virtual(ours(FarClock(way, Random(seed)))) for seed in seeds]
        others = [run_virtual(ccxts(FarClock(way, Random(seed)))) for seed in seeds]
        worst_ratio = max(worst_ratio, *(error / bound for run in seen for error, bound in run))
        settled = [run[-1][0] for run in seen]
        show(
            f"clock.error_ms_{name}",
            ours=max(error for run in seen for error, _ in run),
            unit="ms",
            what="worst, from the first answer on",
            median=round(median(settled), 3),
            uncertainty_ms=round(median(run[-1][1] for run in seen), 3),
        )
        show(
            "clock.error_vs_ccxt" if way is SYMMETRIC else f"clock.error_vs_ccxt_{name}",
            ours=median(settled),
            other=median(others),
            unit="ms",
            what="median after a minute",
        )
    coarse = [run_virtual(ours(FarClock(WAYS["jittery_20"], Random(seed), resolution_ms=1_000))) for seed in seeds]
    worst_ratio = max(worst_ratio, *(error / bound for run in coarse for error, bound in run))
    show(
        "clock.error_ms_whole_seconds",
        ours=max(run[-1][0] for run in coarse),
        unit="ms",
        what="worst after a minute, where only whole seconds are told",
        uncertainty_ms=round(median(run[-1][1] for run in coarse), 3),
    )
    show("clock.error_vs_uncertainty", ours=worst_ratio, unit="1", what="worst of all the above; never above 1")


if __name__ == "__main__":
    main()
