"""Orders in the words that both venues have for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from msgspec import UNSET, Struct

from twinstar.sim.model import Execution, Kind, Order, Side, Status, TimeInForce
from twinstar.sim.wires.krw import messages, times
from twinstar.sim.wires.krw.markets import market_id
from twinstar.sim.wires.krw.numbers import plain, text

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


def time_in_force_of(order: Order) -> str | None:
    time_in_force = order.request.time_in_force
    return None if time_in_force is TimeInForce.GTC else time_in_force.value


def money_of(order: Order, fee_rate: Decimal) -> Money:
    request = order.request
    if request.side is Side.SELL:
        return Money(Decimal(0), Decimal(0))
    cost = request.cost if request.cost is not None else (request.price or Decimal(0)) * order.quantity
    reserved = plain(cost * fee_rate)
    return Money(reserved, max(reserved - order.fee, Decimal(0)) if order.status.is_open else Decimal(0))


def trades(order: Order, trade_id: Callable[[int], str], *, with_trend: bool) -> tuple[messages.OrderTrade, ...]:
    return tuple(
        messages.OrderTrade(
            market=market_id(fill.symbol),
            uuid=trade_id(fill.id),
            price=text(fill.price),
            volume=text(fill.quantity),
            funds=text(fill.price * fill.quantity),
            trend=_trend(fill) if with_trend else UNSET,
            created_at=times.with_offset(fill.time_ms, fraction=True),
            side=side_of(order),
        )
        for fill in order.executions
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


def _trend(fill: Execution) -> str:
    return "up" if (fill.side is Side.BUY) is not fill.maker else "down"
