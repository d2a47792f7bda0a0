"""The ring's files: a segment a minute, with how its open lines began, so that it can be played without the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from twinstar.runtime.tape.row import Exchange, Row

WS, HTTP, HEADS = "ws", "http", "heads"
KINDS: Final = (WS, HTTP, HEADS)
SEGMENT_MS: Final = 60_000
OWNER_ONLY: Final = 0o600
T = TypeVar("T", Row, Exchange)


class Segment:
    def __init__(self, directory: Path, life_ms: int, from_ms: int) -> None:
        self.from_ms = from_ms
        self._stem = directory / f"{life_ms}-{from_ms}"
        self._stem.parent.mkdir(parents=True, exist_ok=True)

    def begin(self, heads: Sequence[Row]) -> None:
        self._append(HEADS, heads)

    def append(self, rows: Sequence[Row], exchanges: Sequence[Exchange]) -> None:
        self._append(WS, rows)
        self._append(HTTP, exchanges)

    def _append(self, kind: str, rows: Sequence[Row] | Sequence[Exchange]) -> None:
        path = self._stem.with_suffix(f".{kind}.jsonl")
        path.touch(OWNER_ONLY)
        if rows:
            with path.open("ab") as file:
                file.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


class Cut(Struct, frozen=True):
    """A life's part of a span; its HTTP begins with the life's first minute, in which the markets were asked for."""

    venue: str
    life_ms: int
    rows: Sequence[Row]
    exchanges: Sequence[Exchange]


def cut(directory: Path, from_ms: int, until_ms: int) -> Iterable[Cut]:
    """What was told between these times, by venue and life; nothing where nothing was kept."""
    lives: dict[tuple[str, int], list[tuple[int, Path]]] = defaultdict(list)
    for venue, life_ms, begun_ms, stem in _segments(directory):
        lives[venue, life_ms].append((begun_ms, stem))
    for (venue, life_ms), segments in sorted(lives.items()):
        segments.sort()
        of_then = [stem for begun, stem in segments if from_ms - SEGMENT_MS < begun < until_ms]
        rows = list(_joined(of_then, until_ms))
        if not any(row.time_ms >= from_ms for row in rows):
            continue
        first = segments[0][1]
        asked = [first, *(stem for stem in of_then if stem != first)]
        exchanges = [e for stem in asked for e in _read(stem, HTTP, Exchange) if e.time_ms < until_ms]
        yield Cut(venue, life_ms, rows, exchanges)


def forget(directory: Path, *, older_than_ms: int, most_bytes: int) -> None:
    """The oldest segments, but none a life's first one before the life's last one is old."""
    lives: dict[tuple[str, int], list[tuple[int, Path]]] = defaultdict(list)
    for venue, life_ms, begun_ms, stem in _segments(directory):
        lives[venue, life_ms].append((begun_ms, stem))
    room = most_bytes
    by_age: list[tuple[int, Path]] = []
    for segments in lives.values():
        (first_ms, first), *later = sorted(segments)
        by_age += [*later, (later[-1][0] if later else first_ms, first)]
    for begun_ms, stem in sorted(by_age, reverse=True):
        files = [path for kind in KINDS if (path := stem.with_suffix(f".{kind}.jsonl")).exists()]
        room -= sum(path.stat().st_size for path in files)
        if begun_ms + SEGMENT_MS < older_than_ms or room < 0:
            for path in files:
                path.unlink()


def _segments(directory: Path) -> Iterable[tuple[str, int, int, Path]]:
    for path in directory.glob(f"*/*.{HEADS}.jsonl"):
        life_ms, _, begun_ms = path.name.partition(".")[0].partition("-")
        yield path.parent.name, int(life_ms), int(begun_ms), path.with_name(f"{life_ms}-{begun_ms}")


def _joined(stems: Sequence[Path], until_ms: int) -> Iterable[Row]:
    opened: set[int] = set()
    for stem in stems:
        heads = [row for row in _read(stem, HEADS, Row) if row.line not in opened]
        yield from heads
        opened |= {row.line for row in heads}
        for row in _read(stem, WS, Row):
            if row.time_ms < until_ms:
                opened.add(row.line)
                yield row


def _read(stem: Path, kind: str, of: type[T]) -> Iterable[T]:
    """A last row that a kill cut short is left out."""
    path = stem.with_suffix(f".{kind}.jsonl")
    for text in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if text.endswith(b"\n"):
            yield msgspec.json.decode(text, type=of)
