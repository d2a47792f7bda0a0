"""An order by the venue's number or by its client's name."""

from __future__ import annotations

from twinstar.sim.model import Order, Reason, Refusal
from twinstar.sim.wires.bitget import errors, words
from twinstar.sim.wires.bitget.desk import Desk
from twinstar.sim.wires.bitget.errors import ApiError, Words
from twinstar.sim.wires.bitget.params import Params


def order(desk: Desk, account: str, params: Params, absent: Words) -> Order:
    """Among the orders, what a plan became included."""
    found = _by(desk, account, params, words.ORDER_IDS)
    by_name = not params.has("orderId")
    if found is None or not words.is_plain(found) or (by_name and words.is_plan(found)):
        raise ApiError(*absent)
    return found


def plan(desk: Desk, account: str, params: Params) -> Order:
    """Of plans that wait."""
    found = _by(desk, account, params, words.PLAN_IDS)
    if found is None or not words.is_plan(found):
        raise ApiError(*errors.NO_PLAN)
    if words.plan_status(found) != "live":
        raise ApiError(*errors.PLANS[Reason.NOT_OPEN])
    return found


def waiting_plan(desk: Desk, account: str, params: Params, kind: str) -> Order | None:
    try:
        found = plan(desk, account, params)
    except ApiError:
        return None
    return found if words.plan_type(found.request) == kind else None


def is_taken(desk: Desk, account: str, name: str | None) -> bool:
    return name is not None and _by_name(desk, account, name.removeprefix(words.NORMAL)) is not None


def _by(desk: Desk, account: str, params: Params, base: int) -> Order | None:
    number, name = params.get("orderId"), params.get("clientOid")
    if not number and not name:
        raise ApiError("40924", "orderId and clientOid must have one")
    if not number:
        return _by_name(desk, account, name)
    return _found(desk, account, order_id=int(number) - base) if number.isdecimal() else None


def _by_name(desk: Desk, account: str, name: str) -> Order | None:
    return _found(desk, account, client_id=name) or _found(desk, account, client_id=words.NORMAL + name)


def _found(desk: Desk, account: str, *, order_id: int | None = None, client_id: str | None = None) -> Order | None:
    try:
        return desk.exchange.order(account, order_id=order_id, client_id=client_id)
    except Refusal:
        return None
