"""What a candle says of the orders that stood when it opened: the price was at the open, at both ends, at the close.

In which order it visited the ends nobody knows; the one that fires a stop is taken to be the first. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from twinstar.sim.resting import Resting

NOTHING = Decimal(0)


class Interval(Struct, frozen=True, kw_only=True):
    open_ms: int
    end_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def path(candle: Interval, waiting: Resting) -> list[tuple[Decimal, Decimal]]:
    """Prices, and what was traded at each. A price that fires a stop is a station: it fires there, not at the end."""
    fires_low = bool(waiting.falling.reached_by(candle.low))
    ends = (candle.low, candle.high) if fires_low else (candle.high, candle.low)
    corners = (candle.open, *ends, candle.close)
    found = [(candle.open, NOTHING)]
    for start, end in pairwise(corners):
        found += [(price, NOTHING) for price in _stations(start, end, waiting)]
        found.append((end, candle.volume if end in ends else NOTHING))
    return found


def _stations(start: Decimal, end: Decimal, waiting: Resting) -> Iterator[Decimal]:
    queue, (low, high) = (waiting.rising if end > start else waiting.falling), sorted((start, end))
    for each in queue.reached_by(end):
        price = each.order.request.trigger_price
        if price is not None and low < price < high:
            yield price
