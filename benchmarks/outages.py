"""Feeds that stall, break, lie and come back, in virtual time: how soon that is noticed, and what is left of the gaps.

python benchmarks/outages.py [--seeds 1000]

Every second seed has one kind of fault, the others several at once (`tests/simulation/feeds.py` has all kinds). What
the exchange really closed is compared with what is in the store.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from multiprocessing import get_context
from statistics import median, quantiles

import _tests  # noqa: F401 - before what it makes importable
from _figures import show
from msgspec import Struct
from simulation.test_feeds import Story

STALLS = {"stall", "half open"}  # the line stands, and nobody says that it is dead


class Told(Struct, frozen=True):
    """``closed``: candles. ``missed``: no stream told them. ``wrong``: not in the store, or with other values."""

    is_stall: bool
    line_s: float
    series_s: float
    closed: int
    missed: int
    wrong: int


def tell(seed: int) -> Told:
    story, closed, missed, wrong = Story(seed).run(), 0, 0, 0
    for exchange in story.exchanges:
        for of, candles in exchange.closed.items():
            first_ms = min(open_ms for other, open_ms in story.shelf.rows if other == of)
            for candle in candles:
                if candle.open_ms < first_ms:
                    continue
                stored = story.shelf.rows.get((of, candle.open_ms))
                closed += 1
                missed += candle.open_ms not in exchange.told[of]
                wrong += stored is None or (stored.close, stored.volume) != (candle.close, candle.volume)
    is_stall = len(story.faults) == 1 and story.faults[0].kind in STALLS
    return Told(is_stall, story.line_s, story.series_s, closed, missed, wrong)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=1_000)
    seeds = options.parse_args().seeds
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        told = pool.map(tell, range(seeds), chunksize=4)
    closed, missed, wrong = (sum(getattr(each, name) for each in told) for name in ("closed", "missed", "wrong"))
    show("outages.candles_wrong", ours=wrong, unit="candles", seeds=seeds, closed=closed, missed_by_streams=missed)
    show("outages.gaps_filled", ours=100 * (1 - wrong / missed), unit="% of what streams missed", seeds=seeds)
    _durations("outages.stall_to_speaking", [each.line_s for each in told if each.is_stall])
    _durations("outages.over_to_speaking", [each.line_s for each in told])
    _durations("outages.over_to_whole_series", [each.series_s for each in told])


def _durations(name: str, taken_s: Sequence[float]) -> None:
    p99_s = quantiles(taken_s, n=100, method="inclusive")[98]
    show(name, ours=median(taken_s), unit="s", p99=round(p99_s, 2), most=round(max(taken_s), 2), of=len(taken_s))


if __name__ == "__main__":
    main()
