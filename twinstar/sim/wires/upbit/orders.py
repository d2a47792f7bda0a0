"""Orders and balances as Upbit words them, in answers and in frames; the times are wall time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import UNSET, Struct

from twinstar.sim.model import Execution, Kind, Order, Side, Status, TimeInForce
from twinstar.sim.wires.upbit import frames, ids, messages, times
from twinstar.sim.wires.upbit.markets import FEE, market_id
from twinstar.sim.wires.upbit.numbers import plain, text

AVERAGE = Decimal("1e-8")


class Money(Struct, frozen=True):
    """Fees of an order: a buy reserves them with its price, a sell pays them out of what it gets."""

    reserved: Decimal
    remaining: Decimal


def side_of(order: Order) -> str:
    return "bid" if order.request.side is Side.BUY else "ask"


def state_of(order: Order) -> str:
    """A market buy that leaves a rest too small to buy anything ends as cancel, not as done.

    Source: docs.upbit.com/reference/주문-리스트-조회, on ``state``.
    """
    if order.status.is_open:
        return "wait"
    cost = order.request.cost
    whole = order.status is Status.FILLED and (cost is None or order.filled_cost == cost)
    return "done" if whole else "cancel"


def type_of(order: Order, best: bool = False) -> str:
    if best:
        return "best"
    if order.request.kind is Kind.LIMIT:
        return "limit"
    return "price" if order.request.side is Side.BUY else "market"


def money_of(order: Order) -> Money:
    request = order.request
    if request.side is Side.SELL:
        return Money(Decimal(0), Decimal(0))
    cost = request.cost if request.cost is not None else (request.price or Decimal(0)) * order.quantity
    reserved = plain(cost * FEE)
    return Money(reserved, max(reserved - order.fee, Decimal(0)) if order.status.is_open else Decimal(0))


def answer(order: Order, *, best: bool = False, listed: bool = False) -> messages.OrderAnswer:
    request, money = order.request, money_of(order)
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
        time_in_force=_time_in_force(order) or UNSET,
        identifier=request.client_id or UNSET,
        executed_funds=text(order.filled_cost) if listed else UNSET,
    )


def trades(order: Order) -> tuple[messages.OrderTrade, ...]:
    return tuple(
        messages.OrderTrade(
            market=market_id(fill.symbol),
            uuid=ids.trade_uuid(fill.id),
            price=text(fill.price),
            volume=text(fill.quantity),
            funds=text(fill.price * fill.quantity),
            trend="up" if (fill.side is Side.BUY) is not fill.maker else "down",
            created_at=times.with_offset(fill.time_ms, fraction=True),
            side=side_of(order),
        )
        for fill in order.executions
    )


def frame(
    order: Order, state: str, now_ms: int, *, fill: Execution | None = None, best: bool = False
) -> frames.MyOrder:
    request, money = order.request, money_of(order)
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
        time_in_force=_time_in_force(order),
        trade_fee=plain(fill.fee) if fill else None,
        is_maker=fill.maker if fill else None,
        identifier=request.client_id,
        trade_timestamp=fill.time_ms if fill else None,
        order_timestamp=order.created_ms,
        timestamp=now_ms,
    )


def average_buy_prices(executions: Iterable[Execution]) -> Mapping[str, Decimal]:
    """By base asset: what the units still held were bought for, on average."""
    held: dict[str, tuple[Decimal, Decimal]] = {}
    for fill in executions:
        asset = fill.symbol.partition("/")[0]
        quantity, cost = held.get(asset, (Decimal(0), Decimal(0)))
        if fill.side is Side.BUY:
            held[asset] = (quantity + fill.quantity, cost + fill.quantity * fill.price)
        else:
            left = max(quantity - fill.quantity, Decimal(0))
            held[asset] = (left, cost * left / quantity if quantity else Decimal(0))
    return {asset: (cost / quantity).quantize(AVERAGE) for asset, (quantity, cost) in held.items() if quantity}


def _time_in_force(order: Order) -> str | None:
    time_in_force = order.request.time_in_force
    return None if time_in_force is TimeInForce.GTC else time_in_force.value
