"""Candles of any length that a venue gives. A week opens on Monday, a month on its first, so both are made of days."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from twinstar.sim.model import Candle
from twinstar.sim.ports import Exchange

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MONDAY_MS = 4 * DAY_MS  # the epoch was a Thursday


class Interval(Struct, frozen=True):
    """``opened`` gives the open time of the candle that a moment lies in, ``closes`` the first moment after it."""

    name: str  # the venue's
    step_ms: int  # of the candles asked of the exchange
    opened: Callable[[int], int]
    closes: Callable[[int], int]
    days: int = 0  # how many days it may take, where it is made of days

    def is_whole(self) -> bool:
        return self.days == 0


def steady(name: str, step_ms: int) -> Interval:
    return Interval(name, step_ms, lambda ms: ms - ms % step_ms, lambda open_ms: open_ms + step_ms)


def week(name: str) -> Interval:
    return Interval(name, DAY_MS, _monday, lambda open_ms: open_ms + 7 * DAY_MS, 7)


def month(name: str) -> Interval:
    return Interval(name, DAY_MS, _first_of_month, lambda open_ms: _first_of_month(open_ms + 31 * DAY_MS), 31)


def _monday(ms: int) -> int:
    return ms - (ms - MONDAY_MS) % (7 * DAY_MS)


def _first_of_month(ms: int) -> int:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return calendar.timegm((moment.year, moment.month, 1, 0, 0, 0)) * 1000


def candles(
    exchange: Exchange,
    symbol: str,
    interval: Interval,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    limit: int,
) -> list[Candle]:
    """As `Exchange.candles`, for any interval."""
    if interval.is_whole():
        return list(exchange.candles(symbol, interval.step_ms, start_ms=start_ms, end_ms=end_ms, limit=limit))
    first = None if start_ms is None else interval.opened(start_ms - 1 + interval.step_ms)
    last = None if end_ms is None else interval.closes(interval.opened(end_ms)) - 1
    days = exchange.candles(symbol, DAY_MS, start_ms=first, end_ms=last, limit=(limit + 1) * interval.days)
    merged = [
        _merged(interval, open_ms, tuple(part))
        for open_ms, part in groupby(days, lambda day: interval.opened(day.open_ms))
    ]
    return merged[:limit] if start_ms is not None else merged[-limit:]


def _merged(interval: Interval, open_ms: int, days: tuple[Candle, ...]) -> Candle:
    last = days[-1]
    return replace(
        days[0],
        open_ms=open_ms,
        high=max(day.high for day in days),
        low=min(day.low for day in days),
        close=last.close,
        volume=sum((day.volume for day in days), start=days[0].volume * 0),
        quote_volume=sum((day.quote_volume for day in days), start=days[0].volume * 0),
        trades=sum(day.trades for day in days),
        taker_buy_volume=sum((day.taker_buy_volume for day in days), start=days[0].volume * 0),
        last_trade_id=last.last_trade_id,
        closed=last.closed and last.open_ms + DAY_MS >= interval.closes(open_ms),
    )
