"""Several orders in one request, and all canceled at once: what became of each is told of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

import twinstar as ts
from lighter_shared import INSTALLED, QUALITY
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.several import MOST, cancel_all, place_several
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
BATCH = "POST /api/v1/sendTxBatch"


@asynccontextmanager
async def trading(**config: object) -> AsyncIterator[tuple[Stage, LighterTrading]]:
    async with staged(QUALITY, config=config) as s, listening(s.venue, s.symbol):
        assert isinstance(s.trading, LighterTrading)
        yield s, s.trading


async def test_several_orders_are_one_request_and_the_next_order_has_the_nonce_after_them() -> None:
    async with trading() as (s, desk):
        fates = await place_several(desk, [s.resting(quantity=s.quantity / 4) for _ in range(4)])
        assert len({*fates}) == len(s.theirs()) == 4
        assert all(isinstance(fate, str) for fate in fates)
        before = s.server.requests["GET /api/v1/nextNonce"]
        await desk.place(s.order())
        assert (s.server.requests[BATCH], s.server.requests["GET /api/v1/nextNonce"]) == (1, before)


async def test_one_that_cannot_be_said_is_not_sent_and_one_without_margin_is_rejected_and_the_others_stand() -> None:
    async with trading() as (s, desk):
        unsaid = s.resting(time_in_force=ts.TimeInForce.FOK)
        dear = s.resting(quantity=s.quantity * 1_000)
        first, second, third, fourth = await place_several(desk, [s.resting(), unsaid, dear, s.resting()])
        assert isinstance(first, str)
        assert isinstance(fourth, str)
        assert isinstance(second, ts.errors.VenueRejected)
        assert "fill-or-kill" in second.reason
        assert isinstance(third, ts.errors.VenueRejected)
        assert "margin" in third.reason


async def test_where_one_is_refused_those_before_it_stand_and_those_after_it_are_in_doubt_until_looked_for() -> None:
    async with trading(verdict_within_s=0.3) as (s, desk):
        small = s.resting(quantity=Decimal("0.0001"))
        first, second, third = await place_several(desk, [s.resting(), small, s.resting()])
        assert isinstance(first, str)
        assert isinstance(second, ts.errors.VenueError)
        assert isinstance(third, ts.errors.OutcomeUnknown)
        assert isinstance(await desk.place(s.resting()), str), "and the lane goes on"
        assert s.server.requests["POST /api/v1/sendTx"] == 1, "it asks for its number first, and is not refused"
        assert len(s.theirs()) == 2


async def test_an_answer_that_is_lost_leaves_no_order_unfound_and_none_twice() -> None:
    async with trading(timeout_s=0.5) as (s, desk):
        s.fault(on="rest", kind="drop", match="sendTxBatch")
        fates = await place_several(desk, [s.resting(), s.resting()])
        assert len(s.theirs()) == 2
        assert all(isinstance(fate, str) for fate in fates)


async def test_more_than_the_venue_takes_at_once_is_refused_before_anything_is_signed() -> None:
    async with trading() as (s, desk):
        with pytest.raises(ts.errors.VenueRejected, match="50 is the most"):
            await place_several(desk, [s.resting()] * (MOST + 1))
        assert not s.theirs()


async def test_one_transaction_cancels_all_and_tells_of_each_that_it_is_gone() -> None:
    async with trading() as (s, desk):
        placed = await place_several(desk, [s.resting(quantity=s.quantity / 4) for _ in range(3)])
        assert await cancel_all(desk) == dict.fromkeys(placed, True)
        assert not (await s.seen()).orders
        assert await cancel_all(desk) == {}


async def test_several_that_do_not_leave_are_told_to_have_stayed() -> None:
    async with trading() as (s, desk):
        s.fault(on="rest", kind="refuse", match="nextNonce", status=500, count=3)
        fates = await place_several(desk, [s.resting(), s.resting()])
        assert [type(fate) for fate in fates] == [ts.errors.VenueUnavailable] * 2
        assert not s.theirs()
