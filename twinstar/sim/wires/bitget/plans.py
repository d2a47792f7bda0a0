"""Plans over REST: the stops and take-profits of a position, and trigger orders, apart from orders until they fire."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from twinstar.sim.model import Order, Reason, Request
from twinstar.sim.wires.bitget import errors, finding, placing, words
from twinstar.sim.wires.bitget.desk import Call, Desk, Json, Route, post, private
from twinstar.sim.wires.bitget.errors import ApiError
from twinstar.sim.wires.bitget.orders import asked_orders, entrusted, refused_in_words
from twinstar.sim.wires.bitget.paging import in_time, page
from twinstar.sim.wires.bitget.params import Params
from twinstar.sim.wires.bitget.views import plan_view

KINDS = {"normal_plan": (words.NORMAL_PLAN,), "profit_loss": (words.LOSS_PLAN, words.PROFIT_PLAN), "track_plan": ()}


NOT_THERE = "notExistend"
OVER = ("executed", "cancelled", "fail_execute")


def place_of_position(desk: Desk, call: Call) -> Json:
    return _place(desk, call, placing.of_position(desk, call, desk.contract(call.params)))


def place_trigger(desk: Desk, call: Call) -> Json:
    request = placing.trigger(desk, call, desk.contract(call.params))
    placing.set_mode(desk, call.account, request.symbol, call.params)
    return _place(desk, call, request)


def _place(desk: Desk, call: Call, request: Request) -> Json:
    if finding.is_taken(desk, call.account, request.client_id):
        raise ApiError(*errors.DUPLICATE)
    reached = errors.REACHED[request.kind.is_take_profit, request.side]
    return _named(refused_in_words(lambda: desk.exchange.place(call.account, request), {Reason.WOULD_TRIGGER: reached}))


def modify_of_position(desk: Desk, call: Call) -> Json:
    """Whole: what is not given again is at market."""
    placing.refuse_what_is_beyond_us(call.params)
    params = call.params
    return _modify(desk, call, params.decimal("size"), params.decimal("triggerPrice"), params.price("executePrice"))


def modify_trigger(desk: Desk, call: Call) -> Json:
    """Only what is given changes."""
    placing.refuse_what_is_beyond_us(call.params)
    size, trigger, price = (_given(call.params, name) for name in ("newSize", "newTriggerPrice", "newPrice"))
    return _modify(desk, call, size, trigger, price)


def _given(params: Params, name: str) -> Decimal | None:
    return params.decimal(name) if params.has(name) else None


def _modify(desk: Desk, call: Call, size: Decimal | None, trigger: Decimal | None, price: Decimal | None) -> Json:
    desk.contract(call.params)
    found = finding.plan(desk, call.account, call.params)
    if price is not None and found.request.price is None:
        raise errors.wrong("executePrice")  # at market it was, and at market it stays here
    reached = errors.REACHED[found.request.kind.is_take_profit, found.request.side]
    amended = refused_in_words(
        lambda: desk.exchange.amend(call.account, found.id, quantity=size, price=price, trigger_price=trigger),
        {**errors.PLANS, Reason.WOULD_TRIGGER: reached},
    )
    return _named(amended)


def cancel(desk: Desk, call: Call) -> Json:
    """Each of the list is answered for itself; without a list all of its kind are meant."""
    desk.product(call.params)
    kind = call.params.get("planType", words.NORMAL_PLAN)
    done: list[Json] = []
    failed: list[Json] = []
    for each in call.params.lists.get("orderIdList") or _waiting(desk, call):
        found = finding.waiting_plan(desk, call.account, each, kind)
        if found is None:
            failed.append({"orderId": each.get("orderId"), "clientOid": each.get("clientOid"), "errorMsg": NOT_THERE})
        else:
            desk.exchange.cancel(call.account, found.id)
            done.append(_named(found))
    return {"successList": done, "failureList": failed}


def _waiting(desk: Desk, call: Call) -> list[Params]:
    live = [each for each in asked_orders(desk, call) if words.is_plan(each) and words.plan_status(each) == "live"]
    return [Params({"orderId": words.plan_id(each)}) for each in live]


def _named(order: Order) -> Json:
    return {"orderId": words.plan_id(order), "clientOid": words.plan_client_id(order)}


def pending(desk: Desk, call: Call) -> Json:
    return _listed(desk, call, lambda order: words.plan_status(order) == "live")


def history(desk: Desk, call: Call) -> Json:
    wanted = call.params.get("planStatus")
    return _listed(desk, call, lambda order: words.plan_status(order) in ((wanted,) if wanted else OVER))


def _listed(desk: Desk, call: Call, wanted: Callable[[Order], bool]) -> Json:
    params, kinds = call.params, KINDS[call.params.one_of("planType", KINDS)]
    plans = [
        each
        for each in asked_orders(desk, call)
        if words.is_plan(each)
        and words.plan_type(each.request) in kinds
        and wanted(each)
        and params.get("orderId") in ("", words.plan_id(each))
        and params.get("clientOid") in ("", words.plan_client_id(each))
        and in_time(params, each.created_ms)
    ]
    rows, end = page(params, plans, key=words.plan_id)
    return entrusted([plan_view(desk, call.account, each) for each in rows], end)


ROUTES: tuple[Route, ...] = (
    post("mix/order/place-tpsl-order", place_of_position),
    post("mix/order/modify-tpsl-order", modify_of_position),
    post("mix/order/place-plan-order", place_trigger),
    post("mix/order/modify-plan-order", modify_trigger),
    post("mix/order/cancel-plan-order", cancel),
    private("mix/order/orders-plan-pending", pending),
    private("mix/order/orders-plan-history", history),
)
