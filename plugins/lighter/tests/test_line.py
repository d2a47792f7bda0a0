"""What keeps a line alive: the venue's pings are answered, and it hears from us well within its two minutes.

Over a socket, in virtual time: in silence a line is woken by what aiohttp makes of its heartbeat.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from simulation.wired import run_wired

import twinstar as ts
from lighter_posting import context_of
from twinstar.testing import LoopClock
from twinstar.testing.replay.relay import serving
from twinstar_lighter.line import frames, opened
from twinstar_lighter.messages import of_market

PATIENCE_S = 120  # the venue's
PONG = {"type": "pong"}
Says = list[tuple[float, str]]


class Venue:
    """Says these frames, each after its pause, and is silent then; keeps what it hears, and when."""

    def __init__(self, says: Says, *, answers_pings: bool = True) -> None:
        self._says, self._answers_pings = says, answers_pings
        self.heard: list[tuple[float, Any]] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        async with asyncio.TaskGroup() as group:
            talking = group.create_task(self._talk(socket))
            async for message in socket:
                if message.type is WSMsgType.PING and self._answers_pings:
                    await socket.pong(message.data)
                elif message.type is not WSMsgType.PING:
                    self.heard.append((now_s(), message.data if message.type is WSMsgType.PONG else message.json()))
            talking.cancel()
        return socket

    async def _talk(self, socket: web.WebSocketResponse) -> None:
        for pause_s, text in self._says:
            await asyncio.sleep(pause_s)
            await (socket.ping(b"there?") if text == "PING" else socket.send_str(text))


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def listen(venue: Venue, for_s: float) -> Counter[str]:
    """How many frames of each type were told."""
    told = Counter[str]()
    async with (
        serving(venue.serve) as url,
        aiohttp.ClientSession() as session,
        opened(session, url, context_of(LoopClock()), "market", 5) as line,
    ):
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                async for frame in frames(line, of_market, Counter(), private=False):
                    told[frame.type] += 1
    return told


@pytest.mark.parametrize("says_every_s", [None, 1.0, 19.0, 29.0, 44.0, 50.0])
def test_however_much_is_heard_the_line_is_spoken_on_within_two_minutes(says_every_s: float | None) -> None:
    async def story() -> None:
        says = [] if says_every_s is None else [(says_every_s, '{"type":"update/trade"}')] * 600
        venue, began_s = Venue(says), now_s()
        await listen(venue, 600)
        times = [began_s, *(time_s for time_s, _ in venue.heard), began_s + 600]
        assert max(after - before for before, after in pairwise(times)) < PATIENCE_S / 2
        assert all(message == PONG for _, message in venue.heard)

    run_wired(story())


def test_a_ping_is_answered_at_once_and_what_follows_is_heard() -> None:
    async def story() -> None:
        venue = Venue([(1.0, '{"type":"ping"}'), (1.0, "PING"), (1.0, '{"type":"update/trade"}')])
        began_s = now_s()
        assert await listen(venue, 10) == {"ping": 1, "update/trade": 1}
        assert [(round(time_s - began_s), message) for time_s, message in venue.heard] == [(1, PONG), (2, b"there?")]

    run_wired(story())


def test_a_line_on_which_nothing_comes_back_is_lost() -> None:
    with pytest.raises(ts.errors.VenueUnavailable, match="market: closed"):
        run_wired(listen(Venue([], answers_pings=False), 60))
