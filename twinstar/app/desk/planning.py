"""What a start would find in the accounts: the venues are read, and nothing is changed anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

from twinstar.app.desk.verdicts import APART_S, Plan, Shown, shown
from twinstar.app.parts import opened, rules_of, simulated
from twinstar.app.reading import read_records, read_state
from twinstar.config import Settings
from twinstar.domain import (
    AccountSeen,
    InstrumentListed,
    Order,
    OrderInDoubt,
    OrderStatus,
    Verdict,
)
from twinstar.engine import Finding, Rules, State
from twinstar.engine.reconcile import reconcile
from twinstar.errors import AuthFailed, ConfigError, VenueError
from twinstar.plugin import Plugins
from twinstar.ports import Clock, Gap, Venue
from twinstar.runtime.venue_clock import MeasuredClock

ANSWERS_WITHIN_S: Final = 30.0


async def plan(settings: Settings, venues: tuple[str, ...], *, plugins: Plugins, clock: Clock) -> Plan:
    """Raise `AuthFailed` where a key is refused, `ConfigError` for a venue that is not there."""
    for venue_id in venues:
        if venue_id not in settings.venues:
            raise ConfigError(f"no venue {venue_id!r}; there are: {', '.join(sorted(settings.venues))}")
    state = _as_at_a_start(read_state(read_records(settings, plugins)), clock)
    rows: list[Shown] = []
    read: list[str] = []
    unread: dict[str, str] = {}
    async with simulated(settings) as endpoints:
        for venue_id in venues or settings.venues:
            opening = opened(venue_id, settings, endpoints, plugins=plugins, clock=clock, state_dir=settings.state_dir)
            async with opening as (venue, time):
                if venue.trading is None:
                    continue
                try:
                    async with asyncio.timeout(ANSWERS_WITHIN_S):
                        rows += await _look(venue, time, settings, state, clock)
                    read.append(venue_id)
                except AuthFailed:
                    raise
                except VenueError as e:
                    unread[venue_id] = e.reason
                except TimeoutError:
                    unread[venue_id] = f"no answer within {ANSWERS_WITHIN_S:.0f} s"
    return Plan(rows=rows, read=read, unread=unread)


def _as_at_a_start(state: State, clock: Clock) -> State:
    """Whatever was on its way when the last service ended is in doubt."""
    state.forget_what_was_on_its_way()
    for order in state.with_status(OrderStatus.SUBMITTED):
        state.apply(OrderInDoubt(time_ms=clock.now_ms(), order_id=order.order_id, reason="on its way at the end"))
    return state


async def _look(venue: Venue, time: MeasuredClock, settings: Settings, state: State, clock: Clock) -> list[Shown]:
    _, config = settings.venues[venue.id]
    if venue.ask_time is not None:
        time.take(await venue.ask_time())
    if venue.listing is not None:
        for instrument in await venue.listing.instruments(config.instruments):
            state.apply(InstrumentListed(time_ms=clock.now_ms(), instrument=instrument))
    before = {order.order_id: order for order in state.unsettled(venue.id)}
    found: list[Finding] = []
    for pause_s in (APART_S, 0.0):
        found = await _read(venue, state, rules_of(config.reconcile))
        await clock.sleep(pause_s)
    return [*_settled(venue.id, before, state), *(shown(venue.id, one, done="planned") for one in found)]


async def _read(venue: Venue, state: State, rules: Rules) -> list[Finding]:
    if venue.trading is None:
        return []
    found: list[Finding] = []
    for event in await venue.trading.account(Gap(orders=state.unsettled(venue.id))):
        state.apply(event)
        if isinstance(event, AccountSeen):
            found = reconcile(state, event, rules)
    return found


def _settled(venue_id: str, before: Mapping[str, Order], state: State) -> Iterator[Shown]:
    """Orders that went on while nobody watched."""
    for order_id, old in before.items():
        new = state.orders[order_id]
        if (new.status, new.filled) != (old.status, old.filled):
            here, there = (f"{order.status.value} with {order.filled} filled" for order in (old, new))
            yield Shown(
                venue=venue_id,
                verdict=Verdict.UPDATE.value,
                subject="order",
                instrument=str(new.instrument),
                evidence=f"order {order_id} is {there} at the venue and {here} in the books",
                rule="what became of an order the venue says",
                state="planned",
            )
