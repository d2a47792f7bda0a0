"""Orders over REST: place, amend, cancel, look up, and their executions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twinstar.sim.model import Execution, Order, Reason, Refusal
from twinstar.sim.wires.bybit import errors, placing, words
from twinstar.sim.wires.bybit.contracts import Contract
from twinstar.sim.wires.bybit.desk import Call, Desk, Json, Route, is_linear
from twinstar.sim.wires.bybit.errors import ApiError, invalid
from twinstar.sim.wires.bybit.paging import page
from twinstar.sim.wires.bybit.views import execution_view, order_of, order_view

MOST_OPEN, MOST_WAITING = 500, 10  # a market
RECENT = 500  # orders that are over, of which the real-time list still knows
ORDER_FILTERS = ("Order", "StopOrder")


def place(desk: Desk, call: Call) -> Json:
    """Whoever gets an answer knows only that the order was taken; what becomes of it the stream tells."""
    contract = _contract(desk, call)
    request = placing.request_of(contract, call.params, desk.exchange.mark_price(contract.symbol))
    if request.client_id is not None and order_of(desk.exchange, call.account, None, request.client_id) is not None:
        raise ApiError(*errors.DUPLICATE)
    _check_room(desk, call, contract, waits=request.kind.is_trigger)
    return _named(desk.exchange.place(call.account, request))


def _check_room(desk: Desk, call: Call, contract: Contract, *, waits: bool) -> None:
    open_now = desk.exchange.orders(call.account, symbol=contract.symbol, open_only=True)
    alike = sum(words.waits(order) is waits for order in open_now)
    if waits and alike >= MOST_WAITING:
        raise ApiError(110009, "The number of stop orders exceeds maximum limit allowed")
    if not waits and alike >= MOST_OPEN:
        raise ApiError(110020, "Not allowed to have more than 500 active orders.")


def amend(desk: Desk, call: Call) -> Json:
    params, order = call.params, _find(desk, call)
    contract = _contract(desk, call)
    price, trigger = (
        None if params.get(name) is None else placing.price_of(contract, params, name)
        for name in ("price", "triggerPrice")
    )
    if trigger is not None and words.waits(order):
        placing.check_trigger(words.direction(order.request), trigger, desk.exchange.mark_price(contract.symbol))
    quantity = None if params.get("qty") is None else placing.quantity_of(contract, params)
    changed = desk.exchange.amend(call.account, order.id, quantity=quantity, price=price, trigger_price=trigger)
    return _named(changed)


def cancel(desk: Desk, call: Call) -> Json:
    _contract(desk, call)
    return _named(desk.exchange.cancel(call.account, _find(desk, call).id))


def cancel_all(desk: Desk, call: Call) -> Json:
    if not any(call.params.get(name) for name in ("symbol", "baseCoin", "settleCoin")):
        raise invalid("symbol or settleCoin or baseCoin")
    found = [order for order in _listed(desk, call) if order.status.is_open]
    return {"list": [_named(desk.exchange.cancel(call.account, order.id)) for order in found], "success": "1"}


def open_orders(desk: Desk, call: Call) -> Json:
    """In real time; one that is asked for by its id is shown although it is over, if that is not long ago."""
    params = call.params
    if not is_linear(params):
        return page(params, (), order_view, key=_order_key, most=50, default=20)
    if params.get("orderId") or params.get("orderLinkId"):
        recent = desk.exchange.orders(call.account)[-RECENT:]
        named = order_of(desk.exchange, call.account, params.get("orderId"), params.get("orderLinkId"))
        found: Sequence[Order] = [named] if named is not None and (named.status.is_open or named in recent) else []
    else:
        if not any(params.get(name) for name in ("symbol", "baseCoin", "settleCoin")):
            raise invalid("symbol or settleCoin or baseCoin")
        found = [order for order in _listed(desk, call) if order.status.is_open]
    return page(params, found, order_view, key=_order_key, most=50, default=20)


def past_orders(desk: Desk, call: Call) -> Json:
    """Those that are over."""
    params = call.params
    named = order_of(desk.exchange, call.account, params.get("orderId"), params.get("orderLinkId"))
    is_named = bool(params.get("orderId") or params.get("orderLinkId"))
    listed = ([named] if named is not None else []) if is_named else _listed(desk, call)
    start, end = params.integer_or_none("startTime") or 0, params.integer_or_none("endTime")
    found = [
        order
        for order in listed
        if not order.status.is_open and order.created_ms >= start and (end is None or order.created_ms <= end)
    ]
    return page(params, found, order_view, key=_order_key, most=50, default=20)


def executions(desk: Desk, call: Call) -> Json:
    params, symbols = call.params, {contract.symbol for contract in desk.asked(call.params)}
    is_named = bool(params.get("orderId") or params.get("orderLinkId"))
    named = order_of(desk.exchange, call.account, params.get("orderId"), params.get("orderLinkId"))
    start, end = params.integer_or_none("startTime") or 0, params.integer_or_none("endTime")
    found = [
        each
        for each in desk.exchange.executions(call.account, since_ms=start)
        if each.symbol in symbols
        and (end is None or each.time_ms <= end)
        and (not is_named or (named is not None and each.order_id == named.id))
    ]
    return page(params, found, _viewer(desk, call), key=_execution_key, most=100, default=50)


def _viewer(desk: Desk, call: Call) -> Callable[[Execution], Json]:
    return lambda execution: execution_view(desk.exchange, call.account, execution)


def _listed(desk: Desk, call: Call) -> list[Order]:
    name = call.params.get("orderFilter")
    if name is not None and name not in ORDER_FILTERS:
        raise invalid("orderFilter")
    symbols = {contract.symbol for contract in desk.asked(call.params)}
    return [
        order
        for order in desk.exchange.orders(call.account)
        if order.request.symbol in symbols and (name is None or words.waits(order) is (name == "StopOrder"))
    ]


def _find(desk: Desk, call: Call) -> Order:
    """Either id will do; of both the venue's own counts."""
    order_id, client_id = call.params.get("orderId"), call.params.get("orderLinkId")
    if order_id is None and client_id is None:
        raise invalid("orderId or orderLinkId")
    order = order_of(desk.exchange, call.account, order_id, None if order_id else client_id)
    if order is None:
        raise Refusal(Reason.UNKNOWN_ORDER)
    return order


def _contract(desk: Desk, call: Call) -> Contract:
    if not is_linear(call.params):
        raise invalid("category")
    return desk.find(call.params.text("symbol"))


def _named(order: Order) -> Json:
    return {"orderId": words.ORDERS.of(order.id), "orderLinkId": order.request.client_id or ""}


def _order_key(order: Order) -> tuple[str, int]:
    return words.ORDERS.of(order.id), order.created_ms


def _execution_key(execution: Execution) -> tuple[str, int]:
    return words.FILLS.of(execution.id), execution.time_ms


ROUTES = (
    Route(method="POST", path="/v5/order/create", answer=place, cap=10),
    Route(method="POST", path="/v5/order/amend", answer=amend, cap=10, refusals=errors.AMEND),
    Route(method="POST", path="/v5/order/cancel", answer=cancel, cap=10),
    Route(method="POST", path="/v5/order/cancel-all", answer=cancel_all, cap=10),
    Route(method="GET", path="/v5/order/realtime", answer=open_orders, cap=50),
    Route(method="GET", path="/v5/order/history", answer=past_orders, cap=50),
    Route(method="GET", path="/v5/execution/list", answer=executions, cap=50),
)
