"""Orders over REST: place, replace, cancel, look up, and their executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twinstar.sim.model import Execution, Order, Refusal, Request, Status
from twinstar.sim.wires.bingx import errors, placing, views, words
from twinstar.sim.wires.bingx.desk import Call, Desk, Json, Route, post, private
from twinstar.sim.wires.bingx.errors import ApiError
from twinstar.sim.wires.bingx.params import Params, in_time

MOST_ORDERS, ORDERS = 1_000, 500
MOST_FILLS, FILLS = 1_000, 50


def place(desk: Desk, call: Call) -> Json:
    return {"order": views.ack_view(desk, _placed(desk, call))}


def _placed(desk: Desk, call: Call) -> Order:
    request = placing.request_of(desk, call, desk.contract(call.params))
    name = None if request.kind.is_trigger else request.client_id
    if name is not None and _named(desk, call.account, name) is not None:
        raise ApiError(*errors.DUPLICATE)
    return _in_words(lambda: desk.exchange.place(call.account, request))


def cancel(desk: Desk, call: Call) -> Json:
    found, as_trigger = _found(desk, call)
    return {"order": _canceled(desk, call.account, found, as_trigger=as_trigger)}


def _canceled(desk: Desk, account: str, found: Order, *, as_trigger: bool) -> Json:
    if found.status is Status.FILLED or (as_trigger and found.triggered):
        raise ApiError(*errors.FILLED)
    order = _in_words(lambda: desk.exchange.cancel(account, found.id))
    view = views.trigger_view if as_trigger else views.order_view
    return view(desk, account, order)


def replace(desk: Desk, call: Call) -> Json:
    """Cancels the one, and only then places the other: if that fails there is none."""
    named = Params({**call.params.values, "orderId": call.params.text("cancelOrderId"), "clientOrderId": ""})
    found, as_trigger = _found(desk, Call(named, call.account))
    gone = _canceled(desk, call.account, found, as_trigger=as_trigger)
    order = _placed(desk, call)
    request = order.request
    placed = {
        **views.ack_view(desk, order),
        **_terms(request),
        "timeInForce": call.params.get("timeInForce", "GTC"),
        "priceRate": 0,
        "stopLoss": "",
        "takeProfit": "",
        "reduceOnly": words.reduces(request),
    }
    old = {**gone, "cancelClientOrderId": gone["clientOrderId"], "cancelOrderId": gone["orderId"]}
    done = {"cancelResult": "true", "cancelMsg": "", "replaceResult": "true", "replaceMsg": ""}
    return {**done, "cancelResponse": old, "newOrderResponse": placed}


def _terms(request: Request) -> Json:
    numbers = {"price": request.price, "quantity": request.quantity, "stopPrice": request.trigger_price}
    return {name: float(value or 0) for name, value in numbers.items()}


def detail(desk: Desk, call: Call) -> Json:
    found, as_trigger = _found(desk, call)
    view = views.trigger_view if as_trigger else views.order_view
    return {"order": view(desk, call.account, found)}


def open_orders(desk: Desk, call: Call) -> Json:
    """Stops that wait among them."""
    found = [each for each in _asked(desk, call) if each.status.is_open]
    return {"orders": [views.rows_of(desk, call.account, each)[-1] for each in reversed(found)]}


def all_orders(desk: Desk, call: Call) -> Json:
    """The newest first."""
    params = call.params
    found = [each for each in reversed(_asked(desk, call)) if in_time(params, each.created_ms)]
    rows = [row for each in found for row in views.rows_of(desk, call.account, each)]
    since = params.integer_or_none("orderId")
    wanted = [row for row in rows if since is None or row["orderId"] >= since]
    return {"orders": wanted[: params.limit(MOST_ORDERS, ORDERS)]}


def cancel_all(desk: Desk, call: Call) -> Json:
    gone = [
        _canceled(desk, call.account, each, as_trigger=words.is_trigger(each) and not each.triggered)
        for each in _asked(desk, call)
        if each.status.is_open
    ]
    return {"success": gone, "failed": None}


def fill_history(desk: Desk, call: Call) -> Json:
    """The oldest first, page by page."""
    desk.contract(call.params)
    page, size = (call.params.integer_or_none(name) for name in ("pageIndex", "pageSize"))
    size, first = min(size or FILLS, MOST_FILLS), max((page or 1) - 1, 0)
    rows = _fills(desk, call, views.fill_view)
    return {"fill_orders": rows[first * size : (first + 1) * size], "total": len(rows)}


def fills(desk: Desk, call: Call) -> Json:
    call.params.one_of("tradingUnit", ("COIN", "CONT"))
    return {"fill_orders": _fills(desk, call, views.unnumbered_fill_view)}


def _fills(desk: Desk, call: Call, view: Callable[[Desk, Order, Execution], Json]) -> list[Json]:
    params = call.params
    for name in ("startTs", "endTs"):
        params.text(name)
    orders = {each.id: each for each in _asked(desk, call)}
    return [
        view(desk, orders[each.order_id], each)
        for each in desk.exchange.executions(call.account)
        if each.order_id in orders
        and params.get("orderId") in ("", str(words.order_id(orders[each.order_id])))
        and in_time(params, each.time_ms, start="startTs", end="endTs")
    ]


def _asked(desk: Desk, call: Call) -> list[Order]:
    symbols = {each.symbol for each in desk.asked(call.params)}
    return [each for each in desk.exchange.orders(call.account) if each.request.symbol in symbols]


def _found(desk: Desk, call: Call) -> tuple[Order, bool]:
    """With it comes whether its trigger order is meant, and not what that became."""
    contract = desk.contract(call.params)
    number, name = call.params.integer_or_none("orderId"), placing.client_id(call.params)
    if not number and name is None:
        raise ApiError(80001, "orderId and clientOrderId are both empty")
    as_trigger = number is not None and number < words.ORDER_IDS
    base = words.TRIGGER_IDS if as_trigger else words.ORDER_IDS
    found = _sought(desk, call.account, order_id=number - base) if number else _named(desk, call.account, name)
    is_there = found is not None and (not as_trigger or words.is_trigger(found))
    if found is None or not is_there or found.request.symbol != contract.symbol:
        raise ApiError(*errors.NO_ORDER)
    if not as_trigger and words.is_trigger(found) and not found.triggered:
        raise ApiError(*errors.NO_ORDER)
    return found, as_trigger


def _named(desk: Desk, account: str, name: str | None) -> Order | None:
    found = _sought(desk, account, client_id=name)
    return None if found is None or words.is_trigger(found) else found


def _sought(desk: Desk, account: str, **by: Any) -> Order | None:
    try:
        return desk.exchange.order(account, **by)
    except Refusal:
        return None


def _in_words(act: Callable[[], Order]) -> Order:
    try:
        return act()
    except Refusal as refusal:
        raise errors.worded(refusal) from refusal


ROUTES: tuple[Route, ...] = (
    post("swap/v2/trade/order", place, 10),
    post("swap/v1/trade/cancelReplace", replace),
    Route(method="DELETE", path="/openApi/swap/v2/trade/order", answer=cancel),
    Route(method="DELETE", path="/openApi/swap/v2/trade/allOpenOrders", answer=cancel_all),
    private("swap/v2/trade/order", detail),
    private("swap/v2/trade/openOrders", open_orders),
    private("swap/v2/trade/allOrders", all_orders),
    private("swap/v1/trade/fullOrder", all_orders),
    private("swap/v2/trade/fillHistory", fill_history),
    private("swap/v2/trade/allFillOrders", fills),
)
