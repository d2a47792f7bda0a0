"""Carry commands out at one venue, and report what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import assert_never

from twinstar.domain import (
    CancelOrder,
    Command,
    Event,
    InstrumentId,
    Order,
    OrderAccepted,
    OrderInDoubt,
    OrderRejected,
    PlaceOrder,
    Role,
    VenueHalted,
)
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import Clock, Trading
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
    while True:
        posted = await outbox.get()
        await sequencer.durable(posted)
        await sequencer.clear(instrument, posted.command.order.order_id)  # the last look: nothing waits after it
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
        case PlaceOrder(order=order):
            return await _place(venue_id, trading, order, clock)
        case CancelOrder(order=order):
            # By now the venue may have told its id, or that the order is over.
            now = state.orders.get(order.order_id, order)
            return (
                () if now.status.is_final or venue_id in state.halted else await _cancel(venue_id, trading, now, clock)
            )
        case _:
            assert_never(command)


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


def _in_doubt(order: Order, reason: str, clock: Clock) -> OrderInDoubt:
    return OrderInDoubt(time_ms=clock.now_ms(), order_id=order.order_id, reason=reason)


def _halted(venue_id: str, error: AuthFailed, clock: Clock) -> VenueHalted:
    return VenueHalted(time_ms=clock.now_ms(), venue=venue_id, reason=error.reason)
