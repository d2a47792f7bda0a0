"""ACME's protocol, spoken for TwinStar's simulated exchange. Only tests import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from aiohttp import web

from twinstar.testing.wire import Candle, Exchange, Line, Listing, RestRequest, Tick


def listings(symbols: Sequence[str]) -> list[Listing]:
    return [
        Listing(
            symbol=symbol,
            base=symbol.partition("/")[0],
            quote="USD",
            tick=Decimal("0.01"),
            lot=Decimal("0.0001"),
            min_quantity=Decimal("0.0001"),
            min_notional=Decimal(1),
            maker_fee=Decimal("0.001"),
            taker_fee=Decimal("0.001"),
        )
        for symbol in symbols
    ]


class AcmeWire:
    ccxt_id = "acme"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def rest(self, request: RestRequest) -> web.Response:
        return web.Response(status=404)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Subscriber | None:
        """The last segment of the path is the market."""
        symbol = path.rpartition("/")[2].replace("-", "/")
        return Subscriber(self._exchange, symbol, line) if symbol in self._exchange.listings else None


make = AcmeWire


class Subscriber:
    def __init__(self, exchange: Exchange, symbol: str, line: Line) -> None:
        self._line = line
        self._forget = (exchange.on_tick(symbol, self._traded), exchange.on_candle(symbol, self._formed))

    def on_frame(self, frame: str | bytes) -> None:
        """ACME listens to nobody."""

    def refuse(self, frame: str | bytes) -> None:
        """And refuses nobody."""

    def on_close(self) -> None:
        for forget in self._forget:
            forget()

    def _traded(self, tick: Tick) -> None:
        self._send(t="trade", p=tick.price, q=tick.quantity, s=tick.taker.value, T=tick.market_ms)

    def _formed(self, c: Candle) -> None:
        if c.closed:
            self._send(t="candle", o=c.open, h=c.high, l=c.low, c=c.close, v=c.volume, T=c.open_ms)

    def _send(self, **frame: object) -> None:
        self._line.send(msgspec.json.encode(frame).decode())
