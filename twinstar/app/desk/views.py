"""Orders, positions and balances as rows: of a running service's state, or of what a journal adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Reversible
from decimal import Decimal
from itertools import islice
from typing import Any

from msgspec import Struct

from twinstar.app.desk.asked import Asked
from twinstar.domain import Balance, InstrumentId, Order, Resting
from twinstar.engine import State, guard


class OrderRow(Struct, frozen=True, kw_only=True):
    order_id: str | None
    venue_order_id: str | None
    instrument: str
    side: str
    kind: str
    role: str | None
    quantity: Decimal
    filled: Decimal
    average_price: Decimal | None
    price: Decimal | None
    stop_price: Decimal | None
    protect_at: Decimal | None  # where what an entry fills is to be closed again
    status: str
    reason: str
    strategy: str | None
    created_ms: int | None
    status_ms: int | None
    ours: bool = True  # false: somebody else's, that stands at the venue


class PositionRow(Struct, frozen=True, kw_only=True):
    """``state``: "open"; "dust", less than the venue lets anybody sell; or "external", held there and not ours."""

    instrument: str
    state: str
    side: str
    quantity: Decimal
    entry_price: Decimal | None
    last_price: Decimal | None
    unrealized: Decimal | None
    asset: str  # that profit is counted in
    protection: str  # resident | local | none
    stop_price: Decimal | None
    differs: str  # what the venue holds otherwise


class BalanceRow(Struct, frozen=True, kw_only=True):
    """``locked`` is bound by open orders or as margin, and still ours; ``held``: our lots among it, on spot."""

    venue: str
    asset: str
    free: Decimal
    locked: Decimal
    total: Decimal
    held: Decimal
    dust: bool  # less than the venue lets anybody sell
    as_of_ms: int  # when the venue told


def orders(state: State, asked: Asked) -> list[OrderRow]:
    """The newest last; somebody else's, which have no time, at the end."""
    known: Reversible[Order] = state.orders.values()  # as they were made
    if asked.open_only:
        known = sorted(state.all_open(), key=lambda order: order.created_ms)
    mine = (order for order in reversed(known) if asked.is_about(order.instrument) and asked.reaches(order.created_ms))
    newest = list(islice(mine, asked.last))  # and no further: the trading process waits meanwhile
    return [order_row(order) for order in reversed(newest)] + [
        _foreign(resting)
        for standing in state.resting.values()
        for resting in standing
        if asked.is_about(resting.instrument) and resting.client_order_id not in state.orders
    ]


def positions(state: State, asked: Asked) -> list[PositionRow]:
    about = sorted(of for of in {*state.positions, *state.external} if asked.is_about(of))
    return [row for of in about for row in _positions(of, state)]


def balances(state: State, asked: Asked) -> list[BalanceRow]:
    return [
        _balance(venue, balance, state)
        for venue, theirs in sorted(state.balances.items())
        if asked.is_about_venue(venue)
        for balance in theirs
        if balance.free or balance.locked
    ]


View = Callable[[State, Asked], list[Any]]
VIEWS: Mapping[str, View] = {"orders": orders, "positions": positions, "balances": balances}


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        order_id=order.order_id,
        venue_order_id=order.venue_order_id,
        instrument=str(order.instrument),
        side=order.side.value,
        kind=order.kind.value,
        role=order.role.value,
        quantity=order.quantity,
        filled=order.filled,
        average_price=order.average_price if order.filled else None,
        price=order.price,
        stop_price=order.stop_price,
        protect_at=order.protect_at,
        status=order.status.value,
        reason=order.reason,
        strategy=order.strategy,
        created_ms=order.created_ms,
        status_ms=order.status_ms,
    )


def _foreign(resting: Resting) -> OrderRow:
    return OrderRow(
        order_id=resting.client_order_id,
        venue_order_id=resting.venue_order_id,
        instrument=str(resting.instrument),
        side=resting.side.value,
        kind=resting.kind.value,
        role=None,
        quantity=resting.quantity,
        filled=resting.filled,
        average_price=None,
        price=resting.price,
        stop_price=resting.stop_price,
        protect_at=None,
        status="standing",
        reason="",
        strategy=None,
        created_ms=None,
        status_ms=None,
        ours=False,
    )


def _positions(of: InstrumentId, state: State) -> Iterator[PositionRow]:
    position, price = state.position(of), state.last_price(of)
    if not position.is_flat:
        yield _position(
            of,
            state,
            what="dust" if state.is_dust(of) else "open",
            quantity=position.quantity,
            entry_price=position.average_price,
            unrealized=None if price is None else position.unrealized(price),
            protection=guard(state, of).value,
            stop_price=state.stops.get(of),
        )
    external = state.external.get(of, Decimal(0))
    if external:
        yield _position(of, state, what="external", quantity=external)


def _position(
    of: InstrumentId,
    state: State,
    *,
    what: str,
    quantity: Decimal,
    entry_price: Decimal | None = None,
    unrealized: Decimal | None = None,
    protection: str = "none",
    stop_price: Decimal | None = None,
) -> PositionRow:
    instrument, difference = state.instruments.get(of), state.differences.get(of)
    return PositionRow(
        instrument=str(of),
        state=what,
        side="long" if quantity > 0 else "short",
        quantity=abs(quantity),
        entry_price=entry_price,
        last_price=state.last_price(of),
        unrealized=unrealized,
        asset="" if instrument is None else instrument.settle or instrument.quote,
        protection=protection,
        stop_price=stop_price,
        differs="" if difference is None else f"the venue holds {difference.there}, the books {difference.here}",
    )


def _balance(venue: str, balance: Balance, state: State) -> BalanceRow:
    total = balance.free + balance.locked
    traded = [i for i in state.instruments.values() if i.id.venue == venue and i.is_spot and i.base == balance.asset]
    return BalanceRow(
        venue=venue,
        asset=balance.asset,
        free=balance.free,
        locked=balance.locked,
        total=total,
        held=_summed(state.position(instrument.id).quantity for instrument in traded),
        as_of_ms=state.seen_ms[venue],
        dust=bool(traded) and all(instrument.is_dust(total, state.last_price(instrument.id)) for instrument in traded),
    )


def _summed(quantities: Iterable[Decimal]) -> Decimal:
    return sum(quantities, Decimal(0))
