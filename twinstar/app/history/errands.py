"""History that a running service fetches aside: for whoever asks over its socket, and what its own gaps left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import NoReturn

import msgspec

from twinstar.app.history.asked import Series
from twinstar.app.history.backfill import backfill
from twinstar.app.history.errand import LEASE_S, Errand, Standing, Wish
from twinstar.app.history.venues import Opened
from twinstar.domain import InstrumentId, Level, Notice
from twinstar.engine.spans import Span
from twinstar.errors import StateError, TwinStarError
from twinstar.ports import Clock, JsonObject
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.control import Handler
from twinstar.runtime.tasks import first, leaf

AT_ONCE = 4
ANEW = Backoff(first_s=30.0, factor=2.0, most_s=600.0)


class Errands:
    """What goes wrong with one of them ends that one, never the service."""

    def __init__(self, open_: Callable[[], Opened], clock: Clock, tell: Callable[[Notice], None]) -> None:
        self._open, self._clock, self._tell = open_, clock, tell
        self._numbers = count(1)
        self._errands: dict[int, Errand] = {}
        self._new: asyncio.Queue[int] = asyncio.Queue(AT_ONCE)
        self._left: dict[Series, Span] = {}
        self._news = asyncio.Event()

    # Over the socket.

    def handlers(self) -> Mapping[str, Handler]:
        return {"backfill": self.begin, "backfill_standing": self.look}

    def begin(self, args: JsonObject) -> JsonObject:
        wish = _understood(args)
        if sum(not errand.is_over for errand in self._errands.values()) >= AT_ONCE:
            raise TwinStarError(f"{AT_ONCE} backfills are under way already; ask again when one has ended")
        number = next(self._numbers)
        self._errands[number] = Errand(wish, self._clock.monotonic_s())
        self._new.put_nowait(number)
        return {"number": number}

    def look(self, args: JsonObject) -> Standing:
        errand = self._errands.get(args.get("number", 0))
        if errand is None:
            raise TwinStarError("no such backfill any more; begin it anew, it goes on where it was")
        errand.looked_s = self._clock.monotonic_s()
        return errand.standing()

    # From within.

    def leave(self, series: Series, span: Span) -> None:
        """Whatever is not stored of it: no strategy waits for that."""
        before = self._left.get(series, span)
        self._left[series] = Span(min(before.from_ms, span.from_ms), max(before.until_ms, span.until_ms))
        self._news.set()

    async def run(self) -> NoReturn:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fetch_what_was_left())
            while True:
                tasks.create_task(self._see_through(await self._new.get()))

    async def _see_through(self, number: int) -> None:
        errand = self._errands[number]
        await first(self._fetch(errand), self._abandoned(errand))
        if not errand.is_over:
            errand.failed = "given up, for nobody asked how far it was"
        await self._abandoned(errand)
        del self._errands[number]

    async def _fetch(self, errand: Errand) -> None:
        try:
            wish = errand.wish
            fetched = await backfill(self._open(), wish.series, wish.since_ms, errand, until_ms=wish.until_ms)
            errand.fetched = tuple(fetched)
        except* (StateError, OSError) as error:
            errand.failed = str(leaf(error))

    async def _abandoned(self, errand: Errand) -> None:
        while (left_s := errand.looked_s + LEASE_S - self._clock.monotonic_s()) > 0:
            await self._clock.sleep(left_s)

    async def _fetch_what_was_left(self) -> NoReturn:
        attempt = 0
        while True:
            await self._news.wait()
            self._news.clear()
            left, self._left = self._left, {}
            for series, span in left.items():
                wish = Wish(series=(series,), since_ms=span.from_ms, until_ms=span.until_ms)
                errand = Errand(wish, self._clock.monotonic_s())
                await self._fetch(errand)
                if not self._tell_outcome(series[0], errand):
                    self.leave(series, span)
            if self._left:
                await self._clock.sleep(ANEW.longest_s(attempt))
            attempt = attempt + 1 if self._left else 0

    def _tell_outcome(self, of: InstrumentId, errand: Errand) -> bool:
        fetched = errand.fetched or ()
        failed = errand.failed or next((one.failed for one in fetched if one.failed), None)
        candles = sum(one.candles for one in fetched)
        text = f"{candles:,} older candles fetched, which no strategy waited for"
        if failed:
            text += f"; the others later: {failed}"
        level = Level.WARNING if failed else Level.INFO
        self._tell(Notice(level=level, text=text, venue=of.venue, instrument=of))
        return failed is None


def _understood(args: JsonObject) -> Wish:
    try:
        return msgspec.convert(args, Wish)
    except msgspec.ValidationError as e:
        raise TwinStarError(f"a backfill is asked for with series and since_ms: {e}") from None
