"""Bithumb's API 2.0, REST and WebSocket, spoken for a simulated exchange. Made for: KRW spot markets.

Read `rest` and `stream` first; `desk` places and cancels, `reading` lists, `limits` says who is let in. What Upbit has
as well is in `krw`.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from twinstar.sim.ports import Exchange, Line, RestRequest, Session, Wire
from twinstar.sim.wires.bithumb.gateway import Tokens
from twinstar.sim.wires.bithumb.limits import Door
from twinstar.sim.wires.bithumb.markets import listings
from twinstar.sim.wires.bithumb.quotes import Quotes
from twinstar.sim.wires.bithumb.rest import Rest
from twinstar.sim.wires.bithumb.stream import MANNERS, Words
from twinstar.sim.wires.krw.stream import PrivateSession, PublicSession

__all__ = ["listings", "make"]

PUBLIC_SOCKET = "/websocket/v1"
PRIVATE_SOCKET = "/websocket/v2/private"


class BithumbWire:
    ccxt_id = "bithumb"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._quotes = Quotes(exchange)
        self._tokens = Tokens(exchange)
        self._rest = Rest(exchange, self._quotes, self._tokens)
        self._door = Door()
        self._words = Words(exchange, self._rest.desk)

    def rest(self, request: RestRequest) -> web.Response:
        return self._rest.answer(request)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        self._door.admit(self._exchange.clock.now_ms())
        if path.endswith(PRIVATE_SOCKET):
            return PrivateSession(self._exchange, self._words, self._tokens, headers, line)
        if path.endswith(PUBLIC_SOCKET):
            return PublicSession(self._exchange, self._quotes, MANNERS, line)
        return None


def make(exchange: Exchange) -> Wire:
    return BithumbWire(exchange)
