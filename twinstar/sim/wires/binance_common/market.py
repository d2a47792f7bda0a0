"""Public market data over REST, in the words that spot and futures share; each adds what only it tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from twinstar.sim.model import Tick, Ticker
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, M, Market, Markets
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.klines import INTERVALS, rows
from twinstar.sim.wires.binance_common.params import INTEGER, Params
from twinstar.sim.wires.intervals import DAY_MS, Interval, candles
from twinstar.sim.wires.spelling import places, text

TRADES_KEPT = 10_000


def klines(desk: Markets[Any], call: Call, most: int) -> list[list[Any]]:
    params = call.params
    market, interval = desk.market(params), interval_of(params)
    start, end = params.moment_or_none("startTime"), params.moment_or_none("endTime")
    if start is not None and end is not None and start > end:
        raise ApiError(-1023, "Start time is greater than end time.")
    found = candles(
        desk.exchange,
        market.listing.symbol,
        interval,
        start_ms=start,
        end_ms=end,
        limit=params.limit(500, most),
    )
    return rows(interval, found)


def interval_of(params: Params) -> Interval:
    name = params.text("interval")
    if name not in INTERVALS:
        raise ApiError(-1120, "Invalid interval.")
    return INTERVALS[name]


def trades(desk: Markets[Any], call: Call) -> list[Json]:
    market = desk.market(call.params)
    ticks = desk.exchange.ticks(market.listing.symbol, call.params.limit(500, 1000))
    return [
        {
            "id": tick.id,
            "price": text(tick.price),
            "qty": text(tick.quantity),
            "quoteQty": text(tick.price * tick.quantity),
            "time": tick.market_ms,
            "isBuyerMaker": tick.taker.sign < 0,
        }
        for tick in ticks
    ]


def aggregate_trades(desk: Markets[Any], call: Call) -> list[Json]:
    """Each public trade stands for itself: the crowd's orders never fill against several at one price."""
    return [
        {
            "a": tick.id,
            "p": text(tick.price),
            "q": text(tick.quantity),
            "f": tick.id,
            "l": tick.id,
            "T": tick.market_ms,
            "m": tick.taker.sign < 0,
        }
        for tick in _wanted(desk, call)
    ]


def _wanted(desk: Markets[Any], call: Call) -> Sequence[Tick]:
    params = call.params
    market, limit = desk.market(params), params.limit(500, 1000)
    first_id = params.integer_or_none("fromId") or 0
    start = params.moment_or_none("startTime") or 0
    end = params.moment_or_none("endTime")
    found = [
        tick
        for tick in desk.exchange.ticks(market.listing.symbol, TRADES_KEPT)
        if tick.id >= first_id and tick.market_ms >= start and (end is None or tick.market_ms <= end)
    ]
    return found[:limit] if first_id or start else found[-limit:]


def day(ticker: Ticker, market: Market) -> Json:
    change, percent, average = day_figures(ticker, market)
    return {
        "symbol": market.id,
        "priceChange": change,
        "priceChangePercent": percent,
        "weightedAvgPrice": average,
        "lastPrice": text(ticker.last),
        "lastQty": text(ticker.last_quantity),
        "openPrice": text(ticker.open),
        "highPrice": text(ticker.high),
        "lowPrice": text(ticker.low),
        "volume": text(ticker.volume),
        "quoteVolume": text(ticker.quote_volume),
        "openTime": ticker.market_ms - DAY_MS,
        "closeTime": ticker.market_ms,
        "firstId": ticker.first_trade_id,
        "lastId": ticker.last_trade_id,
        "count": ticker.last_trade_id - ticker.first_trade_id + 1,
    }


def day_figures(ticker: Ticker, market: Market) -> tuple[str, str, str]:
    """The change, the change in percent and the average price of 24 hours."""
    change = ticker.last - ticker.open
    percent = change / ticker.open * 100 if ticker.open else Decimal(0)
    average = ticker.quote_volume / ticker.volume if ticker.volume else ticker.last
    return text(change), places(percent, 3), places(average, market.average_precision)


def best(ticker: Ticker) -> Json:
    return {
        "bidPrice": text(ticker.bid),
        "bidQty": text(ticker.bid_quantity),
        "askPrice": text(ticker.ask),
        "askQty": text(ticker.ask_quantity),
    }


def each(desk: Markets[M], call: Call, answer: Callable[[M], Json]) -> Answer:
    found = [answer(market) for market in desk.asked(call.params)]
    return found[0] if call.params.has("symbol") else found


def by_limit(steps: tuple[tuple[int, int], ...], default: int) -> Callable[[Params], int]:
    """Weight rises with the rows asked for; ``steps`` are (up to, weight)."""

    def weight(params: Params) -> int:
        asked = params.values.get("limit", "")
        limit = int(asked) if re.fullmatch(INTEGER, asked) else default
        return next((cost for most, cost in steps if limit <= most), steps[-1][1])

    return weight
