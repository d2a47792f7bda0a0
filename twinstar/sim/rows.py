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


class Source(Protocol):
    """Where a market's minutes come from; the same every time it is asked."""

    start_ms: int  # the market opens here; earlier rows are its history

    def rows(self) -> Iterator[Row]:
        """In order of time, minutes may be missing."""
        ...
