"""A venue's clock, from what it answered when asked for the time.

Each answer leaves a range in which the venue's time must lie; what all answers of a window agree on is narrower than
any of them. Its middle is the midpoint of the shortest ways there and back, half its width how far off that can be.
All of it is on our monotonic clock: a step of this machine's wall clock changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from twinstar.ports import Clock, TimeSample

DRIFT_MS_PER_S = 0.5  # two clocks drift apart by less: 500 ppm is the most that NTP slews
WINDOW = 32
STRAYS = 3  # so many answers in a row that contradict all before them, but not each other, are a new truth


class Bounds(Struct, frozen=True):
    """Where the venue's time less our monotonic time lies, ms."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def uncertainty(self) -> float:
        return (self.high - self.low) / 2


class Estimate(Struct, frozen=True, kw_only=True):
    """``offset_ms``: the venue's clock less ours; off by ``uncertainty_ms`` at most."""

    offset_ms: float
    uncertainty_ms: float


def agreed(samples: Sequence[TimeSample], at_s: float) -> Bounds | None:
    """What all of them allow, each the less strict the older it is; None when they contradict each other."""
    low = max(s.venue_ms - s.received_s * 1_000 - _slack_ms(s, at_s) for s in samples)
    high = min(s.venue_ms + s.resolution_ms - s.sent_s * 1_000 + _slack_ms(s, at_s) for s in samples)
    return Bounds(low, high) if low <= high else None


def _slack_ms(sample: TimeSample, at_s: float) -> float:
    return DRIFT_MS_PER_S * max(at_s - sample.sent_s, 0.0)


class MeasuredClock:
    """The `VenueClock` of the running service. Until the venue has told its time, it is ours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: deque[TimeSample] = deque(maxlen=WINDOW)
        self._strays: list[TimeSample] = []
        self._bounds: Bounds | None = None
        self._as_of_s = 0.0
        self._known, self._doubted = asyncio.Event(), asyncio.Event()

    def now_ms(self) -> int:
        if self._bounds is None:
            return self._clock.now_ms()
        return round(self._bounds.middle + self._clock.monotonic_s() * 1_000)

    def doubt(self) -> None:
        self._doubted.set()

    def take(self, sample: TimeSample) -> None:
        """One answer. A single one that contradicts the others is not believed; `STRAYS` of them are."""
        if agreed([*self._samples, sample], sample.received_s) is not None:
            self._samples.append(sample)
            self._strays.clear()
        else:
            self._stray(sample)
        self._bounds, self._as_of_s = agreed(self._samples, sample.received_s), sample.received_s
        self._known.set()

    @property
    def strays(self) -> int:
        """How many of the last answers nobody believes yet."""
        return len(self._strays)

    def estimate(self) -> Estimate | None:
        """As of now, against our wall clock; None as long as the venue has told nothing."""
        if self._bounds is None:
            return None
        now_s = self._clock.monotonic_s()
        return Estimate(
            offset_ms=self._bounds.middle + now_s * 1_000 - self._clock.now_ms(),
            uncertainty_ms=self._bounds.uncertainty + DRIFT_MS_PER_S * max(now_s - self._as_of_s, 0.0),
        )

    def wait_for_edge_s(self, resolution_ms: int, way_s: float) -> float:
        """How long to wait so that a question, ``way_s`` on its way, arrives when the venue's clock is about to turn:
        its answer then tells in which half of our bounds the truth lies.
        """
        if self._bounds is None:
            return 0.0
        arrives_ms = self._bounds.middle + (self._clock.monotonic_s() + way_s) * 1_000
        return (-arrives_ms % resolution_ms) / 1_000

    async def known(self) -> None:
        """Return when the venue has told its time once."""
        await self._known.wait()

    async def doubted(self) -> None:
        """Return when somebody has reason to ask at once."""
        await self._doubted.wait()
        self._doubted.clear()

    def _stray(self, sample: TimeSample) -> None:
        self._strays.append(sample)
        if agreed(self._strays, sample.received_s) is None:
            self._strays = [sample]
        if len(self._strays) >= STRAYS:
            self._samples = deque(self._strays, maxlen=WINDOW)
            self._strays = []
