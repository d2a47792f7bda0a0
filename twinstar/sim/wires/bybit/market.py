"""Public market data over REST."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Tick, Ticker
from twinstar.sim.wires.bybit import words
from twinstar.sim.wires.bybit.contracts import Contract
from twinstar.sim.wires.bybit.desk import Call, Desk, Json, Route, is_linear
from twinstar.sim.wires.bybit.errors import ApiError, invalid
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, Interval, candles, month, steady, week
from twinstar.sim.wires.spelling import places, text

INTERVALS = {
    interval.name: interval
    for interval in (
        *(steady(str(minutes), minutes * MINUTE_MS) for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)),
        steady("D", DAY_MS),
        week("W"),
        month("M"),
    )
}


def klines(desk: Desk, call: Call) -> Json:
    """Newest first; the one that ``start`` lies in is the oldest."""
    params = call.params
    contract, interval = _one(desk, call), interval_of(params.text("interval"))
    start, end = params.integer_or_none("start"), params.integer_or_none("end")
    if start is not None and end is not None and start > end:
        raise ApiError(10001, "params error: start is greater than end")
    found = candles(
        desk.exchange,
        contract.symbol,
        interval,
        start_ms=None if start is None else interval.opened(start),
        end_ms=end,
        limit=params.limit(200, 1_000),
    )
    rows = [
        [str(each.open_ms), *map(text, (each.open, each.high, each.low, each.close, each.volume, each.quote_volume))]
        for each in reversed(found)
    ]
    return {"symbol": contract.id, "category": "linear", "list": rows}


def interval_of(name: str) -> Interval:
    if name not in INTERVALS:
        raise ApiError(10001, "Invalid period!")
    return INTERVALS[name]


def tickers(desk: Desk, call: Call) -> Json:
    rows = [ticker(desk, contract) for contract in desk.asked(call.params)]
    return {"category": call.params.text("category"), "list": rows}


def ticker(desk: Desk, contract: Contract) -> Json:
    """There is no index of other venues, nor open interest: the crowd has no positions."""
    exchange, told = desk.exchange, desk.exchange.ticker(contract.symbol)
    mark = text(exchange.mark_price(contract.symbol))
    rate, due_ms = exchange.funding(contract.symbol)
    return {
        "symbol": contract.id,
        "lastPrice": text(told.last),
        "indexPrice": mark,
        "markPrice": mark,
        "prevPrice24h": text(told.open),
        "price24hPcnt": places(told.last / told.open - 1 if told.open else Decimal(0), 6),
        "highPrice24h": text(told.high),
        "lowPrice24h": text(told.low),
        "prevPrice1h": text(_an_hour_ago(desk, told)),
        "openInterest": "0",
        "openInterestValue": "0",
        "turnover24h": text(told.quote_volume),
        "volume24h": text(told.volume),
        "fundingRate": text(rate),
        "nextFundingTime": str(due_ms),
        "fundingIntervalHour": "8",
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
        "bid1Price": text(told.bid),
        "bid1Size": text(told.bid_quantity),
        "ask1Price": text(told.ask),
        "ask1Size": text(told.ask_quantity),
    }


def _an_hour_ago(desk: Desk, told: Ticker) -> Decimal:
    found = desk.exchange.candles(told.symbol, MINUTE_MS, end_ms=told.market_ms - HOUR_MS, limit=1)
    return found[-1].close if found else told.open


def order_book(desk: Desk, call: Call) -> Json:
    contract, now = _one(desk, call), desk.exchange.clock.market_ms()
    book = desk.exchange.book(contract.symbol, call.params.limit(25, 500))
    return {
        "s": contract.id,
        "b": [[text(price), text(quantity)] for price, quantity in book.bids],
        "a": [[text(price), text(quantity)] for price, quantity in book.asks],
        "ts": now,
        "u": book.update_id,
        "seq": book.update_id,
        "cts": book.market_ms,
    }


def trades(desk: Desk, call: Call) -> Json:
    contract = _one(desk, call)
    rows = [_trade(contract, tick) for tick in desk.exchange.ticks(contract.symbol, call.params.limit(500, 1_000))]
    return {"category": "linear", "list": rows[::-1]}


def _trade(contract: Contract, tick: Tick) -> Json:
    return {
        "execId": words.TICKS.of(tick.id),
        "symbol": contract.id,
        "price": text(tick.price),
        "size": text(tick.quantity),
        "side": words.SIDE_NAMES[tick.taker],
        "time": str(tick.market_ms),
        "isBlockTrade": False,
        "isRPITrade": False,
    }


def _one(desk: Desk, call: Call) -> Contract:
    if not is_linear(call.params):
        raise invalid("category")
    return desk.find(call.params.text("symbol"))


ROUTES = (
    Route(method="GET", path="/v5/market/kline", answer=klines),
    Route(method="GET", path="/v5/market/tickers", answer=tickers),
    Route(method="GET", path="/v5/market/orderbook", answer=order_book),
    Route(method="GET", path="/v5/market/recent-trade", answer=trades),
)
