"""The replay of recorded minutes, which of them, and their numbers exactly as they are written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path

from twinstar.errors import ConfigError
from twinstar.sim.clock import MINUTE_MS
from twinstar.sim.recording import read, time_ms
from twinstar.sim.rows import Row


class Replay:
    """A `Source` with an end. ``cut`` are minutes, counted from the start, that the market does not have."""

    def __init__(
        self, file: Path, *, start: str | None = None, minutes: int | None = None, cut: Collection[int] = ()
    ) -> None:
        minutes_there = read(file)
        first = 0
        if start is not None:
            first = bisect_left(minutes_there, time_ms(start), key=lambda minute: minute[0])
        if first == len(minutes_there):
            raise ConfigError(f"{file}: no candles at or after {start or 'its beginning'}")
        self.start_ms = minutes_there[0][0] if start is None else time_ms(start)
        until_ms = None if minutes is None else self.start_ms + minutes * MINUTE_MS
        cut_ms = {self.start_ms + minute * MINUTE_MS for minute in cut}
        self._minutes = [
            minute
            for minute in minutes_there[first:]
            if minute[0] not in cut_ms and (until_ms is None or minute[0] < until_ms)
        ]
        if not self._minutes:
            raise ConfigError(f"{file}: nothing is left of it after start, minutes and cut")

    def rows(self) -> Iterator[Row]:
        """Numbers are read here: most minutes are asked for late, and a start should not wait for them."""
        for open_ms, values in self._minutes:
            yield Row(open_ms, *(Decimal(str(value)) for value in values))
