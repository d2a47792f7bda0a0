"""One WebSocket connection: what the wire sends waits here until the reader takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from aiohttp import web

from twinstar.sim.faults import Faults, LineFault
from twinstar.sim.transit import Transit

PATIENT_FRAMES = 256  # with more than this waiting the market waits for the reader
MOST_FRAMES = 100_000  # nobody is waited for with so many, in one step of the exchange
PATIENCE_S = 5.0

Frame = str | bytes


class WebLine:
    """A `ports.Line`."""

    def __init__(self, path: str, faults: Faults, abort: Callable[[], None]) -> None:
        self.path = path
        self._abort = abort
        self._transit = Transit(path, faults, self._put)
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()  # there is something to send, or the line was closed
        self._room = asyncio.Event()
        self._room.set()
        self._code: int | None = None
        self._fault: LineFault | None = None

    @property
    def closed(self) -> bool:
        return self._code is not None

    @property
    def is_crowded(self) -> bool:
        return not self._room.is_set() and not self.closed

    @property
    def is_half_open(self) -> bool:
        """Not even pings are answered, nor a farewell."""
        return self._fault is not None and self._fault.kind == "half_open" and self._fault.acts()

    def send(self, frame: Frame) -> None:
        if not (self.closed or (self._fault is not None and self._fault.withholds(frame))):
            self._transit.send(frame)

    def close(self, code: int = 1000) -> None:
        """What was sent before still leaves."""
        if self._code is None:
            self._code = code
        self._wake()

    def cut(self) -> None:
        """Without a word: a reader that does not read would not read that either."""
        self._frames.clear()
        self.close(1006)
        self._abort()

    def suffer(self, fault: LineFault) -> None:
        """From now on: silent, half open, closed, or gone."""
        match fault.kind:
            case "close":
                self.close(fault.code)
            case "abort":
                self.cut()
            case _:
                self._fault = fault

    async def room(self) -> None:
        await self._room.wait()

    async def pump(self, socket: web.WebSocketResponse) -> None:
        """Until the line is closed and everything has left, or the reader is gone."""
        try:
            while self._code is None:
                await self._news.wait()
                self._news.clear()
                await self._send_all(socket)
            await socket.close(code=self._code)
        except ConnectionError:
            self.close(1006)

    async def _send_all(self, socket: web.WebSocketResponse) -> None:
        while self._frames:
            frame = self._frames.popleft()
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
            if len(self._frames) < PATIENT_FRAMES // 2:
                self._room.set()

    def _put(self, frames: Iterable[Frame]) -> None:
        if self.closed:
            return  # it was delayed for longer than the line lived
        self._frames.extend(frames)
        if len(self._frames) > MOST_FRAMES:
            self.cut()
        if len(self._frames) > PATIENT_FRAMES:
            self._room.clear()
        self._news.set()

    def _wake(self) -> None:
        self._room.set()
        self._news.set()
