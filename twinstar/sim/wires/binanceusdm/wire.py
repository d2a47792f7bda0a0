"""Binance USD-M as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import chain
from urllib.parse import parse_qs

from aiohttp import web

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.binance_common import coins, feeds
from twinstar.sim.wires.binance_common.desk import Call, routes
from twinstar.sim.wires.binance_common.gateway import Gateway
from twinstar.sim.wires.binance_common.limits import Limits
from twinstar.sim.wires.binance_common.streams import MarketSession
from twinstar.sim.wires.binanceusdm import (
    account,
    algo,
    definitions,
    income,
    market,
    orders,
    positions,
    settings,
    userdata,
)
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.errors import REFUSALS
from twinstar.sim.wires.binanceusdm.feeds import FEEDS
from twinstar.sim.wires.binanceusdm.limits import ORDERS, WEIGHT_A_MINUTE
from twinstar.sim.wires.binanceusdm.userdata import UserSession

MODULES = (definitions, market, orders, algo, account, income, positions, settings, userdata)
ROUTES = routes([*chain.from_iterable(module.ROUTES for module in MODULES), *coins.routes(futures=True)])


def make(exchange: Exchange) -> BinanceUsdm:
    return BinanceUsdm(exchange)


class BinanceUsdm:
    ccxt_id = "binanceusdm"

    def __init__(self, exchange: Exchange) -> None:
        self._desk = Desk(exchange)
        limits = Limits(exchange.clock, WEIGHT_A_MINUTE, ORDERS)
        self._gateway = Gateway(self._desk, ROUTES, limits, words=REFUSALS, fields=self._fields)
        self._start = partial(feeds.start, FEEDS, self._desk)

    def rest(self, request: RestRequest) -> web.Response:
        return self._gateway.rest(request)

    def _fields(self, call: Call) -> Mapping[str, object]:
        contract = self._desk.markets.get(call.params.values.get("symbol", ""))
        return {
            "min_notional": f"{contract.listing.min_notional:f}" if contract else "5",
            "leverage": call.params.values.get("leverage", ""),
        }

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """``/ws/<stream or listen key>``, ``/stream?streams=…``, each also under /public, /market and /private."""
        parts = path.strip("/").split("/")
        if "stream" in parts:
            streams = "".join(parse_qs(query).get("streams", ())).split("/")
            return MarketSession(self._start, line, streams, combined=True)
        if "ws" not in parts:
            return None
        names = parts[parts.index("ws") + 1 :]
        if "private" in parts:
            names = parse_qs(query).get("listenKey", names)
        key = self._desk.listen_keys.find(names[0]) if names else None
        if key is not None:
            return UserSession(self._desk, key, line)
        return None if "private" in parts else MarketSession(self._start, line, names)
