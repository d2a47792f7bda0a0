"""Orders as Bithumb words them in its answers; the times are wall time."""

from __future__ import annotations

from msgspec import UNSET

from twinstar.sim.model import Order, Status
from twinstar.sim.wires.bithumb import ids, messages
from twinstar.sim.wires.bithumb.markets import FEE
from twinstar.sim.wires.krw import orders, times
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.numbers import text
from twinstar.sim.wires.krw.orders import money_of, side_of, time_in_force_of, type_of

STP = "cancel_taker"


def state_of(order: Order) -> str:
    """An order that could not wait is done once some of it was traded, and canceled when nothing was."""
    if order.status.is_open:
        return "wait"
    traded_at_once = order.status is Status.EXPIRED and order.filled > 0
    return "done" if order.status is Status.FILLED or traded_at_once else "cancel"


def cancel_type_of(order: Order) -> str | None:
    if state_of(order) != "cancel":
        return None
    return "user" if order.status is Status.CANCELED else "tif_cancel"


def placed(order: Order, *, best: bool) -> messages.Placed:
    return messages.Placed(
        order_id=ids.order_id(order.id),
        market=market_id(order.request.symbol),
        side=side_of(order),
        order_type=type_of(order, best),
        created_at=times.with_offset(order.created_ms),
        stp_type=STP,
    )


def canceled(order: Order) -> messages.Canceled:
    return messages.Canceled(ids.order_id(order.id), times.with_offset(order.created_ms))


def answer(order: Order, *, best: bool, with_trades: bool = False) -> messages.OrderAnswer:
    request, money = order.request, money_of(order, FEE)
    by_amount = request.cost is not None
    price = request.cost if by_amount else request.price
    return messages.OrderAnswer(
        uuid=ids.order_id(order.id),
        side=side_of(order),
        ord_type=type_of(order, best),
        price=None if price is None else text(price),
        state=state_of(order),
        market=market_id(request.symbol),
        created_at=times.with_offset(order.created_ms),
        volume=None if by_amount else text(order.quantity),
        remaining_volume=None if by_amount else text(order.remaining),
        reserved_fee=text(money.reserved),
        remaining_fee=text(money.remaining),
        paid_fee=text(order.fee),
        locked=text(order.locked),
        executed_volume=text(order.filled),
        executed_funds=text(order.filled_cost),
        trades_count=len(order.executions),
        stp_type=STP,
        time_in_force=time_in_force_of(order) or UNSET,
        client_order_id=request.client_id or UNSET,
        cancel_type=cancel_type_of(order) or UNSET,
        trades=orders.trades(order, ids.trade_id, with_trend=False) if with_trades else UNSET,
    )
