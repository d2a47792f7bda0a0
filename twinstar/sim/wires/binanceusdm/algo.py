"""Conditional orders, which live in the venue's algo service until they fire."""

from __future__ import annotations

from twinstar.sim.model import Order, Reason, Refusal
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.desk import Answer, Call, Route, by_symbol
from twinstar.sim.wires.binance_common.errors import ApiError
from twinstar.sim.wires.binance_common.placing import kind_of
from twinstar.sim.wires.binance_common.words import client_id
from twinstar.sim.wires.binanceusdm import placing
from twinstar.sim.wires.binanceusdm.contracts import Contract
from twinstar.sim.wires.binanceusdm.desk import Desk
from twinstar.sim.wires.binanceusdm.frames import algo_view
from twinstar.sim.wires.binanceusdm.orders import ALL_CANCELED
from twinstar.sim.wires.binanceusdm.words import TRIGGER_TYPES, algo_id, is_plain

MOST_OPEN = 10


def place(desk: Desk, call: Call) -> Answer:
    params = call.params
    contract = desk.market(params)
    if params.text("algoType") != "CONDITIONAL":
        raise errors.invalid("algoType")
    if params.values.get("type") == "TRAILING_STOP_MARKET":
        raise errors.not_supported()
    kind = kind_of(params, TRIGGER_TYPES)
    request = placing.request_of(contract, params, kind, "clientAlgoId")
    if len(_open(desk, call, contract)) >= MOST_OPEN:
        raise ApiError(-4045, "Reach max stop order limit.")
    return algo_view(desk.exchange.place(call.account, request))


def cancel(desk: Desk, call: Call) -> Answer:
    order = _find(desk, call)
    if is_plain(order):
        raise Refusal(Reason.NOT_OPEN)
    canceled = desk.exchange.cancel(call.account, order.id)
    return {
        "algoId": algo_id(canceled),
        "clientAlgoId": client_id(canceled),
        "code": "200",
        "msg": "success",
    }


def cancel_all(desk: Desk, call: Call) -> Answer:
    for order in _open(desk, call, desk.market(call.params)):
        desk.exchange.cancel(call.account, order.id)
    return ALL_CANCELED


def query(desk: Desk, call: Call) -> Answer:
    return algo_view(_find(desk, call))


def query_open(desk: Desk, call: Call) -> Answer:
    contract = desk.market_or_none(call.params)
    return [algo_view(order) for order in _open(desk, call, contract)]


def query_all(desk: Desk, call: Call) -> Answer:
    params = call.params
    contract, limit = desk.market(params), params.limit(500, 1000)
    first_id = params.integer_or_none("algoId") or 0
    start = params.moment_or_none("startTime") or 0
    end = params.moment_or_none("endTime")
    found = [
        algo_view(order)
        for order in _orders(desk, call, contract)
        if algo_id(order) >= first_id and order.created_ms >= start and (end is None or order.created_ms <= end)
    ]
    return found[:limit] if first_id or start else found[-limit:]


def _find(desk: Desk, call: Call) -> Order:
    number = call.params.integer_or_none("algoId")
    wanted = call.params.text_or_none("clientAlgoId")
    if number is None and wanted is None:
        raise errors.one_of_missing("algoId", "clientAlgoId")
    for order in reversed(_orders(desk, call, None)):
        if algo_id(order) == number or (number is None and client_id(order) == wanted):
            return order
    raise Refusal(Reason.UNKNOWN_ORDER)


def _open(desk: Desk, call: Call, contract: Contract | None) -> list[Order]:
    """Those that still wait for their price."""
    return [order for order in _orders(desk, call, contract, open_only=True) if not order.triggered]


def _orders(desk: Desk, call: Call, contract: Contract | None, *, open_only: bool = False) -> list[Order]:
    symbol = contract.listing.symbol if contract else None
    found = desk.exchange.orders(call.account, symbol=symbol, open_only=open_only)
    return [order for order in found if order.request.kind.is_trigger]


ROUTES = (
    Route(method="POST", path="/fapi/v1/algoOrder", answer=place, weight=0, signed=True, is_order=True),
    Route(
        method="DELETE",
        path="/fapi/v1/algoOrder",
        answer=cancel,
        signed=True,
        refusals=errors.CANCEL,
    ),
    Route(method="DELETE", path="/fapi/v1/algoOpenOrders", answer=cancel_all, signed=True),
    Route(method="GET", path="/fapi/v1/algoOrder", answer=query, signed=True),
    Route(
        method="GET",
        path="/fapi/v1/openAlgoOrders",
        answer=query_open,
        weight=by_symbol(1, 40),
        signed=True,
    ),
    Route(method="GET", path="/fapi/v1/allAlgoOrders", answer=query_all, weight=5, signed=True),
)
