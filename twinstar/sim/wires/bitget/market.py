"""Public market data over REST."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from twinstar.sim.model import Candle, Tick
from twinstar.sim.wires.bitget import errors
from twinstar.sim.wires.bitget.contracts import Contract
from twinstar.sim.wires.bitget.desk import Call, Desk, Json, public
from twinstar.sim.wires.bitget.params import Params
from twinstar.sim.wires.bitget.views import brief
from twinstar.sim.wires.intervals import DAY_MS, HOUR_MS, MINUTE_MS, candles, month, steady, week
from twinstar.sim.wires.spelling import text

# Candles of six hours and more open at midnight in Hong Kong unless their name ends in "utc": only those are simulated.
GRANULARITIES = {
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
MOST_RECENT, MOST_PAST = 1_000, 200
DEPTHS = {"1": 1, "5": 5, "15": 15, "50": 50, "100": 100, "max": 200}
MOST_TRADES, MOST_PAST_TRADES = 100, 1_000
CLOSE_MS = 5_000
RATE_PERIOD_H = "8"


def time(desk: Desk, call: Call) -> Json:
    return {"serverTime": str(desk.now_ms())}


def contracts(desk: Desk, call: Call) -> list[Json]:
    return [definition(each) for each in desk.asked(call.params)]


def definition(contract: Contract) -> Json:
    listing = contract.listing
    no_delivery = ("deliveryTime", "deliveryStartTime", "deliveryPeriod", "maintainTime")
    return {
        **dict.fromkeys(no_delivery, ""),
        "symbol": contract.id,
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
        "feeRateUpRatio": "0.005",
        "makerFeeRate": text(listing.maker_fee),
        "takerFeeRate": text(listing.taker_fee),
        "openCostUpRatio": "0.01",
        "supportMarginCoins": [listing.settle],
        "minTradeNum": text(listing.min_quantity),
        "priceEndStep": "1",
        "volumePlace": str(_places(listing.lot)),
        "pricePlace": str(_places(listing.tick)),
        "sizeMultiplier": text(listing.lot),
        "symbolType": "perpetual",
        "minTradeUSDT": text(listing.min_notional),
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "1000",
        "maxPositionNum": "150",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "launchTime": str(contract.launched_ms),
        "fundInterval": RATE_PERIOD_H,
        "minLever": "1",
        "maxLever": str(listing.max_leverage),
        "posLimit": "0.1",
        "maxMarketOrderQty": str(contract.most),
        "maxOrderQty": str(contract.most),
    }


def _places(step: Decimal) -> int:
    return max(-int(step.normalize().as_tuple().exponent), 0)


def recent_candles(desk: Desk, call: Call) -> list[list[str]]:
    return [candle_row(each) for each in _candles(desk, call.params, call.params.limit(MOST_RECENT))]


def past_candles(desk: Desk, call: Call) -> list[list[str]]:
    """Of candles that are over."""
    limit = call.params.limit(MOST_PAST)
    return [candle_row(each) for each in _candles(desk, call.params, limit + 1) if each.closed][-limit:]


def _candles(desk: Desk, params: Params, limit: int) -> list[Candle]:
    """Oldest first; of more than ``limit`` between both times the last. An end that is now, by a client's clock, is the
    market's, which may run faster here.
    """
    contract, interval = desk.contract(params), GRANULARITIES.get(params.text("granularity"))
    if interval is None:
        raise errors.wrong("granularity")
    start_ms, until_ms = params.integer_or_none("startTime"), params.integer_or_none("endTime")
    exchange, symbol = desk.exchange, contract.symbol
    if until_ms is None or abs(until_ms - desk.now_ms()) < CLOSE_MS:
        return candles(exchange, symbol, interval, start_ms=start_ms, limit=limit)
    found = candles(exchange, symbol, interval, end_ms=until_ms - 1, limit=limit)
    return [each for each in found if start_ms is None or each.open_ms >= start_ms]


def candle_row(candle: Candle) -> list[str]:
    prices = (candle.open, candle.high, candle.low, candle.close)
    return [str(candle.open_ms), *map(text, (*prices, candle.volume, candle.quote_volume))]


def ticker(desk: Desk, call: Call) -> list[Json]:
    return [ticker_view(desk, desk.contract(call.params))]


def tickers(desk: Desk, call: Call) -> list[Json]:
    return [ticker_view(desk, each) for each in desk.asked(call.params)]


def ticker_view(desk: Desk, contract: Contract) -> Json:
    told, mark = desk.exchange.ticker(contract.symbol), text(desk.exchange.mark_price(contract.symbol))
    return {
        "symbol": contract.id,
        "lastPr": text(told.last),
        "askPr": text(told.ask),
        "bidPr": text(told.bid),
        "bidSz": text(told.bid_quantity),
        "askSz": text(told.ask_quantity),
        "high24h": text(told.high),
        "low24h": text(told.low),
        "ts": str(told.market_ms),
        "change24h": _change(told.last, told.open),
        "baseVolume": text(told.volume),
        "quoteVolume": text(told.quote_volume),
        "usdtVolume": text(told.quote_volume),
        "open": text(told.open),
        "openUtc": text(told.previous_close),
        "changeUtc24h": _change(told.last, told.previous_close),
        "indexPrice": mark,
        "fundingRate": brief(desk.exchange.funding(contract.symbol)[0]),
        "holdingAmount": "0",
        "deliveryStartTime": None,
        "deliveryTime": None,
        "deliveryStatus": "",
        "open24h": text(told.open),
        "markPrice": mark,
    }


def _change(last: Decimal, before: Decimal) -> str:
    return f"{(last - before) / before:.5f}"


def recent_trades(desk: Desk, call: Call) -> list[Json]:
    return _trades(desk, call.params, MOST_TRADES)


def past_trades(desk: Desk, call: Call) -> list[Json]:
    return _trades(desk, call.params, MOST_PAST_TRADES)


def _trades(desk: Desk, params: Params, most: int) -> list[Json]:
    """The newest first."""
    contract = desk.contract(params)
    found = desk.exchange.ticks(contract.symbol, params.limit(most))
    return [{**public_trade(tick), "symbol": contract.id} for tick in reversed(found)]


def public_trade(tick: Tick) -> Json:
    return {
        "ts": str(tick.market_ms),
        "price": text(tick.price),
        "size": text(tick.quantity),
        "side": tick.taker.value,
        "tradeId": str(tick.id),
    }


def depth(desk: Desk, call: Call) -> Json:
    params = call.params
    book = desk.exchange.book(desk.contract(params).symbol, DEPTHS.get(params.get("limit", "100"), 100))
    return {
        "asks": levels(book.asks),
        "bids": levels(book.bids),
        "ts": str(book.market_ms),
        "scale": text(desk.contract(params).listing.tick),
        "precision": "scale0",
        "isMaxPrecision": "NO",
    }


def levels(side: Sequence[tuple[Decimal, Decimal]]) -> list[list[Any]]:
    """Numbers over REST, where the sockets have text."""
    return [[float(price), float(quantity)] for price, quantity in side]


def prices(desk: Desk, call: Call) -> list[Json]:
    contract = desk.contract(call.params)
    mark = text(desk.exchange.mark_price(contract.symbol))
    last = text(desk.exchange.ticker(contract.symbol).last)
    now = str(desk.now_ms())
    return [{"symbol": contract.id, "price": last, "indexPrice": mark, "markPrice": mark, "ts": now}]


def funding_rates(desk: Desk, call: Call) -> list[Json]:
    return [_funding_rate(desk, each) for each in desk.asked(call.params)]


def _funding_rate(desk: Desk, contract: Contract) -> Json:
    rate, due_ms = desk.exchange.funding(contract.symbol)
    return {
        "symbol": contract.id,
        "fundingRate": brief(rate),
        "fundingRateInterval": RATE_PERIOD_H,
        "nextUpdate": str(due_ms),
        "minFundingRate": "-0.003",
        "maxFundingRate": "0.003",
    }


def funding_times(desk: Desk, call: Call) -> list[Json]:
    contract = desk.contract(call.params)
    due = str(desk.exchange.funding(contract.symbol)[1])
    return [{"symbol": contract.id, "nextFundingTime": due, "ratePeriod": RATE_PERIOD_H}]


def coins(desk: Desk, call: Call) -> list[Json]:
    """What could be deposited and withdrawn: nothing, here."""
    names = ["USDT", *(each.listing.base for each in desk.contracts.values())]
    return [
        {"coinId": str(number), "coin": name, "transfer": "false", "chains": [_chain(name)], "areaCoin": "no"}
        for number, name in enumerate(names, 1)
    ]


def _chain(name: str) -> Json:
    none = ("withdrawFee", "extraWithdrawFee", "minDepositAmount", "minWithdrawAmount", "withdrawStep")
    return {
        **dict.fromkeys(none, "0"),
        **dict.fromkeys(("needTag", "withdrawable", "rechargeable"), "false"),
        **dict.fromkeys(("depositConfirm", "withdrawConfirm"), "1"),
        "chain": f"{name}-Simulated",
        "browserUrl": "",
        "contractAddress": "",
        "withdrawMinScale": "8",
        "congestion": "normal",
    }


def nothing(desk: Desk, call: Call) -> list[Json]:
    """Spot and margin are not simulated."""
    return []


ROUTES = (
    public("public/time", time),
    public("spot/public/coins", coins, 3),
    public("spot/public/symbols", nothing),
    public("margin/currencies", nothing, 10),
    public("mix/market/contracts", contracts),
    public("mix/market/candles", recent_candles),
    public("mix/market/history-candles", past_candles),
    public("mix/market/ticker", ticker),
    public("mix/market/tickers", tickers),
    public("mix/market/fills", recent_trades),
    public("mix/market/fills-history", past_trades, 10),
    public("mix/market/merge-depth", depth),
    public("mix/market/symbol-price", prices),
    public("mix/market/current-fund-rate", funding_rates),
    public("mix/market/funding-time", funding_times),
)
