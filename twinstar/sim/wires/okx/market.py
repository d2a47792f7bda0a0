"""Public market data over REST. Sizes are in contracts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from twinstar.sim.model import Candle, Tick
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, candles, month, steady, week
from twinstar.sim.wires.okx import errors
from twinstar.sim.wires.okx.contracts import Contract
from twinstar.sim.wires.okx.desk import Answer, Call, Desk, Json, public
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.spelling import money, text

# Bars of six hours and more open at midnight in Hong Kong unless their name ends in "utc": only those are simulated.
BARS = {
    each.name: each
    for each in (
        *(steady(f"{n}m", n * MINUTE_MS) for n in (1, 3, 5, 15, 30)),
        *(steady(f"{n}H", n * HOUR_MS) for n in (1, 2, 4)),
        *(steady(f"{n}Hutc", n * HOUR_MS) for n in (6, 12)),
        steady("1Dutc", DAY_MS),
        week("1Wutc"),
        month("1Mutc"),
    )
}
OVER, FORMING = "1", "0"
MOST_CANDLES, MOST_TRADES, MOST_LEVELS = 300, 500, 400


def time(desk: Desk, call: Call) -> Answer:
    return [{"ts": str(desk.now_ms())}]


def instruments(desk: Desk, call: Call) -> Answer:
    """Only perpetuals are simulated; of the other kinds there are none."""
    kind = call.params.one_of("instType", ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"))
    return [_instrument(each) for each in desk.asked(call.params)] if kind == "SWAP" else []


def _instrument(contract: Contract) -> Json:
    listing = contract.listing
    nothing = ("alias", "auctionEndTime", "baseCcy", "contTdSwTime", "expTime", "maxMktAmt", "maxPlatOILmt", "openType")
    no_option = ("optType", "posLmtAmt", "posLmtPct", "preMktSwTime", "quoteCcy", "stk")
    return {
        **dict.fromkeys((*nothing, *no_option), ""),
        "category": "1",
        "ctMult": "1",
        "ctType": "linear",
        "ctVal": text(contract.size),
        "ctValCcy": listing.base,
        "futureSettlement": False,
        "instFamily": contract.family,
        "instId": contract.id,
        "instIdCode": contract.code,
        "instType": "SWAP",
        "lever": str(listing.max_leverage),
        "listTime": str(contract.listed_ms),
        "lotSz": text(contract.lot),
        "maxIcebergSz": str(contract.max_limit),
        "maxLmtAmt": "20000000",
        "maxLmtSz": str(contract.max_limit),
        "maxMktSz": str(contract.max_market),
        "maxStopSz": str(contract.max_market),
        "maxTriggerSz": str(contract.max_limit),
        "maxTwapSz": str(contract.max_limit),
        "minSz": text(contract.lot),
        "ruleType": "normal",
        "settleCcy": listing.settle,
        "state": "live",
        "tickSz": text(listing.tick),
        "tradeQuoteCcyList": [],
        "uly": contract.family,
    }


def recent_candles(desk: Desk, call: Call) -> Answer:
    return _candles(desk, call.params)


def past_candles(desk: Desk, call: Call) -> Answer:
    """Of candles that are over."""
    return [row for row in _candles(desk, call.params, more=1) if row[-1] == OVER][: call.params.limit(MOST_CANDLES)]


def _candles(desk: Desk, params: Params, *, more: int = 0) -> list[list[str]]:
    """The newest first, between ``before`` and ``after`` and without these: of more than ``limit`` the newest."""
    contract, bar = desk.contract(params), BARS.get(params.get("bar", "1m"))
    if bar is None:
        raise errors.wrong("bar")
    older_than, newer_than = params.moment_or_none("after"), params.moment_or_none("before")
    end_ms = None if older_than is None else older_than - 1
    limit = params.limit(MOST_CANDLES) + more
    found = candles(desk.exchange, contract.listing.symbol, bar, end_ms=end_ms, limit=limit)
    return [candle_row(contract, each) for each in reversed(found) if newer_than is None or each.open_ms > newer_than]


def candle_row(contract: Contract, candle: Candle) -> list[str]:
    return [
        str(candle.open_ms),
        text(candle.open),
        text(candle.high),
        text(candle.low),
        text(candle.close),
        contract.contracts(candle.volume),
        text(candle.volume),
        text(candle.quote_volume),
        OVER if candle.closed else FORMING,
    ]


def ticker(desk: Desk, call: Call) -> Answer:
    return [ticker_view(desk, desk.contract(call.params))]


def tickers(desk: Desk, call: Call) -> Answer:
    kind = call.params.one_of("instType", ("SPOT", "SWAP", "FUTURES", "OPTION"))
    return [ticker_view(desk, each) for each in desk.contracts.values()] if kind == "SWAP" else []


def ticker_view(desk: Desk, contract: Contract) -> Json:
    told = desk.exchange.ticker(contract.listing.symbol)
    return {
        "instType": "SWAP",
        "instId": contract.id,
        "last": text(told.last),
        "lastSz": contract.contracts(told.last_quantity),
        "askPx": text(told.ask),
        "askSz": contract.contracts(told.ask_quantity),
        "bidPx": text(told.bid),
        "bidSz": contract.contracts(told.bid_quantity),
        "open24h": text(told.open),
        "high24h": text(told.high),
        "low24h": text(told.low),
        "volCcy24h": text(told.volume),
        "vol24h": contract.contracts(told.volume),
        "sodUtc0": text(told.previous_close),
        "sodUtc8": text(told.previous_close),
        "ts": str(told.market_ms),
    }


def trades(desk: Desk, call: Call) -> Answer:
    """The newest first."""
    contract = desk.contract(call.params)
    found = desk.exchange.ticks(contract.listing.symbol, call.params.limit(MOST_TRADES))
    return [public_trade(contract, tick) for tick in reversed(found)]


def public_trade(contract: Contract, tick: Tick) -> Json:
    return {
        "instId": contract.id,
        "tradeId": str(tick.id),
        "px": text(tick.price),
        "sz": contract.contracts(tick.quantity),
        "side": tick.taker.value,
        "ts": str(tick.market_ms),
    }


def order_book(desk: Desk, call: Call) -> Answer:
    contract = desk.contract(call.params)
    depth = min(call.params.integer_or_none("sz") or 1, MOST_LEVELS)
    book = desk.exchange.book(contract.listing.symbol, depth)
    return [{"asks": levels(contract, book.asks), "bids": levels(contract, book.bids), "ts": str(book.market_ms)}]


def levels(contract: Contract, side: Sequence[tuple[Decimal, Decimal]]) -> list[list[str]]:
    """Price, size, a zero of old, and the number of orders."""
    return [[text(price), contract.contracts(quantity), "0", "1"] for price, quantity in side]


def mark_prices(desk: Desk, call: Call) -> Answer:
    return [mark_price_view(desk.exchange, each) for each in desk.asked(call.params)]


def mark_price_view(exchange: Exchange, contract: Contract) -> Json:
    mark = text(exchange.mark_price(contract.listing.symbol))
    return {"instType": "SWAP", "instId": contract.id, "markPx": mark, "ts": str(exchange.clock.now_ms())}


def funding_rate(desk: Desk, call: Call) -> Answer:
    return [funding_view(desk.exchange, desk.contract(call.params))]


def funding_view(exchange: Exchange, contract: Contract) -> Json:
    rate, next_ms = exchange.funding(contract.listing.symbol)
    return {
        "instType": "SWAP",
        "instId": contract.id,
        "method": "current_period",
        "fundingRate": money(rate),
        "nextFundingRate": "",
        "fundingTime": str(next_ms),
        "nextFundingTime": str(next_ms + 8 * HOUR_MS),
        "ts": str(exchange.clock.now_ms()),
    }


ROUTES = (
    public("public/time", time, 10),
    public("public/instruments", instruments, 20),
    public("market/candles", recent_candles, 40),
    public("market/history-candles", past_candles, 20),
    public("market/ticker", ticker, 20),
    public("market/tickers", tickers, 20),
    public("market/trades", trades, 100),
    public("market/books", order_book, 40),
    public("public/mark-price", mark_prices, 10),
    public("public/funding-rate", funding_rate, 10),
)
