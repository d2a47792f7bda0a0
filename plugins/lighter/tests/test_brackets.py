"""An entry with its stop and its target in one transaction: what becomes of each, and each can be found again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from msgspec.structs import replace

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import Heard, listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.brackets import place_bracket, place_exits
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
SEND = "POST /api/v1/sendTx"
NONCE = "GET /api/v1/nextNonce"


@asynccontextmanager
async def trading(**config: object) -> AsyncIterator[tuple[Stage, LighterTrading, Heard]]:
    async with staged(QUALITY, config={"send_over": "rest", **config}) as s, listening(s.venue, s.symbol) as heard:
        assert isinstance(s.trading, LighterTrading)
        yield s, s.trading, heard


def target(s: Stage, **changes: object) -> ts.Order:
    wish = {"kind": ts.OrderKind.TAKE_PROFIT, "role": ts.Role.TAKE_PROFIT, "stop_price": s.at("1.1")}
    return s.stop(**{**wish, **changes})


def reasons(heard: Heard) -> dict[str, str]:
    """Of those that the venue ended by a rule of its own."""
    return {event.order_id: event.reason for event in heard.of(ts.OrderExpired)}


def filled(order: ts.Order) -> Callable[[Heard], object]:
    return lambda heard: "OrderFilled" in heard.news_of(order.order_id)


async def test_when_the_entry_fills_its_stop_and_its_target_stand_after_one_transaction() -> None:
    async with trading() as (s, desk, heard):
        entry, stop, profit = s.order(), s.stop(), target(s)
        fates = await place_bracket(desk, entry, stop, profit)
        await heard.until(filled(entry))
        standing = {each.venue_order_id: each for each in (await s.seen()).orders or ()}
        assert [*fates] == [entry.order_id, stop.order_id, profit.order_id]
        assert {fates[stop.order_id], fates[profit.order_id]} == standing.keys()
        for order in (stop, profit):
            there = standing[str(fates[order.order_id])]
            assert (there.client_order_id, there.quantity) == (order.order_id, entry.quantity)
            assert (there.kind, there.stop_price, there.reduce_only) == (order.kind, order.stop_price, True)
        assert s.server.requests[SEND] == 1
        await desk.place(s.order())
        assert s.server.requests[NONCE] == 1, "the next nonce is known"


async def test_the_stop_that_fires_cancels_the_target() -> None:
    async with trading() as (s, desk, heard):
        stop, profit = s.stop(), target(s)
        await place_bracket(desk, s.order(), stop, profit)
        s.trade(s.at("0.9"), s.quantity)
        await heard.until(filled(stop))
        await heard.until(lambda heard: profit.order_id in reasons(heard))
        assert reasons(heard) == {profit.order_id: "canceled-oco"}
        assert s.held == 0


@pytest.mark.parametrize("only", [ts.OrderKind.STOP, ts.OrderKind.TAKE_PROFIT])
async def test_an_entry_may_have_only_a_stop_or_only_a_target(only: ts.OrderKind) -> None:
    async with trading() as (s, desk, _):
        exits = (s.stop(), None) if only is ts.OrderKind.STOP else (None, target(s))
        fates = await place_bracket(desk, s.order(), *exits)
        assert all(isinstance(fate, str) for fate in fates.values())
        assert [each.kind for each in (await s.seen()).orders or ()] == [only]


async def test_an_entry_that_rests_has_its_exits_waiting_and_takes_them_along_when_it_is_canceled() -> None:
    async with trading() as (s, desk, heard):
        entry, stop, profit = s.resting(), s.stop(stop_price=s.at("0.8")), target(s)
        fates = await place_bracket(desk, entry, stop, profit)
        assert len({*fates.values()}) == 3
        await desk.cancel(entry)
        await heard.until(lambda heard: len(reasons(heard)) == 2)
        assert reasons(heard) == dict.fromkeys((stop.order_id, profit.order_id), "canceled-child")
        assert not (await s.seen()).orders


async def test_a_limit_entry_that_is_filled_later_gets_its_exits_then() -> None:
    async with trading() as (s, desk, heard):
        entry, stop = s.resting(), s.stop(stop_price=s.at("0.8"))
        fates = await place_bracket(desk, entry, stop)
        s.trade(s.at("0.89"), s.quantity)
        await heard.until(filled(entry))
        (there,) = (await s.seen()).orders or ()
        assert (there.venue_order_id, there.quantity) == (fates[stop.order_id], entry.quantity)


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ("rest", {"on": "rest", "kind": "drop", "match": "sendTx"}),
        ("socket", {"on": "ws", "kind": "lose", "frame": "jsonapi/sendtx"}),
    ],
)
async def test_an_answer_that_is_lost_leaves_no_part_unfound_and_none_twice(over: str, fault: dict[str, str]) -> None:
    async with trading(send_over=over, timeout_s=0.5) as (s, desk, _):
        s.fault(**fault)
        fates = await place_bracket(desk, s.order(), s.stop(), target(s))
        assert all(isinstance(fate, str) for fate in fates.values())
        assert len(s.theirs()) == 3


async def test_a_bracket_that_is_lost_and_not_found_is_unknown_part_by_part_until_the_account_is_read() -> None:
    async with trading(verdict_within_s=0.2, visibility_ms=500) as (s, desk, _):
        s.fault(on="rest", kind="refuse", match="sendTx", status=500)
        parts = s.order(), s.stop(), target(s)
        fates = await place_bracket(desk, *parts)
        assert [type(fate) for fate in fates.values()] == [ts.errors.OutcomeUnknown] * 3
        told = await s.account(*(replace(each, status=ts.OrderStatus.IN_DOUBT) for each in parts))  # since long ago
        assert {event.order_id for event in told if isinstance(event, ts.OrderRejected)} == {*fates}
        assert not s.theirs()


async def test_after_a_restart_each_part_is_found_by_its_own_id() -> None:
    async with trading() as (s, desk, heard):
        parts = s.order(), s.stop(), target(s)
        fates = await place_bracket(desk, *parts)
        await heard.until(filled(parts[0]))
        lost = [replace(each, status=ts.OrderStatus.IN_DOUBT) for each in parts]
        told = await s.account(*lost, venue=s.connect())
        found = {event.order_id: event.venue_order_id for event in told if isinstance(event, ts.OrderAccepted)}
        assert found == fates


async def test_an_entry_that_is_refused_is_refused_with_all_its_parts() -> None:
    async with trading() as (s, desk, _):
        dear = {"quantity": s.quantity * 1_000}
        fates = await place_bracket(desk, s.order(**dear), s.stop(**dear), target(s, **dear))
        for fate in fates.values():
            assert isinstance(fate, ts.errors.VenueRejected)
            assert "margin" in fate.reason
        assert not (await s.seen()).orders


async def test_exits_for_what_is_held_cancel_each_other() -> None:
    async with trading() as (s, desk, heard):
        await desk.place(entry := s.order())
        await heard.until(filled(entry))
        stop, profit = s.stop(), target(s)
        fates = await place_exits(desk, stop, profit)
        assert {each.venue_order_id for each in (await s.seen()).orders or ()} == {*fates.values()}
        s.trade(s.at("1.11"), s.quantity)
        await heard.until(filled(profit))
        await heard.until(lambda heard: stop.order_id in reasons(heard))
        assert reasons(heard) == {stop.order_id: "canceled-oco"}


async def test_exits_of_nothing_are_refused_in_the_venues_words() -> None:
    async with trading(verdict_within_s=0.3) as (s, desk, _):
        for fate in (await place_exits(desk, s.stop(), target(s))).values():
            assert isinstance(fate, ts.errors.VenueRejected)
            assert "21738" in fate.reason
        assert not s.theirs()


async def test_a_part_that_does_not_fit_is_refused_before_anything_is_signed() -> None:
    async with trading() as (s, desk, _):
        entry, stop, profit = s.order(), s.stop(), target(s)
        half = {"quantity": s.quantity / 2}
        for call, why in (
            (place_bracket(desk, entry), "an entry alone goes by `place`"),
            (place_bracket(desk, stop, profit), "an entry is at market or has a limit"),
            (place_bracket(desk, entry, profit), "given as stop, and is take_profit"),
            (place_bracket(desk, entry, None, stop), "given as take_profit, and is stop"),
            (place_bracket(desk, entry, s.stop(**half)), "quantity of its entry"),
            (place_bracket(desk, entry, s.stop(side=ts.Side.BUY)), "on the other side"),
            (place_bracket(desk, entry, stop, replace(profit, order_id=stop.order_id)), "unique"),
            (place_bracket(desk, s.resting(time_in_force=ts.TimeInForce.FOK), stop), "fill-or-kill"),
            (place_exits(desk, stop, target(s, **half)), "side of its stop"),
            (place_exits(desk, profit, stop), "given as stop, and is take_profit"),
        ):
            with pytest.raises(ts.errors.VenueRejected, match=why):
                await call
        assert not s.theirs()
        assert s.server.requests[SEND] == 0


async def test_a_bracket_that_does_not_leave_raises_as_an_order_does() -> None:
    async with trading() as (s, desk, _):
        s.fault(on="rest", kind="refuse", match="nextNonce", status=500, count=3)
        with pytest.raises(ts.errors.VenueUnavailable):
            await place_bracket(desk, s.order(), s.stop())
        small = {"quantity": Decimal("0.0001")}
        with pytest.raises(ts.errors.VenueRejected, match="21706"):
            await place_bracket(desk, s.order(**small), s.stop(**small))
        assert not s.theirs()
