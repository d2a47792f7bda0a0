"""One WebSocket: frames in, messages out, kept alive as the venue wants it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import aiohttp
import msgspec

import twinstar as ts
from twinstar_lighter.errors import plain
from twinstar_lighter.messages import PONG, Heard

F = TypeVar("F", bound=Heard)
SPEAK_EVERY_S: Final = 30.0  # the venue closes a line that was silent for two minutes
HEARTBEAT_S: Final = 20.0  # of silence, then a WebSocket ping: by its answer a dead connection is noticed
DATA: Final = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class Line:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool], context: ts.VenueContext, name: str) -> None:
        self._socket, self._context, self._name = socket, context, name
        self._charges = ts.Tariff(context.limits).charges(ts.WS_MESSAGE)
        self._spoke_s = context.clock.monotonic_s()

    async def say(self, message: dict[str, Any]) -> None:
        """Raise `VenueUnavailable` where the line is lost."""
        limiter = self._context.limiter
        permit = await limiter.acquire(ts.Call(ts.WS_MESSAGE, self._charges, ts.current_lane(), self._name))
        try:
            await self.write(msgspec.json.encode(message).decode())
        finally:
            limiter.settle(permit)

    async def write(self, text: str) -> None:
        """With a permit of the caller's own."""
        self._spoke_s = self._context.clock.monotonic_s()
        try:
            await self._socket.send_str(text)
        except (ConnectionError, aiohttp.ClientError) as e:
            raise self.lost(type(e).__name__) from e

    async def read(self) -> bytes:
        """The next frame. Raise `VenueUnavailable`.

        A time-out would cost more than the frame. In silence the answers to our heartbeat come, and so it goes round.
        """
        while True:
            if self._context.clock.monotonic_s() >= self._spoke_s + SPEAK_EVERY_S:
                await self.say(PONG)
            message = await self._socket.receive()
            if message.type in DATA:
                data: bytes = message.data
                return data
            await self._heed(message.type, message.data)

    async def _heed(self, kind: aiohttp.WSMsgType, data: Any) -> None:
        """What is no frame of the venue's. aiohttp tells the end of a line as a message, never by raising."""
        if kind is aiohttp.WSMsgType.PING:
            try:
                await self._socket.pong(data)
            except (ConnectionError, aiohttp.ClientError) as e:
                raise self.lost(type(e).__name__) from e
        elif kind is not aiohttp.WSMsgType.PONG:
            raise self.lost(f"closed ({self._socket.close_code or kind.name})")

    def lost(self, why: str) -> ts.errors.VenueUnavailable:
        return ts.errors.VenueUnavailable(self._context.id, f"{self._name}: {plain(why)}")


@asynccontextmanager
async def opened(
    session: aiohttp.ClientSession, url: str, context: ts.VenueContext, name: str, timeout_s: float
) -> AsyncIterator[Line]:
    """Raise `VenueUnavailable`."""
    limiter = context.limiter
    permit = await limiter.acquire(ts.Call(ts.WS_CONNECT, ts.Tariff(context.limits).charges(ts.WS_CONNECT)))
    told: ts.Answer | None = None
    try:
        async with asyncio.timeout(timeout_s):
            socket = await session.ws_connect(
                url, heartbeat=HEARTBEAT_S, autoping=False, decode_text=False, max_msg_size=0
            )
    except aiohttp.WSServerHandshakeError as e:
        told = ts.Answer(e.status, dict(e.headers or {}))
        raise ts.errors.VenueUnavailable(context.id, f"{name}: the handshake was answered with HTTP {e.status}") from e
    except (aiohttp.ClientError, OSError, TimeoutError) as e:
        raise ts.errors.VenueUnavailable(context.id, f"{name}: could not connect ({type(e).__name__})") from e
    finally:
        limiter.settle(permit, told)
    async with socket:
        yield Line(ts.taped(socket, context.tape, url), context, name)


async def frames(
    line: Line, decode: Callable[[bytes], F], counted: Counter[str], *, private: bool
) -> AsyncGenerator[F, None]:
    """Every frame; the venue's pings have been answered. One of the market that cannot be read is dropped and
    counted; one that may have been of the account means that something was missed.
    """
    while True:
        data = await line.read()
        counted["frames"] += 1
        try:
            frame = decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as e:
            counted["bad_frames"] += 1
            if private:
                raise line.lost(f"a frame of the account cannot be read: {e}") from None
            continue
        if frame.type == "ping":
            await line.say(PONG)
        yield frame
