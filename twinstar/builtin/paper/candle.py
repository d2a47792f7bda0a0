"""What a candle says of the orders that stood when it opened: the price was at the open, at both ends, at the close.

In which order it visited the ends nobody knows; the one that fires a stop is taken to be the first. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from twinstar.domain import Candle
from twinstar.sim.model import Kind
from twinstar.sim.resting import Resting

NOTHING = Decimal(0)
STOPS = (Kind.STOP_MARKET, Kind.STOP_LIMIT)


def path(candle: Candle, waiting: Resting) -> list[tuple[Decimal, Decimal]]:
    """Prices, and what was traded at each. A price that fires a stop is a station: it fires there, not at the end."""
    stops_low = any(each.order.request.kind in STOPS for each in waiting.falling.reached_by(candle.low))
    first, second = (candle.low, candle.high) if stops_low else (candle.high, candle.low)
    corners = ((candle.open, NOTHING), (first, candle.volume), (second, candle.volume), (candle.close, NOTHING))
    found = [corners[0]]
    for (start, _), corner in pairwise(corners):
        found += [(price, NOTHING) for price in _stations(start, corner[0], waiting)]
        found.append(corner)
    return found


def _stations(start: Decimal, end: Decimal, waiting: Resting) -> Iterator[Decimal]:
    queue, (low, high) = (waiting.rising if end > start else waiting.falling), sorted((start, end))
    for each in queue.reached_by(end):
        price = each.order.request.trigger_price
        if price is not None and low < price < high:
            yield price
