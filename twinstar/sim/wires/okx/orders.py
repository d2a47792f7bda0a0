"""Plain orders over REST: place, amend, cancel, look up, and their executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twinstar.sim.model import Order, Reason, Refusal, Status
from twinstar.sim.wires.okx import errors, finding, placing
from twinstar.sim.wires.okx.desk import Answer, Call, Desk, Json, Route, private
from twinstar.sim.wires.okx.errors import ApiError, Words
from twinstar.sim.wires.okx.paging import page
from twinstar.sim.wires.okx.params import Params
from twinstar.sim.wires.okx.views import order_view, trade_view
from twinstar.sim.wires.okx.words import ORDER_IDS, STATES, client_id, is_algo, is_plain, order_id, order_type

MOST_ROWS = 20
INSTRUMENT_TYPES = ("SWAP", "SPOT", "MARGIN", "FUTURES", "OPTION")


def each_row(desk: Desk, call: Call, act: Callable[[Desk, Call], Json], names: tuple[str, ...]) -> Answer:
    """Every row is answered for itself: what was done, or why it was not. What is wrong with the request as such, a
    code of the general kind, is no row's.
    """
    told = []
    for row in call.rows:
        echo = {name: row.get(name) for name in names}
        try:
            told.append({**echo, **act(desk, Call([row], call.account)), "sCode": "0", "sMsg": ""})
        except ApiError as error:
            if error.code.startswith("50"):
                raise
            told.append({**echo, "sCode": error.code, "sMsg": error.message})
    return told


def place(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _place, ("clOrdId", "ordId", "tag"))


def _place(desk: Desk, call: Call) -> Json:
    contract = desk.contract(call.params)
    request = placing.plain(contract, call.params)
    placing.set_mode(desk, call.account, request.symbol, call.params, "tdMode")
    if request.client_id and finding.by_name(desk, call.account, request.client_id):
        raise ApiError(*errors.REFUSALS[Reason.DUPLICATE_CLIENT_ID])
    order = refused_in_words(lambda: desk.exchange.place(call.account, request), {})
    return {"ordId": order_id(order), "ts": str(desk.now_ms())}


def amend(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _amend, ("clOrdId", "ordId", "reqId"))


def _amend(desk: Desk, call: Call) -> Json:
    """``newSz`` counts what is filled already."""
    order = found(desk, call, errors.AMEND)
    contracts, price = call.params.decimal_or_none("newSz"), call.params.decimal_or_none("newPx")
    if contracts is None and price is None:
        raise ApiError("51500", "You must enter a price, quantity, or TP/SL")
    quantity = None if contracts is None else desk.of(order.request.symbol).quantity(contracts)
    refused_in_words(lambda: desk.exchange.amend(call.account, order.id, quantity=quantity, price=price), errors.AMEND)
    return {"ordId": order_id(order), "clOrdId": client_id(order), "ts": str(desk.now_ms())}


def cancel(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _cancel, ("clOrdId", "ordId"))


def _cancel(desk: Desk, call: Call) -> Json:
    order = found(desk, call, errors.CANCEL)
    refused_in_words(lambda: desk.exchange.cancel(call.account, order.id), errors.CANCEL)
    return {"ordId": order_id(order), "clOrdId": call.params.get("clOrdId"), "ts": str(desk.now_ms())}


def query(desk: Desk, call: Call) -> Answer:
    order = found(desk, call, {})
    if is_forgotten(desk, order):
        raise ApiError(*errors.UNKNOWN_ORDER)
    return [order_view(desk, call.account, order)]


def pending(desk: Desk, call: Call) -> Answer:
    return _listed(desk, call, lambda order: order.status.is_open)


def history(desk: Desk, call: Call) -> Answer:
    return _listed(desk, call, lambda order: not order.status.is_open and not is_forgotten(desk, order))


def is_forgotten(desk: Desk, order: Order) -> bool:
    """What was cancelled without a fill is shown for two hours more."""
    over = order.status in (Status.CANCELED, Status.EXPIRED)
    return over and not order.filled and desk.now_ms() - order.updated_ms > 2 * 3_600_000


def _listed(desk: Desk, call: Call, wanted: Callable[[Order], bool]) -> Answer:
    params = call.params
    state, ord_type = params.get("state"), params.get("ordType")
    orders = [
        each
        for each in asked_orders(desk, call)
        if is_plain(each)
        and wanted(each)
        and state in ("", STATES[each.status])
        and (not ord_type or order_type(each) in ord_type.split(","))
        and _in_time(params, each.created_ms)
    ]
    rows = page(params, orders, key=order_id)
    return [order_view(desk, call.account, each) for each in rows]


def fills(desk: Desk, call: Call) -> Answer:
    params, account = call.params, call.account
    orders = {each.id: each for each in asked_orders(desk, call)}
    executions = [
        each
        for each in desk.exchange.executions(account)
        if each.order_id in orders
        and params.get("ordId") in ("", order_id(orders[each.order_id]))
        and _in_time(params, each.time_ms)
    ]
    return [
        trade_view(desk, orders[each.order_id], each) for each in page(params, executions, key=lambda one: str(one.id))
    ]


def _in_time(params: Params, at_ms: int) -> bool:
    begin, end = params.integer_or_none("begin"), params.integer_or_none("end")
    return (begin is None or at_ms >= begin) and (end is None or at_ms <= end)


def asked_orders(desk: Desk, call: Call) -> list[Order]:
    params = call.params
    if params.has("instType") and params.one_of("instType", INSTRUMENT_TYPES) != "SWAP":
        return []
    symbol = desk.contract(params).listing.symbol if params.has("instId") else None
    return list(desk.exchange.orders(call.account, symbol=symbol))


def found(desk: Desk, call: Call, words: Mapping[Reason, Words]) -> Order:
    """By the venue's id, else the newest with the client's."""
    desk.contract(call.params)
    number, name = call.params.get("ordId"), call.params.get("clOrdId")
    if not number and not name:
        raise ApiError("51003", "Either client order ID or order ID is required")
    order = finding.by_number(desk, call.account, number, ORDER_IDS)
    if not number:
        order = finding.by_name(desk, call.account, name)
    if order is None or not is_plain(order) or (not number and is_algo(order)):
        raise errors.worded(Refusal(Reason.UNKNOWN_ORDER), words)
    return order


def refused_in_words(act: Callable[[], Order], words: Mapping[Reason, Words]) -> Order:
    try:
        return act()
    except Refusal as refusal:
        raise errors.worded(refusal, words) from refusal


def _post(path: str, answer: Callable[[Desk, Call], Answer], *, cap: int = 60, most_rows: int = 1) -> Route:
    counts = answer is not cancel
    return Route(
        method="POST", path=f"/api/v5/trade/{path}", answer=answer, cap=cap, by="instrument",
        orders=counts, most_rows=most_rows,
    )  # fmt: skip


ROUTES = (
    _post("order", place),
    _post("batch-orders", place, cap=300, most_rows=MOST_ROWS),
    _post("amend-order", amend),
    _post("amend-batch-orders", amend, cap=300, most_rows=MOST_ROWS),
    _post("cancel-order", cancel),
    _post("cancel-batch-orders", cancel, cap=300, most_rows=MOST_ROWS),
    private("trade/order", query, 60),
    private("trade/orders-pending", pending, 60),
    private("trade/orders-history", history, 40),
    private("trade/orders-history-archive", history, 20),
    private("trade/fills", fills, 60),
    private("trade/fills-history", fills, 10),
)
