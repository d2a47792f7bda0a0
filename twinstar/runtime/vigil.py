"""Watch over what a venue's streams should be saying; silence is judged by asking, never by a timer alone."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from msgspec import Struct

from twinstar.domain import InstrumentId
from twinstar.errors import VenueError, VenueUnavailable
from twinstar.ports import Clock, Venue
from twinstar.runtime.rhythm import Rhythm

STRANGE = 3.0  # times its usual pause: then a stream is doubted
LONGER = 1.5  # each wait than the one before, while the market is quiet
NEVER_MS = -1  # the market has not traded yet


class Patience(Struct, frozen=True, kw_only=True):
    """How long silence may last, in real seconds. Each stream has its own deadlines, and no bound adds up with another.

    A stream is asked about after ``quiet_s`` and once more after as long again; if its market traded meanwhile, the
    line is dead. Where pauses are usual both may take longer, but neither more than ``slow_s``.
    """

    quiet_s: float = 2.0
    slow_s: float = 10.0
    in_flight_s: float = 0.5  # what the market did a moment ago may be on its way to us
    blind_s: float = 30.0  # a line that is silent and cannot be asked about is given up after so long
    grace_s: float = 2.0  # after a candle's end, before its history is asked for it
    confirm_s: float = 5.0  # candles built from trades are compared with the venue's own this often
    apart_s: float = 15.0  # and unflagged ones one instrument after the other, so far apart
    spare_s: float = 60.0  # but not so soon after the start, which has enough to ask


class Turns:
    """So many instruments of a venue are asked about at once, and those in doubt before the others.

    Where a whole line is silent, the first one that is found dead ends it; there is no need to ask about hundreds.
    """

    def __init__(self, at_once: int = 2) -> None:
        self._first, self._again = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once)

    def of(self, questions: int) -> asyncio.Semaphore:
        return self._again if questions else self._first


class Vigil:
    """One instrument's watch, for as long as a line is up."""

    def __init__(
        self, venue: Venue, instrument: InstrumentId, *, patience: Patience, turns: Turns, clock: Clock
    ) -> None:
        self._venue, self._instrument = venue, instrument
        self._patience, self._turns, self._clock = patience, turns, clock
        self._rhythm = Rhythm()
        self._heard_s = self._asked_s = clock.monotonic_s()
        self._questions = 0  # since it was last heard
        self._traded_ms: int | None = None  # when the market had last traded, as of the last of them

    def line_opened(self) -> None:
        """A new line: its silence counts from here."""
        self._heard_s = self._clock.monotonic_s()
        self._questions, self._traded_ms = 0, None

    def heard(self) -> None:
        """A stream spoke of the instrument."""
        before_s = self._heard_s
        self.line_opened()
        self._rhythm.beat(self._heard_s - before_s)

    async def keep(self) -> NoReturn:
        """Raise `VenueUnavailable` when the line is found dead."""
        while True:
            wait_s = self._ask_s() - self._clock.monotonic_s()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
            else:
                await self._judge()

    def _ask_s(self) -> float:
        """When the venue is to be asked, as things stand."""
        usual_s, patience = self._rhythm.usual_s, self._patience
        if not self._questions:
            return self._heard_s + min(max(patience.quiet_s, STRANGE * usual_s), patience.slow_s)
        wait_s = min(max(patience.quiet_s, usual_s), patience.slow_s) * LONGER ** min(self._questions - 1, 16)
        again_s = self._asked_s + min(wait_s, patience.blind_s)
        blind_s = self._heard_s + self._patience.blind_s
        return min(again_s, blind_s) if self._asked_s < blind_s else again_s

    async def _judge(self) -> None:
        heard_s = self._heard_s
        async with self._turns.of(self._questions):
            if self._heard_s != heard_s:
                return
            self._asked_s = self._clock.monotonic_s()
            traded_ms = await self._ask(heard_s)
        if self._heard_s != heard_s:
            return  # It spoke while we asked.
        self._questions += 1
        if traded_ms is None:
            return
        before_ms, self._traded_ms = self._traded_ms, traded_ms
        if before_ms is not None and traded_ms > before_ms:
            await self._clock.sleep(min(max(self._patience.in_flight_s, self._rhythm.usual_s), self._patience.quiet_s))
            if self._heard_s == heard_s:
                raise self._dead(f"silent for {self._silent_s:.0f} s while the market traded")

    async def _ask(self, heard_s: float) -> int | None:
        """When the market last traded; None without an answer. An answer that takes too long is none."""
        assert self._venue.pulse is not None
        left_s = heard_s + self._patience.blind_s - self._clock.monotonic_s()
        try:
            async with asyncio.timeout(min(self._patience.slow_s, left_s) if left_s > 0 else self._patience.slow_s):
                traded_ms = await self._venue.pulse(self._instrument)
        except (VenueError, TimeoutError) as e:
            if self._heard_s == heard_s and self._silent_s >= self._patience.blind_s:
                reason = f"silent for {self._silent_s:.0f} s, and the venue cannot be asked"
                raise self._dead(f"{reason}: {e}" if str(e) else reason) from e
            return None
        return NEVER_MS if traded_ms is None else traded_ms

    @property
    def _silent_s(self) -> float:
        return self._clock.monotonic_s() - self._heard_s

    def _dead(self, reason: str) -> VenueUnavailable:
        return VenueUnavailable(self._instrument.venue, f"{self._instrument.symbol}: {reason}")
