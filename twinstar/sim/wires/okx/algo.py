"""Algo orders: stops, take-profits and triggers, which live apart from the order book until they fire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from twinstar.sim.model import Order, Reason, Refusal, Side
from twinstar.sim.wires.okx import errors, finding, placing
from twinstar.sim.wires.okx.desk import Answer, Call, Desk, Json, Route, private
from twinstar.sim.wires.okx.errors import ApiError, Words
from twinstar.sim.wires.okx.orders import asked_orders, each_row, refused_in_words
from twinstar.sim.wires.okx.paging import page
from twinstar.sim.wires.okx.views import AT_MARKET, algo_view
from twinstar.sim.wires.okx.words import (
    ALGO_IDS,
    algo_id,
    algo_state,
    algo_type,
    client_id,
    is_algo,
    is_trigger_type,
)

MOST_CANCELS = 10
TYPES = ("conditional", "oco", "chase", "trigger", "move_order_stop", "iceberg", "twap", "smart_iceberg")


def place(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _place, ("algoClOrdId", "algoId", "clOrdId", "tag"))


def _place(desk: Desk, call: Call) -> Json:
    contract = desk.contract(call.params)
    request = placing.algo(desk, call, contract)
    placing.set_mode(desk, call.account, request.symbol, call.params, "tdMode")
    name = call.params.get("algoClOrdId")
    if name and finding.by_name(desk, call.account, name):
        raise ApiError(*errors.DUPLICATE_ALGO)
    reached = errors.REACHED[request.kind.is_take_profit, request.side is Side.SELL]
    order = refused_in_words(lambda: desk.exchange.place(call.account, request), {Reason.WOULD_TRIGGER: reached})
    return {"algoId": algo_id(order)}


def amend(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _amend, ("algoClOrdId", "algoId", "reqId"))


def _amend(desk: Desk, call: Call) -> Json:
    order, params = _found(desk, call, errors.AMEND), call.params
    if order.triggered:
        raise ApiError(*errors.AMEND[Reason.NOT_OPEN])
    trigger, price = _amended_prices(order, call)
    contracts = params.decimal_or_none("newSz")
    quantity = None if contracts is None else desk.of(order.request.symbol).quantity(contracts)
    reached = errors.REACHED[order.request.kind.is_take_profit, order.request.side is Side.SELL]
    refused_in_words(
        lambda: desk.exchange.amend(call.account, order.id, quantity=quantity, price=price, trigger_price=trigger),
        {**errors.AMEND, Reason.WOULD_TRIGGER: reached},
    )
    return {"algoId": algo_id(order), "algoClOrdId": client_id(order)}


def _amended_prices(order: Order, call: Call) -> tuple[Decimal | None, Decimal | None]:
    """A stop at market stays one: only its trigger moves."""
    if is_trigger_type(order.request):
        trigger, price = "newTriggerPx", "newOrdPx"
    else:
        name = "Tp" if order.request.kind.is_take_profit else "Sl"
        trigger, price = f"new{name}TriggerPx", f"new{name}OrdPx"
    at_market = order.request.price is None
    if call.params.has(price) and (call.params.text(price) == AT_MARKET) is not at_market:
        raise errors.wrong(price)
    return call.params.decimal_or_none(trigger), None if at_market else call.params.decimal_or_none(price)


def cancel(desk: Desk, call: Call) -> Answer:
    return each_row(desk, call, _cancel, ("algoClOrdId", "algoId"))


def _cancel(desk: Desk, call: Call) -> Json:
    order = _found(desk, call, errors.CANCEL)
    if order.triggered:
        raise ApiError(*errors.CANCEL[Reason.NOT_OPEN])
    refused_in_words(lambda: desk.exchange.cancel(call.account, order.id), errors.CANCEL)
    return {"algoId": algo_id(order), "algoClOrdId": client_id(order)}


def query(desk: Desk, call: Call) -> Answer:
    return [algo_view(desk, call.account, _found(desk, call, {}))]


def pending(desk: Desk, call: Call) -> Answer:
    return _listed(desk, call, lambda order: algo_state(order) == "live")


def history(desk: Desk, call: Call) -> Answer:
    """Either a state or an id has to be named."""
    params = call.params
    state, number = params.get("state"), params.get("algoId")
    if not state and not number:
        raise ApiError("50015", "Either parameter state or algoId is required", status=errors.BAD_REQUEST)
    return _listed(
        desk,
        call,
        lambda order: (
            algo_state(order) != "live" and (algo_id(order) == number if number else algo_state(order) == state)
        ),
    )


def _listed(desk: Desk, call: Call, wanted: Callable[[Order], bool]) -> Answer:
    kinds = call.params.text("ordType").split(",")
    if not set(kinds) <= set(TYPES):
        raise errors.wrong("ordType")
    orders = [each for each in asked_orders(desk, call) if is_algo(each) and algo_type(each) in kinds and wanted(each)]
    return [algo_view(desk, call.account, each) for each in page(call.params, orders, key=algo_id)]


def _found(desk: Desk, call: Call, words: Mapping[Reason, Words]) -> Order:
    number, name = call.params.get("algoId"), call.params.get("algoClOrdId")
    if not number and not name:
        raise ApiError("50015", "Either parameter algoId or algoClOrdId is required", status=errors.BAD_REQUEST)
    order = finding.by_number(desk, call.account, number, ALGO_IDS)
    if not number:
        order = finding.by_name(desk, call.account, name)
    if order is None or not is_algo(order):
        raise errors.worded(Refusal(Reason.UNKNOWN_ORDER), words)
    return order


def _post(path: str, answer: Callable[[Desk, Call], Answer], *, orders: bool = False, most_rows: int = 1) -> Route:
    return Route(
        method="POST", path=f"/api/v5/trade/{path}", answer=answer, cap=20, by="instrument",
        orders=orders, most_rows=most_rows,
    )  # fmt: skip


ROUTES = (
    _post("order-algo", place, orders=True),
    _post("amend-algos", amend, orders=True),
    _post("cancel-algos", cancel, most_rows=MOST_CANCELS),
    private("trade/order-algo", query, 20),
    private("trade/orders-algo-pending", pending, 20),
    private("trade/orders-algo-history", history, 20),
)
