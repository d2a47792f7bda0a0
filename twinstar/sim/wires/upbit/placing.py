"""An order request as Upbit checks it. Source: docs.upbit.com/kr/reference/new-order (v1.6.4, 2026-11)."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import TimeInForce
from twinstar.sim.ports import Exchange
from twinstar.sim.wires.krw.errors import field_invalid
from twinstar.sim.wires.krw.markets import symbol_of
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.placing import SIDES, TIMES_IN_FORCE, TYPES, Rules, Wish, check, number
from twinstar.sim.wires.upbit.errors import denied
from twinstar.sim.wires.upbit.markets import MAX_TOTAL
from twinstar.sim.wires.upbit.ticks import on_tick

RULES = Rules(
    on_tick=on_tick,
    max_total=MAX_TOTAL,
    names={
        "fields": "create_{side}_error",
        "volume": "invalid_volume_{side}",
        "price": "invalid_price_{side}",
        "min_total": "under_min_total_{side}",
        "max_total": "over_krw_funds_{side}",
    },
    denied=denied,
)


def read(params: Params, exchange: Exchange) -> Wish:
    symbol = symbol_of(params.field("market"))
    if symbol not in exchange.listings:
        raise denied("notfoundmarket")
    side = params.field("side")
    if side not in SIDES:
        raise field_invalid("side")
    wish = Wish(
        symbol=symbol,
        side=side,
        ord_type=_type(params, "ord_type"),
        price=number(params, "price"),
        volume=number(params, "volume"),
        time_in_force=_time_in_force(params, "ord_type", "time_in_force", "smp_type"),
        client_id=params.get("identifier"),
    )
    check(wish, exchange, RULES)
    return wish


def read_replacement(params: Params, exchange: Exchange, symbol: str, side: str, remaining: Decimal) -> Wish:
    """Of cancel_and_new: market and side are those of the order it replaces."""
    remain_only = params.get("new_volume") == "remain_only"
    wish = Wish(
        symbol=symbol,
        side=side,
        ord_type=_type(params, "new_ord_type"),
        price=number(params, "new_price"),
        volume=remaining if remain_only else number(params, "new_volume"),
        time_in_force=_time_in_force(params, "new_ord_type", "new_time_in_force", "new_smp_type"),
        client_id=params.get("new_identifier"),
    )
    check(wish, exchange, RULES)
    return wish


def _type(params: Params, name: str) -> str:
    ord_type = params.field(name)
    if ord_type not in TYPES:
        raise field_invalid(name)
    return ord_type


def _time_in_force(params: Params, ord_type: str, name: str, smp_type: str) -> TimeInForce:
    given = params.get(name)
    if given == "post_only" and params.get(smp_type) not in (None, "none"):
        raise denied("invalid_post_only")
    allowed = TIMES_IN_FORCE[params.field(ord_type)]
    if given not in allowed:
        raise denied("invalid_time_in_force")
    return allowed[given]
