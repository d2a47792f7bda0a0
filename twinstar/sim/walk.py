"""A seeded market: a geometric random walk, minute by minute, the same every time for the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from random import Random

from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.grid import nearest
from twinstar.sim.model import Listing
from twinstar.sim.prices import level_money
from twinstar.sim.rows import Row

MINUTES_A_YEAR = 525_600
LEVELS_A_MINUTE = 12  # a minute's median volume, in the crowd's price levels


class Walk:
    """A `Source` without an end; ``history`` minutes lead up to exactly ``start_price``."""

    def __init__(
        self,
        name: str,
        listing: Listing,
        *,
        start_ms: int,
        start_price: Decimal,
        volatility: float,
        drift: float,
        history: int,
    ) -> None:
        self.start_ms = start_ms
        self._name = name
        self._listing = listing
        self._start_price = max(listing.tick, nearest(start_price, listing.tick))
        self._history = history
        self._sigma = volatility / math.sqrt(MINUTES_A_YEAR)
        self._drift = drift / MINUTES_A_YEAR - self._sigma**2 / 2

    def rows(self) -> Iterator[Row]:
        past = Random(f"{self._name}:history")
        closes = [self._start_price]
        for _ in range(self._history):
            closes.append(self._stepped(closes[-1], past, -self._drift))
        open_ms = self.start_ms - self._history * MINUTE_MS
        for before, after in pairwise(reversed(closes)):
            yield self._row(open_ms, before, after, past)
            open_ms += MINUTE_MS
        yield from self._future(Random(self._name))

    def _future(self, random: Random) -> Iterator[Row]:
        open_ms, price = self.start_ms, self._start_price
        while True:
            after = self._stepped(price, random, self._drift)
            yield self._row(open_ms, price, after, random)
            open_ms, price = open_ms + MINUTE_MS, after

    def _stepped(self, price: Decimal, random: Random, drift: float) -> Decimal:
        factor = Decimal(math.exp(drift + self._sigma * random.gauss(0.0, 1.0)))
        return max(self._listing.tick, nearest(price * factor, self._listing.tick))

    def _row(self, open_ms: int, before: Decimal, after: Decimal, random: Random) -> Row:
        tick = self._listing.tick
        high, low = max(before, after), min(before, after)
        reach = Decimal(self._sigma / 2)
        high += nearest(high * reach * Decimal(abs(random.gauss(0.0, 1.0))), tick)
        low -= nearest(low * reach * Decimal(abs(random.gauss(0.0, 1.0))), tick)
        return Row(open_ms, before, high, max(tick, low), after, self._volume(before, random))

    def _volume(self, price: Decimal, random: Random) -> Decimal:
        money = level_money(self._listing.quote) * LEVELS_A_MINUTE
        lots = money / price / self._listing.lot * Decimal(random.lognormvariate(0.0, 0.6))
        return max(100, int(lots)) * self._listing.lot
