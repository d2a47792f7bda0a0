"""Public channels: what each listens to, how often it speaks, and what it begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from twinstar.sim.wires.candlefeed import CandleFeed
from twinstar.sim.wires.intervals import Interval, candles
from twinstar.sim.wires.okx import books, market
from twinstar.sim.wires.okx.contracts import Contract
from twinstar.sim.wires.okx.desk import Desk
from twinstar.sim.wires.okx.errors import ApiError
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.pace import Pace

Stop = Callable[[], None]
Start = Callable[[], Stop]


class Send(Protocol):
    def __call__(self, rows: list[Any], **more: Any) -> None: ...


CANDLE = "candle"
CANDLE_MS, TICKER_MS, MARK_MS, FUNDING_MS = 1_000, 100, 200, 30_000


def unknown(arg: Mapping[str, Any]) -> ApiError:
    named = ",".join(f"{name}:{value}" for name, value in arg.items())
    advice = "Please use the correct URL, channel and parameters referring to API document."
    return ApiError("60018", f"Wrong URL or {named} doesn't exist. {advice}")


def channel(desk: Desk, place: str, wanted: Params, send: Send) -> Start:
    """Raises ApiError for one that is not there, or not at this place."""
    name = wanted.get("channel")
    contract = desk.contracts.get(wanted.get("instId"))
    if contract is None:
        raise unknown(wanted.values)
    bar = market.BARS.get(name.removeprefix(CANDLE)) if name.startswith(CANDLE) else None
    if bar is not None and place == "business":
        return lambda: _candles(desk, contract, bar, send)
    if place != "public":
        raise unknown(wanted.values)
    if name == "trades":
        return lambda: _trades(desk, contract, send)
    if name in books.CHANNELS:
        return lambda: books.start(desk, contract, name, send)
    if name in _PACED:
        view, every_ms = _PACED[name]
        return lambda: paced(desk, contract, every_ms, lambda: send([view(desk, contract)]), at_once=True)
    raise unknown(wanted.values)


def _trades(desk: Desk, contract: Contract, send: Send) -> Stop:
    """One row a frame; ``count`` is how many trades of one order at one price are in it."""
    return desk.exchange.on_tick(
        contract.listing.symbol,
        lambda tick: send([{**market.public_trade(contract, tick), "count": "1", "source": "0"}]),
    )


def _candles(desk: Desk, contract: Contract, bar: Interval, send: Send) -> Stop:
    symbol = contract.listing.symbol
    for last in candles(desk.exchange, symbol, bar, limit=1):
        send([market.candle_row(contract, last)])
    feed = CandleFeed(
        desk.exchange,
        symbol,
        bar,
        lambda candle, closed: send(
            [[*market.candle_row(contract, candle)[:-1], market.OVER if closed else market.FORMING]]
        ),
        every_ms=CANDLE_MS,
    )
    return feed.stop


def paced(desk: Desk, contract: Contract, every_ms: int, push: Callable[[], None], *, at_once: bool) -> Stop:
    pace = Pace(desk.exchange.clock, every_ms, push)
    unlisten = desk.exchange.on_tick(contract.listing.symbol, lambda _: pace.changed())
    if at_once:
        pace.changed()

    def stop() -> None:
        unlisten()
        pace.drop()

    return stop


_PACED: Mapping[str, tuple[Callable[[Desk, Contract], Any], int]] = {
    "tickers": (market.ticker_view, TICKER_MS),
    "mark-price": (lambda desk, contract: market.mark_price_view(desk.exchange, contract), MARK_MS),
    "funding-rate": (lambda desk, contract: market.funding_view(desk.exchange, contract), FUNDING_MS),
}
