"""A plugin under which a service ends, as by ``kill -9``, at a point that has a name.

It is no part of any distribution: a test installs it for a child process, names the journal `mortal`, and arms a death
while the service runs.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from enum import Enum
from pathlib import Path
from threading import Timer
from typing import Any

import msgspec
from msgspec import Struct

from twinstar import Venue, hookimpl
from twinstar.builtin import journal
from twinstar.domain import AmendOrder, Event, Order, PlaceOrder, Terms
from twinstar.plugin import Plugins, Registry
from twinstar.ports import Amending, Clock, Expecting, Gap, Journal, Record, Recovery, Stream, Trading

WHERE = "TWINSTAR_TEST_DEATH"  # the file that arms one


class Point(Enum):
    APPENDED = "an order has its place in the journal, and is not on disk"
    COMMITTING = "an order is being committed"
    COMMITTED = "an order is on disk, and not sent"
    SENDING = "an order is on its way"
    SIGNED = "a transaction is signed, and not sent"
    ANSWERED = "the venue has answered, and nobody has noted it"
    CHANGING = "an amend or a cancel is on its way"
    READING = "an account has been read, and a part of it noted"
    CORRECTED = "what the account told has been noted, and not acted upon"


class Death(Struct, frozen=True):
    """The ``nth`` time that the point is passed; ``after_s``: so much later, in the midst of what was begun there."""

    point: Point
    nth: int
    after_s: float


def arm(file: Path, death: Death) -> None:
    written = file.with_suffix(".new")
    written.write_bytes(msgspec.json.encode(death))
    written.replace(file)


class Fate:
    def __init__(self) -> None:
        self._passed: Counter[Point] = Counter()

    def passes(self, point: Point) -> None:
        file = Path(os.environ[WHERE])
        death = msgspec.json.decode(file.read_bytes(), type=Death) if file.exists() else None
        if death is None or death.point is not point:
            return
        self._passed[point] += 1
        if self._passed[point] == death.nth:
            Timer(death.after_s, _die).start() if death.after_s else _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


FATE = Fate()


class MortalJournal:
    def __init__(self, inner: Journal) -> None:
        self._inner = inner

    def append(self, record: Record) -> int:
        is_command = isinstance(record, PlaceOrder | AmendOrder)
        if is_command:
            FATE.passes(Point.COMMITTING)  # begins at once, on another thread
        place = self._inner.append(record)
        if is_command:
            FATE.passes(Point.APPENDED)
        return place

    async def durable(self, place: int) -> None:
        await self._inner.durable(place)

    def read(self) -> Iterable[Record]:
        return self._inner.read()

    async def close(self) -> None:
        await self._inner.close()


class MortalTrading:
    def __init__(self, inner: Trading) -> None:
        self._inner = inner

    async def place(self, order: Order) -> str:
        FATE.passes(Point.COMMITTED)
        FATE.passes(Point.SENDING)
        answer = await self._inner.place(order)
        FATE.passes(Point.ANSWERED)
        return answer

    async def cancel(self, order: Order) -> None:
        FATE.passes(Point.CHANGING)
        await self._inner.cancel(order)

    async def account(self, gap: Gap) -> Sequence[Event]:
        return await self._inner.account(gap)


class MortalAmending(MortalTrading):
    def __init__(self, inner: Amending) -> None:
        super().__init__(inner)
        self._amending = inner

    async def amend(self, order: Order, terms: Terms) -> str:
        FATE.passes(Point.CHANGING)
        return await self._amending.amend(order, terms)


class MortalExpecting(MortalAmending):
    """Lighter's: what is signed by then dies with the process."""

    def __init__(self, inner: Amending) -> None:
        super().__init__(inner)
        assert isinstance(inner, Expecting)
        self.expect = inner.expect


class MortalPost:
    """Of a venue whose orders are signed transactions, Lighter: what sends them."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def has_line(self) -> bool:
        return bool(self._inner.has_line)

    async def send(self, signed: Any, lane: Any) -> None:
        FATE.passes(Point.SIGNED)
        await self._inner.send(signed, lane)


def _killable(trading: Trading) -> Trading:
    if not isinstance(trading, Amending):
        return MortalTrading(trading)
    return MortalExpecting(trading) if isinstance(trading, Expecting) else MortalAmending(trading)


def _mortal(usual: Recovery) -> Recovery:
    async def recover(venue: Venue, gap: Gap) -> Stream:
        async for event in usual(venue, gap):
            FATE.passes(Point.READING)
            yield event
        FATE.passes(Point.CORRECTED)

    return recover


@hookimpl
def twinstar_register(registry: Registry) -> None:
    usual = Plugins([journal], third_party=False).registry.journal_type("sqlite")

    def make(directory: Path, clock: Clock) -> Journal:
        return MortalJournal(usual.make(directory, clock))

    registry.journal("mortal", make, entries=usual.entries)


@hookimpl(wrapper=True)
def twinstar_open_venue() -> Generator[None, Venue, Venue]:
    venue = yield
    trading = venue.trading
    assert trading is not None
    if isinstance(trading, Struct) and hasattr(trading, "post"):
        trading = msgspec.structs.replace(trading, post=MortalPost(trading.post))
    return msgspec.structs.replace(venue, trading=_killable(trading))


@hookimpl(wrapper=True)
def twinstar_restore() -> Generator[None, Recovery, Recovery]:
    return _mortal((yield))


@hookimpl(wrapper=True)
def twinstar_resync() -> Generator[None, Recovery, Recovery]:
    return _mortal((yield))
