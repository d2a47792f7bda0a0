"""Plays a tape to whoever opens its lines: each frame once we have said, and HTTP has answered, what came before it."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from aiohttp import WSMsgType, web

from twinstar.runtime.tape.row import HIDDEN, Row, hide, is_heartbeat
from twinstar.testing.replay.relay import MOST

LOOK_EVERY_S = 0.005
FOR_EVER = float("inf")
LESS_EACH_TIME = 4  # who did not send one order again sends no other
_CHANGES = re.compile(rf'[^"\s]*{HIDDEN}|\d{{10,}}')  # secrets, and times


class Player:
    """``answers``: how many HTTP answers have been played so far. ``patience_s``: with words of ours that do
    not come, as with orders that are not sent again.
    """

    def __init__(self, rows: Sequence[Row], answers: Callable[[], int], patience_s: float = FOR_EVER) -> None:
        self._patience_s = patience_s
        self._answers, self._cut = answers, asyncio.Event()
        self._frames: dict[int, list[Row]] = defaultdict(list)
        self.left = sum(row.what == "<" for row in rows)  # frames that are still to be played
        self._waiting: dict[str, list[int]] = defaultdict(list)  # lines that are still to be opened, by path
        for row in rows:
            if row.what == "open":
                self._waiting[_address(row.path)].append(row.line)
            else:
                self._frames[row.line].append(row)

    async def cut(self) -> None:
        """The story is where it asked for it."""
        self._cut.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        lines = self._recorded(_address(request.path_qs))
        if not lines:
            return web.Response(status=404, text="no such line was recorded")
        ours = web.WebSocketResponse(max_msg_size=MOST, compress=False)
        await ours.prepare(request)
        said = _Said()
        async with asyncio.TaskGroup() as group:
            leaving = group.create_task(said.listen(ours))
            ending = group.create_task(self._answer(lines, ours, said))
            await asyncio.wait((leaving, ending), return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            ending.cancel()
        await ours.close()
        return ours

    def _recorded(self, address: str) -> list[int]:
        """There, or else at another host of the venue, as that of its testnet."""
        path = _without_host(address)
        elsewhere = (each for each in self._waiting if _without_host(each) == path)
        return self._waiting.get(address) or self._waiting.get(next(elsewhere, ""), [])

    async def _answer(self, lines: list[int], ours: web.WebSocketResponse, said: _Said) -> None:
        """A story opens its lines in the order that was recorded; a service may have had them in any."""
        if len(lines) > 1 and self._patience_s < FOR_EVER:
            await said.something(self._patience_s)
        if lines:
            line = _meant(lines, self._frames, said.first)
            lines.remove(line)
            await self._play(self._frames[line], ours, said)

    async def _play(self, rows: Sequence[Row], ours: web.WebSocketResponse, said: _Said) -> None:
        ours_so_far, patience_s = 0, self._patience_s
        for row in rows:
            if row.what == ">":
                ours_so_far += 1
                continue
            waited_s = 0.0
            while said.count < ours_so_far or self._answers() < row.after:
                if waited_s > patience_s:
                    ours_so_far = said.count
                    patience_s /= LESS_EACH_TIME
                    break
                await asyncio.sleep(LOOK_EVERY_S)  # VCR tells nobody
                waited_s += LOOK_EVERY_S
            if row.what == "cut":
                await self._cut.wait()
            if row.what in ("cut", "close"):
                return
            await (ours.send_bytes(row.data) if isinstance(row.data, bytes) else ours.send_str(row.data))
            self.left -= 1
        await asyncio.Event().wait()  # the recording ended before the line did


class _Said:
    """What the adapter has said on a line."""

    def __init__(self) -> None:
        self.count, self.first = 0, ""
        self._begun = asyncio.Event()

    async def something(self, within_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._begun.wait()

    async def listen(self, ours: web.WebSocketResponse) -> None:
        async for message in ours:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not is_heartbeat(message.data):
                self.count += 1
                if self.count == 1:
                    self.first = str(message.data)
                    self._begun.set()


def _meant(lines: Sequence[int], frames: Mapping[int, Sequence[Row]], first: str) -> int:
    """The first that began with these words, but for the times and secrets in them; else the first."""
    return next((line for line in lines if _begin(frames[line]) == _lasting(hide(first))), lines[0])


def _begin(rows: Sequence[Row]) -> str | None:
    return next((_lasting(str(row.data)) for row in rows if row.what == ">"), None)


def _lasting(words: str) -> str:
    return _CHANGES.sub("", words)


def _address(path: str) -> str:
    return path.partition("?")[0]


def _without_host(address: str) -> str:
    """The first segment is a host, or there is none."""
    host, _, path = address[1:].partition("/")
    return path if "." in host else address
