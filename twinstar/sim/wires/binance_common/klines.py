"""The venue's intervals, and candles as it writes them over REST."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twinstar.sim.model import Candle
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, Interval, month, steady, week
from twinstar.sim.wires.spelling import money, text

INTERVALS = {
    interval.name: interval
    for interval in (
        *(steady(f"{n}m", n * MINUTE_MS) for n in (1, 3, 5, 15, 30)),
        *(steady(f"{n}h", n * HOUR_MS) for n in (1, 2, 4, 6, 8, 12)),
        *(steady(f"{n}d", n * DAY_MS) for n in (1, 3)),
        week("1w"),
        month("1M"),
    )
}


def rows(interval: Interval, found: Iterable[Candle]) -> list[list[Any]]:
    return [
        [
            candle.open_ms,
            text(candle.open),
            text(candle.high),
            text(candle.low),
            text(candle.close),
            text(candle.volume),
            interval.closes(candle.open_ms) - 1,
            text(candle.quote_volume),
            candle.trades,
            text(candle.taker_buy_volume),
            taker_buy_quote(candle),
            "0",
        ]
        for candle in found
    ]


def taker_buy_quote(candle: Candle) -> str:
    """The exchange counts what takers bought in base only: valued at the candle's average price."""
    if not candle.volume:
        return "0"
    return money(candle.quote_volume * candle.taker_buy_volume / candle.volume)
