"""The market streams of spot."""

from __future__ import annotations

from twinstar.sim.model import Tick
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.pairs import Pair
from twinstar.sim.wires.binance_common import feeds
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.feeds import Feeds
from twinstar.sim.wires.spelling import text

TICKER_MS = 1_000


def trade(desk: Desk, pair: Pair, tick: Tick) -> Json:
    return {**feeds.trade(desk, pair, tick), "M": True}


def aggregate_trade(desk: Desk, pair: Pair, tick: Tick) -> Json:
    return {**feeds.aggregate_trade(desk, pair, tick), "M": True}


def day_ticker(desk: Desk, pair: Pair) -> Json:
    ticker = desk.exchange.ticker(pair.listing.symbol)
    best = {"b": ticker.bid, "B": ticker.bid_quantity, "a": ticker.ask, "A": ticker.ask_quantity, "x": ticker.open}
    return {**feeds.day_ticker(desk, pair), **{name: text(value) for name, value in best.items()}}


def difference(desk: Desk, pair: Pair, first: int, last: int, _: int) -> Json:
    return {"e": "depthUpdate", "E": desk.exchange.clock.market_ms(), "s": pair.id, "U": first, "u": last}


FEEDS = Feeds(
    kline_ms=2_000,
    trades={"trade": trade, "aggTrade": aggregate_trade},
    paced={
        ("miniTicker", None): (feeds.mini_ticker, TICKER_MS),
        ("ticker", None): (day_ticker, TICKER_MS),
        ("bookTicker", None): (feeds.best_prices, 0),
    },
    depth=difference,
    depth_ms={None: 1_000, "100ms": 100},
)
