"""Ask a venue for its time, now and then, and at once when there is reason to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import NoReturn

from twinstar.domain import Level, Notice
from twinstar.errors import VenueError, VenueUnavailable
from twinstar.ports import Clock, TimeSample
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.tasks import first
from twinstar.runtime.venue_clock import Estimate, MeasuredClock

EVERY_S = 15.0
RARELY_S = 60.0  # where nothing that is signed bears it
BURST_EVERY_S = 0.25
BURST = (5, 16)  # questions in a row, at least and at most
STILL_NARROWS = 0.9  # a burst goes on while an answer leaves less than this of the uncertainty
ASKING = Backoff(first_s=0.5, factor=2.0, most_s=30.0)

OFFSET_BOUND_MS = 1_000.0
UNCERTAINTY_BOUND_MS = 1_000.0  # venues refuse a request that is signed so far ahead


class Timekeeper:
    """Keeps one venue's `MeasuredClock`."""

    def __init__(
        self,
        venue_id: str,
        ask: Callable[[], Awaitable[TimeSample]],
        measured: MeasuredClock,
        *,
        clock: Clock,
        random: Random,
        tell: Callable[[Notice], None],
        is_signed: bool = True,
    ) -> None:
        """``is_signed``: what is sent bears the venue's time, so that it has to be known well."""
        self._is_signed, self._every_s = is_signed, EVERY_S if is_signed else RARELY_S
        self._least, self._most = BURST if is_signed else (1, BURST[1])
        self._venue_id, self._ask, self._measured = venue_id, ask, measured
        self._clock, self._random, self._tell = clock, random, tell
        self._trouble = ""
        self._asked = 0  # in this burst
        self._failed = 0  # in a row

    async def run(self) -> NoReturn:
        while True:
            wait_s = await self._look()
            await first(self._clock.sleep(wait_s), self._doubted())

    async def _doubted(self) -> None:
        """A refused timestamp begins a burst, though not while one is on, or the venue is left alone."""
        while True:
            await self._measured.doubted()
            if self._asked >= self._least and not self._failed:
                self._asked = 0
                return

    async def _look(self) -> float:
        """Once; returns how long to wait before the next time."""
        try:
            sample = await self._ask()
        except VenueError as error:
            self._failed += 1
            told_s = error.retry_after_s if isinstance(error, VenueUnavailable) else 0.0
            self._judge()
            return max(ASKING.wait_s(self._failed - 1, self._random), told_s)
        before, strays = self._measured.estimate(), self._measured.strays
        self._measured.take(sample)
        contradicted = self._measured.strays and not strays  # Who is right, a burst has to show.
        self._failed, self._asked = 0, 0 if contradicted else self._asked + 1
        self._judge()
        return self._until_next_s(sample, before)

    def _until_next_s(self, sample: TimeSample, before: Estimate | None) -> float:
        pause_s = BURST_EVERY_S if self._goes_on(before) else self._every_s * self._random.uniform(0.9, 1.0)
        if sample.resolution_ms <= 1:
            return pause_s
        way_s = (sample.received_s - sample.sent_s) / 2
        return pause_s + self._measured.wait_for_edge_s(sample.resolution_ms, way_s + pause_s)

    def _goes_on(self, before: Estimate | None) -> bool:
        """More questions now would tell more."""
        if self._asked < self._least:
            return True
        now = self._measured.estimate()
        if not self._is_signed:
            return now is not None and now.uncertainty_ms > UNCERTAINTY_BOUND_MS and self._asked < self._most
        narrowed = before is None or now is None or now.uncertainty_ms < before.uncertainty_ms * STILL_NARROWS
        return narrowed and self._asked < self._most

    def _judge(self) -> None:
        trouble = trouble_with(self._measured.estimate())
        if trouble and not self._trouble:
            self._tell(Notice(level=Level.ALARM, text=trouble, venue=self._venue_id))
        elif self._trouble and not trouble:
            self._tell(Notice(level=Level.INFO, text="its clock and ours agree again", venue=self._venue_id))
        self._trouble = trouble


def trouble_with(estimate: Estimate | None) -> str:
    """What a person should know of it; empty when all is well, or when nothing is known."""
    if estimate is None:
        return ""
    if estimate.uncertainty_ms > UNCERTAINTY_BOUND_MS:
        return (
            f"its time is known to ±{estimate.uncertainty_ms:.0f} ms only: signed requests may be refused; see the line"
        )
    if abs(estimate.offset_ms) > OFFSET_BOUND_MS:
        return (
            f"its clock is {estimate.offset_ms / 1_000:+.1f} s from ours. Requests are signed with its time, so "
            f"trading goes on, but what we note bears wrong times: set this machine's clock (NTP), then restart"
        )
    return ""
