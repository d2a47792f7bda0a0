"""One minute of a market's history or future, before it is told as ticks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from msgspec import Struct


class Row(Struct, frozen=True):
    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def is_sound(self) -> bool:
        """Whether trades can be thought of that add up to it."""
        values = (self.open, self.high, self.low, self.close, self.volume)
        return (
            all(value.is_finite() for value in values)
            and 0 < self.low <= min(self.open, self.close)
            and max(self.open, self.close) <= self.high
            and self.volume >= 0
        )


class Source(Protocol):
    """Where a market's minutes come from; the same every time it is asked."""

    start_ms: int  # the market opens here; earlier rows are its history

    def rows(self) -> Iterator[Row]:
        """In order of time, minutes may be missing."""
        ...
