"""An order that is signed before it may leave: it leaves so, or is signed anew; never early, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

import twinstar as ts
from lighter_posting import Watched
from lighter_shared import INSTALLED, QUALITY, market, order
from twinstar.testing import LoopClock, run_virtual
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage, staged
from twinstar_lighter.drafts import FRESH_S, Drafts, Prepared
from twinstar_lighter.nonces import Place
from twinstar_lighter.signer import OrderFields
from twinstar_lighter.trading import LighterTrading

pytestmark = [
    pytest.mark.usefixtures("native"),
    INSTALLED,
]
SEND = "POST /api/v1/sendTx"


@asynccontextmanager
async def desk() -> AsyncIterator[tuple[Stage, LighterTrading, list[Place]]]:
    """With a first order sent: from there on the next nonce is known."""
    async with staged(QUALITY, config={"send_over": "rest"}) as s, listening(s.venue, s.symbol):
        assert isinstance(s.venue.trading, LighterTrading)
        watched = Watched(s.venue.trading.signer)
        trading = msgspec.structs.replace(s.venue.trading, signer=watched)  # type: ignore[arg-type]
        await trading.place(s.resting())
        watched.places.clear()
        yield s, trading, watched.places


async def test_an_order_that_was_expected_is_signed_once_and_sent_once() -> None:
    async with desk() as (s, trading, places):
        sent, one = s.server.requests[SEND], s.resting()
        trading.expect(one)
        await asyncio.sleep(0.05)
        assert (len(places), s.server.requests[SEND]) == (1, sent)  # signed, and nothing has left
        assert await trading.place(one)
        assert (len(places), s.server.requests[SEND]) == (1, sent + 1)


async def test_an_order_that_another_has_overtaken_is_signed_anew() -> None:
    async with desk() as (s, trading, places):
        await trading.place(standing := s.resting())
        trading.expect(late := s.resting())
        await trading.cancel(standing)
        assert await trading.place(late)
        assert [place.nonce - places[0].nonce for place in places] == [0, 1, 2]


async def test_a_draft_that_nobody_takes_leaves_no_hole() -> None:
    async with desk() as (s, trading, places):
        trading.expect(s.resting())  # and then it is refused: entries were halted
        assert await trading.place(s.resting())
        assert await trading.place(s.resting())
        assert [place.nonce - places[0].nonce for place in places] == [0, 0, 1]


async def test_what_cannot_be_said_is_refused_when_it_is_placed_and_not_when_it_is_expected() -> None:
    async with desk() as (s, trading, places):
        odd = msgspec.structs.replace(s.resting(), time_in_force=ts.TimeInForce.FOK)
        trading.expect(odd)
        with pytest.raises(ts.errors.VenueRejected, match="fill-or-kill"):
            await trading.place(odd)
        assert places == []


def test_a_draft_is_of_one_order_and_soon_too_old() -> None:
    async def story() -> None:
        clock, one, signed = LoopClock(), order(), asyncio.get_running_loop().create_future()
        drafts = Drafts(clock)
        fields = OrderFields(market=0, client_index=7, size=5, price=9, is_ask=0, kind=0, time_in_force=1)
        prepared = Prepared(one, market(), fields)

        drafts.put(prepared, Place(4, 1), signed)
        assert drafts.take(order(order_id="ts01f2k7q3d000000002")) is None
        drafts.put(prepared, Place(4, 1), signed)
        assert (draft := drafts.take(one)) is not None
        assert (draft.place, drafts.take(one)) == (Place(4, 1), None)
        drafts.put(prepared, Place(4, 1), signed)
        await clock.sleep(FRESH_S)
        assert drafts.take(one) is None

    run_virtual(story())
