"""Our words in the simulated exchange's, and its own in ours. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from twinstar import domain
from twinstar.domain import (
    Event,
    Fill,
    Instrument,
    InstrumentId,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderKind,
    Resting,
    Terms,
)
from twinstar.sim.model import Execution, Kind, Listing, Order, OrderChanged, Request, Side, Status, TimeInForce

MAX_LEVERAGE = 125
_KINDS = {
    OrderKind.MARKET: Kind.MARKET,
    OrderKind.LIMIT: Kind.LIMIT,
    OrderKind.STOP: Kind.STOP_MARKET,
    OrderKind.TAKE_PROFIT: Kind.TAKE_PROFIT_MARKET,
}
_OUR_KINDS = {theirs: ours for ours, theirs in _KINDS.items()}


def listing_of(instrument: Instrument, fee: Decimal) -> Listing:
    """``fee``: where the venue's listing tells none."""
    return Listing(
        symbol=instrument.id.symbol,
        base=instrument.base,
        quote=instrument.quote,
        settle=instrument.settle,
        tick=instrument.price_step,
        lot=instrument.quantity_step,
        min_quantity=instrument.min_quantity,
        min_notional=instrument.min_notional,
        maker_fee=fee if instrument.maker_fee is None else instrument.maker_fee,
        taker_fee=fee if instrument.taker_fee is None else instrument.taker_fee,
        max_leverage=MAX_LEVERAGE,
    )


def request_of(order: domain.Order) -> Request:
    return Request(
        symbol=order.instrument.symbol,
        side=Side(order.side.value),
        kind=_KINDS[order.kind],
        quantity=order.quantity,
        price=order.price if order.kind is OrderKind.LIMIT else None,
        trigger_price=order.stop_price if order.kind.is_trigger else None,
        time_in_force=TimeInForce(order.time_in_force.value),
        reduce_only=order.reduce_only,
        client_id=order.order_id,
    )


def resting_of(order: Order, venue: str) -> Resting:
    request = order.request
    return Resting(
        venue_order_id=venue_order_id(order),
        client_order_id=request.client_id,
        instrument=InstrumentId(request.symbol, venue),
        side=domain.Side(request.side.value),
        kind=_OUR_KINDS[request.kind],
        quantity=order.quantity,
        filled=order.filled,
        price=request.price,
        stop_price=request.trigger_price,
        reduce_only=request.reduce_only,
    )


def terms_of(order: Order) -> Terms:
    return Terms(quantity=order.quantity, price=order.request.price, stop_price=order.request.trigger_price)


def venue_order_id(order: Order) -> str:
    return f"paper-{order.id}"


def news_of(changed: OrderChanged, venue: str) -> Event | None:
    """What a private stream would tell; None for what it need not, and for what the exchange itself ordered."""
    order, order_id = changed.order, changed.order.request.client_id
    if order_id is None:
        return None
    if changed.execution is not None:
        return _filled(changed.execution, order_id, venue)
    return _accepted(order, order_id) if changed.what == "new" else _over(order, order_id)


def fate_of(order: Order, order_id: str, venue: str) -> Iterator[Event]:
    """All that became of it."""
    yield _accepted(order, order_id)
    for execution in order.executions:
        yield _filled(execution, order_id, venue)
    over = _over(order, order_id)
    if over is not None:
        yield over


def _accepted(order: Order, order_id: str) -> Event:
    return OrderAccepted(time_ms=order.created_ms, order_id=order_id, venue_order_id=venue_order_id(order))


def _filled(execution: Execution, order_id: str, venue: str) -> Event:
    return OrderFilled(
        time_ms=execution.time_ms,
        fill=Fill(
            fill_id=f"{order_id}-{execution.id}",  # a new account counts from 1 again, and a journal may know the old
            order_id=order_id,
            instrument=InstrumentId(execution.symbol, venue),
            side=domain.Side(execution.side.value),
            price=execution.price,
            quantity=execution.quantity,
            fee=execution.fee,
            fee_asset=execution.fee_asset,
        ),
    )


def _over(order: Order, order_id: str) -> Event | None:
    """That it was filled, the fills say."""
    if order.status is Status.CANCELED:
        return OrderCanceled(time_ms=order.updated_ms, order_id=order_id, filled=order.filled, reason=order.reason)
    if order.status is Status.EXPIRED:
        return OrderExpired(time_ms=order.updated_ms, order_id=order_id, filled=order.filled, reason=order.reason)
    return None
