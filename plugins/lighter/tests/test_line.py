"""What keeps a line alive: the venue's pings are answered, and it hears from us well within its two minutes."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import aiohttp
import pytest

from lighter_posting import context_of
from twinstar.testing import LoopClock, run_virtual
from twinstar_lighter.line import Line, frames
from twinstar_lighter.messages import of_market

PATIENCE_S = 120  # the venue's


class Socket:
    """Says these frames, each after its pause, and is silent then; keeps what it hears, and when."""

    close_code = None

    def __init__(self, *says: tuple[float, str]) -> None:
        self._says = list(says)
        self.heard: list[tuple[float, dict[str, str]]] = []

    async def receive(self, timeout_s: float) -> aiohttp.WSMessage:
        pause_s, text = self._says[0] if self._says else (float("inf"), "")
        if pause_s > timeout_s:
            self._says[:1] = [(pause_s - timeout_s, text)]
            await asyncio.sleep(timeout_s)
            raise TimeoutError
        await asyncio.sleep(pause_s)
        del self._says[0]
        return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, text, None)

    async def send_str(self, text: str) -> None:
        self.heard.append((asyncio.get_running_loop().time(), json.loads(text)))


async def listen(socket: Socket, for_s: float) -> Counter[str]:
    """How many frames of each type were told."""
    line, told = Line(socket, context_of(LoopClock()), "market"), Counter[str]()  # type: ignore[arg-type]
    with suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            async for frame in frames(line, of_market, Counter(), private=False):
                told[frame.type] += 1
    return told


@pytest.mark.parametrize("says_every_s", [None, 1.0, 44.0, 50.0])
def test_however_much_is_heard_the_line_is_spoken_on_within_two_minutes(says_every_s: float | None) -> None:
    async def story() -> None:
        says = [] if says_every_s is None else [(says_every_s, '{"type":"update/trade"}')] * 2_000
        socket, began_s = Socket(*says), asyncio.get_running_loop().time()
        await listen(socket, 1_800)
        times = [began_s, *(time_s for time_s, _ in socket.heard), began_s + 1_800]
        assert max(after - before for before, after in pairwise(times)) < PATIENCE_S / 2
        assert all(message == {"type": "pong"} for _, message in socket.heard)

    run_virtual(story())


def test_a_ping_is_answered_at_once_and_what_follows_is_heard() -> None:
    async def story() -> None:
        socket = Socket((1.0, '{"type":"ping"}'), (1.0, '{"type":"update/trade"}'))
        began_s = asyncio.get_running_loop().time()
        assert await listen(socket, 10) == {"ping": 1, "update/trade": 1}
        assert socket.heard == [(began_s + 1.0, {"type": "pong"})]

    run_virtual(story())
