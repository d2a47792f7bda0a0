"""What the venues have been asked for, so that a backfill goes on where it stopped and a gap has its reason.

In ``history.json`` of the state directory: for each series the stretches asked for, and how many candles came of each.
What is not stored of a stretch the venue does not have; fewer stored than came means that some were lost.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import msgspec
from msgspec import Struct

from twinstar.builtin import disk
from twinstar.domain import InstrumentId, Timeframe
from twinstar.engine.spans import Span
from twinstar.errors import StateError

FILE = "history.json"
Series = tuple[InstrumentId, Timeframe]


class Asked(Struct, frozen=True, array_like=True):
    from_ms: int
    until_ms: int
    rows: int  # at least so many candles were stored of it

    @property
    def span(self) -> Span:
        return Span(self.from_ms, self.until_ms)

    def is_whole(self, opens_ms: Sequence[int]) -> bool:
        """Whether all that came is still there."""
        return bisect_left(opens_ms, self.until_ms) - bisect_left(opens_ms, self.from_ms) >= self.rows


class AskedSpans:
    """The file, in memory; whoever writes it holds the lock of the candle store, and calls `save`."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE
        self._asked: dict[str, list[Asked]] = _read(self._path)
        self._writing = Lock()

    def of(self, series: Series) -> Sequence[Asked]:
        """In order."""
        return self._asked.get(_key(series), ())

    def note(self, series: Series, span: Span, opens_ms: Sequence[int]) -> None:
        """These came of this stretch, and are stored.

        Stretches that meet become one. What came to nothing stays apart: no loss elsewhere can call it in question.
        """
        before = self._asked.get(_key(series), [])
        touched = [one for one in before if _meet(one.span, span) and bool(one.rows) == bool(opens_ms)]
        spans = [span, *(one.span for one in touched)]
        news = [open_ms for open_ms in opens_ms if not any(open_ms in one.span for one in touched)]
        whole = Asked(
            min(one.from_ms for one in spans),
            max(one.until_ms for one in spans),
            len(news) + sum(one.rows for one in touched),
        )
        self._asked[_key(series)] = sorted([*(one for one in before if one not in touched), whole], key=_begin)

    def forget(self, series: Series, lost: Sequence[Asked]) -> None:
        """Something of these was lost: the venue is to be asked again."""
        self._asked[_key(series)] = [one for one in self.of(series) if one not in lost]

    async def save(self) -> None:
        """On disk when it returns; a service trades meanwhile."""
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        with self._writing:
            content = msgspec.json.encode(self._asked)
            disk.publish(disk.write_temporary(self._path, msgspec.json.format(content)), self._path)


def _read(path: Path) -> dict[str, list[Asked]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[Asked]])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as e:
        raise StateError(f"{path}: damaged ({e}); remove it, then the venues are asked again") from e


def _key(series: Series) -> str:
    return f"{series[0]} {series[1].value}"


def _meet(one: Span, other: Span) -> bool:
    return one.from_ms <= other.until_ms and other.from_ms <= one.until_ms


def _begin(asked: Asked) -> int:
    return asked.from_ms
