"""Candles of a venue's units: the exchange's own, or made out of shorter ones, or out of ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec
from msgspec import Struct

from twinstar.sim.model import Candle, Tick
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.times import DAY, SECOND

MINUTE_UNITS = (1, 3, 5, 10, 15, 30, 60, 240)
KEPT_TICKS = 10_000  # how far second candles reach back


class Span(Struct, frozen=True):
    """``starts_at`` says to which period a shorter candle belongs; None where the exchange has such candles itself."""

    name: str
    step_ms: int  # at most
    unit: int | None = None
    starts_at: Callable[[int], int] | None = None
    part_ms: int = DAY  # how long the candles are that a period is made of

    @property
    def parts(self) -> int:
        return self.step_ms // self.part_ms


def latest(
    exchange: Exchange, symbol: str, span: Span, count: int, *, before_ms: int | None = None
) -> Sequence[Candle]:
    """Oldest first, the last ``count`` that opened before ``before_ms``; a period without trades has none."""
    end_ms = None if before_ms is None else before_ms - 1
    if span.step_ms == SECOND:
        ticks = exchange.ticks(symbol, KEPT_TICKS)
        return of_ticks([tick for tick in ticks if end_ms is None or tick.market_ms <= end_ms])[-count:]
    starts_at = span.starts_at
    if starts_at is None:
        return _traded(exchange, symbol, span.step_ms, count, end_ms)
    parts_end_ms = None if end_ms is None else starts_at(end_ms) + span.step_ms - 1
    parts = _traded(exchange, symbol, span.part_ms, (count + 2) * span.parts, parts_end_ms)
    periods = groupby(parts, key=lambda part: starts_at(part.open_ms))
    made = [merge(open_ms, list(members)) for open_ms, members in periods]
    return [each for each in made if end_ms is None or each.open_ms <= end_ms][-count:]


def _traded(exchange: Exchange, symbol: str, step_ms: int, count: int, end_ms: int | None) -> list[Candle]:
    """The exchange may tell of minutes in which nothing was traded; the venues have none of those."""
    found: list[Candle] = []
    while len(found) < count:
        page = exchange.candles(symbol, step_ms, end_ms=end_ms, limit=count)
        found = [candle for candle in page if candle.trades] + found
        if len(page) < count:
            break
        end_ms = page[0].open_ms - 1
    return found[-count:]


def of_ticks(ticks: Sequence[Tick]) -> list[Candle]:
    seconds: list[Candle] = []
    for tick in ticks:
        before = seconds[-1] if seconds else None
        after = fold(before, tick, SECOND)
        if before is not None and after.open_ms == before.open_ms:
            seconds[-1] = after
        else:
            seconds.append(after)
    return seconds


def fold(candle: Candle | None, tick: Tick, step_ms: int) -> Candle:
    """The candle with this tick in it, or the next one that begins with it."""
    open_ms = tick.market_ms // step_ms * step_ms
    bought = tick.quantity if tick.taker.sign > 0 else tick.quantity * 0
    cost = tick.price * tick.quantity
    if candle is None or candle.open_ms != open_ms:
        return Candle(
            symbol=tick.symbol,
            open_ms=open_ms,
            open=tick.price,
            high=tick.price,
            low=tick.price,
            close=tick.price,
            volume=tick.quantity,
            quote_volume=cost,
            trades=1,
            taker_buy_volume=bought,
            first_trade_id=tick.id,
            last_trade_id=tick.id,
            closed=False,
        )
    return msgspec.structs.replace(
        candle,
        high=max(candle.high, tick.price),
        low=min(candle.low, tick.price),
        close=tick.price,
        volume=candle.volume + tick.quantity,
        quote_volume=candle.quote_volume + cost,
        trades=candle.trades + 1,
        taker_buy_volume=candle.taker_buy_volume + bought,
        last_trade_id=tick.id,
    )


def merge(open_ms: int, candles: Sequence[Candle]) -> Candle:
    last = candles[-1]
    return msgspec.structs.replace(
        candles[0],
        open_ms=open_ms,
        high=max(each.high for each in candles),
        low=min(each.low for each in candles),
        close=last.close,
        volume=sum((each.volume for each in candles), Decimal(0)),
        quote_volume=sum((each.quote_volume for each in candles), Decimal(0)),
        trades=sum(each.trades for each in candles),
        taker_buy_volume=sum((each.taker_buy_volume for each in candles), Decimal(0)),
        last_trade_id=last.last_trade_id,
        closed=last.closed,
    )
