"""Public market data over REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from twinstar.sim.model import Candle
from twinstar.sim.wires.bingx import errors
from twinstar.sim.wires.bingx.contracts import Contract
from twinstar.sim.wires.bingx.desk import ASSET, Call, Desk, Json, public
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, candles, month, steady, week
from twinstar.sim.wires.spelling import text

INTERVALS = {
    each.name: each
    for each in (
        *(steady(f"{n}m", n * MINUTE_MS) for n in (1, 3, 5, 15, 30)),
        *(steady(f"{n}h", n * HOUR_MS) for n in (1, 2, 4, 6, 8, 12)),
        steady("1d", DAY_MS),
        steady("3d", 3 * DAY_MS),
        week("1w"),
        month("1M"),
    )
}
MOST_CANDLES, CANDLES = 1_440, 500
MOST_TRADES, TRADES = 1_000, 500
DEPTHS = (5, 10, 20, 50, 100, 500, 1_000)
PERIOD_H = 8


def time(desk: Desk, call: Call) -> Json:
    return {"serverTime": desk.now_ms()}


def contracts(desk: Desk, call: Call) -> list[Json]:
    return [_definition(each) for each in desk.asked(call.params)]


def _definition(contract: Contract) -> Json:
    listing, most = contract.listing, str(contract.listing.max_leverage)
    return {
        "contractId": str(contract.number),
        "symbol": contract.id,
        "size": text(listing.lot),
        "quantityPrecision": str(_places(listing.lot)),
        "pricePrecision": str(_places(listing.tick)),
        "feeRate": text(listing.taker_fee),
        "makerFeeRate": text(listing.maker_fee),
        "takerFeeRate": text(listing.taker_fee),
        "tradeMinLimit": "0",
        "tradeMinQuantity": text(listing.min_quantity),
        "tradeMinUSDT": text(listing.min_notional),
        "maxLongLeverage": most,
        "maxShortLeverage": most,
        "currency": ASSET,
        "asset": listing.base,
        "status": "1",
        "apiStateOpen": "true",
        "apiStateClose": "true",
        "ensureTrigger": True,
        "triggerFeeRate": "0.00020000",
    }


def _places(step: Decimal) -> int:
    return max(-int(step.normalize().as_tuple().exponent), 0)


def klines(desk: Desk, call: Call) -> list[Json]:
    """From the start that was named on, else the last; the newest first."""
    params = call.params
    contract, interval = desk.contract(params), INTERVALS.get(params.text("interval"))
    if interval is None:
        raise errors.wrong("interval")
    start, end = params.integer_or_none("startTime"), params.integer_or_none("endTime")
    limit = params.limit(MOST_CANDLES, CANDLES)
    found = candles(desk.exchange, contract.symbol, interval, start_ms=start, end_ms=end, limit=limit)
    return [_kline(each) for each in reversed(found)]


def _kline(candle: Candle) -> Json:
    prices = {"open": candle.open, "close": candle.close, "high": candle.high, "low": candle.low}
    told = {name: text(price) for name, price in prices.items()}
    return {**told, "volume": text(candle.volume), "time": candle.open_ms}


def ticker(desk: Desk, call: Call) -> Json | list[Json]:
    return _one_or_all(desk, call, ticker_view)


def ticker_view(desk: Desk, contract: Contract) -> Json:
    told = desk.exchange.ticker(contract.symbol)
    return {
        "symbol": contract.id,
        "priceChange": text(told.last - told.open),
        "priceChangePercent": f"{percent(told.last, told.open)}%",
        "lastPrice": text(told.last),
        "lastQty": text(told.last_quantity),
        "highPrice": text(told.high),
        "lowPrice": text(told.low),
        "volume": text(told.volume),
        "quoteVolume": f"{told.quote_volume:.2f}",
        "openPrice": text(told.open),
        "openTime": told.market_ms - DAY_MS,
        "closeTime": told.market_ms,
        "bidPrice": text(told.bid),
        "bidQty": text(told.bid_quantity),
        "askPrice": text(told.ask),
        "askQty": text(told.ask_quantity),
    }


def percent(last: Decimal, before: Decimal) -> str:
    return f"{(last - before) / before * 100:.4f}"


def trades(desk: Desk, call: Call) -> list[Json]:
    """The newest first."""
    contract = desk.contract(call.params)
    found = desk.exchange.ticks(contract.symbol, call.params.limit(MOST_TRADES, TRADES))
    return [
        {
            "time": each.market_ms,
            "isBuyerMaker": each.taker.value == "sell",
            "price": text(each.price),
            "qty": text(each.quantity),
            "quoteQty": f"{each.price * each.quantity:.2f}",
        }
        for each in reversed(found)
    ]


def depth(desk: Desk, call: Call) -> Json:
    """The best bid first, and the best ask last."""
    limit = call.params.integer_or_none("limit") or 20
    if limit not in DEPTHS:
        raise errors.wrong("limit")
    book = desk.exchange.book(desk.contract(call.params).symbol, limit)
    bids, asks = levels(book.bids), levels(reversed(book.asks))
    return {"T": book.market_ms, "bids": bids, "asks": asks, "bidsCoin": bids, "asksCoin": asks}


def levels(side: Iterable[tuple[Decimal, Decimal]]) -> list[list[str]]:
    return [[text(price), text(quantity)] for price, quantity in side]


def premium_index(desk: Desk, call: Call) -> Json | list[Json]:
    return _one_or_all(desk, call, _premium)


def _premium(desk: Desk, contract: Contract) -> Json:
    mark = text(desk.exchange.mark_price(contract.symbol))
    rate, due_ms = desk.exchange.funding(contract.symbol)
    return {
        "symbol": contract.id,
        "markPrice": mark,
        "indexPrice": mark,
        "lastFundingRate": f"{rate:.8f}",
        "nextFundingTime": due_ms,
        "fundingIntervalHours": PERIOD_H,
        "updateTime": desk.exchange.clock.market_ms(),
    }


def _one_or_all(desk: Desk, call: Call, view: Callable[[Desk, Contract], Json]) -> Json | list[Json]:
    """Of a market that was named, an object."""
    rows = [view(desk, each) for each in desk.asked(call.params)]
    return rows[0] if call.params.has("symbol") else rows


def no_symbols(desk: Desk, call: Call) -> Json:
    """Spot is not simulated."""
    return {"symbols": []}


def nothing(desk: Desk, call: Call) -> list[Json]:
    """Nor are perpetuals in coins."""
    return []


ROUTES = (
    public("swap/v2/server/time", time),
    public("swap/v2/quote/contracts", contracts),
    public("swap/v3/quote/klines", klines),
    public("swap/v2/quote/ticker", ticker),
    public("swap/v2/quote/trades", trades),
    public("swap/v2/quote/depth", depth),
    public("swap/v2/quote/premiumIndex", premium_index),
    public("spot/v1/common/symbols", no_symbols),
    public("cswap/v1/market/contracts", nothing),
)
