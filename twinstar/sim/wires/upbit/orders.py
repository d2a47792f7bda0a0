"""Orders and balances as Upbit words them, in answers and in frames; the times are wall time."""

from __future__ import annotations

from msgspec import UNSET

from twinstar.sim.model import Execution, Order
from twinstar.sim.wires.krw import orders, times
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.messages import OrderTrade
from twinstar.sim.wires.krw.numbers import plain, text
from twinstar.sim.wires.krw.orders import AVERAGE, money_of, side_of, state_of, time_in_force_of, type_of
from twinstar.sim.wires.upbit import frames, ids, messages
from twinstar.sim.wires.upbit.markets import FEE


def answer(order: Order, *, best: bool = False, listed: bool = False) -> messages.OrderAnswer:
    request, money = order.request, money_of(order, FEE)
    price = request.price if request.cost is None else request.cost
    by_amount = request.cost is not None
    return messages.OrderAnswer(
        market=market_id(request.symbol),
        uuid=ids.order_uuid(order.id),
        side=side_of(order),
        ord_type=type_of(order, best),
        price=None if price is None else text(price),
        state=state_of(order),
        created_at=times.with_offset(order.created_ms),
        volume=None if by_amount else text(order.quantity),
        remaining_volume=None if by_amount else text(order.remaining),
        executed_volume=text(order.filled),
        reserved_fee=text(money.reserved),
        remaining_fee=text(money.remaining),
        paid_fee=text(order.fee),
        locked=text(order.locked),
        trades_count=len(order.executions),
        time_in_force=time_in_force_of(order) or UNSET,
        identifier=request.client_id or UNSET,
        executed_funds=text(order.filled_cost) if listed else UNSET,
    )


def trades(order: Order) -> tuple[OrderTrade, ...]:
    return orders.trades(order, ids.trade_uuid, with_trend=True)


def frame(
    order: Order, state: str, now_ms: int, *, fill: Execution | None = None, best: bool = False
) -> frames.MyOrder:
    request, money = order.request, money_of(order, FEE)
    by_amount = request.cost is not None
    price = fill.price if fill else request.cost if by_amount else request.price
    volume = fill.quantity if fill else None if by_amount else order.quantity
    return frames.MyOrder(
        code=market_id(request.symbol),
        uuid=ids.order_uuid(order.id),
        ask_bid=side_of(order).upper(),
        order_type=type_of(order, best),
        state=state,
        trade_uuid=ids.trade_uuid(fill.id) if fill else None,
        price=None if price is None else plain(price),
        avg_price=plain(order.average_price.quantize(AVERAGE)),
        volume=None if volume is None else plain(volume),
        remaining_volume=None if by_amount else plain(order.remaining),
        executed_volume=plain(order.filled),
        trades_count=len(order.executions),
        reserved_fee=money.reserved,
        remaining_fee=plain(money.remaining),
        paid_fee=plain(order.fee),
        locked=plain(order.locked),
        executed_funds=plain(order.filled_cost),
        time_in_force=time_in_force_of(order),
        trade_fee=plain(fill.fee) if fill else None,
        is_maker=fill.maker if fill else None,
        identifier=request.client_id,
        trade_timestamp=fill.time_ms if fill else None,
        order_timestamp=order.created_ms,
        timestamp=now_ms,
    )
