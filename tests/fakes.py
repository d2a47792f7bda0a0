"""What stands in for the outside in tests; the fixtures are in conftest.py."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from twinstar.ports import Record


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ms += round(seconds * 1000)
        await asyncio.sleep(0)


class ListJournal:
    """Durable as soon as it is in the list."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def append(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records)

    async def durable(self, place: int) -> None:
        assert place <= len(self.records)

    def read(self) -> Iterable[Record]:
        return tuple(self.records)

    async def close(self) -> None:
        """Nothing is held open."""
