"""Orders over REST: place, change, cancel, look up, and their executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from twinstar.sim.model import Kind, Order, Reason, Refusal
from twinstar.sim.wires.bitget import errors, finding, placing, words
from twinstar.sim.wires.bitget.desk import Call, Desk, Json, Route, post, private
from twinstar.sim.wires.bitget.errors import ApiError, Words
from twinstar.sim.wires.bitget.paging import in_time, page
from twinstar.sim.wires.bitget.views import fill_view, order_view

NO_ORDER = errors.REFUSALS[Reason.UNKNOWN_ORDER]


def place(desk: Desk, call: Call) -> Json:
    contract = desk.contract(call.params)
    request = placing.plain(contract, call.params)
    placing.set_mode(desk, call.account, request.symbol, call.params)
    if finding.is_taken(desk, call.account, request.client_id):
        raise ApiError(*errors.DUPLICATE)
    return named(refused_in_words(lambda: desk.exchange.place(call.account, request)))


def modify(desk: Desk, call: Call) -> Json:
    """The venue cancels it and places another, which has to be named anew."""
    desk.contract(call.params)
    params, old = call.params, finding.order(desk, call.account, call.params, NO_ORDER)
    placing.refuse_what_is_beyond_us(params)
    name = placing.client_id(params, "newClientOid")
    if name is None:
        raise errors.missing("newClientOid")
    if finding.is_taken(desk, call.account, name):
        raise ApiError(*errors.DUPLICATE)
    if not params.has("newSize") or not params.has("newPrice"):
        raise ApiError("40925", "price or size must be passed in together")
    size, price = params.decimal("newSize"), params.decimal("newPrice")
    if old.request.kind is not Kind.LIMIT or not old.status.is_open:
        raise ApiError(*errors.REFUSALS[Reason.NOT_OPEN])
    if (size, price) == (old.quantity, old.request.price):
        raise ApiError(*errors.REFUSALS[Reason.NO_CHANGE])
    wanted = msgspec.structs.replace(old.request, quantity=size - old.filled, price=price, client_id=name)
    refused_in_words(lambda: desk.exchange.cancel(call.account, old.id))
    return named(refused_in_words(lambda: desk.exchange.place(call.account, wanted)))


def cancel(desk: Desk, call: Call) -> Json:
    desk.contract(call.params)
    found = finding.order(desk, call.account, call.params, NO_ORDER)
    return named(refused_in_words(lambda: desk.exchange.cancel(call.account, found.id)))


def named(order: Order) -> Json:
    return {"orderId": words.order_id(order), "clientOid": words.client_id(order)}


def detail(desk: Desk, call: Call) -> Json:
    desk.contract(call.params)
    found = finding.order(desk, call.account, call.params, errors.NO_DATA)
    return order_view(desk, call.account, found, status="state")


def pending(desk: Desk, call: Call) -> Json:
    return _listed(desk, call, lambda order: order.status.is_open)


def history(desk: Desk, call: Call) -> Json:
    return _listed(desk, call, lambda order: not order.status.is_open)


def _listed(desk: Desk, call: Call, wanted: Callable[[Order], bool]) -> Json:
    params = call.params
    orders = [
        each
        for each in asked_orders(desk, call)
        if words.is_plain(each)
        and wanted(each)
        and params.get("status") in ("", words.STATES[each.status])
        and params.get("orderId") in ("", words.order_id(each))
        and params.get("clientOid") in ("", words.client_id(each))
        and in_time(params, each.created_ms)
    ]
    rows, end = page(params, orders, key=words.order_id)
    return entrusted([order_view(desk, call.account, each) for each in rows], end)


def entrusted(rows: list[Json], end: str) -> Json:
    """Where there is nothing, the venue says so with null."""
    return {"entrustedList": rows or None, "endId": end or None}


def asked_orders(desk: Desk, call: Call) -> list[Order]:
    symbols = {each.symbol for each in desk.asked(call.params)}
    return [each for each in desk.exchange.orders(call.account) if each.request.symbol in symbols]


def fills(desk: Desk, call: Call) -> Json:
    params, orders = call.params, {each.id: each for each in asked_orders(desk, call)}
    executions = [
        each
        for each in desk.exchange.executions(call.account)
        if each.order_id in orders
        and params.get("orderId") in ("", words.order_id(orders[each.order_id]))
        and in_time(params, each.time_ms)
    ]
    rows, end = page(params, executions, key=lambda one: str(one.id))
    return {"fillList": [fill_view(desk, orders[each.order_id], each) for each in rows], "endId": end or None}


def refused_in_words(act: Callable[[], Order], special: Mapping[Reason, Words] | None = None) -> Order:
    try:
        return act()
    except Refusal as refusal:
        raise errors.worded(refusal, special) from refusal


ROUTES: tuple[Route, ...] = (
    post("mix/order/place-order", place),
    post("mix/order/modify-order", modify),
    post("mix/order/cancel-order", cancel),
    private("mix/order/detail", detail),
    private("mix/order/orders-pending", pending),
    private("mix/order/orders-history", history),
    private("mix/order/fills", fills),
    private("mix/order/fill-history", fills),
)
