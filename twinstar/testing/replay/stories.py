"""The stories that are recorded of every venue. Each returns what the adapter made of it, undated.

They use an adapter's own methods only, so they go the same way at the simulated exchange, at a venue and in a replay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgspec

from twinstar.domain import (
    AccountSeen,
    CandleClosed,
    Event,
    Instrument,
    Order,
    OrderFilled,
    OrderKind,
    OrderStatus,
    Role,
    Side,
    Timeframe,
)
from twinstar.errors import VenueError
from twinstar.ports import Gap, Trading, Venue
from twinstar.testing.conformance.listening import Heard, listening, order_of, until_told
from twinstar.testing.replay.scene import Scene

Facts: TypeAlias = Mapping[str, Any]
Story: TypeAlias = Callable[[Scene], Awaitable[Facts]]

MINUTE_MS: Final = 60_000
PAGES: Final = 240  # minutes


async def markets(s: Scene) -> Facts:
    """What may be traded, and in which steps."""
    return {"instruments": await s.listed(s.venue, *s.symbols)}


async def history(s: Scene) -> Facts:
    """Candles of four hours, in as many pages as it takes."""
    await s.listed(s.venue)
    assert s.venue.history is not None
    until_ms = s.begun_ms // MINUTE_MS * MINUTE_MS
    candles = await s.venue.history.candles(s.instrument, Timeframe.M1, until_ms - PAGES * MINUTE_MS, until_ms)
    return {"candles": candles}


async def orders(s: Scene) -> Facts:
    """In at market, a stop where the venue holds one, out at market; the streams tell all of it."""
    (instrument,) = await s.listed(s.venue)
    trading, price = _trading(s.venue), await s.last_price()
    entry = s.order(side=Side.BUY, role=Role.ENTRY)
    out = s.order(side=Side.SELL, role=Role.EXIT, reduce_only=not instrument.is_spot)
    async with listening(s.venue, s.symbols[0]) as heard:
        entry = await _placed(trading, entry)
        await _until_filled(heard, trading, entry)
        stop = await _stop_and_go(s, trading, instrument, price)
        out = msgspec.structs.replace(out, quantity=await _sellable(s, instrument, trading, entry))
        out = await _placed(trading, out)
        await _until_filled(heard, trading, out)
        told = {order.role.value: _of(heard.events, order) for order in (entry, out)}
    return {"told": told, "stop": stop, "account": await _account(trading)}


async def _stop_and_go(s: Scene, trading: Trading, instrument: Instrument, price: Decimal) -> Sequence[Event]:
    """What the account tells of it: not every venue streams the end of a stop."""
    if not instrument.resident_stops:
        return ()
    stop = s.order(
        side=Side.SELL,
        role=Role.STOP,
        kind=OrderKind.STOP,
        stop_price=instrument.round_price(price * Decimal("0.8")),
        reduce_only=not instrument.is_spot,
    )
    stop = await _placed(trading, stop)
    await trading.cancel(stop)
    return _of(await trading.account(Gap(orders=(stop,))), stop)


async def _sellable(s: Scene, instrument: Instrument, trading: Trading, entry: Order) -> Decimal:
    """On spot the fee may have been taken from what was bought."""
    if not instrument.is_spot:
        return entry.quantity
    seen = _seen(await trading.account(Gap()))
    free = next(balance.free for balance in seen.balances if balance.asset == instrument.base)
    return min(entry.quantity, instrument.round_quantity(free))


async def restart(s: Scene) -> Facts:
    """A position and a resting order, met again by an adapter that was just made."""
    (instrument,) = await s.listed(s.venue)
    trading, price = _trading(s.venue), await s.last_price()
    entry = s.order(side=Side.BUY, role=Role.ENTRY)
    resting = s.order(
        side=Side.BUY, role=Role.ENTRY, kind=OrderKind.LIMIT, price=instrument.round_price(price * Decimal("0.9"))
    )
    entry, resting = await _placed(trading, entry), await _placed(trading, resting)
    again = s.connect()
    await s.listed(again)
    known = tuple(msgspec.structs.replace(order, status=OrderStatus.IN_DOUBT) for order in (entry, resting))
    met = await _trading(again).account(Gap(orders=known))
    await _trading(again).cancel(resting)
    return {"met": _undated(met)}


async def errors(s: Scene) -> Facts:
    """What the venue answers when it will not."""
    (instrument,) = await s.listed(s.venue)
    trading, price = _trading(s.venue), await s.last_price()
    low = instrument.round_price(price * Decimal("0.9"))
    refused = {
        "too much": s.order(side=Side.BUY, role=Role.ENTRY, kind=OrderKind.LIMIT, price=low, quantity=Decimal(900_000)),
        "too little": s.order(
            side=Side.BUY, role=Role.ENTRY, kind=OrderKind.LIMIT, price=low, quantity=instrument.quantity_step
        ),
    }
    answers = {what: await _refusal(trading.place(order)) for what, order in refused.items()}
    unknown = s.order(side=Side.BUY, role=Role.ENTRY, kind=OrderKind.LIMIT, price=low)
    return {"answers": {**answers, "cancel of what never was": await _refusal(trading.cancel(unknown))}}


async def resync(s: Scene) -> Facts:
    """The lines are cut; anew they stand, and what closed meanwhile is had from history."""
    await s.listed(s.venue)
    assert s.venue.history is not None
    async with listening(s.venue, s.symbols[0]) as heard:
        await s.cut()
        await heard.until(lambda heard: heard.errors)
        lost = {type(error).__name__ for error in heard.errors}
    async with listening(s.venue, s.symbols[0]) as heard:
        await heard.until(lambda heard: heard.of(CandleClosed), within_s=90)
        first = heard.of(CandleClosed)[0].candle
    from_ms = first.open_ms - 5 * MINUTE_MS
    missed = await s.venue.history.candles(s.instrument, Timeframe.M1, from_ms, first.open_ms)
    return {"lost": sorted(lost), "missed": missed, "then": first}


STORIES: Final[Mapping[str, Story]] = {
    story.__name__: story for story in (markets, history, orders, restart, errors, resync)
}
TRADING: Final = frozenset({"orders", "restart", "errors"})  # at a venue these send orders


def _trading(venue: Venue) -> Trading:
    assert venue.trading is not None, "this venue does not trade here"
    return venue.trading


async def _placed(trading: Trading, order: Order) -> Order:
    """With the id that the venue has given it."""
    return msgspec.structs.replace(order, venue_order_id=await trading.place(order))


async def _until_filled(heard: Heard, trading: Trading, order: Order) -> None:
    await until_told(heard, trading, order, "OrderFilled")
    await heard.until(lambda heard: _filled(heard, order) >= order.quantity)


def _filled(heard: Heard, order: Order) -> Decimal:
    fills = {e.fill.fill_id: e.fill.quantity for e in heard.of(OrderFilled) if e.fill.order_id == order.order_id}
    return sum(fills.values(), Decimal(0))


def _of(events: Sequence[Event], order: Order) -> Sequence[Event]:
    """Once each: repeated news is a venue's right."""
    news = _undated([event for event in events if order_of(event) == order.order_id])
    return sorted({msgspec.json.encode(event): event for event in news}.values(), key=msgspec.json.encode)


async def _account(trading: Trading) -> Event:
    return _undated([_seen(await trading.account(Gap()))])[0]


def _seen(events: Sequence[Event]) -> AccountSeen:
    return next(event for event in events if isinstance(event, AccountSeen))


def _undated(events: Sequence[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, time_ms=0) for event in events]


async def _refusal(asked: Awaitable[object]) -> str:
    try:
        await asked
    except VenueError as error:
        return f"{type(error).__name__}: {error.reason}"
    return "accepted"


async def told_by(story: str, s: Scene) -> Facts:
    async with asyncio.timeout(120):
        return await STORIES[story](s)
