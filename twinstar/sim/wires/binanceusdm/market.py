"""Public market data over REST."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from twinstar.sim.model import Ticker
from twinstar.sim.wires.binanceusdm import depth
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Answer, Call, Desk, Json, Route, Weight, by_symbol
from twinstar.sim.wires.binanceusdm.errors import ApiError
from twinstar.sim.wires.binanceusdm.klines import INTERVALS, rows
from twinstar.sim.wires.binanceusdm.params import INTEGER, Params
from twinstar.sim.wires.intervals import DAY_MS, Interval, candles
from twinstar.sim.wires.spelling import money, places, text

INTEREST_RATE = "0.00010000"
TRADES_KEPT = 10_000


def klines(desk: Desk, call: Call) -> Answer:
    params = call.params
    contract, interval = desk.contract(params), interval_of(params)
    start, end = params.moment_or_none("startTime"), params.moment_or_none("endTime")
    if start is not None and end is not None and start > end:
        raise ApiError(-1023, "Start time is greater than end time.")
    found = candles(
        desk.exchange,
        contract.listing.symbol,
        interval,
        start_ms=start,
        end_ms=end,
        limit=params.limit(500, 1500),
    )
    return rows(interval, found)


def interval_of(params: Params) -> Interval:
    name = params.text("interval")
    if name not in INTERVALS:
        raise ApiError(-1120, "Invalid interval.")
    return INTERVALS[name]


def order_book(desk: Desk, call: Call) -> Answer:
    contract = desk.contract(call.params)
    limit = call.params.integer_or_none("limit") or 500
    if limit not in depth.LIMITS:
        raise ApiError(-4021, f"{limit} is not valid depth limit.")
    book = desk.depths.snapshot(contract.listing.symbol, limit)
    return {
        "lastUpdateId": book.update_id,
        "E": book.market_ms,
        "T": book.market_ms,
        "bids": depth.levels(book.bids),
        "asks": depth.levels(book.asks),
    }


def trades(desk: Desk, call: Call) -> Answer:
    contract = desk.contract(call.params)
    ticks = desk.exchange.ticks(contract.listing.symbol, call.params.limit(500, 1000))
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


def aggregate_trades(desk: Desk, call: Call) -> Answer:
    """Each public trade stands for itself: the crowd's orders never fill against several at one price."""
    params = call.params
    contract, limit = desk.contract(params), params.limit(500, 1000)
    first_id = params.integer_or_none("fromId") or 0
    start = params.moment_or_none("startTime") or 0
    end = params.moment_or_none("endTime")
    found = [
        tick
        for tick in desk.exchange.ticks(contract.listing.symbol, TRADES_KEPT)
        if tick.id >= first_id and tick.market_ms >= start and (end is None or tick.market_ms <= end)
    ]
    wanted = found[:limit] if first_id or start else found[-limit:]
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
        for tick in wanted
    ]


def ticker_24h(desk: Desk, call: Call) -> Answer:
    return _each(desk, call, _day)


def _day(desk: Desk, contract: Contract) -> Json:
    ticker = desk.exchange.ticker(contract.listing.symbol)
    change, percent, average = day_figures(ticker, contract)
    return {
        "symbol": contract.id,
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


def day_figures(ticker: Ticker, contract: Contract) -> tuple[str, str, str]:
    """The change, the change in percent and the average price of 24 hours."""
    change = ticker.last - ticker.open
    percent = change / ticker.open * 100 if ticker.open else Decimal(0)
    average = ticker.quote_volume / ticker.volume if ticker.volume else ticker.last
    return text(change), places(percent, 3), places(average, contract.average_precision)


def ticker_price(desk: Desk, call: Call) -> Answer:
    return _each(desk, call, _price)


def _price(desk: Desk, contract: Contract) -> Json:
    ticker = desk.exchange.ticker(contract.listing.symbol)
    return {"symbol": contract.id, "price": text(ticker.last), "time": ticker.market_ms}


def book_ticker(desk: Desk, call: Call) -> Answer:
    return _each(desk, call, _best)


def _best(desk: Desk, contract: Contract) -> Json:
    ticker = desk.exchange.ticker(contract.listing.symbol)
    return {
        "symbol": contract.id,
        "bidPrice": text(ticker.bid),
        "bidQty": text(ticker.bid_quantity),
        "askPrice": text(ticker.ask),
        "askQty": text(ticker.ask_quantity),
        "time": ticker.market_ms,
    }


def premium_index(desk: Desk, call: Call) -> Answer:
    return _each(desk, call, _premium)


def _premium(desk: Desk, contract: Contract) -> Json:
    """There is no index of other venues: the mark price stands for it."""
    mark = money(desk.exchange.mark_price(contract.listing.symbol))
    rate, next_ms = desk.exchange.funding(contract.listing.symbol)
    return {
        "symbol": contract.id,
        "markPrice": mark,
        "indexPrice": mark,
        "estimatedSettlePrice": mark,
        "lastFundingRate": money(rate),
        "interestRate": INTEREST_RATE,
        "nextFundingTime": next_ms,
        "time": desk.exchange.clock.now_ms(),
    }


def _each(desk: Desk, call: Call, answer: Callable[[Desk, Contract], Json]) -> Answer:
    found = [answer(desk, contract) for contract in desk.asked(call.params)]
    return found[0] if call.params.has("symbol") else found


def _by_limit(steps: tuple[tuple[int, int], ...], default: int) -> Callable[[Params], int]:
    """Weight rises with the rows asked for; ``steps`` are (up to, weight)."""

    def weight(params: Params) -> int:
        asked = params.values.get("limit", "")
        limit = int(asked) if re.fullmatch(INTEGER, asked) else default
        return next((cost for most, cost in steps if limit <= most), steps[-1][1])

    return weight


def _get(path: str, answer: Callable[[Desk, Call], Answer], weight: Weight = 1) -> Route:
    return Route(method="GET", path=f"/fapi/{path}", answer=answer, weight=weight)


ROUTES = (
    _get("v1/klines", klines, _by_limit(((99, 1), (499, 2), (1000, 5), (1500, 10)), 500)),
    _get("v1/depth", order_book, _by_limit(((50, 2), (100, 5), (500, 10), (1000, 20)), 500)),
    _get("v1/trades", trades, 5),
    _get("v1/aggTrades", aggregate_trades, 20),
    _get("v1/ticker/24hr", ticker_24h, by_symbol(1, 40)),
    _get("v1/ticker/price", ticker_price, by_symbol(1, 2)),
    _get("v2/ticker/price", ticker_price, by_symbol(1, 2)),
    _get("v1/ticker/bookTicker", book_ticker, by_symbol(2, 5)),
    _get("v1/premiumIndex", premium_index, by_symbol(1, 10)),
)
