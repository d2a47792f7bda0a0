"""What an account is told as it happens: its orders, its executions and its balances."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import AccountChanged, AccountEvent, Balance, Execution, Order, OrderChanged
from twinstar.sim.wires.binance.desk import Desk
from twinstar.sim.wires.binance.pairs import pair_of
from twinstar.sim.wires.binance.views import NO_LIST, NOTHING, SELF_TRADE_PREVENTION
from twinstar.sim.wires.binance.words import in_force, is_working, type_name
from twinstar.sim.wires.binance_common import words
from twinstar.sim.wires.binance_common.desk import Json
from twinstar.sim.wires.binance_common.words import STATUS_NAMES, client_id
from twinstar.sim.wires.spelling import money

EXECUTION_TYPES = words.EXECUTION_TYPES | {"triggered": "NEW"}  # it works now


class UserData:
    """Turns news into frames; remembers what was held, since of a deposit the difference is told."""

    def __init__(self, desk: Desk, account: str) -> None:
        self._desk = desk
        self._held = {each.asset: each.total for each in desk.exchange.balances(account)}

    def frames(self, event: AccountEvent) -> list[Json]:
        now = self._desk.exchange.clock.now_ms()
        if isinstance(event, OrderChanged):
            return [self._report(event, now)]
        changes = [self._change(each) for each in event.balances]
        if event.why == "deposit":
            told = {"e": "balanceUpdate", "E": now, "T": event.time_ms}
            return [{**told, "a": each.asset, "d": money(by)} for each, by in zip(event.balances, changes, strict=True)]
        return [_position(event, now)]

    def _change(self, held: Balance) -> Decimal:
        before = self._held.get(held.asset, Decimal(0))
        self._held[held.asset] = held.total
        return held.total - before

    def _report(self, event: OrderChanged, now_ms: int) -> Json:
        order = event.order
        canceled = self._desk.cancel_ids.get(order.id) if event.what == "canceled" else None
        return {
            "e": "executionReport",
            "E": now_ms,
            "s": pair_of(order.request.symbol).id,
            "c": canceled or client_id(order),
            "S": order.request.side.name,
            "o": type_name(order),
            "f": in_force(order),
            **_amounts(order),
            "F": NOTHING,
            "g": NO_LIST,
            "C": client_id(order) if canceled else "",
            "x": EXECUTION_TYPES[event.what],
            "X": STATUS_NAMES[order.status],
            "r": "NONE",
            "i": order.id,
            **_executed(event.execution),
            "T": order.updated_ms,
            "I": order.priority,
            "w": is_working(order) and order.status.is_open,
            "O": order.created_ms,
            "W": order.created_ms,
            "V": SELF_TRADE_PREVENTION,
        }


def _amounts(order: Order) -> Json:
    request = order.request
    return {
        "q": money(order.quantity),
        "p": money(request.price) if request.price else NOTHING,
        "P": money(request.trigger_price) if request.trigger_price else NOTHING,
        "Q": money(request.cost) if request.cost else NOTHING,
        "z": money(order.filled),
        "Z": money(order.filled_cost),
    }


def _executed(execution: Execution | None) -> Json:
    if execution is None:
        return {"l": NOTHING, "L": NOTHING, "n": "0", "N": None, "t": -1, "m": False, "M": False, "Y": NOTHING}
    return {
        "l": money(execution.quantity),
        "L": money(execution.price),
        "n": money(execution.fee),
        "N": execution.fee_asset,
        "t": execution.id,
        "m": execution.maker,
        "M": True,
        "Y": money(execution.price * execution.quantity),
    }


def _position(event: AccountChanged, now_ms: int) -> Json:
    return {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": event.time_ms,
        "B": [{"a": each.asset, "f": money(each.free), "l": money(each.locked)} for each in event.balances],
    }
