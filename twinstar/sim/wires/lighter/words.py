"""The venue's words for what the exchange and the blotter know."""

from __future__ import annotations

from decimal import Decimal

from twinstar.sim.model import Order, Reason, Status
from twinstar.sim.wires.lighter import rules
from twinstar.sim.wires.lighter.blotter import Note
from twinstar.sim.wires.lighter.markets import QUOTE_DECIMALS
from twinstar.sim.wires.spelling import places

LIQUIDATION = "autoclose-"  # how the client id of a forced order begins
TYPES = {
    rules.LIMIT: "limit",
    rules.MARKET: "market",
    rules.STOP: "stop-loss",
    rules.STOP_LIMIT: "stop-loss-limit",
    rules.PROFIT: "take-profit",
    rules.PROFIT_LIMIT: "take-profit-limit",
}
TIMES_IN_FORCE = {rules.IOC: "immediate-or-cancel", rules.GTT: "good-till-time", rules.POST_ONLY: "post-only"}
ENDS = {  # how the exchange's reasons begin
    Reason.WOULD_TAKE.value: "post-only",
    Reason.NO_FUNDS.value: "margin-not-allowed",
    Reason.NOT_REDUCING.value: "reduce-only",
    "nothing is left to reduce": "reduce-only",
    LIQUIDATION: "liquidation",
}


def status(order: Order, note: Note) -> str:
    match order.status:
        case Status.UNTRIGGERED:
            return "pending"
        case Status.NEW | Status.PARTLY_FILLED:
            return "open"
        case Status.FILLED:
            return "filled"
        case _:
            why = note.end or _why(order, note)
            return f"canceled-{why}" if why else "canceled"


def _why(order: Order, note: Note) -> str:
    """An order that could not wait found nobody: at market, nobody at its worst price."""
    known = next((word for begin, word in ENDS.items() if order.reason.startswith(begin)), "")
    if known or order.status is not Status.EXPIRED:
        return known
    return "too-much-slippage" if note.type in rules.AT_MARKET else "not-enough-liquidity"


def trigger_status(order: Order, note: Note) -> str:
    """What it waits for."""
    if order.status is not Status.UNTRIGGERED:
        return "na"
    return "parent-order" if order.id < 0 else "mark-price"


def is_forced(client_id: str | None) -> bool:
    return (client_id or "").startswith(LIQUIDATION)


def order_type(order: Order, note: Note) -> str:
    return "liquidation" if is_forced(order.request.client_id) else TYPES[note.type]


def client_index(client_id: str | None) -> int:
    return int(client_id) if client_id and client_id.isdecimal() else 0


def quote(value: Decimal) -> str:
    return places(value, QUOTE_DECIMALS)


def block_height(time_ms: int) -> int:
    return time_ms // 100 % 10**9
