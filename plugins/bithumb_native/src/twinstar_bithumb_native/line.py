"""One WebSocket, from dialling to the end: subscribed by one frame, which names all that is wanted.

Each subscription replaces the one before, on the private line at least: so there is one a line, and a line is never
subscribed again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import msgspec

import twinstar as ts
from twinstar_bithumb_native.errors import UNAUTHORIZED, meaning_of
from twinstar_bithumb_native.messages import note
from twinstar_bithumb_native.rest import Rest

IDLE_S: Final = 30.0  # after so much silence the venue is pinged; it hangs up after 120 s
PROBE: Final = b"twinstar"
DATA: Final = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class Line:
    """``name``: as errors call it."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse[bool], context: ts.VenueContext, name: str, doing: ts.Doing
    ) -> None:
        self._socket, self._context, self._name, self._doing = socket, context, name, doing
        self._early: deque[bytes] = deque()

    async def subscribe(self, wanted: Sequence[object]) -> None:
        """Until a ping that was sent after it is answered: what the venue has to say against it, comes before that."""
        charges = ts.Tariff(self._context.limits).charges(ts.WS_MESSAGE)
        for payload in (msgspec.json.encode(wanted).decode(), PROBE):
            permit = await self._context.limiter.acquire(
                ts.Call(ts.WS_MESSAGE, charges, ts.current_lane(), f"{self._name} {id(self)}")
            )
            try:
                await (self._socket.send_str(payload) if isinstance(payload, str) else self._socket.ping(payload))
            except (ConnectionError, aiohttp.ClientError) as e:
                raise self.lost(type(e).__name__) from None
            finally:
                self._context.limiter.settle(permit)
        while (message := await self._socket.receive()).type is not aiohttp.WSMsgType.PONG:
            if message.type in DATA:
                self._early.append(bytes(message.data))
            else:
                await self._heed(message.type, message.data)

    async def next(self) -> bytes:
        """The next frame. Raise `VenueUnavailable` when the line is lost."""
        if self._early:
            return self._early.popleft()
        while (message := await self._socket.receive()).type not in DATA:
            await self._heed(message.type, message.data)
        return bytes(message.data)

    def complaint(self, frame: bytes) -> ts.errors.VenueError | None:
        """What a frame means that is no event: None where it means nothing. Raise `msgspec.DecodeError`."""
        told = note(frame)
        if told.error is not None:
            error = ts.remedy(meaning_of(200, told.error), self._doing)
            return error(self._context.id, f"{self._name}: {told.error}")
        if told.status is None:
            raise msgspec.ValidationError("neither an event, nor an error, nor the answer to a ping")
        return None

    def lost(self, reason: str) -> ts.errors.VenueUnavailable:
        return ts.errors.VenueUnavailable(self._context.id, f"{self._name}: {reason}")

    async def _heed(self, kind: aiohttp.WSMsgType, data: bytes) -> None:
        """What is no frame of the venue's. aiohttp tells the end of a line as a message, never by raising."""
        if kind is aiohttp.WSMsgType.PING:
            try:
                await self._socket.pong(data)
            except (ConnectionError, aiohttp.ClientError) as e:
                raise self.lost(type(e).__name__) from None
        elif kind is not aiohttp.WSMsgType.PONG:
            raise self.lost(f"the line ended ({kind.name.lower()})")


@asynccontextmanager
async def dialled(
    rest: Rest, context: ts.VenueContext, url: str, *, name: str, doing: ts.Doing, timeout_s: float
) -> AsyncIterator[Line]:
    """A line of the account is opened with a token of its own."""
    charges = ts.Tariff(context.limits).charges(ts.WS_CONNECT)
    session = rest.session
    headers = rest.authorization() if doing is ts.Doing.LOGIN else {}
    permit = await context.limiter.acquire(ts.Call(ts.WS_CONNECT, charges, ts.current_lane()))
    answer = None
    try:
        async with asyncio.timeout(timeout_s):
            socket = await session.ws_connect(
                url,
                headers=headers,
                heartbeat=IDLE_S,
                autoping=False,
                decode_text=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
    except aiohttp.WSServerHandshakeError as e:
        answer = ts.Answer(e.status, dict(e.headers or {}))
        denied = doing is ts.Doing.LOGIN and e.status == UNAUTHORIZED
        kind = ts.errors.AuthFailed if denied else ts.errors.VenueUnavailable
        raise kind(context.id, f"{name}: the handshake was answered with HTTP {e.status}") from None
    except (aiohttp.ClientError, OSError, TimeoutError) as e:
        raise ts.errors.VenueUnavailable(context.id, f"{name}: could not connect ({type(e).__name__})") from None
    finally:
        context.limiter.settle(permit, answer)
    async with socket:
        yield Line(ts.taped(socket, context.tape, url), context, name, doing)
