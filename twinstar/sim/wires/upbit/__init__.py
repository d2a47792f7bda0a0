"""Upbit's own REST and WebSocket protocol, spoken for a simulated exchange. Made for: KRW spot markets.

Read `rest` and `stream` first; `limits` says who is let in, `placing` what an order must be, `messages` what goes out.
What Bithumb has as well is in `krw`.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from twinstar.sim.ports import Exchange, Line, RestRequest, Session, Wire
from twinstar.sim.wires.krw.stream import PrivateSession
from twinstar.sim.wires.upbit.desk import Desk
from twinstar.sim.wires.upbit.gateway import gateway
from twinstar.sim.wires.upbit.markets import listings
from twinstar.sim.wires.upbit.quotes import Quotes
from twinstar.sim.wires.upbit.rest import Rest
from twinstar.sim.wires.upbit.stream import PublicSession, Words

__all__ = ["listings", "make"]

PUBLIC_SOCKET = "/websocket/v1"
PRIVATE_SOCKET = "/websocket/v1/private"


class UpbitWire:
    ccxt_id = "upbit"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._quotes = Quotes(exchange)
        self._gateway = gateway(exchange)
        desk = Desk(exchange)
        self._words = Words(exchange, desk)
        self._rest = Rest(exchange, self._quotes, desk, self._gateway)

    def rest(self, request: RestRequest) -> web.Response:
        return self._rest.answer(request)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        if path.endswith(PRIVATE_SOCKET):
            return PrivateSession(self._exchange, self._words, self._gateway, headers, line)
        if path.endswith(PUBLIC_SOCKET):
            return PublicSession(self._exchange, self._quotes, line)
        return None


def make(exchange: Exchange) -> Wire:
    return UpbitWire(exchange)
