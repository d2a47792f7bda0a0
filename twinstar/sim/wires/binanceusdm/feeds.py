"""The market streams of futures, and what their frames have that those of spot have not."""

from __future__ import annotations

from twinstar.sim.model import Tick
from twinstar.sim.wires.binance_common import feeds
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.feeds import Feeds
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.spelling import money

TICKER_MS = 500
PERPETUAL = 1  # the kind of market, as the venue adds it to some frames


def trade(desk: Desk, contract: Contract, tick: Tick) -> Json:
    return {**feeds.trade(desk, contract, tick), "X": "MARKET"}


def aggregate_trade(desk: Desk, contract: Contract, tick: Tick) -> Json:
    return {**feeds.aggregate_trade(desk, contract, tick), "st": PERPETUAL}


def best_prices(desk: Desk, contract: Contract) -> Json:
    now = desk.exchange.clock.market_ms()
    told = {"e": "bookTicker", "E": now, "T": now, "st": PERPETUAL, "ps": contract.id}
    return {**told, **feeds.best_prices(desk, contract)}


def difference(desk: Desk, contract: Contract, first: int, last: int, before: int) -> Json:
    now = desk.exchange.clock.market_ms()
    told = {"e": "depthUpdate", "E": now, "T": now, "s": contract.id, "ps": contract.id, "st": PERPETUAL}
    return {**told, "U": first, "u": last, "pu": before}


def mark_price(desk: Desk, contract: Contract) -> Json:
    mark = money(desk.exchange.mark_price(contract.listing.symbol))
    rate, next_ms = desk.exchange.funding(contract.listing.symbol)
    return {
        "e": "markPriceUpdate",
        "E": desk.exchange.clock.market_ms(),
        "s": contract.id,
        "p": mark,
        "i": mark,
        "P": mark,
        "r": money(rate),
        "T": next_ms,
    }


FEEDS = Feeds(
    kline_ms=250,
    trades={"trade": trade, "aggTrade": aggregate_trade},
    paced={
        ("miniTicker", None): (feeds.mini_ticker, TICKER_MS),
        ("ticker", None): (feeds.day_ticker, TICKER_MS),
        ("bookTicker", None): (best_prices, 0),
        ("markPrice", None): (mark_price, 3_000),
        ("markPrice", "1s"): (mark_price, 1_000),
        ("markPrice", "3s"): (mark_price, 3_000),
    },
    depth=difference,
    depth_ms={None: 250, "100ms": 100, "250ms": 250, "500ms": 500},
)
