"""The unified account's sockets (v3): topics instead of channels, and objects where the classic ones have rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twinstar.sim.model import AccountChanged, AccountEvent, Candle, OrderChanged, Tick
from twinstar.sim.wires.bitget import market, unified_views, words
from twinstar.sim.wires.bitget.channels import CANDLE_MS, FIRST_CANDLES, FIRST_TRADES, TICKER_MS, UPDATE, Start, paced
from twinstar.sim.wires.bitget.contracts import Contract
from twinstar.sim.wires.bitget.desk import PRODUCT, Desk, Json
from twinstar.sim.wires.bitget.news import SNAPSHOT, Send, Stop
from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import Interval, candles
from twinstar.sim.wires.spelling import text


def topic(desk: Desk, arg: Mapping[str, Any], send: Send) -> Start | None:
    """A public one; None for one that is not there."""
    contract = desk.contracts.get(str(arg.get("symbol")))
    if contract is None or arg.get("instType") != PRODUCT.lower():
        return None
    name, interval = arg.get("topic"), market.GRANULARITIES.get(str(arg.get("interval")))
    if name == "kline" and interval is not None:
        return lambda: _klines(desk, contract, interval, send)
    if name == "publicTrade":
        return lambda: _trades(desk, contract, send)
    if name == "ticker":
        return lambda: paced(desk, contract, TICKER_MS, lambda: send(SNAPSHOT, [unified_views.ticker(desk, contract)]))
    return None


def _klines(desk: Desk, contract: Contract, interval: Interval, send: Send) -> Stop:
    """Nothing tells that a candle is over but the next one."""
    send(SNAPSHOT, [_kline(each) for each in candles(desk.exchange, contract.symbol, interval, limit=FIRST_CANDLES)])
    feed = CandleFeed(
        desk.exchange,
        contract.symbol,
        interval,
        lambda candle, _: send(UPDATE, [_kline(candle)]),
        every_ms=CANDLE_MS,
    )
    return feed.stop


def _kline(candle: Candle) -> Json:
    return {
        "start": str(candle.open_ms),
        "open": text(candle.open),
        "close": text(candle.close),
        "high": text(candle.high),
        "low": text(candle.low),
        "volume": text(candle.volume),
        "turnover": text(candle.quote_volume),
    }


def _trades(desk: Desk, contract: Contract, send: Send) -> Stop:
    """At first the last ones, newest first."""
    send(SNAPSHOT, [_trade(each) for each in reversed(desk.exchange.ticks(contract.symbol, FIRST_TRADES))])
    return desk.exchange.on_tick(contract.symbol, lambda tick: send(UPDATE, [_trade(tick)]))


def _trade(tick: Tick) -> Json:
    return {
        "i": str(tick.id),
        "L": str(tick.id),
        "p": text(tick.price),
        "v": text(tick.quantity),
        "S": tick.taker.value,
        "T": str(tick.market_ms),
    }


def news(desk: Desk, account: str, arg: Mapping[str, Any], send: Send) -> Start | None:
    """A private topic, which is of all that the account trades."""
    spell = TOPICS.get(str(arg.get("topic")))
    if spell is None or arg.get("instType") != "UTA":
        return None

    def on_event(event: AccountEvent) -> None:
        if rows := list(spell(desk, account, event)):
            send(SNAPSHOT, rows)

    return lambda: desk.exchange.on_account(account, on_event)


def _orders(desk: Desk, account: str, event: AccountEvent) -> Iterator[Json]:
    if isinstance(event, OrderChanged) and words.is_plain(event.order):
        yield unified_views.order_update(desk, account, event.order)


def _fills(desk: Desk, account: str, event: AccountEvent) -> Iterator[Json]:
    if isinstance(event, OrderChanged) and event.execution is not None:
        yield unified_views.fill_update(desk, event.order, event.execution)


def _account(desk: Desk, account: str, event: AccountEvent) -> Iterator[Json]:
    if isinstance(event, AccountChanged):
        yield unified_views.assets_update(desk.wallet(account))


def _positions(desk: Desk, account: str, event: AccountEvent) -> Iterator[Json]:
    if isinstance(event, AccountChanged) and event.positions:
        held = desk.wallet(account).exposures
        yield from (unified_views.position_update(desk, account, each) for each in held if each.position.quantity)


TOPICS: Mapping[str, Callable[[Desk, str, AccountEvent], Iterator[Json]]] = {
    "order": _orders,
    "fill": _fills,
    "account": _account,
    "position": _positions,
}
