"""What the venue states of the account: whole or not at all, and the same after a restart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal

import msgspec

from twinstar.domain import (
    AccountSeen,
    Event,
    FundingPaid,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderStatus,
    Side,
)
from twinstar.errors import BadMessage, VenueUnavailable
from twinstar.ports import FundingSought, Gap
from twinstar.testing.conformance.case import case, same
from twinstar.testing.conformance.cases.doubts import doubtful, filled_in, kinds
from twinstar.testing.conformance.cases.orders import until_filled
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import MAIN, Stage

GARBLED = ("truncated", "html", "empty", "null", "wrong_types", "invalid_utf8")


def undated(events: Sequence[Event]) -> list[Event]:
    """All of it but the times of asking."""
    return [msgspec.structs.replace(event, time_ms=0) for event in events]


@case("A1", core=True)
async def what_is_held_is_stated_to_the_digit(s: Stage) -> None:
    await s.trading.place(s.order())
    seen = await s.seen()
    if s.exchange.listings[s.symbol].is_spot:
        same(seen.holdings, ())
        theirs = [(b.asset, b.free, b.locked) for b in s.exchange.balances(MAIN.account) if b.total]
        same(sorted((b.asset, b.free, b.locked) for b in seen.balances if b.free or b.locked), sorted(theirs))
    else:
        same([(h.instrument, h.quantity) for h in seen.holdings], [(s.instrument, s.held)])


@case("A2", core=True)
async def every_order_that_stands_is_listed_whoever_has_sent_it(s: Stage) -> None:
    ours, by_hand = s.resting(), s.resting(order_id="byhand", price=s.at("0.8"))
    for order in (ours, by_hand):
        await s.trading.place(order)
    told = {(o.client_order_id, o.side, o.kind, o.quantity, o.price, o.filled) for o in (await s.seen()).orders or ()}
    same(told, {(o.order_id, o.side, o.kind, o.quantity, o.price, Decimal(0)) for o in (ours, by_hand)})


@case("A3")
async def a_canceled_order_is_told_with_what_was_filled(s: Stage) -> None:
    order = s.resting()
    await s.trading.place(order)
    await s.trading.cancel(order)
    (ended,) = [event for event in await s.account_until(OrderCanceled, order) if isinstance(event, OrderCanceled)]
    same((ended.order_id, ended.filled), (order.order_id, 0))


@case("A4", core=True, long=True)
async def a_reading_is_whole_or_there_is_none(s: Stage) -> None:
    """Each of its questions goes wrong, in every other way. Some faults are mended below; none is half a truth."""
    order = s.order()
    await s.trading.place(order)
    await s.trading.place(s.resting())
    if (await s.listing.instruments([s.symbol]))[0].resident_stops:
        await s.trading.place(s.stop())
    before = s.asked()
    whole = undated(await s.account(order))
    parts = [what for what, times in s.asked().items() if times > before.get(what, 0)]
    assert parts, "nothing was asked"
    for part, kind in [(part, kind) for number, part in enumerate(parts) for kind in GARBLED[number % 2 :: 2]]:
        s.spoil_what_is_asked(kind, match=f"{re.escape(part.partition(' ')[2])}$", count=9)
        with suppress(VenueUnavailable, BadMessage):
            same((part, kind, undated(await s.account(order))), (part, kind, whole))
        s.server.faults.clear()
    same(undated(await s.account(order)), whole)


@case("A5")
async def a_fill_has_the_same_id_in_the_stream_and_in_a_reading(s: Stage) -> None:
    order, trading = s.order(), s.trading
    async with listening(s.venue, s.symbol) as heard:
        await trading.place(order)
        await until_filled(s, heard, order)
        streamed = {event.fill.fill_id: event.fill for event in heard.of(OrderFilled)}
    read = {e.fill.fill_id: e.fill for e in await s.account(doubtful(s, order)) if isinstance(e, OrderFilled)}
    same(sorted(read), sorted(streamed))
    for fill_id, fill in read.items():
        same((fill.price, fill.quantity), (streamed[fill_id].price, streamed[fill_id].quantity))


@case("A6", Tier.GOLD, core=True)
async def after_a_restart_orders_and_holdings_are_found_again(s: Stage) -> None:
    entry, resting = s.order(), s.resting()
    for order in (entry, resting):
        await s.trading.place(order)
    await s.close()
    again = s.connect()
    if again.listing is not None:
        await again.listing.instruments([s.symbol])
    known = [msgspec.structs.replace(order, status=OrderStatus.IN_DOUBT) for order in (entry, resting)]
    events = await s.account(*known, venue=again)
    same(filled_in(events), entry.quantity)
    same({e.order_id for e in events if isinstance(e, OrderAccepted)}, {entry.order_id, resting.order_id})
    seen = events[-1]
    assert isinstance(seen, AccountSeen)
    same([order.client_order_id for order in seen.orders or ()], [resting.order_id])


@case("A7")
async def funding_is_told_once_with_the_venues_own_id(s: Stage) -> None:
    await s.trading.place(s.order())
    since_ms = s.clock.now_ms() - 60_000
    for rate in ("0.0001", "-0.0003"):
        s.exchange.treasury.fund(Decimal(rate))
    sought = FundingSought(instruments=frozenset({s.instrument}), since_ms=since_ms)
    paid = [e for e in await s.trading.account(Gap(funding=sought)) if isinstance(e, FundingPaid)]
    theirs = s.exchange.payments(MAIN.account)
    assert theirs, "nothing was held"
    same([p.amount for p in paid], [t.amount for t in theirs])
    known = msgspec.structs.replace(sought, known=frozenset(p.payment_id for p in paid))
    same(kinds(await s.trading.account(Gap(funding=known))), ["AccountSeen"])


@case("A8")
async def of_200_changes_of_a_position_in_one_turn_none_is_lost(s: Stage) -> None:
    """It grows and shrinks in turn. A position is what fills add up to, and some tell one order's after the other's."""
    await s.trading.place(s.order())
    already, piece, low, high = len(s.executions), s.piece(200), s.at("0.99"), s.at("1.01")
    buy = s.resting(quantity=100 * piece, price=low)
    sell = s.resting(quantity=100 * piece, price=high, side=Side.SELL)
    async with listening(s.venue, s.symbol) as heard:
        for order in (buy, sell):
            await s.trading.place(order)
        for _ in range(100):
            s.trade(low, piece)
            s.trade(high, piece)
        for order in (buy, sell):
            await until_filled(s, heard, order)
    fills = [e.fill for e in heard.of(OrderFilled) if e.fill.order_id in (buy.order_id, sell.order_id)]
    told = [(f.side.value, f.price, f.quantity) for f in fills]
    true = [(e.side.value, e.price, e.quantity) for e in s.executions[already:]]
    same(sorted(told), sorted(true))
    same((len(true), len({f.fill_id for f in fills})), (200, 200))
