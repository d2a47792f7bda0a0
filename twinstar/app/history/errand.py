"""A backfill that a running service does for somebody: how it is asked for, and how it tells how far it has come."""

from __future__ import annotations

from msgspec import Struct

from twinstar.app.history.asked import Series
from twinstar.app.history.backfill import Fetched
from twinstar.engine.spans import FAR_MS

LEASE_S = 15.0  # whoever wants it asks how far it is; a backfill that nobody asks about is given up


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    series: tuple[Series, ...]
    since_ms: int
    until_ms: int = FAR_MS


class Part(Struct, frozen=True):
    """How far a series is."""

    series: Series
    intervals: int
    done: int


class Standing(Struct, frozen=True, kw_only=True):
    """How far all of it is. In the end ``fetched`` says what came of it, or ``failed`` why nothing did."""

    parts: tuple[Part, ...]
    fetched: tuple[Fetched, ...] | None = None
    failed: str | None = None


class Errand:
    """One of them, while it is done."""

    def __init__(self, wish: Wish, now_s: float) -> None:
        self.wish, self.looked_s = wish, now_s
        self.fetched: tuple[Fetched, ...] | None = None
        self.failed: str | None = None
        self._parts: dict[Series, Part] = {}

    @property
    def is_over(self) -> bool:
        return self.fetched is not None or self.failed is not None

    def begin(self, series: Series, intervals: int) -> None:
        self._parts[series] = Part(series, intervals, 0)

    def advance(self, series: Series, intervals: int) -> None:
        part = self._parts[series]
        self._parts[series] = Part(series, part.intervals, part.done + intervals)

    def standing(self) -> Standing:
        return Standing(parts=tuple(self._parts.values()), fetched=self.fetched, failed=self.failed)
