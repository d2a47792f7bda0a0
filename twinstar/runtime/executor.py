"""Carry commands out at one venue, and report what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import assert_never

import msgspec

from twinstar.domain import (
    AmendOrder,
    CancelOrder,
    Command,
    Event,
    InstrumentId,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderInDoubt,
    OrderRejected,
    PlaceOrder,
    Role,
    Terms,
    VenueHalted,
)
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import Amending, Clock, Expecting, Trading
from twinstar.runtime.sequencer import Sequencer


async def execute(
    venue_id: str, trading: Trading, instruments: Iterable[InstrumentId], sequencer: Sequencer, clock: Clock
) -> None:
    """One lane an instrument: its commands leave in order, and no instrument waits for another."""
    async with asyncio.TaskGroup() as lanes:
        for instrument in instruments:
            lanes.create_task(_lane(venue_id, trading, instrument, sequencer, clock))


async def _lane(venue_id: str, trading: Trading, instrument: InstrumentId, sequencer: Sequencer, clock: Clock) -> None:
    outbox = sequencer.outbox(instrument)
    expecting = trading if isinstance(trading, Expecting) else None
    while True:
        posted = await outbox.get()
        if expecting is not None and isinstance(posted.command, PlaceOrder):
            expecting.expect(posted.command.order)  # made ready while the disk works
        await sequencer.durable(posted)
        await sequencer.clear(instrument, posted.command.order.order_id)  # the last look: nothing waits after it
        sequencer.leave(posted)
        for event in await _carry_out(venue_id, trading, posted.command, sequencer, clock):
            sequencer.accept(event)


async def _carry_out(
    venue_id: str, trading: Trading, command: Command, sequencer: Sequencer, clock: Clock
) -> tuple[Event, ...]:
    state = sequencer.engine.state
    match command:
        case PlaceOrder(order=order) if venue_id in state.halted:
            return (_rejected(order, f"not sent: halted, {state.halted[venue_id]}", clock),)
        case PlaceOrder(order=order) if venue_id not in state.ready and order.role is Role.ENTRY:
            return (_rejected(order, "not sent: the line was lost meanwhile", clock),)
        case PlaceOrder(order=order) if order.role is Role.ENTRY and (halt := state.halt(venue_id)):
            return (_rejected(order, f"not sent: entries were halted meanwhile, {halt.reason}", clock),)
        case PlaceOrder(order=order):
            return await _place(venue_id, trading, order, clock)
        case AmendOrder() | CancelOrder():
            # By now the venue may have told its id, or that the order is over.
            now = state.orders.get(command.order.order_id, command.order)
            over = now.status.is_final or venue_id in state.halted
            return () if over else await _change(venue_id, trading, msgspec.structs.replace(command, order=now), clock)
        case _:
            assert_never(command)


async def _change(
    venue_id: str, trading: Trading, command: AmendOrder | CancelOrder, clock: Clock
) -> tuple[Event, ...]:
    match command:
        case CancelOrder(order=order):
            return await _cancel(venue_id, trading, order, clock)
        case AmendOrder(order=order, terms=terms) if isinstance(trading, Amending):
            return await _amend(venue_id, trading, order, terms, clock)
        case AmendOrder(order=order, terms=terms):
            return (_amended(order, order.terms, terms, clock),)  # not sent: what stood still stands


async def _place(venue_id: str, trading: Trading, order: Order, clock: Clock) -> tuple[Event, ...]:
    try:
        venue_order_id = await trading.place(order)
    except VenueRejected as e:
        return (_rejected(order, e.reason, clock),)
    except VenueUnavailable as e:
        return (_rejected(order, f"not sent: {e.reason}", clock),)
    except AuthFailed as e:
        return (_rejected(order, e.reason, clock), _halted(venue_id, e, clock))
    except (OutcomeUnknown, BadMessage) as e:
        return (_in_doubt(order, e.reason, clock),)
    return (OrderAccepted(time_ms=clock.now_ms(), order_id=order.order_id, venue_order_id=venue_order_id),)


async def _amend(venue_id: str, trading: Amending, order: Order, terms: Terms, clock: Clock) -> tuple[Event, ...]:
    """A refusal says that it was not changed, and not whether it still stands: any answer but yes is a doubt."""
    try:
        venue_order_id = await trading.amend(order, terms)
    except VenueUnavailable:
        return (_amended(order, order.terms, terms, clock),)
    except AuthFailed as e:
        return (_in_doubt(order, e.reason, clock), _halted(venue_id, e, clock))
    except (VenueRejected, OutcomeUnknown, BadMessage) as e:
        return (_in_doubt(order, f"amend: {e.reason}", clock),)
    return (_amended(order, terms, terms, clock, venue_order_id),)


async def _cancel(venue_id: str, trading: Trading, order: Order, clock: Clock) -> tuple[Event, ...]:
    """Ask only; that it is canceled, or filled first, the venue will say. Any other answer is a doubt."""
    try:
        await trading.cancel(order)
    except AuthFailed as e:
        return (_in_doubt(order, e.reason, clock), _halted(venue_id, e, clock))
    except (VenueRejected, OutcomeUnknown, VenueUnavailable, BadMessage) as e:
        return (_in_doubt(order, f"cancel: {e.reason}", clock),)
    return ()


def _rejected(order: Order, reason: str, clock: Clock) -> OrderRejected:
    return OrderRejected(time_ms=clock.now_ms(), order_id=order.order_id, reason=reason)


def _amended(order: Order, terms: Terms, asked: Terms, clock: Clock, venue_order_id: str | None = None) -> OrderAmended:
    return OrderAmended(
        time_ms=clock.now_ms(), order_id=order.order_id, terms=terms, venue_order_id=venue_order_id, answers=asked
    )


def _in_doubt(order: Order, reason: str, clock: Clock) -> OrderInDoubt:
    return OrderInDoubt(time_ms=clock.now_ms(), order_id=order.order_id, reason=reason)


def _halted(venue_id: str, error: AuthFailed, clock: Clock) -> VenueHalted:
    return VenueHalted(time_ms=clock.now_ms(), venue=venue_id, reason=error.reason)
