"""Logging in that is broken off does not keep anybody from logging in later."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from builtin.ccxt.kit import BTC_USDT, Scene, scene

from twinstar.domain import InstrumentId, Timeframe
from twinstar.ports import Wanted
from twinstar.testing.conformance.listening import listening

LISTEN_KEY = "listenKey"


async def break_off_logging_in(one: Scene) -> None:
    """Cancelled while the venue takes its time over the listen key."""
    one.fault(on="rest", kind="hang", match=LISTEN_KEY)
    orders = list(one.venue.streams.open(Wanted((InstrumentId(BTC_USDT, one.name),), Timeframe.M1)))[-1]
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(anext(orders))
        async with asyncio.timeout(3):
            while one.server.faults.left():  # noqa: ASYNC110 - a fault that was spent tells nobody
                await asyncio.sleep(0.01)
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening


async def test_a_stream_that_was_cancelled_while_logging_in_can_be_opened_again() -> None:
    async with scene("binanceusdm") as one:
        await break_off_logging_in(one)
        async with listening(one.venue, BTC_USDT):
            assert [line for line in one.server.lines if "/private" in line.path]
