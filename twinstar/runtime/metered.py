"""A journal that is timed from outside, so that no journal need know of metrics."""

from __future__ import annotations

from collections.abc import Iterable

from twinstar.ports import Clock, Journal, Record
from twinstar.runtime.metrics import Metrics


class MeteredJournal:
    """Behaves as the journal it is given; how long whoever sends an order waits for the disk becomes a metric."""

    def __init__(self, journal: Journal, metrics: Metrics, clock: Clock) -> None:
        self._journal = journal
        self._metrics = metrics
        self._clock = clock

    def append(self, record: Record) -> int:
        return self._journal.append(record)

    async def durable(self, place: int) -> None:
        begun_s = self._clock.monotonic_s()
        await self._journal.durable(place)
        self._metrics.journal_commit.observe(self._clock.monotonic_s() - begun_s)

    def read(self) -> Iterable[Record]:
        return self._journal.read()

    async def close(self) -> None:
        await self._journal.close()
