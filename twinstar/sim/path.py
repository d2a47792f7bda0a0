"""The ticks within a minute, made so that its candle comes out exactly: all four prices, all of the volume."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.grid import mixed, nearest
from twinstar.sim.model import Listing, Side, Tick
from twinstar.sim.rows import Row

FEWEST = 4  # open, high, low, close


def count_of(row: Row, ticks: int) -> int:
    """A minute without volume had no trades."""
    return ticks if row.volume else 0


def ticks_of(row: Row, listing: Listing, *, ticks: int, first_id: int, seed: int) -> list[Tick]:
    count = count_of(row, ticks)
    if not count:
        return []
    random = Random(mixed(seed, row.open_ms))
    prices = _prices(row, listing.tick, count, random)
    quantities = split(row.volume, count, random)
    before = prices[0] if random.getrandbits(1) else row.high  # the first tick's side is anybody's guess
    made = []
    for index, (price, quantity) in enumerate(zip(prices, quantities, strict=True)):
        at_ms = row.open_ms + int((index + random.random()) * MINUTE_MS / count)
        taker = Side.BUY if price > before or (price == before and mixed(seed, at_ms) & 1) else Side.SELL
        made.append(
            Tick(
                id=first_id + index,
                symbol=listing.symbol,
                market_ms=at_ms,
                price=price,
                quantity=quantity,
                taker=taker,
            )
        )
        before = price
    return made


def split(volume: Decimal, parts: int, random: Random) -> list[Decimal]:
    """Into positive parts that add up to ``volume`` to the digit, on its own grid unless that is too coarse."""
    exponent = int(volume.as_tuple().exponent)
    units = int(volume.scaleb(-exponent))
    while units < parts:
        units, exponent = units * 10, exponent - 1
    spare, weights = units - parts, [random.random() for _ in range(parts)]
    scale = spare / sum(weights)
    sizes = [1 + int(weight * scale) for weight in weights[:-1]]
    sizes.append(units - sum(sizes))
    return [Decimal(size).scaleb(exponent) for size in sizes]


def _prices(row: Row, tick: Decimal, count: int, random: Random) -> list[Decimal]:
    rising = row.close >= row.open
    anchors = (row.open, row.low, row.high, row.close) if rising else (row.open, row.high, row.low, row.close)
    if count <= FEWEST:
        return list(anchors)
    between = _shares(count - FEWEST, random)
    prices = [anchors[0]]
    for start, end, points in zip(anchors, anchors[1:], between, strict=False):
        prices += _leg(start, end, points, tick, random)
        prices.append(end)
    return prices


def _shares(points: int, random: Random) -> Sequence[int]:
    """How many points lie on each of the three legs."""
    one, other = sorted((random.randint(0, points), random.randint(0, points)))
    return one, other - one, points - other


def _leg(start: Decimal, end: Decimal, points: int, tick: Decimal, random: Random) -> list[Decimal]:
    """Anywhere between the two, forth and back, but on the whole from the one to the other."""
    low, high, prices = min(start, end), max(start, end), []
    for index in range(points):
        way = (index + random.random() * 2) / (points + 1)
        price = nearest(start + (end - start) * Decimal(way), tick)
        prices.append(min(high, max(low, price)))
    return prices
