"""What Bithumb tells unasked: public trades and the candles made of them, and what becomes of our orders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from loguru import logger
from msgspec import Struct

import twinstar as ts
from twinstar_bithumb_native.line import Line, dialled
from twinstar_bithumb_native.messages import MyOrder, private_frame
from twinstar_bithumb_native.readers import Market, Orders
from twinstar_bithumb_native.rest import Rest
from twinstar_bithumb_native.wishes import market_of

PUBLIC: Final = "/websocket/v1"
PRIVATE: Final = "/websocket/v2/private"
BAD_IN_A_ROW: Final = 20  # then the line itself is beyond reading
SAMPLE: Final = 80

Read = Callable[[bytes], Sequence[ts.Event]]
UNREADABLE: Final = (msgspec.DecodeError, ValueError)


class Subject(Struct, frozen=True):
    """What a line is for. ``missed`` is told of a frame that could not be read; of the account none may be missed."""

    name: str
    path: str
    topic: Mapping[str, object]
    doing: ts.Doing
    read: Read
    missed: Callable[[], None] | None = None


class BithumbStreams:
    """One line for the market, one for the account."""

    def __init__(self, rest: Rest, context: ts.VenueContext, url: str, *, private: bool, timeout_s: float) -> None:
        self._rest, self._context, self._url = rest, context, url
        self._private, self._timeout_s = private, timeout_s
        self._log = logger.bind(venue=context.id)
        self._frames = self._bad_frames = self._bad_in_a_row = 0

    def usage(self) -> Mapping[str, float]:
        return {"requests": self._rest.requests, "frames": self._frames, "bad_frames": self._bad_frames}

    def open(self, wanted: ts.Wanted) -> Iterable[ts.Stream]:
        codes = [market_of(instrument.symbol) for instrument in wanted.instruments]
        streams = [self._market(wanted, codes)]
        return [*streams, self._orders(codes)] if self._private else streams

    def _market(self, wanted: ts.Wanted, codes: Sequence[str]) -> ts.Stream:
        market, topic = Market(wanted), {"type": "trade", "codes": codes}
        return self._stream(Subject("market", PUBLIC, topic, ts.Doing.STREAM, market.read, market.missed))

    def _orders(self, codes: Sequence[str]) -> ts.Stream:
        """Of these markets by name: what an empty list means, is not documented."""
        orders, topic = Orders(self._context.id), {"type": "myOrder", "codes": codes}

        def read(frame: bytes) -> Sequence[ts.Event]:
            told = private_frame(frame)
            return orders.read(told) if isinstance(told, MyOrder) else ()

        return self._stream(Subject("orders", PRIVATE, topic, ts.Doing.LOGIN, read))

    async def _stream(self, of: Subject) -> AsyncGenerator[ts.Event, None]:
        url, timeout_s = self._url + of.path, self._timeout_s
        async with dialled(self._rest, self._context, url, name=of.name, doing=of.doing, timeout_s=timeout_s) as line:
            yield await self._subscribed(line, of.name, of.topic)
            while True:
                frame = await line.next()
                for event in self._read(line, frame, of):
                    yield event

    async def _subscribed(self, line: Line, name: str, topic: Mapping[str, object]) -> ts.StreamOpened:
        ticket = f"{self._context.random.getrandbits(64):016x}"
        try:
            async with asyncio.timeout(self._timeout_s):
                await line.subscribe([{"ticket": ticket}, topic, {"format": "DEFAULT"}])
        except TimeoutError:
            raise line.lost("no answer to the subscription") from None
        return ts.StreamOpened(venue=self._context.id, stream=name, time_ms=self._context.clock.now_ms())

    def _read(self, line: Line, frame: bytes, of: Subject) -> Sequence[ts.Event]:
        """A public frame that cannot be read is dropped; after one of the account the line counts as lost."""
        self._frames += 1
        try:
            events = of.read(frame)
        except UNREADABLE as e:
            self._look_at(line, frame, e, of)
            return ()
        self._bad_in_a_row = 0
        return events

    def _look_at(self, line: Line, frame: bytes, error: Exception, of: Subject) -> None:
        """At what is no event. Raise `VenueUnavailable` or `AuthFailed` where it ends the line."""
        try:
            complaint = line.complaint(frame)
        except UNREADABLE:
            self._drop(line, frame, error, of)
        else:
            if complaint is not None:
                raise complaint

    def _drop(self, line: Line, frame: bytes, error: Exception, of: Subject) -> None:
        self._bad_frames += 1
        self._bad_in_a_row += 1
        if of.missed is None:
            raise line.lost("a frame of the account could not be read")
        of.missed()
        if self._bad_in_a_row == 1:
            sample = f"{type(error).__name__}: {frame[:SAMPLE]!r}"
            self._log.warning("a frame of {} bytes was dropped: {}", len(frame), sample)
        if self._bad_in_a_row >= BAD_IN_A_ROW:
            raise line.lost(f"{BAD_IN_A_ROW} frames in a row could not be read")
