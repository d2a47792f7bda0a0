"""An order by the venue's number or by its client's name."""

from __future__ import annotations

from twinstar.sim.model import Order, Refusal
from twinstar.sim.wires.okx.desk import Desk
from twinstar.sim.wires.okx.words import TRIGGER


def by_number(desk: Desk, account: str, number: str, base: int) -> Order | None:
    """``base`` is where ids of its kind begin."""
    if not number.isdecimal():
        return None
    try:
        return desk.exchange.order(account, order_id=int(number) - base)
    except Refusal:
        return None


def by_name(desk: Desk, account: str, name: str) -> Order | None:
    for client_id in (name, TRIGGER + name):
        try:
            return desk.exchange.order(account, client_id=client_id)
        except Refusal:
            continue
    return None
