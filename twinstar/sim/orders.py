"""How an order changes. Pure: an order in, an order out."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from twinstar.sim.model import Execution, Kind, Listing, Order, Request, Side, Status, TimeInForce

ZERO = Decimal(0)


def accepted(request: Request, order_id: int, priority: int, now_ms: int) -> Order:
    return Order(
        id=order_id,
        request=request,
        status=Status.UNTRIGGERED if request.kind.is_trigger else Status.NEW,
        created_ms=now_ms,
        updated_ms=now_ms,
        quantity=request.quantity or ZERO,
        priority=priority,
    )


def triggered(order: Order, quantity: Decimal, priority: int, now_ms: int) -> Order:
    return replace(order, status=Status.NEW, triggered=True, quantity=quantity, priority=priority, updated_ms=now_ms)


def traded(order: Order, execution: Execution, locked: Decimal) -> Order:
    filled = order.filled + execution.quantity
    return replace(
        order,
        status=Status.FILLED if filled == order.quantity else Status.PARTLY_FILLED,
        filled=filled,
        filled_cost=order.filled_cost + execution.price * execution.quantity,
        fee=order.fee + execution.fee,
        locked=locked,
        executions=(*order.executions, execution),
        updated_ms=execution.time_ms,
    )


def ended(order: Order, status: Status, now_ms: int, reason: str = "") -> Order:
    return replace(order, status=status, locked=ZERO, reason=reason, updated_ms=now_ms)


def limit_of(order: Order) -> Decimal | None:
    """The worst price it may trade at; None is any price."""
    return order.request.price if order.request.kind.is_limit else None


def may_rest(order: Order) -> bool:
    patient = order.request.time_in_force in (TimeInForce.GTC, TimeInForce.POST_ONLY)
    return order.request.kind.is_limit and patient


def fires(order: Order, last: Decimal) -> bool:
    """A stop goes with the price, a take-profit against it."""
    trigger = order.request.trigger_price
    return trigger is not None and (last >= trigger if fires_upwards(order.request) else last <= trigger)


def fires_upwards(request: Request) -> bool:
    is_stop = request.kind in (Kind.STOP_MARKET, Kind.STOP_LIMIT)
    return is_stop is (request.side is Side.BUY)


def lock_of(order: Order, listing: Listing, quantity: Decimal) -> Decimal:
    """What a spot limit order locks for ``quantity`` still to come, of the asset it spends."""
    if order.request.side is Side.SELL:
        return quantity
    price = order.request.price or ZERO
    return quantity * price * (1 + listing.buyer_pays_on_top)
