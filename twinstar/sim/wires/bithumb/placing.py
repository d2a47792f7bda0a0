"""An order request as Bithumb checks it. Source: apidocs.bithumb.com, 주문 요청 (2026-07-09)."""

from __future__ import annotations

import re

from twinstar.sim.model import Request, TimeInForce
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.bithumb.errors import denied, invalid
from twinstar.sim.wires.bithumb.markets import MAX_TOTAL
from twinstar.sim.wires.bithumb.ticks import on_tick
from twinstar.sim.wires.krw.errors import code_not_found
from twinstar.sim.wires.krw.markets import symbol_of
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.placing import SIDES, TIMES_IN_FORCE, Rules, Wish, check, number, to_request

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
RULES = Rules(
    on_tick=on_tick,
    max_total=MAX_TOTAL,
    names={
        "fields": "invalid_parameter",
        "volume": "invalid_parameter",
        "price": "invalid_price_{side}",
        "min_total": "under_min_total",
        "max_total": "over_max_total",
    },
    denied=denied,
)


def read(params: Params, exchange: Exchange) -> Wish:
    symbol = symbol_of(params.need("market"))
    if symbol not in exchange.listings:
        raise code_not_found()
    side = params.need("side")
    if side not in SIDES:
        raise invalid("side")
    order_type = params.need("order_type")
    wish = Wish(
        symbol=symbol,
        side=side,
        ord_type=order_type,
        price=number(params, "price", invalid),
        volume=number(params, "volume", invalid),
        time_in_force=_time_in_force(order_type, params.get("time_in_force")),
        client_id=_client_id(params.get("client_order_id")),
    )
    check(wish, exchange, RULES)
    return wish


def request_of(wish: Wish, exchange: Exchange) -> Request:
    """A post-only order that would take is accepted, and canceled at once."""
    return to_request(wish, exchange, ends_if_taking=wish.time_in_force is TimeInForce.POST_ONLY)


def _time_in_force(order_type: str, given: str | None) -> TimeInForce:
    allowed = TIMES_IN_FORCE.get(order_type)
    if allowed is None:
        raise invalid("order_type")
    if given not in allowed:
        raise invalid("time_in_force")
    return allowed[given]


def _client_id(given: str | None) -> str | None:
    if given is not None and CLIENT_ID.fullmatch(given) is None:
        raise invalid("client_order_id")
    return given
