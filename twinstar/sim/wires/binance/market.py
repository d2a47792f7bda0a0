"""Public market data over REST."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.pairs import Pair
from twinstar.sim.wires.binance_common import depth, market
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route, Weight, by_symbol
from twinstar.sim.wires.intervals import MINUTE_MS
from twinstar.sim.wires.spelling import money, text

MOST_KLINES = 1_000
MOST_LEVELS = 5_000
AVERAGED_MINUTES = 5


def klines(desk: Desk, call: Call) -> Answer:
    return market.klines(desk, call, MOST_KLINES)


def order_book(desk: Desk, call: Call) -> Answer:
    limit = min(call.params.integer_or_none("limit") or 100, MOST_LEVELS)
    book = desk.depths.snapshot(desk.market(call.params).listing.symbol, limit)
    return {"lastUpdateId": book.update_id, "bids": depth.levels(book.bids), "asks": depth.levels(book.asks)}


def trades(desk: Desk, call: Call) -> Answer:
    return [{**each, "isBestMatch": True} for each in market.trades(desk, call)]


def aggregate_trades(desk: Desk, call: Call) -> Answer:
    return [{**each, "M": True} for each in market.aggregate_trades(desk, call)]


def average_price(desk: Desk, call: Call) -> Answer:
    pair = desk.market(call.params)
    minutes = desk.exchange.candles(pair.listing.symbol, MINUTE_MS, limit=AVERAGED_MINUTES)
    volume, worth = sum(each.volume for each in minutes), sum(each.quote_volume for each in minutes)
    price = worth / volume if volume else desk.exchange.mark_price(pair.listing.symbol)
    return {"mins": AVERAGED_MINUTES, "price": money(price), "closeTime": desk.exchange.clock.market_ms()}


def ticker_24h(desk: Desk, call: Call) -> Answer:
    def day(pair: Pair) -> Json:
        ticker = desk.exchange.ticker(pair.listing.symbol)
        return {**market.day(ticker, pair), **market.best(ticker), "prevClosePrice": text(ticker.open)}

    return market.each(desk, call, day)


def ticker_price(desk: Desk, call: Call) -> Answer:
    return market.each(
        desk, call, lambda pair: {"symbol": pair.id, "price": money(desk.exchange.mark_price(pair.listing.symbol))}
    )


def book_ticker(desk: Desk, call: Call) -> Answer:
    return market.each(
        desk, call, lambda pair: {"symbol": pair.id, **market.best(desk.exchange.ticker(pair.listing.symbol))}
    )


def _get(path: str, answer: Callable[[Desk, Call], Answer], weight: Weight) -> Route:
    return Route(method="GET", path=f"/api/v3/{path}", answer=answer, weight=weight)


ROUTES = (
    _get("klines", klines, 2),
    _get("depth", order_book, market.by_limit(((100, 5), (500, 25), (1_000, 50), (5_000, 250)), 100)),
    _get("trades", trades, 25),
    _get("aggTrades", aggregate_trades, 4),
    _get("avgPrice", average_price, 2),
    _get("ticker/24hr", ticker_24h, by_symbol(2, 80)),
    _get("ticker/price", ticker_price, by_symbol(2, 4)),
    _get("ticker/bookTicker", book_ticker, by_symbol(2, 4)),
)
