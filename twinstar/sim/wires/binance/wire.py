"""Binance spot as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import chain
from urllib.parse import parse_qs

from aiohttp import web

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.binance import account, definitions, market, orders
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.errors import REFUSALS
from twinstar.sim.wires.binance.feeds import FEEDS
from twinstar.sim.wires.binance.limits import ORDERS, WEIGHT_A_MINUTE
from twinstar.sim.wires.binance.session import ApiSession
from twinstar.sim.wires.binance_common import coins, feeds
from twinstar.sim.wires.binance_common.desk import routes
from twinstar.sim.wires.binance_common.gateway import Gateway
from twinstar.sim.wires.binance_common.limits import Limits
from twinstar.sim.wires.binance_common.streams import MarketSession

MODULES = (definitions, market, orders, account)
ROUTES = routes([*chain.from_iterable(module.ROUTES for module in MODULES), *coins.routes(futures=False)])


def make(exchange: Exchange) -> Binance:
    return Binance(exchange)


class Binance:
    ccxt_id = "binance"

    def __init__(self, exchange: Exchange) -> None:
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock, WEIGHT_A_MINUTE, ORDERS)
        self._gateway = Gateway(self._desk, ROUTES, self._limits, words=REFUSALS, fields=lambda _: {})
        self._start = partial(feeds.start, FEEDS, self._desk)

    def rest(self, request: RestRequest) -> web.Response:
        return self._gateway.rest(request)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """``/ws/<stream>``, ``/stream?streams=…``, and the WebSocket API at ``/ws-api/v3``."""
        parts = path.strip("/").split("/")
        if "ws-api" in parts:
            return ApiSession(self._desk, self._limits, line)
        if "stream" in parts:
            streams = "".join(parse_qs(query).get("streams", ())).split("/")
            return MarketSession(self._start, line, streams, combined=True)
        return MarketSession(self._start, line, parts[parts.index("ws") + 1 :]) if "ws" in parts else None
