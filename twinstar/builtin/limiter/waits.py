"""How long requests waited, lane by lane."""

from __future__ import annotations

from math import log
from typing import Final

from twinstar.domain import Lane, LaneWaits

SHORTEST_S: Final = 1e-4
STEP: Final = 1.1  # a bucket ends so much later than the one before: what is told is at most a tenth too long
BUCKETS: Final = 160  # up to an hour
_LOG_STEP: Final = log(STEP)


class Waits:
    """Of one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.at_once = 0
        self.waiting = 0  # now
        self._waited = 0
        self._total_s = self._longest_s = 0.0
        self._buckets = [0] * BUCKETS

    def add(self, seconds: float) -> None:
        self._waited += 1
        self._total_s += seconds
        self._longest_s = max(self._longest_s, seconds)
        place = int(log(max(seconds, SHORTEST_S) / SHORTEST_S) / _LOG_STEP)
        self._buckets[min(place, BUCKETS - 1)] += 1

    @property
    def requests(self) -> int:
        return self.at_once + self._waited

    def told(self) -> LaneWaits:
        return LaneWaits(
            lane=self._lane.name.lower(),
            requests=self.requests,
            waiting=self.waiting,
            mean_ms=round(1_000 * self._total_s / max(self.requests, 1), 3),
            p99_ms=round(1_000 * self._within(0.99), 3),
            longest_ms=round(1_000 * self._longest_s, 3),
        )

    def _within(self, share: float) -> float:
        """So long, or less, waited this share of all."""
        rest = self.requests * share - self.at_once
        if rest <= 0:
            return 0.0
        for place, count in enumerate(self._buckets):
            rest -= count
            if rest <= 0:
                return min(SHORTEST_S * STEP ** (place + 1), self._longest_s)
        return self._longest_s
