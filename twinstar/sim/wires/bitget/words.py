"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Order, Request, Side, Status, TimeInForce

SIDES = {side.value: side for side in Side}
FORCES = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "post_only": TimeInForce.POST_ONLY,
}
FORCE_NAMES = {force: name for name, force in FORCES.items()}
MODES = {"crossed": "cross", "isolated": "isolated"}
MODE_NAMES = {mode: name for name, mode in MODES.items()}
STATES = {
    Status.NEW: "live",
    Status.PARTLY_FILLED: "partially_filled",
    Status.FILLED: "filled",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "canceled",
}
BY_USER = "normal_cancel"
CANCELED_BY_RULE = {
    TimeInForce.IOC: "ioc_cancel",
    TimeInForce.FOK: "fok_cancel",
    TimeInForce.POST_ONLY: "post_only_cancel",
}

# Plans have ids of their own, and so has the order that one becomes when it fires; here both are made of the exchange's
# one id.
ORDER_IDS = 1_400_000_000_000_000_000
PLAN_IDS = 1_300_000_000_000_000_000
# A trigger order is a "normal_plan", or a stop or take-profit of a position. The exchange does not tell these apart:
# the wire keeps it in the client id, whose alphabet has no space.
NORMAL, NAMELESS = "normal ", "normal  "
NORMAL_PLAN, LOSS_PLAN, PROFIT_PLAN = "normal_plan", "loss_plan", "profit_plan"
PLAN_NAMES = {NORMAL_PLAN: "pl", LOSS_PLAN: "sl", PROFIT_PLAN: "tp"}  # over the socket


def is_plan(order: Order) -> bool:
    return order.request.kind.is_trigger


def is_plain(order: Order) -> bool:
    """No plan, or one that has fired and goes on as an order."""
    return order.triggered or not is_plan(order)


def order_id(order: Order) -> str:
    return str(ORDER_IDS + order.id)


def plan_id(order: Order) -> str:
    return str(PLAN_IDS + order.id)


def plan_client_id(order: Order) -> str:
    given = order.request.client_id or ""
    return plan_id(order) if not given or given.startswith(NAMELESS) else given.removeprefix(NORMAL)


def client_id(order: Order) -> str:
    """What has none is given one by the venue; what a plan became has not the plan's."""
    given = order.request.client_id
    return order_id(order) if is_plan(order) or not given else given


def plan_type(request: Request) -> str:
    if (request.client_id or "").startswith(NORMAL):
        return NORMAL_PLAN
    return PROFIT_PLAN if request.kind.is_take_profit else LOSS_PLAN


def plan_status(order: Order) -> str:
    if order.triggered:
        return "executed"
    return {Status.UNTRIGGERED: "live", Status.CANCELED: "cancelled"}.get(order.status, "fail_execute")


def order_type(request: Request) -> str:
    return "limit" if request.kind.is_limit else "market"


def trade_side(order: Order) -> str:
    return f"{order.request.side.value}_single"


def reduces(request: Request) -> bool:
    return request.reduce_only or request.close_position


def order_source(order: Order) -> str:
    if not is_plan(order):
        return "normal"
    what = {NORMAL_PLAN: "plan", LOSS_PLAN: "loss", PROFIT_PLAN: "profit"}[plan_type(order.request)]
    return f"{what}_{order_type(order.request)}"


def cancel_reason(order: Order) -> str:
    """Only the user's is documented where we could read; the others are named alike."""
    if order.status is Status.EXPIRED:
        return CANCELED_BY_RULE.get(order.request.time_in_force, "reduce_only_cancel")
    return BY_USER if order.status is Status.CANCELED else ""
