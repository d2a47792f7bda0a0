"""Public market data over REST."""

from __future__ import annotations

from collections.abc import Callable

from twinstar.sim.wires.binance_common import depth, market
from twinstar.sim.wires.binance_common.desk import Answer, Call, Json, Route, Weight, by_symbol
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.spelling import money, text

INTEREST_RATE = "0.00010000"
MOST_KLINES = 1_500


def klines(desk: Desk, call: Call) -> Answer:
    return market.klines(desk, call, MOST_KLINES)


def order_book(desk: Desk, call: Call) -> Answer:
    contract = desk.market(call.params)
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


def ticker_24h(desk: Desk, call: Call) -> Answer:
    return market.each(desk, call, lambda one: market.day(desk.exchange.ticker(one.listing.symbol), one))


def ticker_price(desk: Desk, call: Call) -> Answer:
    def price(contract: Contract) -> Json:
        ticker = desk.exchange.ticker(contract.listing.symbol)
        return {"symbol": contract.id, "price": text(ticker.last), "time": ticker.market_ms}

    return market.each(desk, call, price)


def book_ticker(desk: Desk, call: Call) -> Answer:
    def best(contract: Contract) -> Json:
        ticker = desk.exchange.ticker(contract.listing.symbol)
        return {"symbol": contract.id, **market.best(ticker), "time": ticker.market_ms}

    return market.each(desk, call, best)


def premium_index(desk: Desk, call: Call) -> Answer:
    return market.each(desk, call, lambda contract: _premium(desk, contract))


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


def _get(path: str, answer: Callable[[Desk, Call], Answer], weight: Weight = 1) -> Route:
    return Route(method="GET", path=f"/fapi/{path}", answer=answer, weight=weight)


ROUTES = (
    _get("v1/klines", klines, market.by_limit(((99, 1), (499, 2), (1000, 5), (1500, 10)), 500)),
    _get("v1/depth", order_book, market.by_limit(((50, 2), (100, 5), (500, 10), (1000, 20)), 500)),
    _get("v1/trades", market.trades, 5),
    _get("v1/aggTrades", market.aggregate_trades, 20),
    _get("v1/ticker/24hr", ticker_24h, by_symbol(1, 40)),
    _get("v1/ticker/price", ticker_price, by_symbol(1, 2)),
    _get("v2/ticker/price", ticker_price, by_symbol(1, 2)),
    _get("v1/ticker/bookTicker", book_ticker, by_symbol(2, 5)),
    _get("v1/premiumIndex", premium_index, by_symbol(1, 10)),
)
